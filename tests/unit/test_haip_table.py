"""docs/haip.md lists every section of HAIP 1.0 that demands something, each point with its tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "haip.md").read_text("utf-8")
TABLE = PAGE.partition("## Point by point")[2].partition("## What the profile leaves")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if re.match(r"\| \d", line)
]
# Of 4.5, 5.3 there is nothing but what stands below them.
DEMANDING = {
    *("3", "4", "4.1", "4.2", "4.3", "4.4", "4.4.1", "4.5.1", "5", "5.1", "5.2", "5.3.1", "5.3.2"),
    *("6", "6.1", "6.1.1", "6.1.1.1", "7", "8", "11.1"),
}
NAMED = re.compile(r"`((?:unit|e2e)/[\w/]+\.py)::(test_\w+)`")


def test_every_section_that_demands_something_is_listed() -> None:
    assert {row[0] for row in ROWS} == DEMANDING
    assert all(len(row) == 5 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[2]} {row[1][:40]}")
def test_a_point_says_for_whom_how_and_by_which_tests(row: list[str]) -> None:
    _, demand, roles, how, tests = row
    assert demand
    assert how
    assert set(roles.split()) <= {"I", "W", "V"}
    named = NAMED.findall(tests)
    assert named
    assert NAMED.sub("", tests).strip(" ,") == "", "nothing but tests"
    for file, name in named:
        source = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"^ *def {name}\(", source, re.MULTILINE), (file, name)


@pytest.mark.parametrize("role", "IWV")
def test_every_role_has_points_of_issuing_or_showing(role: str) -> None:
    sections = {row[0][0] for row in ROWS if role in row[2].split()}
    assert sections >= ({"4", "6", "7"} if role == "I" else {"5", "6", "7"})
