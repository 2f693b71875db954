"""What is installed, present, reachable and in time; and what to do about what is not.

Works where the packages that it looks for are missing, and so imports none of them.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from sandbox.documents import assets
from sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

PYTHON: Final = (3, 11)
_INSTALL: Final = "python -m pip install --require-hashes -r requirements/runtime.txt"
_FETCH: Final = "python tools/fetch_assets.py"
PACKAGES: Final = (
    "alembic", "aries-askar", "asn1crypto", "awscrt", "cbor2", "cryptography", "dlib-bin",
    "email-validator", "eth-abi", "eth-hash", "face_recognition_models", "fastapi", "httpcore", "httpx",
    "jsonschema-rs", "numpy", "onnxruntime", "opencv-python-headless", "orjson", "phonenumbers", "pillow",
    "prometheus_client", "psycopg", "py-arkworks-bls12381", "py-evm", "pybase64", "pycryptodome",
    "pydantic", "PyLD", "PyNaCl", "python-multipart", "rapidocr", "rfc8785", "rich", "rlp", "segno",
    "sqlalchemy", "starlette", "typer", "uvicorn", "zxing-cpp",
)  # fmt: skip
"""What `make demo` runs on: the names in ``requirements/runtime.in``."""
_MODELS: Final = (
    ("rapidocr", "models/*det*.onnx", "RapidOCR: where text is"),
    ("rapidocr", "models/*rec*.onnx", "RapidOCR: what it says"),
    ("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat", "dlib: 5 points of a face"),
    ("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat", "dlib: face descriptor"),
)
_OPTIONAL: Final = (
    ("node", "optional; only for trying other chains"),
    ("anvil", "optional; only for trying other chains"),
)
_OLDEST_CLOCK: Final = 1_760_000_000  # October 2025: a clock before it was never set


def examine(folder: Path) -> list[Finding]:
    """Everything there is to know, of this machine and of the sandbox in a folder."""
    found = [*_machine(), *_packages()]
    complete = all(one.good for one in found)
    found += [*_models(), *_assets(), *_optional()]
    if complete:
        # Not before: it stands on the packages that were just looked for.
        from sandbox.checkup import sandbox  # noqa: PLC0415

        found += sandbox(folder)
    return found


def show(findings: list[Finding], console: Console) -> bool:
    """Print the table and what to do; True if nothing that is needed is missing."""
    table = Table(show_edge=False, title="clicid-sandbox doctor", title_justify="left")
    for heading in ("what", "found", ""):
        table.add_column(heading, overflow="fold")
    for one in findings:
        mark = Text("ok", "green") if one.good else Text("missing", "red") if one.needed else Text("-", "dim")
        table.add_row(one.what, one.state, mark)
    console.print(table)
    for one in findings:
        if not one.good and one.remedy:
            console.print(Text(f"{one.what}: {one.remedy}"))
    return all(one.good or not one.needed for one in findings)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", version, sys.version_info >= PYTHON, remedy="install Python 3.11 or later")
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    yield Finding("clock", shown, now > _OLDEST_CLOCK, remedy="set the clock: signatures are dated")


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, metadata.version(name), good=True)
        except metadata.PackageNotFoundError:
            yield Finding(name, "not installed", good=False, remedy=f"run: {_INSTALL}")


def _models() -> Iterator[Finding]:
    for package, pattern, what in _MODELS:
        spec = find_spec(package)
        roots = list(spec.submodule_search_locations or ()) if spec else []
        found = sorted(path.name for root in roots for path in Path(root).glob(pattern))
        yield Finding(what, ", ".join(found) or "not there", good=bool(found), remedy=f"run: {_INSTALL}")


def _assets() -> Iterator[Finding]:
    for name, digest in assets.SHA256.items():
        path = assets.folder() / name
        if not path.is_file():
            yield Finding(name, "not fetched", good=False, remedy=f"run: {_FETCH}")
            continue
        right = hashlib.sha256(path.read_bytes()).hexdigest() == digest
        yield Finding(
            name, "sha256 as pinned" if right else "another file", good=right, remedy=f"run: {_FETCH}"
        )


def _optional() -> Iterator[Finding]:
    for name, why in _OPTIONAL:
        place = shutil.which(name)
        yield Finding(name, place or "not installed", good=bool(place), needed=False, remedy=why)
