"""What lacks a signature: the issuer's SD-JWT, and the holder's selection of one with its key binding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.codec import instant, strict_json
from clicid.errors import Refused
from clicid.securing import jws
from clicid.securing.sd_jwt.combined import KEY_BINDING_TYP
from clicid.securing.sd_jwt.disclosure import digest_of
from clicid.securing.sd_jwt.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.securing.jws import PreparedJws
    from clicid.securing.sd_jwt.combined import Combined
    from clicid.securing.sd_jwt.disclosure import Disclosure
    from clicid.securing.sd_jwt.pack import Packed
    from clicid.securing.sd_jwt.reveal import Revealed
    from clicid.securing.sd_jwt.selection import ClaimPath
    from clicid.securing.signing import SigningOperation


@dataclass(frozen=True, slots=True)
class PreparedSdJwt:
    """A `Prepared[bytes]`: gives the compact SD-JWT, ending in ``~``."""

    signed: PreparedJws
    disclosures: tuple[Disclosure, ...]

    @property
    def to_be_signed(self) -> Sequence[SigningOperation]:
        """The one signature of the issuer's key."""
        return self.signed.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The credential with all its disclosures: what the holder gets and nobody else."""
        parts = [self.signed.complete(signatures), *(item.text.encode() for item in self.disclosures), b""]
        return b"~".join(parts)


@dataclass(frozen=True, slots=True)
class PreparedSelection:
    """A `Prepared[bytes]`: gives the SD-JWT with key binding."""

    selection: bytes = field(repr=False)
    signed: PreparedJws

    @property
    def to_be_signed(self) -> Sequence[SigningOperation]:
        """The one signature of the holder's key."""
        return self.signed.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The presentation."""
        return self.selection + self.signed.complete(signatures)


def prepare(header: Mapping[str, Json], packed: Packed) -> PreparedSdJwt:
    """An SD-JWT up to its signature (RFC 9901 4.1, 6.1).

    Args:
        header: With `typ`, and an `alg` of the table.
        packed: Payload and disclosures.

    Raises:
        Refused: `codec.shape`, `keys.algorithm`.
    """
    return PreparedSdJwt(jws.prepare(header, strict_json.dumps(packed.payload)), packed.disclosures)


def prepare_selection(
    parsed: Combined,
    revealed: Revealed,
    disclose: Iterable[ClaimPath],
    *,
    holder: PublicKey | None,
    audience: str,
    nonce: str,
    now: datetime,
) -> PreparedSelection:
    """The chosen claims of a credential, up to the holder's proof (RFC 9901 4.3, 7.2).

    A path shows what it points at with all that is inside, and of its surroundings no more than the
    names on the way. Open claims need no path.

    Args:
        parsed: As the issuer gave it, with all its disclosures.
        revealed: The same, revealed.
        disclose: What to show.
        holder: The key of its `cnf`.
        audience: For whom.
        nonce: In answer to what.
        now: The time of the proof.

    Raises:
        Refused: `sd_jwt.path` for a path that leads nowhere; `holder.binding_missing` without a key;
            `sd_jwt.structure` if it is already a presentation.
    """
    if parsed.key_binding is not None:
        raise Refused("sd_jwt.structure", detail="already a presentation")
    if holder is None:
        raise Refused("holder.binding_missing", "/cnf")
    chosen = select(revealed, disclose)
    # The credential's own order, which is that of the digests and says nothing.
    texts = [item.text for item in parsed.disclosures if item.text in chosen]
    selection = "~".join([parsed.jws.compact, *texts, ""])
    header: dict[str, Json] = {"typ": KEY_BINDING_TYP, "alg": holder.algorithm.jose}
    payload: dict[str, Json] = {
        "iat": instant.to_numeric_date(now),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(selection),
    }
    return PreparedSelection(selection.encode(), jws.prepare(header, strict_json.dumps(payload)))
