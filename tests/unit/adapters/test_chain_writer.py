"""The writing side against the embedded chain over real HTTP."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY, TRUST_REGISTRY
from clicid.adapters.chain_transactions import (
    MAX_TRANSACTION_GAS,
    Transaction,
    address_of,
)
from clicid.adapters.chain_writer import ChainWriter, Sent
from clicid.errors import LocalError, Refused, Undecided
from clicid.keys.algorithms import ED25519, SECP256K1
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support.deployed import deploy, deploy_all
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.chain_transactions import Signer

URL = "https://issuer.example/status/1"
ED25519_NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


class Chain:
    """A node that mines on its own, and keys by role."""

    def __init__(self, node: ChainNode, url: str, seed: bytes) -> None:
        self.node = node
        self.url = url
        self.store = MemoryKeyStore(seed=seed)

    def key(self, role: str) -> Signer:
        return self.store, self.store.find(role) or self.store.generate(SECP256K1, role)

    def address(self, role: str) -> bytes:
        store, ref = self.key(role)
        return address_of(store.public(ref))

    def writer(self, role: str = "payer", addresses: dict[str, bytes] | None = None) -> ChainWriter:
        self.node.fund([self.address(role)])
        return ChainWriter(self.url, payer=self.key(role), addresses=addresses, chain_id=self.node.chain_id)


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[ChainNode, str, dict[str, bytes]]]:
    """One chain with the contracts on it, governed by the key "governance" of the seed "module"."""
    with ChainNode(None, interval=0, delay=0.005) as node, RpcServer(node) as server:
        chain = Chain(node, server.url, b"module")
        writer = chain.writer()
        deploy_all(writer, chain.address("governance"))
        writer.close()
        yield node, server.url, writer.contracts.addresses


@pytest.fixture
def chain(
    network: tuple[ChainNode, str, dict[str, bytes]], request: pytest.FixtureRequest
) -> Iterator[Chain]:
    """The chain with keys of the test's own."""
    yield Chain(network[0], network[1], request.node.name.encode())
    network[0].forget()
    network[0].resume()


@pytest.fixture
def deployed(
    chain: Chain, network: tuple[ChainNode, str, dict[str, bytes]]
) -> Iterator[tuple[Chain, ChainWriter]]:
    writer = chain.writer(addresses=network[2])
    yield chain, writer
    writer.close()


