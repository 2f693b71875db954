"""What every test may use: the folders of published vectors and samples, and a count for each suite."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# Time on a shared machine says nothing about an example.
# The same examples at every run: what turns a check red is a change, not a draw. `make prove` draws anew.
hypothesis.settings.register_profile("clicid", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("prove", deadline=None, print_blob=True, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "clicid"))


def _folder(variable: str, name: str) -> Path:
    path = Path(os.environ.get(variable) or SHARED / name)
    if not path.is_dir():
        pytest.skip(f"no folder {path}: set {variable}")
    return path


@pytest.fixture(scope="session")
def vectors_dir() -> Path:
    """The published vector suites, a folder each; skips where they are not at hand."""
    return _folder("CLICID_VECTORS", "vectors")


@pytest.fixture(scope="session")
def samples_dir() -> Path:
    """Sample photographs of documents and faces; skips where they are not at hand."""
    return _folder("CLICID_SAMPLES", "samples")


class SuiteCounts:
    """Counts the tests under each `suite` marker; prints them, and writes CLICID_SUITE_COUNTS."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, dict[str, int]] = defaultdict(lambda: {"run": 0, "skipped": 0})

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            item.user_properties += [("suite", marker.args[0]) for marker in item.iter_markers("suite")]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name in (value for key, value in report.user_properties if key == "suite"):
            if report.skipped:
                self.counts[str(name)]["skipped"] += 1
            elif report.when == "call":
                self.counts[str(name)]["run"] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.counts:
            terminalreporter.section("vector suites")
        for name, row in sorted(self.counts.items()):
            terminalreporter.write_line(f"{name}: {row['run']} run, {row['skipped']} skipped")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        target = os.environ.get("CLICID_SUITE_COUNTS")
        if target and not hasattr(session.config, "workerinput"):  # one of several processes has a part only
            Path(target).write_text(json.dumps(self.counts, indent=2, sort_keys=True) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SuiteCounts(), "clicid-suite-counts")
