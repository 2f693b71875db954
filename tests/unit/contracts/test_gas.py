"""What a revocation costs, held to a budget."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from benchmarks.gas import figures
from clicid.status import delta

if TYPE_CHECKING:
    from tests.unit.contracts.conftest import Registries

SINGLE_GAS = 36_000
BATCH_GAS = 110
MAX_GAS = 16_777_216


@pytest.fixture(scope="module")
def gas() -> dict[str, float]:
    return {figure.id: figure.value for figure in figures()}


def test_a_single_revocation_stays_in_its_budget(gas: dict[str, float]) -> None:
    assert gas["gas.commit.1"] < SINGLE_GAS


def test_a_revocation_among_a_thousand_stays_in_its_budget(gas: dict[str, float]) -> None:
    assert gas["gas.commit.1000"] <= BATCH_GAS
    assert gas["gas.commit_signed.1000"] <= BATCH_GAS
    # Over twice as many indexes the committer itself still keeps to it.
    assert gas["gas.commit_wide.1000"] <= BATCH_GAS


def test_the_planners_estimate_is_never_too_low(on_chain: Registries) -> None:
    draw = random.Random(1)
    on_chain.done(on_chain.commit("committer"))
    for count in (1, 10, 200, 1000, 20_000):
        (planned,) = delta.plan(sorted(draw.sample(range(1 << 25), count)), [])
        function = "commit" if len(planned.set) <= delta.SMALL_CODE else "commitLarge"
        arguments = (on_chain.list_id, on_chain.version() + 1, planned.set, b"", b"d" * 32, b"r" * 32)
        result = on_chain.signed(on_chain.status, "committer", function, arguments)
        assert on_chain.done(result).gas <= planned.gas() < MAX_GAS
