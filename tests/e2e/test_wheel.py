"""The wheel alone: the verifier from it in an empty environment, small, and deciding with no network.

Needs what installing needs: the package index that pip is set up with.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import bundles

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERIFIER: Final[list[str]] = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["verifier"]]
MAX_BYTES: Final = 150_000_000

# Of vision, the chain's writing side, its emulator, documents and wallets' terminals.
KEPT_OUT: Final = frozenset(
    {
        "alembic", "dlib-bin", "eth-abi", "eth-account", "eth-hash", "face-recognition-models", "httpx",
        "numpy", "onnxruntime", "opencv-python", "opencv-python-headless", "phonenumbers", "pillow",
        "py-evm", "qrcode", "rapidocr", "rlp", "vyper", "web3",
    }
)  # fmt: skip
MODULES_KEPT_OUT: Final = ("cv2", "dlib", "onnxruntime", "rapidocr", "eth", "web3", "numpy", "PIL", "vyper")

# What sends transactions is for issuers, and wants what they install.
WRITING_SIDE: Final = {
    f"clicid.adapters.{name}"
    for name in ("chain_contracts", "chain_node", "chain_transactions", "chain_writer")
}

NO_SOCKETS: Final = """
import sys

def refuse(event, _arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise RuntimeError(f"the network is out of reach: {event}")

sys.addaudithook(refuse)
"""

IMPORT_ALL: Final = """
import importlib, json, pkgutil, sys
from importlib.metadata import packages_distributions
import clicid, verifier

failed = {}
for package in (clicid, verifier):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            failed[found.name] = str(error)
tops = {name.partition(".")[0] for name in sys.modules}
used = sorted({name for top, names in packages_distributions().items() if top in tops for name in names})
print(json.dumps({"failed": failed, "used": used, "from": clicid.__file__}))
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that holds the wheel and nothing else but what it asks for."""

    folder: Path
    wheel: Path
    packages: frozenset[str]
    size: int

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One of its programs, beside no checkout, with no network by two means."""
        program, *rest = command
        return subprocess.run(
            [*_without_network(), str(self.folder / "bin" / program), *rest],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    wanted = folder / "requirements.txt"
    wanted.write_text("\n".join([*_locked(VERIFIER), _as_requirement(wheel)]) + "\n")
    _pip("--python", str(folder), "install", "--require-hashes", "--only-binary", ":all:", "-r", str(wanted))
    (site,) = folder.glob("lib/python*/site-packages")
    size = sum(path.lstat().st_size for path in site.rglob("*"))
    names = {path.name.partition("-")[0] for path in site.glob("*.dist-info")}
    (site / "sitecustomize.py").write_text(NO_SOCKETS)
    return Installed(folder, wheel, frozenset(canonicalize_name(name) for name in names), size)


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _locked(requirements: Iterable[str]) -> list[str]:
    """The lock's own lines, hashes included, of these requirements and all that they require."""
    lines: dict[str, str] = {}
    for line in (ROOT / "requirements" / "runtime.txt").read_text().replace("\\\n", " ").splitlines():
        if line and not line.startswith(("#", " ")):
            lines[canonicalize_name(Requirement(line.partition(" --hash")[0]).name)] = line
    return [lines[name] for name in sorted(_closure(requirements))]


def _closure(requirements: Iterable[str]) -> set[str]:
    """Names of the requirements and all that they require here, as this environment's metadata says."""
    left, seen = [Requirement(line) for line in requirements], set()
    while left:
        one = left.pop()
        if (key := (canonicalize_name(one.name), frozenset(one.extras))) in seen:
            continue
        seen.add(key)
        for below in map(Requirement, distribution(one.name).requires or ()):
            extras = one.extras or {""}
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                left.append(below)
    return {name for name, _ in seen}


def _as_requirement(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"clicid[verifier] @ {wheel.as_uri()} --hash=sha256:{digest}"


def _without_network() -> list[str]:
    """A network namespace of its own where the kernel lets us have one; the audit hook is always there."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return command if tried.returncode == 0 else []


def test_it_holds_the_packages_and_the_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    tops = {name.partition("/")[0] for name in held if ".dist-info/" not in name}
    assert tops == {"clicid", "issuer", "wallet", "verifier", "sandbox"}
    for source, target in (
        ("schemas", "clicid/data/schemas"),
        ("contracts/artifacts", "clicid/data/contracts"),
    ):
        files = {
            f"{target}/{path.relative_to(ROOT / source)}": path.read_bytes()
            for path in (ROOT / source).rglob("*")
            if path.is_file()
        }
        assert files
        assert {name: data for name, data in held.items() if name.startswith(f"{target}/")} == files


def test_it_is_small_and_brings_only_what_a_verifier_needs(installed: Installed) -> None:
    print(f"site-packages: {installed.size / 1e6:.1f} MB, {len(installed.packages)} distributions")
    assert installed.size < MAX_BYTES
    assert not installed.packages & KEPT_OUT
    assert installed.packages == _closure(VERIFIER) | {"clicid"}
    code = f"import importlib.util as u; print([m for m in {MODULES_KEPT_OUT} if u.find_spec(m)])"
    assert installed.run("python", "-c", code).stdout.strip() == "[]"


def test_what_it_asks_for_is_all_it_needs_and_all_of_it_is_used(installed: Installed) -> None:
    done = installed.run("python", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["from"]).is_relative_to(installed.folder)
    assert set(told["failed"]) == WRITING_SIDE, told["failed"]
    declared = {canonicalize_name(Requirement(line).name) for line in VERIFIER}
    assert declared <= set(map(canonicalize_name, told["used"]))


def test_nothing_there_reaches_the_network(installed: Installed) -> None:
    done = installed.run("python", "-c", "import socket; socket.create_connection(('127.0.0.1', 9))")
    assert done.returncode != 0
    assert "the network is out of reach" in done.stderr


@pytest.mark.parametrize(
    ("name", "status", "verdict", "code"),
    [
        ("sd_jwt_accepted", 0, "accepted", ""),
        ("w3c_accepted", 0, "accepted", ""),
        ("sd_jwt_altered", 1, "refused", "sd_jwt.disclosure_unused"),
        ("sd_jwt_revoked", 1, "refused", "status.revoked"),
        ("w3c_altered", 1, "refused", "holder.signature"),
        ("sd_jwt_old", 2, "undecided", "status.too_old"),
        ("sd_jwt_unread", 2, "undecided", "status.unavailable"),
    ],
)
def test_a_saved_bundle_is_decided_offline(
    installed: Installed, name: str, status: int, verdict: str, code: str
) -> None:
    done = installed.run("clicid-verifier", "replay", str(bundles.path(name)))
    assert done.returncode == status, done.stderr
    report = json.loads(done.stdout)
    assert (report["verdict"], report["code"]) == (verdict, code)


def test_an_accepted_bundle_altered_in_any_of_its_parts_is_not_accepted(
    installed: Installed, tmp_path: Path
) -> None:
    saved = json.loads(bundles.path("sd_jwt_accepted").read_bytes())
    saved["raw"] = saved["raw"][:400] + ("B" if saved["raw"][400] == "A" else "A") + saved["raw"][401:]
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(saved))
    assert installed.run("clicid-verifier", "replay", str(altered)).returncode == 1


@pytest.mark.parametrize("content", [None, "", "{}", "[1]"])
def test_what_is_no_bundle_is_told_apart_from_a_refusal(
    installed: Installed, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "bundle.json"
    if content is not None:
        path.write_text(content)
    done = installed.run("clicid-verifier", "replay", str(path))
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
