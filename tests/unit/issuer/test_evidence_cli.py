"""``clicid-issuer evidence check``: how it ends, and that a file tells a terminal nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from issuer.cli import app

DOCUMENTED = Path(__file__).resolve().parents[3] / "docs" / "decisions.md"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["evidence", "check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def example() -> Any:
    """The file in the documentation, under a table that is not this software's."""
    found = json.loads(DOCUMENTED.read_text("utf-8").split("```json\n")[1].split("```")[0])
    found["rules"]["table_sha256"] = "0" * 64
    return found


def test_a_file_that_follows_and_one_that_does_not(example: Any, tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_text(json.dumps(example), "utf-8")
    code, out, _ = run(path)
    assert (code, out.splitlines()[0]) == (0, "sound")
    path.write_text(json.dumps(example | {"decision": example["decision"] | {"outcome": "refused"}}), "utf-8")
    code, out, _ = run(path, "--json")
    assert (code, json.loads(out)["sound"]) == (1, False)


def test_nothing_in_it_reaches_the_terminal_as_it_stands(example: Any, tmp_path: Path) -> None:
    example["rules"]["version"] = "2\x1b[2J\x9b1m\nsound"
    path = tmp_path / "1.json"
    path.write_text(json.dumps(example), "utf-8")
    for out in (run(path)[1], run(path, "--json")[1]):
        assert all(line.isprintable() for line in out.splitlines())
        assert out.count("sound\n") <= 1
    path.write_text(json.dumps(example | {"\x1b]0;mine\x07": 1}), "utf-8")
    code, out, told = run(path)
    assert (code, out) == (2, "")
    assert told.strip().isprintable()


@pytest.mark.parametrize("arguments", [("nowhere.json",), (".",), ("nowhere.json", "--input", "document")])
def test_what_could_not_be_checked(arguments: tuple[str, ...]) -> None:
    code, out, _ = run(*arguments)
    assert (code, out) == (2, "")
