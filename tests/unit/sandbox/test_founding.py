"""The network file's ceremony, and the roles: on a real chain, in this process."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clicid.adapters import clock
from clicid.adapters.chain_writer import ChainWriter
from clicid.keys.algorithms import ED25519
from clicid.keys.store import KeyRef
from clicid.ledger.network import NetworkFile, NetworkKind, verify
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from sandbox.setup import founding
from sandbox.setup.roles import COMMITTER, GOVERNANCE, OWNER, PAYER, ROOTS, Roles
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED = frozenset({NetworkKind.EMBEDDED})
VOCABULARY = "https://schemas.clicid.example"


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    folder = tmp_path_factory.mktemp("network")
    made = Roles.open(folder / "keys", folder / "issuer")
    yield made
    made.close()


@pytest.fixture(scope="module")
def file(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkFile]:
    """A network file of contracts that are really there; every entry is held against the chain."""
    with ChainNode(None, interval=0) as node, RpcServer(node) as server:
        node.fund([roles.address(PAYER), roles.address(GOVERNANCE)])
        writer = ChainWriter(server.url, payer=roles.signer(PAYER))
        record = tmp_path_factory.mktemp("record") / "deployed.json"
        deployed = founding.deploy(writer, roles.address(GOVERNANCE), record)
        made = founding.network_file(server.url, record, roles, VOCABULARY)
        for contract, receipt in deployed.items():
            assert made.contracts[contract].address == receipt.contract
        assert len({deployment.code_sha256 for deployment in made.contracts.values()}) == 3
        writer.close()
        yield made


def test_two_of_three_roots_sign_and_a_reader_agrees(file: NetworkFile) -> None:
    read = NetworkFile.parse(file.to_bytes())
    verify(read, kinds=EMBEDDED, now=clock.now())
    assert read == file
    assert read.digest() == hashlib.sha256(file.to_be_signed()).digest()
    assert len(read.roots.keys) == len(ROOTS)
    assert read.roots.threshold == founding.THRESHOLD


def test_one_signature_is_too_few_and_another_of_a_root_helps(file: NetworkFile, roles: Roles) -> None:
    first, second = file.signatures
    alone = replace(file, signatures=(first,))
    with refused("network.signature"):
        verify(alone, kinds=EMBEDDED, now=clock.now())
    with refused("network.signature"):
        verify(replace(file, signatures=(first, first)), kinds=EMBEDDED, now=clock.now())
    third = roles.roots.sign(KeyRef(ROOTS[2]), alone.to_be_signed(), ED25519)
    verify(alone.with_signature(roles.roots.public(KeyRef(ROOTS[2])), third), kinds=EMBEDDED, now=clock.now())
    assert second != first


def test_not_in_production_and_not_for_ever(file: NetworkFile) -> None:
    now = clock.now()
    with refused("network.kind"):
        verify(file, kinds=frozenset({NetworkKind.TEST, NetworkKind.PRODUCTION}), now=now)
    with refused("network.expired"):
        verify(file, kinds=EMBEDDED, now=now + timedelta(days=366 * founding.YEARS))


def test_another_chain_id_is_another_file(file: NetworkFile) -> None:
    with refused("network.signature"):
        verify(replace(file, chain_id=file.chain_id + 1), kinds=EMBEDDED, now=clock.now())


def test_roles_have_keys_and_vaults_of_their_own(roles: Roles) -> None:
    names = (OWNER, COMMITTER, PAYER, GOVERNANCE)
    assert len({roles.address(name) for name in names}) == 4
    owner, governance = roles.signer(OWNER)[0], roles.signer(GOVERNANCE)[0]
    for name in (OWNER, GOVERNANCE, *ROOTS):
        assert roles.issuer.find(name) is None  # nothing that the issuer's process could reach
    assert owner.find(GOVERNANCE) is None
    assert governance.find(OWNER) is None


def test_vault_keys_are_their_owners_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("vaults")
    first = Roles.open(folder / "keys", folder / "issuer")
    address = first.address(OWNER)
    first.close()
    files = list(folder.rglob("vault.key"))
    assert len(files) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    again = Roles.open(folder / "keys", folder / "issuer")
    assert again.address(OWNER) == address
    again.close()
