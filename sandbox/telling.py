"""Tells the demo's story in the terminal, a step at a time, and keeps what was measured."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console


_COLOUR: Final = {"passed": "green", "failed": "red", "undecided": "yellow"}


class StepFailedError(Exception):
    """A step did not do what it says. The message is for the person watching."""


@dataclass(slots=True)
class Step:
    """One step of the story: what it measured, and the reports it produced."""

    number: int
    title: str
    seconds: float = 0.0
    passed: bool = False
    measured: dict[str, Any] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)


class Story:
    """The steps so far. Nothing enters `build/demo.json` that was not measured in this run.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[Step] = []
        self._begun = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Announce a step, time it, and end it as passed unless something is raised."""
        step = Step(len(self.steps) + 1, title)
        self.steps.append(step)
        self.console.rule(f"[bold]{step.number}. {title}", align="left")
        begun = time.monotonic()
        try:
            yield step
            step.passed = True
        finally:
            step.seconds = round(time.monotonic() - begun, 2)
            word = "[green]done" if step.passed else "[red]not done"
            self.console.print(f"   {word}[/] in {step.seconds:.1f} s")

    def say(self, text: str) -> None:
        """One line of the story."""
        self.console.print(f"   {text}", highlight=False)

    def expect(self, holds: bool, text: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Print a claim with a tick, or stop the story.

        Raises:
            StepFailedError: When it does not hold.
        """
        if not holds:
            self.console.print(f"   [red]✗[/] {text}", highlight=False)
            raise StepFailedError(text)
        self.console.print(f"   [green]✓[/] {text}", highlight=False)

    def quote(self, text: str) -> None:
        """What somebody else's screen showed."""
        for line in text.strip().splitlines():
            self.console.print(f"   │ {line}", style="cyan", highlight=False, markup=False)

    def keep(self, step: Step, report: dict[str, Any]) -> None:
        """Keep a report for `build/demo.json`."""
        step.reports.append(report)

    def print_report(self, report: dict[str, Any]) -> None:
        """Print a report, a line a check."""
        for found in report["presentations"].values():
            for one in found:
                for section in one["sections"]:
                    self._print_section(f"{one['verdict']} {section['format']}", section["checks"])

    def _print_section(self, title: str, checks: list[dict[str, Any]]) -> None:
        table = Table(title=title, title_justify="left", show_edge=False)
        for heading in ("check", "outcome", "reason", "age", "known from"):
            table.add_column(heading)
        for line in checks:
            age = line["age_seconds"]
            table.add_row(
                line["check"],
                f"[{_COLOUR.get(line['outcome'], 'dim')}]{line['outcome']}",
                line["code"],
                "" if age is None else f"{age} s",
                line["source"],
            )
        self.console.print(Padding(table, (0, 0, 1, 3)))

    def summary(self, verifications: int, issuer_calls: int) -> None:
        """The closing table."""
        table = Table(title="What happened, and how long it took", title_justify="left")
        table.add_column("step", justify="right")
        table.add_column("what")
        table.add_column("seconds", justify="right")
        for step in self.steps:
            table.add_row(str(step.number), step.title, f"{step.seconds:.1f}")
        table.add_section()
        table.add_row("", "the whole story", f"{self.seconds:.1f}")
        table.add_row("", f"calls made to the issuer for {verifications} verifications", str(issuer_calls))
        self.console.print(table)

    @property
    def seconds(self) -> float:
        """Seconds since the story began."""
        return round(time.monotonic() - self._begun, 2)

    def write(self, path: Path, extra: dict[str, Any]) -> None:
        """Write the rows: one a step, with what was measured and the reports."""
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {
                "step": step.number,
                "title": step.title,
                "passed": step.passed,
                "seconds": step.seconds,
                "measured": step.measured,
                "reports": step.reports,
            }
            for step in self.steps
        ]
        body = {"steps": rows, "seconds": self.seconds, **extra}
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def fail(self, message: str, hint: str) -> None:
        """The end of a story that stopped early."""
        self.console.print(Panel(f"{message}\n{hint}", title="the story stopped", border_style="red"))
