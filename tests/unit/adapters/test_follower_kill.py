"""A follower that is killed at random moments knows in the end what one that was not knows."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from clicid.ledger import dump
from tests.support.chain_model import ModelChain
from tests.support.follow_child import BLOCKS, follower, mine_known

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.follower import Follower

KILLS = int(os.environ.get("CLICID_PROVE_KILLS", "3"))
SEED = int(os.environ.get("CLICID_SEED", random.SystemRandom().randrange(1 << 32)))


def _known(of: Follower) -> dict[object, object]:
    branch = of._branch
    records: dict[object, object] = {key: dump.dump(branch.state, key) for key in dump.keys(branch.state)}
    return records | {"head": branch.head, "final": branch.final and branch.final.hash}


def test_killed_while_writing_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance, interrupted = random.Random(SEED), 0
    chain = ModelChain()
    mine_known(chain)
    whole = follower(None, chain)
    whole.sync(chain.now)
    for round_ in range(KILLS):
        path = tmp_path / f"{round_}.sqlite"
        for _ in range(2):
            interrupted += _follow_and_kill(
                path, chance.randint(1, BLOCKS * 2 // 3), chance.uniform(0, 0.003)
            )
        resumed = follower(path, chain)
        resumed.sync(chain.now)
        assert _known(resumed) == _known(whole), f"CLICID_SEED={SEED}"
        again = follower(path, chain)
        assert _known(again) == _known(whole), f"CLICID_SEED={SEED}"
    assert interrupted > 0, f"every process ended before it was killed; CLICID_SEED={SEED}"


def _follow_and_kill(path: Path, pages: int, seconds: float) -> bool:
    """Kill a follower some time into a page. Whether it was killed before it was done."""
    command = [sys.executable, "-m", "tests.support.follow_child", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        begun = [child.stdout.readline() for _ in range(pages)]
        time.sleep(seconds)
        child.kill()
        return "done\n" not in [*begun, *child.stdout]
