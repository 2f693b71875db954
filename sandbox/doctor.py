"""What is installed, present, reachable and in time; and what to do about what is not."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from rich.table import Table
from rich.text import Text

from clicid.errors import ClicidError
from sandbox.documents import assets
from sandbox.network import read_founded
from sandbox.processes import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from sandbox.network import Founded

PYTHON: Final = (3, 11)
HEAD_SECONDS: Final = 30.0
"""Older than this, the sandbox's chain stands still: it makes a block a second."""
_INSTALL: Final = "make .venv/.runtime"
_UP: Final = "clicid-sandbox up"
_FETCH: Final = "python tools/fetch_assets.py"
_PACKAGES: Final = (
    "aries-askar", "alembic", "cryptography", "dlib-bin", "email-validator", "eth-abi", "fastapi",
    "face_recognition_models", "httpcore", "httpx", "numpy", "onnxruntime", "opencv-python-headless",
    "phonenumbers", "pillow", "py-evm", "pydantic", "PyLD", "python-multipart", "rapidocr", "rfc8785",
    "rich", "sqlalchemy", "typer", "uvicorn",
)  # fmt: skip
_MODELS: Final = (
    ("rapidocr", "models/*det*.onnx", "RapidOCR: where text is"),
    ("rapidocr", "models/*rec*.onnx", "RapidOCR: what it says"),
    ("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat", "dlib: 5 points of a face"),
    ("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat", "dlib: face descriptor"),
)
_OPTIONAL: Final = (
    ("node", "only for trying other chains"),
    ("anvil", "only for trying other chains"),
)
_OLDEST_CLOCK: Final = 1_760_000_000  # October 2025: a clock before it was never set


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Args:
        what: What was looked at.
        state: What was found.
        good: Whether it is as it should be.
        needed: Whether the project fails without it.
        remedy: What to do where it is not good.
    """

    what: str
    state: str
    good: bool
    needed: bool = True
    remedy: str = ""


def examine(folder: Path) -> list[Finding]:
    """Everything there is to know, of this machine and of the sandbox in a folder."""
    return [*_machine(), *_packages(), *_models(), *_assets(), *_optional(), *_sandbox(folder)]


def show(findings: list[Finding], console: Console) -> bool:
    """Print the table; True if nothing that is needed is missing."""
    table = Table(show_edge=False, title="clicid-sandbox doctor", title_justify="left")
    for heading in ("what", "found", "", "what to do"):
        table.add_column(heading, overflow="fold")
    for one in findings:
        mark = Text("ok", "green") if one.good else Text("missing", "red") if one.needed else Text("-", "dim")
        table.add_row(one.what, one.state, mark, "" if one.good else one.remedy)
    console.print(table)
    return all(one.good or not one.needed for one in findings)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", version, sys.version_info >= PYTHON, remedy="install Python 3.11 or later")
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    yield Finding("clock", shown, now > _OLDEST_CLOCK, remedy="set the clock: signatures are dated")


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(name, metadata.version(name), good=True)
        except metadata.PackageNotFoundError:
            yield Finding(name, "not installed", good=False, remedy=_INSTALL)


def _models() -> Iterator[Finding]:
    for package, pattern, what in _MODELS:
        spec = find_spec(package)
        roots = list(spec.submodule_search_locations or ()) if spec else []
        found = sorted(path.name for root in roots for path in Path(root).glob(pattern))
        yield Finding(what, ", ".join(found) or "not there", good=bool(found), remedy=_INSTALL)


def _assets() -> Iterator[Finding]:
    for name, digest in assets.SHA256.items():
        path = assets.folder() / name
        if not path.is_file():
            yield Finding(name, "not fetched", good=False, remedy=_FETCH)
            continue
        right = hashlib.sha256(path.read_bytes()).hexdigest() == digest
        yield Finding(name, "sha256 as pinned" if right else "another file", good=right, remedy=_FETCH)


def _optional() -> Iterator[Finding]:
    for name, why in _OPTIONAL:
        place = shutil.which(name)
        yield Finding(name, place or "not installed", good=bool(place), needed=False, remedy=why)


def _sandbox(folder: Path) -> Iterator[Finding]:
    try:
        founded = read_founded(folder)
    except ClicidError:
        yield Finding("sandbox", f"none in {folder}", good=False, needed=False, remedy=_UP)
        return
    yield Finding("network file", founded.digest, good=True)
    if not any(answers(address) for _, address in _addresses(founded)):
        yield Finding("sandbox", f"not running in {folder}", good=False, needed=False, remedy=_UP)
        return
    for name, address in _addresses(founded):
        there = answers(address)
        yield Finding(name, address if there else f"silent: {address}", good=there, remedy="start it again")
    for provider in founded.providers:
        yield _head(founded, provider.name, provider.origin)


def _addresses(founded: Founded) -> list[tuple[str, str]]:
    own = [("chain", founded.rpc), ("issuer", founded.identifier), ("operators", founded.operators)]
    return own + [(f"verifier of {one.name}", one.origin) for one in founded.providers]


def _head(founded: Founded, name: str, origin: str) -> Finding:
    """How far a verifier follows the chain, and that it trusts the network which was founded here."""
    what = f"{name}: chain, network"
    try:
        health: dict[str, Any] = httpx.get(f"{origin}/health", timeout=5, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return Finding(what, "no answer", good=False, remedy="start it again")
    age = health["head_age_seconds"]
    if health["network"] != founded.digest:
        return Finding(
            what, f"another network: {health['network']}", good=False, remedy="give it this one's file"
        )
    fresh = age is not None and age <= HEAD_SECONDS
    shown = "no block known" if age is None else f"block {health['head']}, {age:.0f} s old"
    return Finding(what, shown, good=fresh, remedy=f"look into the chain's log ({health['trouble']})")
