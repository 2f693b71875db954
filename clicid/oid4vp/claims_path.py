"""Claims path pointers applied to a credential's JSON (OpenID4VP 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.dcql import ClaimsQuery, Path

ConcretePath: TypeAlias = "tuple[str | int, ...]"
"""A path without None: it names one place."""

_MAX_SELECTED: Final = 4096


def select(tree: Json, path: Path) -> dict[ConcretePath, Json]:
    """The elements that a pointer selects, by their places; empty if there are none (7.1)."""
    found: dict[ConcretePath, Json] = {(): tree}
    for step in path:
        found = dict(list(_below(found, step))[:_MAX_SELECTED])
    return found


def _below(found: dict[ConcretePath, Json], step: str | int | None) -> Iterator[tuple[ConcretePath, Json]]:
    for place, value in found.items():
        if step is None:
            items = enumerate(value) if isinstance(value, list) else ()
            yield from (((*place, index), item) for index, item in items)
        elif isinstance(step, str):
            if isinstance(value, dict) and step in value:
                yield (*place, step), value[step]
        elif isinstance(value, list) and step < len(value):
            yield (*place, step), value[step]


def answer(tree: Json, claim: ClaimsQuery) -> dict[ConcretePath, Json]:
    """The elements that answer a claims query: those selected, of the values wanted (6.4.1).

    Values match in type and value: 1 is not true, and not "1".
    """
    selected = select(tree, claim.path)
    if not claim.values:
        return selected
    wanted = {(type(value), value) for value in claim.values}
    return {
        place: value
        for place, value in selected.items()
        if isinstance(value, str | int | bool) and (type(value), value) in wanted
    }


def leaves(tree: Json, place: ConcretePath = ()) -> Iterator[ConcretePath]:
    """The places of all values that hold no others: what a person sees of a whole credential."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*place, key))
    elif isinstance(tree, list) and tree:
        for index, value in enumerate(tree):
            yield from leaves(value, (*place, index))
    else:
        yield place
