"""Tells the demo's story in the terminal, a step at a time, and keeps what was measured."""

from __future__ import annotations

import json
import textwrap
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sandbox.enrolling import Enrolled

COLUMNS: Final = 100
_SHOWN_CLAIMS: Final = ("given_name", "family_name", "personal_identity_number", "assurance_level")
_COLOUR: Final = {"passed": "green", "failed": "red", "undecided": "yellow"}


def screen() -> Console:
    """Where commands print: lines of at most 100 columns, colours on a terminal only, texts as they are."""
    console = Console(emoji=False, highlight=False)
    if not console.is_terminal or console.width > COLUMNS:
        console = Console(emoji=False, highlight=False, width=COLUMNS)
    return console


def working(console: Console, text: str) -> AbstractContextManager[object]:
    """Shows on a terminal that something goes on; elsewhere nothing."""
    return console.status(f"[dim]{text} ...", spinner="line") if console.is_terminal else nullcontext()


def tell_enrolled(console: Console, enrolled: Enrolled) -> None:
    """How a test person's onboarding ended, what the wallet holds, what a verifier says."""
    console.print(Text(f"{enrolled.case.case}: {enrolled.view['state']}", "bold"))
    for reason in enrolled.view["reasons"]:
        console.print(Text(f"  {reason['en']} [{reason['code']}]"))
    for row in enrolled.held:
        console.print(Text(f"  {row['format']:<11} {row['type']}  {row['state']}"))
    for name in _SHOWN_CLAIMS:
        if name in enrolled.identity:
            console.print(Text(f"    {name:<25} {_short(enrolled.identity[name])}"))
    if enrolled.answer is not None:
        console.print(
            Text(f"  the shop's verifier: {enrolled.answer.verdict} {enrolled.answer.code}".rstrip())
        )
    if not enrolled.as_it_should:
        console.print(Text("  This is not how the case should end.", "red"))


def _short(value: object) -> str:
    return str(value["value"] if isinstance(value, dict) else value)


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
        self.seconds = 0.0
        """From the first step's beginning to the last one's end."""
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
            ended = time.monotonic()
            step.seconds, self.seconds = round(ended - begun, 2), round(ended - self._begun, 2)
            word = "[green]done" if step.passed else "[red]not done"
            self.console.print(f"   {word}[/] in {step.seconds:.1f} s")

    def say(self, text: str) -> None:
        """One line of the story."""
        self.console.print(Padding(Text(text), (0, 0, 0, 3), expand=False))

    def working(self, text: str) -> AbstractContextManager[object]:
        """For what takes more than a moment."""
        return working(self.console, text)

    def expect(self, holds: bool, text: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Print a claim with a tick, or stop the story.

        Raises:
            StepFailedError: When it does not hold.
        """
        mark = ("✓ ", "green") if holds else ("✗ ", "red")
        self.console.print(Padding(Text.assemble(mark, text), (0, 0, 0, 3), expand=False))
        if not holds:
            raise StepFailedError(text)

    def quote(self, text: str) -> None:
        """What somebody else's screen showed."""
        for line in text.strip().splitlines():
            for part in textwrap.wrap(line, COLUMNS - 5, subsequent_indent=" " * 6) or [""]:
                self.console.print(f"   │ {part}", style="cyan", markup=False)

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
        self.console.print(Padding(table, (0, 0, 1, 3), expand=False))

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
        self.console.print(Panel(Text(f"{message}\n{hint}"), title="the story stopped", border_style="red"))
