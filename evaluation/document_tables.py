"""What came of the documents, as tables and plots."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from evaluation import plots
from evaluation.conditions import AS_GIVEN, CONDITIONS
from evaluation.documents import Ending
from evaluation.rates import Measure, Rate, percentile
from evaluation.report import Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from evaluation.documents import Name, Read
    from evaluation.report import Cell

_ALL: Final = "all"
_UNKNOWN: Final = "format unknown"
_TEXT: Final = """\
*Read* means: a zone was found and no check digit failed; otherwise the person is asked for another
photograph. Each image is read as it was given and under conditions that are made from it. *Specimens*
are drawn by this project, with what stands on them known to the letter; they are cleaner than
photographs of real documents, so their rates say what happens to names and fields, not how well
cameras do."""
_NAMES_NOTE: Final = """\
*Before*: the zone's line of names has no check digit; *misread* is a name that was read otherwise than
it stands in the zone, *not the print's* one that would be wrong as the person's name, because it was
misread, or because the zone has no å, ä, ö and no room. *After*: what the issuer goes on with once the
print was compared; *wrong, unnoticed* is the figure that must be 0; *stopped* and *left* go to a person."""


def section(reads: Sequence[Read], folder: Path) -> Section:
    """The tables of all readings; the plots are written into the folder."""
    sources = list(dict.fromkeys(one.source for one in reads))
    tables = [
        *(_read_rates(source, _of(reads, source)) for source in sources),
        _wrong_fields(reads, sources),
        _names(reads, sources),
        _seconds(reads, sources),
        *(_codes(source, _of(reads, source)) for source in sources),
    ]
    if unread := [one for one in reads if not one.read and one.condition == AS_GIVEN]:
        rows = {one.name: (one.source, one.format or _UNKNOWN, ", ".join(one.codes)) for one in unread}
        tables.append(
            Table("documents.unread", "Not read as given", ("document", "source", "format", "findings"), rows)
        )
    return Section("Documents", _TEXT, tuple(tables), plots.of_documents(reads, folder))


def _of(reads: Iterable[Read], source: str) -> list[Read]:
    return [one for one in reads if one.source == source]


def _share_read(reads: Sequence[Read]) -> Rate:
    return Rate(sum(one.read for one in reads), len(reads))


def _read_rates(source: str, reads: Sequence[Read]) -> Table:
    formats = sorted({one.format or _UNKNOWN for one in reads})
    rows = {
        condition: [
            _share_read(
                [
                    one
                    for one in reads
                    if one.condition == condition and kind in {_ALL, one.format or _UNKNOWN}
                ]
            )
            for kind in (*formats, _ALL)
        ]
        for condition in CONDITIONS
        if any(one.condition == condition for one in reads)
    }
    return Table(
        f"documents.read.{source}",
        f"Read with all check digits right: {source}",
        ("condition", *formats, _ALL),
        rows,
    )


def _wrong_fields(reads: Sequence[Read], sources: Sequence[str]) -> Table:
    """How often something else was read than stands there, of what was read and is labelled."""
    rows: dict[str, list[Cell]] = {}
    for source in sources:
        known = [one for one in _of(reads, source) if one.read and one.labelled]
        which = Counter(field for one in known for field in one.wrong)
        rows[source] = [
            Rate(sum(bool(one.wrong) for one in known), len(known)),
            ", ".join(f"{field} {count}" for field, count in which.most_common()) or "none",
        ]
    return Table(
        "documents.wrong",
        "Read, but otherwise than it stands in the zone (all conditions)",
        ("source", "with a wrong field", "fields"),
        rows,
    )


def _names(reads: Sequence[Read], sources: Sequence[str]) -> Table:
    rows: dict[str, list[Cell]] = {}
    for source in sources:
        for label, wanted in ((AS_GIVEN, (AS_GIVEN,)), ("all conditions", tuple(CONDITIONS))):
            names = [name for one in _of(reads, source) if one.condition in wanted for name in one.names]
            rows[f"{source}, {label}"] = _name_cells(names)
    columns = (
        "source", "before: misread", "before: not the print's", "after: wrong, unnoticed", "after: right",
        "after: stopped by a finding", "after: left to the person",
    )  # fmt: skip
    return Table("documents.names", "Names before and after the cross-check", columns, rows, _NAMES_NOTE)


def _name_cells(names: Sequence[Name]) -> list[Cell]:
    endings = Counter(name.ending for name in names)
    return [
        Rate(sum(name.misread for name in names), len(names)),
        Rate(sum(not name.zone_right for name in names), len(names)),
        *(
            Rate(endings[ending], len(names))
            for ending in (Ending.WRONG, Ending.RIGHT, Ending.FLAGGED, Ending.LEFT)
        ),
    ]


def _seconds(reads: Sequence[Read], sources: Sequence[str]) -> Table:
    rows: dict[str, list[Cell]] = {}
    for source in sources:
        for label, wanted in ((AS_GIVEN, (AS_GIVEN,)), ("all conditions", tuple(CONDITIONS))):
            taken = [one.seconds for one in _of(reads, source) if one.condition in wanted]
            if taken:
                rows[f"{source}, {label}"] = [
                    Measure(number, len(taken), "s")
                    for number in (percentile(taken, 0.5), percentile(taken, 0.95), max(taken))
                ]
    note = "Seconds of the processor on one core, the loading of the engines (once a process) left out."
    columns = ("source", "median", "95th percentile", "longest")
    return Table("documents.seconds", "Seconds an image", columns, rows, note)


def _codes(source: str, reads: Sequence[Read]) -> Table:
    """What is noticed about documents that nothing is wrong with, as they were given."""
    given = [one for one in reads if one.condition == AS_GIVEN and one.read]
    counted = Counter(code for one in given for code in one.codes)
    rows = {code: [Rate(count, len(given))] for code, count in counted.most_common()}
    note = (
        "Of what was read as given. On genuine documents each is a false alarm, unless the finding is true."
    )
    return Table(
        f"documents.findings.{source}", f"What was noticed: {source}", ("finding", "documents"), rows, note
    )
