"""What the guides have a reader run, run as it stands there."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.guides import block

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.network import Network

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str) -> str:
    """What a Python command prints."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_service_provider_of_the_guide_registers(network: Network, tmp_path: Path) -> None:
    settings = block("service-providers.md", "toml", "origin = ")
    for name, value in (
        ("network_digest", network.founded.digest),
        ("rpc", network.founded.rpc),
        ("secret_sha256", hashlib.sha256(b"the secret").hexdigest()),
    ):
        settings = re.sub(
            rf'^{name} = (\[?)"[^"]*"', rf'{name} = \g<1>"{value}"', settings, flags=re.MULTILINE
        )
    (tmp_path / "verifier.toml").write_text(settings, "utf-8")
    (tmp_path / "network.json").write_bytes((network.folder / "network.json").read_bytes())
    registration = block("service-providers.md", "json", '{\n  "legal_name"')
    (tmp_path / "registration.json").write_text(registration, "utf-8")
    (tmp_path / "anchor.py").write_text(block("service-providers.md", "python", "import json"), "utf-8")

    key = run(tmp_path, "-m", "verifier.cli", "keys", "--config", "verifier.toml").strip()
    assert key == run(tmp_path, "-m", "verifier.cli", "keys", "--config", "verifier.toml").strip()
    did = run(tmp_path, "anchor.py", str(network.folder), ".", key).strip()

    assert re.fullmatch(r"did:ethr:0xc11c1d:0x[0-9a-f]{40}", did)
    written = json.loads((tmp_path / "registration.json").read_text("utf-8"))
    assert written == json.loads(registration) | {"identifier": did}


def test_an_operator_of_the_guide_makes_a_vault(tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text(block("operators.md", "python", "import secrets"), "utf-8")
    made = run(tmp_path, "make.py", "vault").splitlines()
    shown = block("operators.md", "text", "credential-sd-jwt ").splitlines()
    assert [line[:27] for line in made] == [line[:27] for line in shown]
    assert [len(line.split()) for line in made] == [len(line.split()) for line in shown] == [2, 2, 2, 3, 3]
