"""What it takes to process contexts, counted before a processor does it.

The count follows from the document alone. What a cache holds makes no difference to it, as otherwise
a document could be refused the first time and accepted the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json


class Weight(NamedTuple):
    """A context's term definitions, and the contexts in it that are tried out one by one."""

    terms: int = 0
    contexts: int = 0

    def plus(self, other: Weight) -> Weight:
        """Both together."""
        return Weight(self.terms + other.terms, self.contexts + other.contexts)

    def units(self, mappings: int) -> int:
        """Definitions made, and mappings copied in sixteens, on top of a context with so many of them."""
        return self.terms + self.contexts * (1 + (mappings + self.terms) // 16)


def weigh(context: Json, known: Mapping[str, Weight]) -> Weight:
    """The weight of the value of an ``@context`` member; of a URL, what is known of it."""
    if isinstance(context, list):
        total = Weight()
        for part in context:
            total = total.plus(weigh(part, known))
        return total
    if isinstance(context, str):
        return known.get(context, Weight(0, 1))
    if not isinstance(context, dict):
        return Weight(0, 1)
    total = Weight(len(context), 1)
    for name, definition in context.items():
        if name == "@context":
            total = total.plus(weigh(definition, known))
        elif isinstance(definition, dict) and "@context" in definition:
            total = total.plus(weigh(definition["@context"], known))
    return total