def test_owner_and_committer_sign_and_only_the_payer_pays(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    owner, committer = chain.key("owner"), chain.key("committer")
    identity = chain.address("owner")
    writer.wait(
        writer.send_signed(DID_REGISTRY, "setAttribute", [identity, ED25519_NAME, b"k" * 32, 10**6], by=owner)
    )
    writer.wait(
        writer.send_signed(
            STATUS_REGISTRY, "createList", [identity, URL, 2, 1 << 24, "revocation suspension"], by=owner
        )
    )
    list_id = hashlib.sha256(identity + URL.encode()).digest()
    assert writer.contracts.call(STATUS_REGISTRY, "listIdOf", identity, URL) == (list_id,)
    writer.wait(
        writer.send_signed(STATUS_REGISTRY, "setCommitter", [list_id, chain.address("committer")], by=owner)
    )
    writer.wait(writer.send_commit(list_id, 1, (b"\x01", b""), b"d" * 32, by=committer))
    writer.wait(writer.send_commit(list_id, 2, (b"\x02" * 600, b""), b"e" * 32, by=committer))
    writer.wait(writer.send_commit(list_id, 3, (b"", b"\x01"), b"f" * 32, by=owner))
    assert writer.contracts.call(STATUS_REGISTRY, "head", list_id)[0] == 3
    assert writer.contracts.call(STATUS_REGISTRY, "lists", list_id) == (
        identity,
        chain.address("committer"),
        2,
        1 << 24,
    )
    assert writer.contracts.call(DID_REGISTRY, "nonce", identity) == (1,)
    assert chain.node.evm.state().get_balance(identity) == 0  # type: ignore[arg-type] # an address is bytes


def test_every_signed_form_of_the_did_registry(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    owner, identity, other = chain.key("owner"), chain.address("owner"), chain.address("other")
    kind = b"veriKey".ljust(32, b"\0")
    calls: list[tuple[str, list[object]]] = [
        ("addDelegate", [identity, kind, other, 1000]),
        ("revokeDelegate", [identity, kind, other]),
        ("setAttribute", [identity, ED25519_NAME, b"k" * 32, 1000]),
        ("revokeAttribute", [identity, ED25519_NAME, b"k" * 32]),
        ("changeOwner", [identity, other]),
    ]
    for function, args in calls:
        writer.wait(writer.send_signed(DID_REGISTRY, function, args, by=owner))
    assert writer.contracts.call(DID_REGISTRY, "identityOwner", identity) == (other,)
    assert writer.contracts.call(DID_REGISTRY, "validDelegate", identity, kind, other) == (False,)


def test_delegation_is_signed_by_the_accredited_owner(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    governance = Chain(chain.node, chain.url, b"module").writer("governance", writer.contracts.addresses)
    identity, other, kind = chain.address("owner"), chain.address("other"), b"t" * 32
    accreditation = [identity, kind, b"s" * 32, 100, 900, True, "https://issuer.example", bytes(32)]
    governance.wait(governance.send(TRUST_REGISTRY, "accredit", accreditation))
    owner = chain.key("owner")
    writer.wait(writer.send_signed(TRUST_REGISTRY, "delegate", [identity, kind, other, 100, 900], by=owner))
    writer.wait(
        writer.send_signed(TRUST_REGISTRY, "withdrawDelegation", [identity, kind, other, True], by=owner)
    )
    assert writer.contracts.call(TRUST_REGISTRY, "head", identity)[0] == 3
    governance.close()


def test_the_contracts_word_is_the_detail(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    with pytest.raises(Refused) as refused:
        writer.send(TRUST_REGISTRY, "withdrawServiceProvider", [chain.address("other")])
    assert (refused.value.code, refused.value.detail) == ("chain.reverted", "not_governance")
    with pytest.raises(Refused) as refused:
        writer.send_commit(b"l" * 32, 1, (b"\x01", b""), bytes(32), by=chain.key("owner"))
    assert refused.value.detail == "no_list"
    with pytest.raises(Refused) as refused:
        writer.contracts.call(TRUST_REGISTRY, "acceptGovernance")
    assert refused.value.detail == "not_proposed"


def test_a_call_that_fails_only_in_its_block_says_why(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    owner, identity = chain.key("owner"), chain.address("owner")
    chain.node.pause()
    create = [identity, URL, 2, 8, "revocation suspension"]
    first = writer.send_signed(STATUS_REGISTRY, "createList", create, by=owner)
    second = writer.send_signed(STATUS_REGISTRY, "createList", create, by=owner)
    chain.node.mine()
    writer.wait(first)
    with pytest.raises(Refused) as refused:
        writer.wait(second)
    assert (refused.value.code, refused.value.detail) == ("chain.reverted", "bad_signature")


def test_what_the_node_forgot_is_sent_again(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    owner, identity = chain.key("owner"), chain.address("owner")
    chain.node.pause()
    sent = writer.send_signed(DID_REGISTRY, "setAttribute", [identity, ED25519_NAME, b"k", 9], by=owner)
    chain.node.forget()
    with pytest.raises(Undecided) as undecided:
        writer.wait(sent, timeout=0)
    assert undecided.value.code == "chain.pending"
    # The next one sends the lost one first, and takes the nonce after it.
    after = writer.send(DID_REGISTRY, "setAttribute", [writer.payer_address, ED25519_NAME, b"k", 9])
    chain.node.mine()
    assert writer.wait(sent).block == writer.wait(after).block


def test_waiting_sends_again_what_was_lost(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    chain.node.pause()
    sent = writer.send(DID_REGISTRY, "setAttribute", [writer.payer_address, ED25519_NAME, b"k", 9])
    chain.node.forget()
    chain.node.resume()
    assert writer.wait(sent, timeout=20).hash == sent.hash


def test_waiting_for_a_block_ends_with_it_or_with_the_time(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    sent = writer.send(DID_REGISTRY, "setAttribute", [writer.payer_address, ED25519_NAME, b"k", 9])
    block = writer.wait(sent).block
    writer.wait_for_block(block, timeout=0)
    chain.node.pause()
    with pytest.raises(Undecided) as undecided:
        writer.wait_for_block(block + 1, timeout=0.2)
    assert (undecided.value.code, undecided.value.detail) == ("chain.pending", f"block {block + 1}")


def test_a_restarted_writer_resends_and_finds_its_nonce(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    chain.node.pause()
    attribute = [writer.payer_address, ED25519_NAME, b"k", 9]
    sent = writer.send(DID_REGISTRY, "setAttribute", attribute)
    chain.node.forget()
    again = chain.writer("payer", writer.contracts.addresses)
    again.resend(Sent(sent.hash, sent.raw))
    again.resend(sent)
    after = again.send(DID_REGISTRY, "setAttribute", attribute)
    chain.node.mine()
    assert again.wait(sent).block == again.wait(after).block
    again.resend(sent)
    again.close()


def test_a_nonce_lost_to_another_process_is_told(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    attribute = [writer.payer_address, ED25519_NAME, b"k", 9]
    chain.node.pause()
    lost = writer.send(DID_REGISTRY, "setAttribute", attribute)
    chain.node.forget()
    other = chain.writer("payer", writer.contracts.addresses)
    other.send(DID_REGISTRY, "revokeAttribute", attribute[:3])
    another = writer.send(DID_REGISTRY, "setAttribute", attribute)
    chain.node.mine()
    writer.wait(another)
    with pytest.raises(LocalError) as error:
        writer.resend(lost)
    assert error.value.code == "chain.rejected"
    # It does not stand in the way of what comes after.
    after = writer.send(DID_REGISTRY, "setAttribute", attribute)
    chain.node.mine()
    assert writer.wait(after).hash == after.hash
    other.close()


def test_two_writers_for_one_payer_do_not_collide(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    other = chain.writer("payer", writer.contracts.addresses)
    chain.node.pause()
    sent = [
        one.send(DID_REGISTRY, "setAttribute", [writer.payer_address, ED25519_NAME, bytes([n]), 9])
        for n, one in enumerate((writer, other) * 3)
    ]
    chain.node.mine()
    assert len({writer.wait(one).block for one in sent}) == 1
    other.close()


def test_what_is_too_large_is_not_sent(deployed: tuple[Chain, ChainWriter]) -> None:
    chain, writer = deployed
    too_long = [writer.payer_address, ED25519_NAME, b"k" * 140_000, 9]
    with pytest.raises((Refused, LocalError)):
        writer.send(DID_REGISTRY, "setAttribute", too_long)
    transaction = Transaction(1, 0, 1, 1, 21_000, bytes(20), bytes(131_072))
    with pytest.raises(LocalError, match=r"chain\.too_large"):
        transaction.sign(chain.key("payer"))
    transaction = Transaction(1, 0, 1, 1, MAX_TRANSACTION_GAS + 1, bytes(20), b"")
    with pytest.raises(LocalError, match=r"chain\.too_large"):
        transaction.sign(chain.key("payer"))


def test_misuse_is_told_apart_from_an_outage(chain: Chain) -> None:
    with pytest.raises(Undecided, match=r"chain\.unreachable"):
        ChainWriter("http://127.0.0.1:9", payer=chain.key("payer"))
    with pytest.raises(LocalError, match=r"chain\.rejected"):
        ChainWriter(chain.url, payer=chain.key("payer"), chain_id=1)
    poor = ChainWriter(chain.url, payer=chain.key("poor"))
    assert poor.balance() == 0
    with pytest.raises(Undecided, match=r"chain\.funds"):
        deploy(poor, DID_REGISTRY)
    with pytest.raises(LocalError, match=r"chain\.arguments"):
        poor.contracts.call(DID_REGISTRY, "identityOwner", bytes(20))
    with pytest.raises(LocalError, match=r"chain\.arguments"):
        poor.contracts.call(DID_REGISTRY, "noSuchFunction")
    poor.contracts.addresses[DID_REGISTRY] = bytes(20)
    with pytest.raises(LocalError, match=r"chain\.arguments"):
        poor.contracts.call(DID_REGISTRY, "identityOwner", bytes(20))
    with pytest.raises(LocalError, match=r"chain\.arguments"):
        poor.send(DID_REGISTRY, "changeOwner", ["x", 1])
    poor.close()


def test_an_account_is_a_secp256k1_key() -> None:
    store = MemoryKeyStore(seed=b"account")
    with pytest.raises(LocalError, match=r"keystore\.capability"):
        address_of(store.public(store.generate(ED25519, "wrong")))
