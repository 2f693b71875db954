"""That a credential was issued before a block: its digest, the issuance root, and the proof between them.

An issuer commits now and then the root of a Merkle tree over the digests of what it has issued since
(design 4). Whoever steals its signing key cannot put anything into a block that is past: so of a key
that was in other hands, what a proof leads to an older root stays good.

The tree is that of RFC 9162 (2.1), leaves and nodes hashed under different prefixes, so that no node is
taken for a leaf. A leaf's digest covers a signature, which nobody guesses: a neighbour's hash in a proof
tells nothing about the neighbour. Leaves stand in the order of their digests, which is no order of
issuing; the size tells how many were anchored together.
"""

from __future__ import annotations

import bisect
import hashlib
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clicid.codec.strict_json import Json

SIZE: Final = 32
"""Bytes of a digest, a node and a root: SHA-256."""
MAX_STEPS: Final = 40
MAX_LEAVES: Final = 1 << MAX_STEPS
_TAG: Final = b"clicid-issued-v1\0"
_LENGTH: Final = struct.Struct(">Q")
_HEAD: Final = struct.Struct(f">{SIZE}sQQ")
MAX_BYTES: Final = _HEAD.size + MAX_STEPS * SIZE
"""Bytes of the longest proof."""
MAX_BROUGHT: Final = 64
_MAX_NAME: Final = 128
_MAX_PROOF: Final = 2048

_URI: Final = re.compile(r"sha256:([0-9a-f]{64})", re.ASCII)
_CODE: Final = "issuance.proof"


def credential_digest(signed: bytes, signature: bytes) -> bytes:
    """The digest (32 bytes) by which a credential is anchored, whatever its format.

    It is over exactly what the issuer's key has signed, and the signature. So there is no second
    credential of the same digest, not even for whoever has the key.

    Args:
        signed: The JWS signing input, the Sig_structure, the two hashes of a Data Integrity proof, or
            the proof hash, proof key and mandatory hash of ecdsa-sd-2023: what every part of it shows.
        signature: As the credential has it, decoded.
    """
    return hashlib.sha256(b"".join((_TAG, _LENGTH.pack(len(signed)), signed, signature))).digest()


def uri(digest: bytes) -> str:
    """A digest or root as a need names it: ``sha256:`` and hexadecimal."""
    return f"sha256:{digest.hex()}"


def digest_of(text: str) -> bytes:
    """What `uri` was given.

    Raises:
        Refused: `issuance.proof`.
    """
    match = _URI.fullmatch(text)
    if match is None:
        raise Refused(_CODE, "", "sha256: and 64 hexadecimal digits are wanted")
    return bytes.fromhex(match[1])


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That a digest is a leaf of the tree of a root (RFC 9162 2.1.3).

    Args:
        root: The root it leads to.
        index: The leaf's place, from 0.
        size: Number of leaves, 1 to 2^40.
        path: The nodes beside the way up, from the leaf.
    """

    root: bytes
    index: int
    size: int
    path: tuple[bytes, ...] = field(repr=False)

    def proves(self, digest: bytes) -> bool:
        """Whether it leads from this digest to the root, with no step too few or too many (2.1.3.2)."""
        place, last, node = self.index, self.size - 1, _leaf(digest)
        for beside in self.path:
            if last == 0:
                return False
            if place & 1 or place == last:
                node = _node(beside, node)
                while not place & 1 and place:
                    place, last = place >> 1, last >> 1
            else:
                node = _node(node, beside)
            place, last = place >> 1, last >> 1
        return last == 0 and node == self.root

    def to_bytes(self) -> bytes:
        """Root (32 bytes), index and size (8 bytes each, big-endian), and the path (32 bytes a step)."""
        return _HEAD.pack(self.root, self.index, self.size) + b"".join(self.path)

    @classmethod
    def from_bytes(cls, raw: bytes) -> InclusionProof:
        """What `to_bytes` gave; whether it proves anything is another question.

        Raises:
            Refused: `issuance.proof`.
        """
        if not _HEAD.size <= len(raw) <= MAX_BYTES or (len(raw) - _HEAD.size) % SIZE:
            raise Refused(_CODE, "", "no whole number of nodes, or too many")
        root, index, size = _HEAD.unpack_from(raw)
        path = tuple(raw[at : at + SIZE] for at in range(_HEAD.size, len(raw), SIZE))
        if not index < size <= MAX_LEAVES:
            raise Refused(_CODE, "", "a place outside the tree")
        return cls(root, index, size, path)


def brought(value: Json, where: str) -> dict[str, bytes]:
    """The proofs that came beside what is to be verified: from digest (`uri`) to proof (base64url).

    Whether one proves anything, and for what, is looked at where one is needed.

    Args:
        value: As it came.
        where: Its place, for errors.

    Raises:
        Refused: `codec.shape`, for more than 64 too; `codec.base64url`.
    """
    found = shape.as_object(value, where)
    shape.as_items(list(found), where, maximum=MAX_BROUGHT)
    proofs = {}
    for name, proof in found.items():
        place = shape.pointer(where, name[:_MAX_NAME])
        if len(name) > _MAX_NAME:
            raise Refused("codec.shape", place, "longer than the name of any digest")
        proofs[name] = base64url.decode(shape.as_text(proof, place, maximum=_MAX_PROOF), where=place)
    return proofs


class IssuanceTree:
    """The tree over a batch of digests.

    Args:
        digests: At least one, in any order; one that comes twice stands once.

    Raises:
        LocalError: `issuance.tree` for none.
    """

    def __init__(self, digests: Iterable[bytes]) -> None:
        self.digests: Final = sorted(set(digests))
        if not self.digests:
            raise LocalError("issuance.tree")
        self._levels: Final = [[_leaf(digest) for digest in self.digests]]
        while len(self._levels[-1]) > 1:
            self._levels.append(_above(self._levels[-1]))

    @property
    def root(self) -> bytes:
        """32 bytes."""
        return self._levels[-1][0]

    def prove(self, digest: bytes) -> InclusionProof:
        """The proof for one of the digests.

        Raises:
            LocalError: `issuance.tree` for another.
        """
        index = place = bisect.bisect_left(self.digests, digest)
        if self.digests[index : index + 1] != [digest]:
            raise LocalError("issuance.tree")
        path = []
        for level in self._levels[:-1]:
            beside = place ^ 1
            if beside < len(level):
                path.append(level[beside])
            place >>= 1
        return InclusionProof(self.root, index, len(self.digests), tuple(path))


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The level above: a last node without another beside it goes up as it is."""
    pairs = zip(level[::2], level[1::2], strict=False)
    return [_node(left, right) for left, right in pairs] + ([level[-1]] if len(level) % 2 else [])


def _leaf(digest: bytes) -> bytes:
    return hashlib.sha256(b"\0" + digest).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
