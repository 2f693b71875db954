"""What was shown, and to be handed on once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Claims:
    """Disclosed claims. Has no printable form, so that a log line cannot leak them.

    Args:
        values: The claims.
        names: What was shown, where that is finer than the members of `values`.
    """

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, Any], names: Iterable[str] | None = None) -> None:
        self._values = dict(values)
        self._names = tuple(sorted(self._values if names is None else names))

    def __repr__(self) -> str:
        return f"<Claims: {len(self._values)} values, not shown>"

    __str__ = __repr__

    def names(self) -> tuple[str, ...]:
        """Names only, sorted: what a report may say."""
        return self._names

    def reveal(self) -> dict[str, Any]:
        """The values themselves, for the caller that asked for them."""
        return dict(self._values)
