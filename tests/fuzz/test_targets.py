"""Every fuzz target on its seeds and a few hundred mutations; `make prove` runs them for long."""

from __future__ import annotations

import importlib
import os
import random

import pytest

from tests.fuzz import TARGETS
from tests.fuzz.mutate import mutations

SEED = int(os.environ.get("CLICID_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = 200


def test_there_are_targets() -> None:
    assert len(TARGETS) >= 20


@pytest.mark.parametrize("name", TARGETS)
def test_a_value_or_our_error(name: str) -> None:
    module = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    chance = random.Random(f"{SEED}/{name}")
    for data in [*module.SEEDS, b"", *mutations(module.SEEDS, ROUNDS, chance)]:
        try:
            module.target(data)
        except BaseException as error:  # whatever ends it, its input is told
            error.add_note(f"CLICID_SEED={SEED}, input (hex): {data.hex()}")
            raise
