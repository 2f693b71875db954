"""Where a check digit fails: the one exchange of doubtful characters with which all check digits agree.

A field that takes letters and digits does not tell O from 0. Its check digit does, but only just: one
wrong zone in ten passes by luck. So no more than two characters are exchanged, only for others that were
seen as well or look the same, and only where a single exchange passes; and what was settled this way is
reported, to be confirmed by the print or by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.mrz import Check, Mrz, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from issuer.engines.mrz_spelling import Doubt

    Exchange = tuple[int, int, str]
    """Line, column, and what is put there."""

_MOST_EXCHANGES: Final = 2
_MOST_CANDIDATES: Final = 24
_ALIKE: Final = ("0O", "1I", "8B", "5S", "2Z", "6G")
_LIKELY: Final = 3.5  # a doubt, as a logarithm: e^3.5 times less likely than what was read


@dataclass(frozen=True, slots=True)
class Settled:
    """A zone with all its check digits right, the fields exchanged in, and how many characters."""

    mrz: Mrz
    fields: tuple[str, ...]
    exchanges: int


def settle(mrz: Mrz, doubts: Sequence[Sequence[Doubt]]) -> Settled | None:
    """The zone after the only exchange with which all its check digits agree.

    Args:
        mrz: A zone with a check digit that fails.
        doubts: For each line what else may stand in it.

    Returns:
        None where no exchange, or more than one, makes all agree.
    """
    covered = set(_covered(mrz))
    seen = [
        (line, doubt.column, doubt.character)
        for line, its in enumerate(doubts)
        for doubt in sorted(its, key=lambda doubt: doubt.cost)
        if doubt.cost <= _LIKELY and (line, doubt.column) in covered
    ]
    for candidates in (seen, [*seen, *_look_alikes(mrz, covered)]):
        for count in range(1, _MOST_EXCHANGES + 1):
            passing = dict(_passing(mrz, candidates[:_MOST_CANDIDATES], count))
            if len(passing) == 1:
                return _settled(mrz, *passing.popitem(), count)
            if passing:
                return None
    return None


def _covered(mrz: Mrz) -> Iterator[tuple[int, int]]:
    """The positions of the fields whose check digit fails; with the composite alone, of those without one."""
    failed = {name for name, check in mrz.checks.items() if check is Check.FAILED}
    own = failed - {"composite"}
    for field in mrz.layout.fields:
        name = field.name.removesuffix(".check")
        alone = name == "composite" or (name.startswith("optional") and "optional" not in mrz.checks)
        if name in own or (not own and alone):
            yield from ((field.line, column) for column in range(field.start, field.start + field.width))


def _look_alikes(mrz: Mrz, covered: set[tuple[int, int]]) -> Iterator[Exchange]:
    for line, column in sorted(covered):
        standing = mrz.lines[line][column]
        for pair in _ALIKE:
            if standing in pair:
                yield line, column, pair.replace(standing, "")


def _passing(
    mrz: Mrz, candidates: Sequence[Exchange], count: int
) -> Iterator[tuple[tuple[str, ...], tuple[Exchange, ...]]]:
    for exchanges in combinations(candidates, count):
        rows = list(mrz.lines)
        for line, column, character in exchanges:
            rows[line] = rows[line][:column] + character + rows[line][column + 1 :]
        try:
            changed = parse("\n".join(rows))
        except Refused:
            continue
        if changed.all_checks_pass:
            yield changed.lines, exchanges


def _settled(mrz: Mrz, lines: tuple[str, ...], exchanges: Sequence[Exchange], count: int) -> Settled:
    at = {(line, column) for line, column, _ in exchanges}
    fields = [
        field.name.removesuffix(".check")
        for field in mrz.layout.fields
        if any(line == field.line and 0 <= column - field.start < field.width for line, column in at)
    ]
    return Settled(parse("\n".join(lines)), tuple(dict.fromkeys(fields)), count)
