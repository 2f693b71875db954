"""What the docs point to is there: links anywhere, files and functions that docs/architecture.md names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "contracts" / "ABI.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = ("clicid", "issuer", "wallet", "verifier", "sandbox", "contracts")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/-]+\.(?:py|vy|json))`", PAGE))))
def test_a_file_that_it_names_exists(name: str) -> None:
    """By its whole path, or as part of one where its room is named beside it."""
    assert (ROOT / name).is_file() or any(any((ROOT / room).rglob(name)) for room in ROOMS)


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:clicid|issuer|schemas|tests|verifier)/[\w/]+)`", PAGE)))
)
def test_a_folder_that_it_names_exists(name: str) -> None:
    assert (ROOT / name).is_dir()


@pytest.mark.parametrize(
    ("path", "name"), sorted(set(re.findall(r"`((?:clicid|issuer)/[\w/]+\.py)` \(`(?:\w+\.)?(\w+)`", PAGE)))
)
def test_what_it_says_is_in_a_file_is(path: str, name: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    assert re.search(rf"^ *(?:def|class) {name}\b", source, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target, _, section in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if "://" in target:
            continue
        there = page if not target else page.parent / target
        assert there.exists(), target
        if section:
            headings = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.MULTILINE)
            assert section in {
                re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings
            }, section
