"""What a person may choose among before anything is shown, and what each way would show (OpenID4VP 6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clicid.formats.base import FormatId
from wallet import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.asker import OverAsking
    from clicid.oid4vp.matching import Candidate, Choice, Choices, Held, Picks
    from wallet.store.records import HeldCredential


@dataclass(frozen=True, slots=True)
class Showing:
    """One credential as it would be shown: every value that the verifier would see.

    Args:
        candidate: The way to answer.
        credential: The copy that would be shown.
        values: What would be seen, by its place.
        linkable: Whether somebody else has seen this copy.
        kept: Places that the verifier says it will keep.
        called: What people call them, as far as labels came with the credential.
    """

    candidate: Candidate
    credential: HeldCredential
    values: tuple[tuple[str, Any], ...] = field(repr=False)
    linkable: bool = False
    kept: tuple[str, ...] = ()
    called: Mapping[str, labels.Called] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Menu:
    """What there is to choose.

    Args:
        sets: The credential sets, each with the options that the wallet can answer.
        ways: For each credential query, every way to answer it, what the verifier likes best first.
        multiple: The queries that several credentials may answer.
        preferred: What the verifier would like best, and no more than it needs.
    """

    sets: tuple[Choice, ...]
    ways: Mapping[str, tuple[Showing, ...]]
    multiple: frozenset[str]
    preferred: Picks = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        optional = any(one.options and (len(one.options) > 1 or not one.required) for one in self.sets)
        return optional or any(len(self.ways[name]) > 1 for name in self.preferred)


def menu(
    choices: Choices, credentials: Mapping[str, HeldCredential], held: Iterable[Held], client: str
) -> Menu:
    """Everything that would answer, with what each would show.

    Args:
        choices: What matches; satisfiable.
        credentials: The copies at hand, by their ids.
        held: The same, as a query sees them.
        client: Who asks.
    """
    trees = {one.id: one.tree for one in held}
    ways = {
        name: tuple(_showing(one, credentials[one.held_id], trees[one.held_id], client) for one in found)
        for name, found in choices.candidates.items()
    }
    return Menu(choices.sets, ways, choices.multiple, choices.preferred())


def showings(found: Menu, picks: Picks) -> tuple[Showing, ...]:
    """What was picked, with what it would show."""
    return tuple(
        showing
        for name, chosen in picks.items()
        for showing in found.ways[name]
        if showing.candidate in chosen
    )


def beyond(over_asking: Iterable[OverAsking], picks: Picks) -> tuple[str, ...]:
    """Of what the asker's registration does not cover, what the picks would show."""
    found = []
    for one in over_asking:
        shown = [place for candidate in picks.get(one.query_id, ()) for place in candidate.shown]
        if any(labels.leads_to(one.path, place) for place in shown):
            found.append("/".join("*" if step is None else str(step) for step in one.path))
    return tuple(dict.fromkeys(found))


def _showing(candidate: Candidate, credential: HeldCredential, tree: Json, client: str) -> Showing:
    return Showing(
        candidate,
        credential,
        tuple((labels.technical(place), _at(tree, place)) for place in candidate.shown),
        linkable=bool(set(credential.uses) - {client}),
        kept=tuple(map(labels.technical, candidate.retained)),
        called=labels.called(
            credential.labels, candidate.shown, namespaced=credential.format == FormatId.MDOC
        ),
    )


def _at(tree: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        tree = tree[step]
    return tree
