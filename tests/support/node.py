"""Packages from npm for tests and benchmarks: installed by a committed lock file, below `build`."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def installed(source: Path) -> Path:
    """Where the packages of a folder with `package.json` and `package-lock.json` are installed."""
    return ROOT / "build" / "node" / source.name


def install(source: Path) -> str:
    """Install them unless they are; why not, or nothing. No package's scripts are run."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node is not installed"
    target = installed(source)
    lock = (source / "package-lock.json").read_bytes()
    stamp = target / "installed.json"
    if stamp.exists() and stamp.read_bytes() == lock:
        return ""
    target.mkdir(parents=True, exist_ok=True)
    # Several processes of one run may want them at the same time.
    with (target / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == lock:
            return ""
        for name in ("package.json", "package-lock.json"):
            (target / name).write_bytes((source / name).read_bytes())
        command = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=target, capture_output=True, timeout=120, check=False)
        if done.returncode:
            return f"npm cannot install the packages of {source.name}"
        stamp.write_bytes(lock)
    return ""


def answers(script: Path, packages: Path, *lines: object, seconds: float = 120) -> list[Any]:
    """What a script prints for lines of JSON, a line of JSON each; it is told where its packages are."""
    done = subprocess.run(
        [shutil.which("node") or "node", str(script), str(installed(packages))],
        input="\n".join(json.dumps(one) for one in lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
