"""A secured document taken apart: the document, its proofs, and the input of each (4.3, 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import options
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.data_integrity.table import SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.options import Proof

MAX_PROOFS: Final = 16

_MEMBERS: Final = {name: suite.members for name, suite in SUITES.items()}


@dataclass(frozen=True, slots=True)
class PlacedProof:
    """One proof of a document: its options, its members as they came, and its JSON pointer."""

    proof: Proof
    members: Mapping[str, Json] = field(repr=False)
    where: str


class Parts:
    """A secured document's parts.

    Args:
        secured: The document with its `proof`, one or many.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.
        room: How many proofs are still to be added.

    Raises:
        Refused: `codec.shape`, and for its options what `options.read` refuses a proof for.
    """

    def __init__(
        self, secured: Mapping[str, Json], contexts: Contexts, profile: Profile, *, room: int = 0
    ) -> None:
        self.document: Final = {name: value for name, value in secured.items() if name != "proof"}
        self.proofs: Final = tuple(
            PlacedProof(_read(members, where, profile), members, where)
            for members, where in _proofs(secured, MAX_PROOFS - room)
        )
        self._contexts: Final = contexts
        self._profile: Final = profile
        self._made: Final[dict[tuple[int, ...], Input]] = {}

    def over(self, matching: tuple[int, ...]) -> Input:
        """The document with the proofs of these indices; with no `proof` at all for none.

        Proofs that include the same ones have the same input. They are included in the order in
        which they stand, which the suites over JSON see.
        """
        if matching not in self._made:
            included: list[Json] = [dict(self.proofs[index].members) for index in matching]
            document = {**self.document, "proof": included} if included else self.document
            self._made[matching] = Input(document, self._contexts, self._profile)
        return self._made[matching]


def _proofs(secured: Mapping[str, Json], maximum: int) -> list[tuple[dict[str, Json], str]]:
    value = shape.member(secured, "proof")
    if not isinstance(value, list):
        return [(shape.as_object(value, "/proof"), "/proof")]
    items = shape.as_items(value, "/proof", minimum=1, maximum=maximum)
    places = [shape.pointer("/proof", index) for index in range(len(items))]
    return [(shape.as_object(one, where), where) for one, where in zip(items, places, strict=True)]


def _read(members: Mapping[str, Json], where: str, profile: Profile) -> Proof:
    return options.read(members, where, _MEMBERS, assume_utc=profile is Profile.OPEN)
