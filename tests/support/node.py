"""Packages from npm for tests and benchmarks: installed by a committed lock file, below `build`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

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
    for name in ("package.json", "package-lock.json"):
        (target / name).write_bytes((source / name).read_bytes())
    command = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=target, capture_output=True, timeout=120, check=False)
    if done.returncode:
        return f"npm cannot install the packages of {source.name}"
    stamp.write_bytes(lock)
    return ""
