"""The holder's choice: claims path pointers to the disclosures that show what they point at."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clicid.codec.strict_json import Json
    from clicid.securing.sd_jwt.reveal import Path, Revealed

ClaimPath: TypeAlias = "Sequence[str | int | None]"
"""A claims path pointer (OpenID4VP 1.0, 7): names, indexes, None for every element."""


def select(revealed: Revealed, disclose: Iterable[ClaimPath]) -> frozenset[str]:
    """The texts of all disclosures on the way to, and below, what the pointers select.

    Raises:
        Refused: `sd_jwt.path` for a pointer that selects nothing.
    """
    paths = [path for pointer in disclose for path in resolve(revealed.claims, pointer)]
    return frozenset(
        item.text
        for place, item in revealed.needed.items()
        if any(place == path[: len(place)] or path == place[: len(path)] for path in paths)
    )


def resolve(claims: Json, pointer: ClaimPath) -> list[Path]:
    """The places that a claims path pointer selects, as concrete paths.

    Raises:
        Refused: `sd_jwt.path` if it selects none.
    """
    found: list[tuple[Path, Json]] = [((), claims)]
    for step in pointer:
        found = [(((*path, key)), value) for path, parent in found for key, value in _below(parent, step)]
    if not found or not pointer:
        raise Refused("sd_jwt.path")
    return [path for path, _ in found]


def _below(parent: Json, step: str | int | None) -> list[tuple[str | int, Json]]:
    if isinstance(parent, dict):
        return [(step, parent[step])] if isinstance(step, str) and step in parent else []
    if not isinstance(parent, list) or isinstance(step, str):
        return []
    if step is None:
        return list(enumerate(parent))
    return [(step, parent[step])] if 0 <= step < len(parent) else []
