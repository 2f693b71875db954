"""Peers that run in node, each in a process of its own and as its README shows it; none where node is not."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measure import Figure, Timing
from tests.support.node import install, installed

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE: Final = Path(__file__).resolve().parent / "node"
_SECONDS: Final = 600


def measured(script: str, request: Mapping[str, Any]) -> dict[str, list[Figure]]:
    """Each operation's figures, by a script of `benchmarks/node` that prints them.

    Args:
        script: Its name.
        request: What it is told to do.
    """
    if missing := install(SOURCE):
        print(f"without the peers of {script}: {missing}\n")
        return {}
    node = shutil.which("node")
    assert node is not None
    command = [node, str(SOURCE / script), str(installed(SOURCE)), json.dumps(request)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS)
    figures: dict[str, list[Figure]] = {}
    for name, found in json.loads(done.stdout).items():
        for operation, runs in found["runs"].items():
            one = Figure(name.rpartition("/")[2], name, found["version"], "", Timing.of(runs))
            figures.setdefault(operation, []).append(one)
    return figures
