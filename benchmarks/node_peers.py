"""Peers that run in node, each in a process of its own and as its README shows it; none where node is not."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.documents import context_documents
from benchmarks.measure import Figure, Timing
from tests.support.node import install, installed
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json

SOURCE: Final = Path(__file__).resolve().parent / "node"
WARM: Final = 200
"""Documents that a peer is given before its time counts, so that what it runs is compiled."""
VC: Final = "@digitalbazaar/vc"
LESS: Final = "accreditation, DID record, status, report; strict JSON"
_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Task:
    """Documents that @digitalbazaar/vc issues, derives if there is something to show, and verifies.

    Args:
        name: Begins the names of its operations.
        peer: The package whose figures they are.
        suite: The cryptosuite's identifier.
        documents: Without proofs, every one distinct.
        warm: How many of them are not counted: what is built and compiled in time is.
        mandatory: The issuer's JSON pointers.
        selective: The holder's.
    """

    name: str
    peer: str
    suite: str
    documents: Sequence[Mapping[str, Json]]
    warm: int
    mandatory: Sequence[str] = ()
    selective: Sequence[str] = ()


def credentials(method: str, *tasks: Task) -> dict[str, list[Figure]]:
    """Each operation's figures, as ``name.issue``, ``name.derive`` and ``name.verify``.

    Args:
        method: The issuer's verification method; the key is their own.
        tasks: What to do.
    """
    request = {
        "contexts": context_documents(),
        "method": method,
        "now": NOW.isoformat(),
        "tasks": [asdict(task) for task in tasks],
    }
    return measured("credentials.mjs", request)


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
    command = [node, str(SOURCE / script), str(installed(SOURCE))]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=True, timeout=_SECONDS
    )
    figures: dict[str, list[Figure]] = {}
    for name, found in json.loads(done.stdout).items():
        for operation, runs in found["runs"].items():
            one = Figure(name.rpartition("/")[2], name, found["version"], "", Timing.of(runs))
            figures.setdefault(operation, []).append(one)
    return figures
