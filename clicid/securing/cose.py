"""COSE_Sign1 (RFC 9052 4.2) under the rules that `jws` follows, for a key that the caller has found.

An mdoc holds such messages inside its own CBOR, without a type, one of them over content that is elsewhere:
`from_item` takes those apart.

What decides stands in the protected header and nowhere else: algorithm, type and content type. The key's
id alone may stand in either, for whoever changes it finds another key, which has signed nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.errors import LocalError, Refused
from clicid.keys import algorithms
from clicid.securing.signing import SigningOperation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.cbor import Cbor, Key
    from clicid.keys.algorithms import Algorithm
    from clicid.keys.public import PublicKey

TAG: Final = 18
"""COSE_Sign1 (RFC 9052 2)."""

ALG: Final = 1
CRIT: Final = 2
CONTENT_TYPE: Final = 3
KID: Final = 4
CWT_CLAIMS: Final = 15
"""RFC 9597 2."""
TYP: Final = 16
"""RFC 9596 2."""
X5CHAIN: Final = 33
"""RFC 9360 2."""

MAX_BYTES: Final = 1 << 18
MAX_HEADER_BYTES: Final = 1 << 16
_MAX_HEADER_DEPTH: Final = 5
_MAX_SIGNATURE: Final = 128
_USUAL_BYTES: Final = 64
# 4.4: the beginning of a Sig_structure, and no external data.
_SIGNATURE_1: Final = b"\x84\x6aSignature1"
_NO_DATA: Final = b"\x40"
_PROTECTED_ONLY: Final = frozenset((ALG, CRIT, CONTENT_TYPE, CWT_CLAIMS, TYP))


# Not frozen: to build that takes three times as long, and each check of a mobile document builds two.
@dataclass(slots=True)
class UnverifiedCose:
    """A COSE_Sign1 whose signature nobody has checked yet: only `verify` gives its payload as such.

    Args:
        header: The protected header.
        unprotected: The other one: nobody has signed it.
        key_id: The `kid` of the one or the other; None if neither has one.
        algorithm: The row its `alg` names.
        unverified_payload: For finding the key, never for deciding anything.
        signing_input: The encoded Sig_structure (4.4).
        signature: As received; its length is not checked yet.
    """

    header: Mapping[Key, Cbor]
    unprotected: Mapping[Key, Cbor]
    key_id: bytes | None
    algorithm: Algorithm
    unverified_payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes


def parse(raw: bytes, *, typ: str, tagged: bool = True, max_bytes: int = MAX_BYTES) -> UnverifiedCose:
    """Take a COSE_Sign1 apart; its payload must be inside.

    Args:
        raw: The message in deterministic CBOR but for the order of parameters, and nothing after it.
        typ: What the protected `typ` must be, to the letter (RFC 9596 2).
        tagged: Whether tag 18 must stand before it; otherwise it must not.
        max_bytes: Size cap.

    Raises:
        Refused: `codec.cbor`, `codec.size`; `securing.cose` for another structure, a detached payload,
            a `crit`, or a header that is not where it must be; `securing.cose_typ`; `keys.algorithm`
            for an `alg` outside the table, which all MACs are.
    """
    tags = frozenset((TAG,)) if tagged else frozenset[int]()
    message = cbor.loads(raw, tags=tags, where="COSE_Sign1", max_bytes=max_bytes, any_order=True)
    if tagged:
        if not isinstance(message, Tagged):
            raise Refused("securing.cose", detail=f"tag {TAG} is wanted")
        message = message.value
    return from_item(message, typ=typ)


def from_item(
    item: Cbor, *, typ: str | None, detached: bytes | None = None, where: str = ""
) -> UnverifiedCose:
    """Take a COSE_Sign1 apart that was read with what encloses it, and without a tag.

    Args:
        item: What stands in its place.
        typ: What the protected `typ` must be, or None where the place says what it is, and it has none.
        detached: The payload if it is elsewhere; then null must stand in its place.
        where: The place to name in an error.

    Raises:
        Refused: As `parse`.
    """
    raw_header, unprotected, payload, signature = four_parts(item, where, detached)
    if len(signature) > _MAX_SIGNATURE:
        raise Refused("codec.size", f"{where}signature")
    usual = _usual(raw_header) if len(raw_header) <= _USUAL_BYTES else None
    header = _read_header(raw_header, where) if usual is None else usual.header
    if header.get(TYP) != typ:
        raise Refused(
            "securing.cose_typ", f"{where}protected/16", f"{typ} is wanted" if typ else "none is wanted"
        )
    return UnverifiedCose(
        header=header,
        unprotected=check_unprotected(unprotected, header, where),
        key_id=_key_id(header, unprotected, where),
        algorithm=(usual.algorithm if usual else None) or _algorithm(header, where),
        unverified_payload=payload,
        signing_input=usual.before_payload + cbor.byte_string(payload)
        if usual
        else _sig_structure(raw_header, payload),
        signature=signature,
    )


def four_parts(
    item: Cbor, where: str, detached: bytes | None
) -> tuple[bytes, Mapping[Key, Cbor], bytes, bytes]:
    """Protected header, unprotected header, payload, and signature or tag (RFC 9052 4.2, 6.2).

    Raises:
        Refused: `securing.cose`.
    """
    if not isinstance(item, list) or len(item) != 4:
        raise Refused("securing.cose", where, "four parts are wanted")
    protected, unprotected, payload, signature = item
    if not isinstance(protected, bytes) or not isinstance(signature, bytes):
        raise Refused("securing.cose", where, "header or signature is no byte string")
    if not isinstance(unprotected, dict):
        raise Refused("securing.cose", f"{where}unprotected", "a map is wanted")
    if detached is not None and payload is None:
        return protected, unprotected, detached, signature
    if detached is not None or not isinstance(payload, bytes):
        inside = "inside" if detached is None else "elsewhere"
        raise Refused("securing.cose", f"{where}payload", f"the payload must be {inside}")
    return protected, unprotected, payload, signature


def verify(message: UnverifiedCose, key: PublicKey) -> bytes:
    """The payload, which `key` has signed.

    Raises:
        Refused: `keys.algorithm` if the key is of another algorithm than the header says;
            `keys.signature`.
    """
    if message.algorithm is not key.algorithm and message.algorithm != key.algorithm:
        raise Refused("keys.algorithm", "protected/1", f"the key is for {key.algorithm.name}")
    key.verify(message.signature, message.signing_input)
    return message.unverified_payload


@dataclass(frozen=True, slots=True)
class PreparedCose:
    """A COSE_Sign1 that lacks its signature; a `Prepared[bytes]`."""

    algorithm: Algorithm
    protected: bytes
    payload: bytes = field(repr=False)
    tagged: bool = True
    unprotected: Mapping[Key, Cbor] = field(default_factory=dict)
    detached: bool = False

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted."""
        return (SigningOperation(self.algorithm.name, _sig_structure(self.protected, self.payload)),)

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The message.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of the right size.
        """
        message = self.item(signatures)
        return cbor.dumps(Tagged(TAG, message) if self.tagged else message)

    def item(self, signatures: Sequence[bytes]) -> list[Cbor]:
        """The message without a tag, to stand inside something else; raises as `complete`."""
        if [len(signature) for signature in signatures] != [self.algorithm.signature_size]:
            raise LocalError("securing.signatures")
        payload = None if self.detached else self.payload
        return [self.protected, dict(self.unprotected), payload, signatures[0]]


def prepare(header: Mapping[Key, Cbor], payload: bytes, *, tagged: bool = True) -> PreparedCose:
    """A COSE_Sign1 over `payload` up to its signature.

    Args:
        header: All of it goes into the protected header; with `typ`, and an `alg` of the table.
        payload: The bytes to sign.
        tagged: Whether tag 18 stands before it.

    Raises:
        Refused: `securing.cose_typ` without `typ`, `keys.algorithm`.
    """
    if not isinstance(header.get(TYP), str):
        raise Refused("securing.cose_typ", "protected/16")
    return PreparedCose(_algorithm(header), cbor.dumps(dict(header)), payload, tagged)


def prepare_item(
    algorithm: Algorithm, payload: bytes, *, unprotected: Mapping[Key, Cbor], detached: bool = False
) -> PreparedCose:
    """A COSE_Sign1 without type and tag, to stand inside something else that says what it is.

    Args:
        algorithm: All that goes into the protected header.
        payload: The bytes to sign.
        unprotected: The other header.
        detached: Whether the payload is left out.
    """
    return PreparedCose(
        algorithm,
        cbor.dumps({ALG: algorithm.cose[0]}),
        payload,
        tagged=False,
        unprotected=unprotected,
        detached=detached,
    )


def read_header(raw: bytes, where: str = "") -> Mapping[Key, Cbor]:
    """The protected header.

    Raises:
        Refused: `codec.cbor`, `codec.size`; `securing.cose` for what is no map, or one with a `crit`.
    """
    usual = _usual(raw) if len(raw) <= _USUAL_BYTES else None
    return _read_header(raw, where) if usual is None else usual.header


def _read_header(raw: bytes, where: str) -> dict[Key, Cbor]:
    place = f"{where}protected"
    # RFC 9052 9 lets writers put parameters in any order; what is signed are these bytes.
    header = cbor.loads(
        raw, where=place, max_bytes=MAX_HEADER_BYTES, max_depth=_MAX_HEADER_DEPTH, any_order=True
    )
    if not isinstance(header, dict):
        raise Refused("securing.cose", place, "a map is wanted")
    if CRIT in header:
        raise Refused("securing.cose", f"{place}/2", "no critical extension is understood")
    return header


class _Usual(NamedTuple):
    """A header, and what is the same in all messages that have it; no algorithm if it names none of ours."""

    header: Mapping[Key, Cbor]
    algorithm: Algorithm | None
    before_payload: bytes


# Nearly all messages have one of few; of another one, whoever reads it whole says what is wrong and where.
@functools.lru_cache(maxsize=256)
def _usual(raw: bytes) -> _Usual | None:
    try:
        header = MappingProxyType(_read_header(raw, ""))
    except Refused:
        return None
    before = b"".join((_SIGNATURE_1, cbor.byte_string(raw), _NO_DATA))
    try:
        return _Usual(header, _algorithm(header), before)
    except Refused:
        return _Usual(header, None, before)


def check_unprotected(
    unprotected: Mapping[Key, Cbor], header: Mapping[Key, Cbor], where: str = ""
) -> Mapping[Key, Cbor]:
    """The unprotected header, which holds nothing that decides, and nothing that the other one holds.

    Raises:
        Refused: `securing.cose`.
    """
    if not (unprotected.keys().isdisjoint(_PROTECTED_ONLY) and unprotected.keys().isdisjoint(header)):
        # RFC 9052 3: no label in both; and what decides must have been signed.
        raise Refused(
            "securing.cose", f"{where}unprotected", "a parameter that belongs into the protected header"
        )
    return unprotected


def _algorithm(header: Mapping[Key, Cbor], where: str = "") -> Algorithm:
    alg = header.get(ALG)
    if isinstance(alg, bool) or not isinstance(alg, int):
        raise Refused("keys.algorithm", f"{where}protected/1", "no algorithm by number")
    return algorithms.by_cose(alg, f"{where}protected/1")


def _key_id(header: Mapping[Key, Cbor], unprotected: Mapping[Key, Cbor], where: str) -> bytes | None:
    found = header.get(KID, unprotected.get(KID))
    if found is not None and not isinstance(found, bytes):
        raise Refused("securing.cose", f"{where}kid", "a byte string is wanted")
    return found


def _sig_structure(protected: bytes, payload: bytes) -> bytes:
    return b"".join((_SIGNATURE_1, cbor.byte_string(protected), _NO_DATA, cbor.byte_string(payload)))
