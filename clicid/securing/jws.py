"""Compact JWS (RFC 7515 7.1) under the rules of RFC 8725, for a key that the caller has found."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import base64url, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.keys import algorithms
from clicid.securing.signing import SigningOperation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.algorithms import Algorithm
    from clicid.keys.public import PublicKey

MAX_BYTES: Final = 1 << 20
MAX_HEADER_BYTES: Final = 1 << 16
"""Room for a certificate chain in `x5c`."""
MAX_HEADER_DEPTH: Final = 4


class UnverifiedJws(NamedTuple):
    """A JWS whose signature nobody has checked yet: only `verify` gives its payload as such.

    Args:
        header: The protected header.
        algorithm: The row its `alg` names.
        unverified_payload: For finding the key (an `iss`, say), never for deciding anything.
        signing_input: ASCII(header "." payload), as received.
        signature: As received; its length is not checked yet.
    """

    header: Mapping[str, Json]
    algorithm: Algorithm
    unverified_payload: bytes
    signing_input: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "<UnverifiedJws: not shown>"

    @property
    def compact(self) -> str:
        """The text it was parsed from: base64url has one form."""
        return f"{self.signing_input.decode('ascii')}.{base64url.encode(self.signature)}"


def parse(raw: bytes | str, *, typ: str, max_bytes: int = MAX_BYTES) -> UnverifiedJws:
    """Take a compact JWS apart.

    Args:
        raw: Three base64url parts with dots between them.
        typ: What the header's `typ` must be, to the letter (RFC 8725 3.11).
        max_bytes: Size cap.

    Raises:
        Refused: `codec.*` for malformed parts; `securing.jws` for another number of parts, or a
            `crit` (no extension is understood here, RFC 7515 4.1.11); `securing.jws_typ`;
            `keys.algorithm` for an `alg` outside the table, which `none` and all MACs are.
    """
    if len(raw) > max_bytes:
        raise Refused("codec.size", detail=f"more than {max_bytes} bytes")
    signing_input, _, signature = _as_ascii(raw).rpartition(".")
    first, dot, payload = signing_input.partition(".")
    if not dot or "." in payload:
        raise Refused("securing.jws", detail="three parts are wanted")
    header = _read_header(first)
    if "crit" in header:
        raise Refused("securing.jws", "/crit", "no critical extension is understood")
    if header.get("typ") != typ:
        raise Refused("securing.jws_typ", "/typ", f"{typ} is wanted")
    return UnverifiedJws(
        header=header,
        algorithm=algorithms.by_jose(shape.text(header, "alg", maximum=16), "/alg"),
        unverified_payload=base64url.decode(payload, where="payload"),
        signing_input=signing_input.encode("ascii"),
        signature=base64url.decode(signature, where="signature", max_chars=128),
    )


def _header(text: str) -> Mapping[str, Json]:
    raw = base64url.decode(text, where="header", max_chars=MAX_HEADER_BYTES)
    return MappingProxyType(shape.as_object(strict_json.loads(raw, max_depth=MAX_HEADER_DEPTH)))


# All that a key signs has the same header. Strangers send headers too: what is kept stays within a few MB.
_SHORT: Final = 1 << 11
_WITH_CHAIN: Final = 1 << 14
_remembered: Final = lru_cache(maxsize=512)(_header)
_remembered_long: Final = lru_cache(maxsize=64)(_header)


def _read_header(text: str) -> Mapping[str, Json]:
    if len(text) <= _SHORT:
        return _remembered(text)
    return _remembered_long(text) if len(text) <= _WITH_CHAIN else _header(text)


def verify(jws: UnverifiedJws, key: PublicKey) -> bytes:
    """The payload, which `key` has signed.

    Raises:
        Refused: `keys.algorithm` if the key is of another algorithm than the header says
            (RFC 8725 3.1); `keys.signature`.
    """
    if jws.algorithm != key.algorithm:
        raise Refused("keys.algorithm", "/alg", f"the key is for {key.algorithm.jose}")
    key.verify(jws.signature, jws.signing_input)
    return jws.unverified_payload


@dataclass(frozen=True, slots=True)
class PreparedJws:
    """A JWS that lacks its signature; a `Prepared[bytes]`."""

    algorithm: Algorithm
    signing_input: bytes = field(repr=False)

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted."""
        return (SigningOperation(self.algorithm.name, self.signing_input),)

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The compact serialisation.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of the right size.
        """
        if [len(signature) for signature in signatures] != [self.algorithm.signature_size]:
            raise LocalError("securing.signatures")
        return self.signing_input + b"." + base64url.encode(signatures[0]).encode("ascii")


def prepare(header: Mapping[str, Json], payload: bytes) -> PreparedJws:
    """A JWS over `payload` up to its signature.

    Args:
        header: With `typ`, and an `alg` of the table.
        payload: The bytes to sign, not yet encoded.

    Raises:
        Refused: `codec.shape`, `keys.algorithm`.
    """
    shape.text(header, "typ")
    row = algorithms.by_jose(shape.text(header, "alg"), "/alg")
    encoded = base64url.encode(strict_json.dumps(dict(header)))
    return PreparedJws(row, f"{encoded}.{base64url.encode(payload)}".encode("ascii"))


def _as_ascii(raw: bytes | str) -> str:
    # Whatever is not ASCII is no base64url either, and is refused part by part.
    return raw.decode("ascii", errors="replace") if isinstance(raw, bytes) else raw
