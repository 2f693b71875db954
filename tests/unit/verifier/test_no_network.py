"""A verifier that is cut off from everybody decides rightly, and tries to reach nobody.

CLICID_PROVE_CUT_OFF is the number of presentations for each of the two ways; a hundred without it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.cut_off import KINDS, WANTED

ROOT = Path(__file__).resolve().parents[3]
COUNT = int(os.environ.get("CLICID_PROVE_CUT_OFF", "100"))


def _namespace() -> list[str]:
    """The command that gives a process a network of its own; empty where the system lets us not."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        try:
            if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
                return command
        except FileNotFoundError:
            break
    return []


def cut_off(folder: Path, mode: str) -> dict[str, Any]:
    alone = _namespace()
    command = [*alone, sys.executable, "-m", "tests.support.cut_off", str(folder), mode, str(COUNT)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({"CLICID_ALONE": "1"} if alone else {})
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    how = "a network namespace with no route" if alone else "no namespace to be had: the process was watched"
    print(f"\n{mode}: {COUNT:,} presentations in {told['seconds']} s, {how}; {told['ended']}")
    assert told["interfaces"] in (None, ["lo"])
    assert told["wrong"] == []
    expected = {kind: COUNT * KINDS.count(kind) // len(KINDS) for kind in WANTED}
    assert told["ended"] == {f"{kind}: {':'.join(WANTED[kind])}": number for kind, number in expected.items()}
    return told


def test_by_a_bundle_no_connection_is_tried(tmp_path: Path) -> None:
    told = cut_off(tmp_path, "bundle")
    assert told["tried"] == []
    assert told["calls"] == {}
    assert told["opened_by_others"] in (None, 0)


def test_by_what_a_follower_had_stored_nobody_but_its_node_is_tried(tmp_path: Path) -> None:
    """And nobody is reached: where the node was, nobody listens."""
    told = cut_off(tmp_path, "store")
    (node,) = told["calls"]
    port = node.rpartition(":")[2]
    tried = [line for line in told["tried"] if line.startswith("socket.connect")]
    assert set(tried) == {f"socket.connect ('127.0.0.1', {port})"}
    assert all(f"127.0.0.1 {port} " in line for line in told["tried"] if "getaddrinfo" in line)
    assert len(tried) < told["seconds"] + 10, "once a second, and not for presentations"
    # What the kernel counted is what the process was seen to try.
    assert told["opened_by_others"] in (None, len(tried))


def test_the_watch_sees_what_is_tried(tmp_path: Path) -> None:
    """That nothing was seen would be no proof otherwise."""
    probe = (
        "import sys, socket; from pathlib import Path; from tests.support.watched_verifier import watch\n"
        "watch(Path(sys.argv[1])); s = socket.socket()\n"
        "s.connect_ex(('127.0.0.1', 9)); s.close(); socket.getaddrinfo('localhost', 80)\n"
        "u = socket.socket(type=socket.SOCK_DGRAM); u.sendto(b'x', ('127.0.0.1', 9)); u.close()\n"
    )
    log = tmp_path / "tried.log"
    subprocess.run([sys.executable, "-c", probe, str(log)], cwd=ROOT, check=True, capture_output=True)
    seen = [line.split()[0] for line in log.read_text("utf-8").splitlines()]
    assert seen == ["socket.connect", "socket.getaddrinfo", "socket.sendto"]
