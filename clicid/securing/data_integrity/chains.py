"""Which proofs of a document a proof includes (VC Data Integrity 1.0, 2.1.2, 4.3 and 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.securing.data_integrity.options import Proof


def matching(proofs: Sequence[Proof], places: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """For each proof, which others it names in `previousProof`, as their indices in order.

    Args:
        proofs: All proofs of a document.
        places: The JSON pointer of each.

    Raises:
        Refused: `proof.id` for one id of two proofs; `proof.previous` for one that names a proof
            that is not there, or that could be made only after itself.
    """
    index_of: dict[str, int] = {}
    for index, proof in enumerate(proofs):
        if proof.id is not None and index_of.setdefault(proof.id, index) != index:
            raise Refused("proof.id", shape.pointer(places[index], "id"))
    found = tuple(_named(proof, place, index_of) for proof, place in zip(proofs, places, strict=True))
    _check_no_loop(found, places)
    return found


def _named(proof: Proof, place: str, index_of: Mapping[str, int]) -> tuple[int, ...]:
    for name in proof.previous_proof:
        if name not in index_of:
            raise Refused("proof.previous", shape.pointer(place, "previousProof"), "no such proof")
    return tuple(sorted(index_of[name] for name in proof.previous_proof))


def _check_no_loop(found: Sequence[Sequence[int]], places: Sequence[str]) -> None:
    """Take away, again and again, the proofs that follow none of those left."""
    left = set(range(len(found)))
    while left:
        free = {index for index in left if left.isdisjoint(found[index])}
        if not free:
            raise Refused("proof.previous", shape.pointer(places[min(left)], "previousProof"), "a loop")
        left -= free
