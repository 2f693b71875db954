"""The sandbox guide's part on chips names what there is, and what each fault ends with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from clicid.reasons import REASONS
from sandbox.chips.faults import FAULTS, VARIANTS

ROOT: Final = Path(__file__).parents[4]
TABLE: Final[dict[str, Any]] = json.loads((ROOT / "tests" / "vectors" / "chip" / "matrix.json").read_text())
GUIDE: Final = (ROOT / "docs" / "sandbox.md").read_text("utf-8").partition("## Test chips")[2]


def test_the_table_has_every_fault_and_variant_and_no_other() -> None:
    assert [row["fault"] for row in TABLE["faults"]] == list(FAULTS)
    assert {row["variant"] for row in TABLE["variants"]} == set(VARIANTS)
    assert {row["code"] for row in TABLE["faults"]} <= REASONS.keys()


def test_the_guide_says_what_each_fault_ends_with() -> None:
    rows = re.findall(r"^\| `(chip\.\w+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    said = {(fault, code) for code, faults in rows for fault in re.findall(r"`(\w+)`", faults)}
    assert said == {(row["fault"], row["code"]) for row in TABLE["faults"]}


def test_the_guide_names_every_variant() -> None:
    assert all(f"`{name}`" in GUIDE for name in VARIANTS.keys() - {"good"})
