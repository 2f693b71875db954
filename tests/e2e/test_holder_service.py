"""``clicid-wallet serve`` as a process: a program with the secret told at its start, and nobody else."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from clicid.ledger.ground import Demands
from sandbox.processes import free_port
from tests.conftest import ROOT
from tests.support.issuer_config import network_file
from wallet.main import create_home

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "correct horse battery staple"


def home(folder: Path) -> Path:
    """A wallet whose node is at an address where nobody answers."""
    file = network_file()
    (folder / "network.json").write_bytes(file.to_bytes())
    (folder / "passphrase").write_text(PASSPHRASE)
    create_home(
        folder / "home",
        PASSPHRASE,
        network_file=folder / "network.json",
        network_digest=file.digest().hex(),
        rpc=["http://127.0.0.1:1"],
        witness=None,
        demands=Demands(proofs=True, witness=False),
        sandbox=True,
    )
    return folder / "home"


def test_a_program_of_the_persons_own(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "wallet.cli", "serve", "--home", str(home(tmp_path))]
    command += ["--passphrase-file", str(tmp_path / "passphrase"), "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            wait(client, process, log)
            told = dict(line.split(" ", 1) for line in log.read_text().splitlines() if " " in line)
            form = {"grant_type": "client_credentials", **told}
            token = client.post("/oauth2/token", data=form).json()["access_token"]
            body = {
                "presentation": {
                    "@context": ["https://www.w3.org/ns/credentials/v2"],
                    "type": ["VerifiablePresentation"],
                },
                "options": {"challenge": "c", "domain": "d.example"},
            }
            bearer = {"authorization": f"Bearer {token}"}
            answer = client.post("/presentations/prove", json=body, headers=bearer)
            assert answer.status_code == 201, answer.text
            assert answer.json()["verifiablePresentation"]["proof"]["challenge"] == "c"
            assert client.post("/presentations/prove", json=body).status_code == 401
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def wait(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(log.read_text("utf-8", "replace"))
        try:
            client.get("/")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("it did not start")
