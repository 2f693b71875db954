"""kill -9 of the issuer while a wallet fetches credentials and an operator revokes, and started again.

CLICID_PROVE_KILLS is the number of kills; a few without it.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from eth_abi.abi import decode

from clicid.adapters import clock
from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import base64url
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.ledger.events import Contract
from clicid.oid4vci import proof
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.config import load
from issuer.ground import open_ground
from issuer.usecases.publication import published_list
from issuer.usecases.records import CopyState, Role
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support import issuer_config, issuer_world
from tests.support.deployed import deploy_statuses
from tests.support.issuer_clients import Person
from tests.support.issuer_config import DID, VAULT_KEY
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.keys.store import KeyRef

KILLS = int(os.environ.get("CLICID_PROVE_KILLS", "2"))
SIZE = 131_072
COMMITTED = "0x0f15e1b38852adbe55c6b9f020fa47b9be36bb5bf87bd2a1d450376f1d1bbb28"
CONFIGURATIONS = ("ClicIdentity_sdjwt", "ClicAge_sdjwt", "ClicAge_ldp")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Issuer:
    """An issuer's directory, its process, and what the outside knows of what it did."""

    path: Path
    rpc: str
    identity: bytes
    port: int
    operator_port: int
    session: str = ""
    resume: str = ""
    operator: str = ""
    received: list[tuple[str, int]] = field(default_factory=list)
    revoked: list[tuple[str, int]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def identifier(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "issuer", *arguments, "--config", str(self.path / "issuer.toml")]

    def start(self) -> None:
        with (self.path / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command("serve"), stdout=log, stderr=log)
        with httpx.Client(trust_env=False) as client:
            for _ in range(600):
                assert self.process.poll() is None, (self.path / "log").read_text()[-2000:]
                with suppress(httpx.TransportError):
                    client.get(f"{self.identifier}/.well-known/jwt-vc-issuer")
                    return
                time.sleep(0.05)
        raise AssertionError("the issuer did not start")

    def stop(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)

    def fetch(self, seconds: float) -> None:
        """Fetch credentials and revoke every second one, until the time is up or nobody answers."""
        until = time.monotonic() + seconds
        with (
            httpx.Client(base_url=self.identifier, trust_env=False) as public,
            httpx.Client(base_url=f"http://127.0.0.1:{self.operator_port}", trust_env=False) as operators,
            suppress(httpx.TransportError),
        ):
            while time.monotonic() < until:
                self._one_offer(public, operators)

    def _one_offer(self, public: httpx.Client, operators: httpx.Client) -> None:
        outbox = self.path / "outbox"
        before = set(outbox.glob("*.json"))
        headers = {"authorization": f"Bearer {self.resume}"}
        handed = public.post(f"/onboarding/{self.session}/offers", json={}, headers=headers).json()
        (message,) = set(outbox.glob("*.json")) - before
        offer = json.loads(httpx.URL(handed["credential_offer"]).params["credential_offer"])
        ((name, grant),) = offer["grants"].items()
        form = {"grant_type": name, "pre-authorized_code": grant["pre-authorized_code"]}
        token = public.post(
            "/oid4vci/token", data=form | {"tx_code": json.loads(message.read_text())["code"]}
        ).json()["access_token"]
        revoke = []
        for configuration in CONFIGURATIONS:
            nonce = public.post("/oid4vci/nonce").json()["c_nonce"]
            body = {
                "credential_configuration_id": configuration,
                "proofs": {"jwt": [self._proof(configuration, nonce)]},
            }
            answer = public.post(
                "/oid4vci/credential", json=body, headers={"authorization": f"Bearer {token}"}
            )
            self.answers.append(answer.status_code)
            entry = _entry(answer.json()["credentials"][0]["credential"])
            self.received.append(entry)
            if len(self.received) % 2:
                revoke.append(entry)
        # Last: the first that is revoked ends the grant, and what it would still give.
        for entry in revoke:
            self._revoke(operators, entry)

    def _proof(self, configuration: str, nonce: str) -> str:
        alg = ED25519 if configuration.endswith("_ldp") else P256
        keys = MemoryKeyStore()
        ref: KeyRef = keys.generate(alg, secrets.token_hex(4))
        prepared = proof.prepare(
            keys.public(ref),
            alg=ALGORITHMS[alg].jose,
            binding="did:key" if alg == ED25519 else "jwk",
            issuer=self.identifier,
            nonce=nonce,
            now=clock.now(),
        )
        operation = prepared.to_be_signed[0]
        return prepared.complete([keys.sign(ref, operation.message, operation.alg)]).decode()

    def _revoke(self, operators: httpx.Client, entry: tuple[str, int]) -> None:
        headers = {"authorization": self.operator}
        query: dict[str, str | int] = {"status_list": entry[0], "index": entry[1]}
        found = operators.get("/credentials", params=query, headers=headers).json()["credential_id"]
        answer = operators.post(
            f"/credentials/{found}/revoke", json={"reason": "compromised"}, headers=headers
        )
        assert answer.status_code == 202
        self.revoked.append(entry)


def _entry(credential: Any) -> tuple[str, int]:
    if isinstance(credential, dict):
        status = credential["credentialStatus"][0]
        return status["statusListCredential"].rpartition("/")[0], int(status["statusListIndex"])
    status = json.loads(base64url.decode(credential.split(".")[1]))["status"]["status_list"]
    return status["uri"], status["idx"]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    issuer_config.configured(tmp_path)
    with ChainNode(None, chain_id=0x539, interval=0, delay=0.05) as node, RpcServer(node) as server:
        with AskarKeyStore.open(tmp_path / "keys.vault", VAULT_KEY) as store:

            def address(name: str) -> bytes:
                ref = store.find(name)
                assert ref is not None
                return address_of(store.public(ref))

            identity, payer = address("owner"), store.find("payer")
            assert payer is not None
            node.fund([address("payer")])
            writer = ChainWriter(server.url, payer=(store, payer))
            deploy_statuses(writer)
            writer.close()
        made = Issuer(tmp_path, server.url, identity, free_port(), free_port())
        _configure(made, writer.contracts.addresses)
        _approve_someone(made)
        subprocess.run(made.command("open-lists"), check=True, capture_output=True)
        yield made
        made.stop(signal.SIGKILL)


def _configure(made: Issuer, addresses: dict[str, bytes]) -> None:
    where = dict.fromkeys(Contract, addresses[DID_REGISTRY])
    file = issuer_config.network_file(addresses=where | {Contract.STATUS: addresses[STATUS_REGISTRY]})
    (made.path / "network.json").write_bytes(file.to_bytes())
    text = (made.path / "issuer.toml").read_text()
    for old, new in (
        (DID, f"did:ethr:0x539:0x{made.identity.hex()}"),
        ("8401", str(made.port)),
        ("8402", str(made.operator_port)),
        ("http://127.0.0.1:1", made.rpc),
        (issuer_config.network_file().digest().hex(), file.digest().hex()),
    ):
        assert old in text
        text = text.replace(old, new)
    # One person is offered credentials as often as the process lives.
    text += "\n[contact]\ncodes_per_hour = 10000\n"
    (made.path / "issuer.toml").write_text(text)


def _approve_someone(made: Issuer) -> None:
    with issuer_world.running(made.path) as world:
        person = Person(world).approved()
        made.session, made.resume = person.id, person.token
        made.operator = world.operator(Role.REVOKER)["authorization"]


def on_chain(made: Issuer) -> dict[str, StatusList]:
    """Every list by URL, rebuilt from the chain's own events; each version's digest must fit."""
    query = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs"}
    params = [{"fromBlock": "0x0", "toBlock": "latest", "topics": [COMMITTED]}]
    logs = httpx.post(made.rpc, json=query | {"params": params}, trust_env=False).json()["result"]
    ids = {list_id(made.identity, url): url for url in load(made.path / "issuer.toml").list_urls()}
    held = {url: StatusList(2, SIZE) for url in ids.values()}
    versions = dict.fromkeys(ids, 0)
    for log in logs:
        id_ = bytes.fromhex(log["topics"][1][2:])
        version, added, removed, digest, *_ = decode(
            ["uint32", "bytes", "bytes", "bytes32", "bytes32", "bytes28"], bytes.fromhex(log["data"][2:])
        )
        delta.apply(held[ids[id_]], delta.Delta(added, removed))
        versions[id_] += 1
        assert version == versions[id_]
        assert held[ids[id_]].digest(id_, version) == digest
    return held


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_issued_twice_and_no_revocation_is_lost(issuer: Issuer) -> None:
    chance = random.Random(20_261_122)
    for _ in range(KILLS):
        issuer.start()
        work = Thread(target=issuer.fetch, args=(5,))
        work.start()
        time.sleep(0.3 + chance.random())
        issuer.stop(signal.SIGKILL)
        work.join()
    issuer.start()
    issuer.fetch(1)
    wanted = set(issuer.revoked)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        held = on_chain(issuer)
        if all(held[url][index] == 1 for url, index in wanted):
            break
        time.sleep(0.2)
    issuer.stop(signal.SIGTERM)
    assert wanted
    assert set(issuer.answers) == {200}
    assert len(issuer.received) == len(set(issuer.received))
    _agree(issuer)


def _agree(issuer: Issuer) -> None:
    """Database, chain and what wallets hold say the same."""
    held = on_chain(issuer)
    ground = open_ground(load(issuer.path / "issuer.toml"))
    with ground.env.store.reading() as tx:
        for row in tx.statuses.lists():
            assert published_list(tx, row).entries == held[row.url].entries
        rows = {row.url: row.id for row in tx.statuses.lists()}
        for url, index in issuer.received:
            copy = tx.issuance.copy_at(rows[url], index)
            assert copy is not None
            assert copy.state is CopyState.ISSUED
            # What was revoked without an answer may be on chain; what was answered must be.
            assert held[url][index] == 1 or (url, index) not in issuer.revoked
        assert tx.issuance.copies_in(CopyState.RESERVED) == ()
    ground.close()
