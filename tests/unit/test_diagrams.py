"""The diagrams in the documentation are those of the tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tools import diagrams

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_document_shows_every_table_as_it_is() -> None:
    text = diagrams.DOCUMENT.read_text()
    assert diagrams.renewed(text) == text, "run python -m tools.diagrams"
    for name, table in diagrams.TABLES.items():
        assert f"<!-- diagram: {name} -->\n```mermaid\n{diagrams.draw(table)}\n```" in text


def test_a_diagram_has_an_arrow_for_every_transition() -> None:
    for table in diagrams.TABLES.values():
        drawn = diagrams.draw(table)
        for (phase, event), following in table.items():
            for after in following:
                (line,) = [one for one in drawn.splitlines() if f"{phase.value} --> {after.value}:" in one]
                assert event.__name__ in line


def test_the_command_notices_what_is_not_current(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "protocols.md"
    document.write_text("<!-- diagram: oid4vp wallet -->\n```mermaid\nold\n```\nend\n")
    monkeypatch.setattr(diagrams, "DOCUMENT", document)
    monkeypatch.setattr(sys, "argv", ["diagrams", "--check"])
    assert diagrams.main() == 1
    assert "not current" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["diagrams"])
    assert diagrams.main() == 0
    assert document.read_text().endswith("```\nend\n")
    monkeypatch.setattr(sys, "argv", ["diagrams", "--check"])
    assert diagrams.main() == 0
