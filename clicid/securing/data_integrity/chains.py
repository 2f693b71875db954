"""Which proofs of a document a proof includes (VC Data Integrity 1.0, 2.1.2, 4.3 and 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.securing.data_integrity.parts import PlacedProof


def matching(proofs: Sequence[PlacedProof]) -> tuple[tuple[int, ...], ...]:
    """For each proof of a document, which others it names in `previousProof`, as their indices in order.

    Raises:
        Refused: `proof.id` for one id of two proofs; `proof.previous` for one that names a proof
            that is not there, or that could be made only after itself.
    """
    index_of: dict[str, int] = {}
    for index, one in enumerate(proofs):
        if one.proof.id is not None and index_of.setdefault(one.proof.id, index) != index:
            raise Refused("proof.id", shape.pointer(one.where, "id"))
    found = tuple(_named(one, index_of) for one in proofs)
    _check_no_loop(found, proofs)
    return found


def _named(one: PlacedProof, index_of: Mapping[str, int]) -> tuple[int, ...]:
    for name in one.proof.previous_proof:
        if name not in index_of:
            raise Refused("proof.previous", shape.pointer(one.where, "previousProof"), "no such proof")
    return tuple(sorted(index_of[name] for name in one.proof.previous_proof))


def _check_no_loop(found: Sequence[Sequence[int]], proofs: Sequence[PlacedProof]) -> None:
    """Take away, again and again, the proofs that follow none of those left."""
    left = set(range(len(found)))
    while left:
        free = {index for index in left if left.isdisjoint(found[index])}
        if not free:
            place = shape.pointer(proofs[min(left)].where, "previousProof")
            raise Refused("proof.previous", place, "a loop")
        left -= free
