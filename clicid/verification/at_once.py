"""Checks that end at once: of what is of a known layout, and of nothing else.

Such a check takes little longer than its signatures; any other may take a hundred times as long. A
server that answers all its callers from one thread makes the first there, for to hand it to another
thread takes as long again, and hands over the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.formats.base import Binding, Checked, Checker, FormatId, Have, Rules, Wanted
    from clicid.verification.walk import Checkers

P = TypeVar("P")


class NotAtOnce(Exception):
    """What was presented is of no known layout."""


@dataclass(frozen=True, slots=True)
class _AtOnce(Generic[P]):
    """A `Checker[P]` that does not read what it does not recognise."""

    checker: Checker[P]
    recognise: Callable[[bytes], P | None] | None

    @property
    def format(self) -> FormatId:
        return self.checker.format

    def parse(self, raw: bytes) -> P:
        found = None if self.recognise is None else self.recognise(raw)
        if found is None:
            raise NotAtOnce
        return found

    def check(
        self, parsed: P, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        return self.checker.check(parsed, have, rules=rules, binding=binding, now=now)


def at_once(checkers: Checkers) -> Checkers:
    """The same checkers, which raise `NotAtOnce` for what they do not recognise."""
    return {form: _AtOnce(one, getattr(one, "recognise", None)) for form, one in checkers.items()}
