"""The differential test at 1/50 of its size; `make prove` runs it whole."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.differential.compare import compare

WHOLE = 100_000
COUNT = int(os.environ.get("CLICID_PROVE_DOCUMENTS", str(WHOLE // 50)))


@pytest.mark.timeout(3600)
def test_every_path_and_every_judge_agree() -> None:
    seed = int(os.environ.get("CLICID_PROVE_SEED", secrets.randbits(32)))
    tally = compare(COUNT, seed)
    print(f"seed {seed}", *tally.lines(), sep="\n")
    counts = tally.counts
    assert not tally.disagreements, f"seed {seed}"
    # A comparison of nothing would agree too.
    assert counts["documents"] == COUNT
    assert counts["filled"] > COUNT / 10
    assert counts["accepted"] > COUNT / 4
    assert counts["not judged by pyoxigraph"] < counts["judged by pyoxigraph"] / 10
