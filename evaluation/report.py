"""The report: tables of rates, written for people as Markdown and for programs as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from evaluation.rates import CONFIDENCE, Measure, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SCHEMA: Final = 1
Cell = Rate | Measure | str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by their names; the figures' ids are made of the table's id, the row and the column.

    Args:
        id: For example ``documents.read``.
        title: What it shows.
        columns: The columns' names, the first of them that of the row names.
        rows: The cells of each row.
        note: What one must know to read it.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: Mapping[str, Sequence[Cell]]
    note: str = ""

    def figures(self) -> Iterator[dict[str, Any]]:
        """Every rate and measure with its id; texts are no figures."""
        for row, cells in self.rows.items():
            for column, cell in zip(self.columns[1:], cells, strict=True):
                figure = {"id": ".".join((self.id, _slug(row), _slug(column)))}
                if isinstance(cell, Rate):
                    low, high = cell.interval or (None, None)
                    counted = {"n": cell.n, "count": cell.count, "value": cell.value}
                    yield figure | counted | {"low": low, "high": high, "unit": "share"}
                elif isinstance(cell, Measure):
                    yield figure | {"n": cell.n, "value": cell.value, "unit": cell.unit}


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture beside the report, and what it shows."""

    file: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report."""

    title: str
    text: str
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Args:
        facts: What was evaluated, with what, where and when, by name.
        thresholds: Those in force, by their names in the configuration.
        sections: The parts.
    """

    facts: Mapping[str, str]
    thresholds: Mapping[str, float]
    sections: tuple[Section, ...]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write ``report.md`` and ``report.json`` into the folder."""
        pages = folder / "report.md", folder / "report.json"
        pages[0].write_text("\n".join(self._markdown()), "utf-8")
        pages[1].write_text(json.dumps(self._json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
        return pages

    def _json(self) -> dict[str, Any]:
        tables = [table for section in self.sections for table in section.tables]
        return {
            "schema": SCHEMA,
            "facts": dict(self.facts),
            "confidence": CONFIDENCE,
            "thresholds": dict(self.thresholds),
            "figures": [figure for table in tables for figure in table.figures()],
        }

    def _markdown(self) -> Iterator[str]:
        yield "# What the engines did\n"
        yield f"{_INTERVALS}\n"
        yield from _rows(("", ""), ((name, fact) for name, fact in self.facts.items()))
        yield from _rows(("threshold", ""), ((name, f"{value:g}") for name, value in self.thresholds.items()))
        for section in self.sections:
            yield f"## {section.title}\n\n{section.text}\n"
            for table in section.tables:
                yield f"**{table.title}**\n"
                yield from _rows(
                    table.columns, ((row, *map(str, cells)) for row, cells in table.rows.items())
                )
                if table.note:
                    yield f"{table.note}\n"
            for plot in section.plots:
                yield f"![{plot.caption}]({plot.file})\n\n*{plot.caption}*\n"


_INTERVALS: Final = (
    "Every rate stands as *count of n: percent (interval)*; the interval is the exact one of Clopper and "
    "Pearson at 95 %, which takes the trials for independent. Where several trials come from one document "
    "or one person they are not quite, and the truth may lie further out."
)


def _rows(columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield _row(columns)
    yield _row(["---"] * len(columns))
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _slug(name: str) -> str:
    """A name as part of an id: lower-case letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
