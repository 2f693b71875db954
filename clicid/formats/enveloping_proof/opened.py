"""The parts that every enveloping proof has. Nothing is verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.securing import cose, jws
from clicid.securing.cose import UnverifiedCose
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.registered import RegisteredClaims
    from clicid.keys.public import PublicKey
    from clicid.securing.jws import UnverifiedJws
    from clicid.securing.sd_jwt.combined import Combined


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential or presentation, and what secures it.

    Args:
        unverified: The signed thing itself.
        key_id: `kid`, a DID URL.
        claims: The registered claims.
        document: The credential or presentation without them, disclosed values in place.
        sd_jwt: The parts of an SD-JWT, or None.
    """

    unverified: UnverifiedJws | UnverifiedCose
    key_id: str
    claims: RegisteredClaims
    document: Mapping[str, Json] = field(repr=False)
    sd_jwt: Combined | None = None

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has signed; raises as `jws.verify` and `cose.verify` do."""
        if isinstance(self.unverified, UnverifiedCose):
            cose.verify(self.unverified, key)
        else:
            jws.verify(self.unverified, key)

    def chain(self) -> tuple[bytes, ...]:
        """The certificates in a JOSE header, DER, leaf first; raises as `x5c.from_header`."""
        return () if isinstance(self.unverified, UnverifiedCose) else x5c.from_header(self.unverified.header)

    def issued(self) -> tuple[bytes, bytes]:
        """What the key has signed, and the signature."""
        return self.unverified.signing_input, self.unverified.signature
