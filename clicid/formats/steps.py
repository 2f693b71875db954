"""The walk that a checker makes: one line a step, until one does not pass."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, ParamSpec

from clicid.errors import Refused
from clicid.formats.base import CheckName, Line, Outcome
from clicid.formats.issuer import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime, timedelta

A = ParamSpec("A")


@functools.lru_cache(maxsize=256)
def passed_line(step: CheckName, section: str) -> Line:
    """The line of a step that passed and used no material: always the same one."""
    return Line(step, Outcome.PASSED, section)


def all_passed(lines: Iterable[Line]) -> bool:
    """Whether every line passed."""
    passed = Outcome.PASSED
    for line in lines:  # noqa: SIM110 - `all` would make a call of each
        if line.outcome is not passed:
            return False
    return True


class Walk:
    """The lines so far.

    Args:
        sections: The steps of a format in order, each with the section that demands it.
        skipped: Steps that have no answer here, as holder binding for a credential at rest.
    """

    __slots__ = ("_lines", "_sections", "_skipped")

    def __init__(self, sections: Mapping[CheckName, str], skipped: Collection[CheckName] = ()) -> None:
        self._sections: Final = sections
        # Not every format has each of the steps that have no answer here.
        self._skipped: Final = frozenset(sections).intersection(skipped) if skipped else skipped
        self._lines: Final[list[Line]] = []

    def passed(self, step: CheckName) -> None:
        """The step passed, and used no material."""
        self._lines.append(passed_line(step, self._sections[step]))

    def add(self, line: Line) -> None:
        """A line that somebody else wrote."""
        self._lines.append(line)

    def step(self, step: CheckName, check: Callable[A, object], /, *args: A.args, **kwargs: A.kwargs) -> bool:
        """Walk a step; whether it passed, and was not refused by what its check raises."""
        try:
            check(*args, **kwargs)
        except Refused as error:
            self.fail(step, error)
            return False
        self._lines.append(passed_line(step, self._sections[step]))
        return True

    def fail(self, step: CheckName, error: Refused) -> None:
        """The step did not pass."""
        self._lines.append(failed(step, self._sections[step], error))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines so far, and of each step after them that it was not reached."""
        if len(self._lines) + len(self._skipped) == len(self._sections):
            return tuple(self._lines)
        walked = {line.check for line in self._lines} | set(self._skipped)
        rest = [
            Line(step, Outcome.NOT_REACHED, section)
            for step, section in self._sections.items()
            if step not in walked
        ]
        return (*self._lines, *rest)


def signature(code: str, verify: Callable[A, object], /, *args: A.args, **kwargs: A.kwargs) -> None:
    """Verify; a wrong signature is refused as `code`, which says whose it should have been.

    Raises:
        Refused: `code`, or what else `verify` raises.
    """
    try:
        verify(*args, **kwargs)
    except Refused as error:
        if error.code != "keys.signature":
            raise
        raise Refused(code, error.where) from error


def validity(
    begins: Iterable[datetime | None], ends: Iterable[datetime | None], *, leeway: timedelta, now: datetime
) -> None:
    """Whether `now` lies in every interval given.

    The leeway is added to our own time: the document's may lie at the end of what can be expressed.

    Raises:
        Refused: `validity.expired`, `validity.not_yet`.
    """
    earliest, latest = now - leeway, now + leeway
    for end in ends:
        if end is not None and earliest >= end:
            raise Refused("validity.expired")
    for begin in begins:
        if begin is not None and latest < begin:
            raise Refused("validity.not_yet")
