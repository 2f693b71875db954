"""The follower against the real contracts on the embedded chain, over real HTTP."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from eth_hash.auto import keccak

from clicid.adapters import clock
from clicid.adapters.chain_contracts import DID_REGISTRY, NAMES, STATUS_REGISTRY, TRUST_REGISTRY
from clicid.did.ethr import EthrRecord
from clicid.formats.base import NeedKind
from clicid.ledger import proofs
from clicid.ledger.events import Contract
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.status.delta import apply, plan
from clicid.status.rows import StatusList, list_id
from tests.support.real_chain import NAME, TYPE_ID, UNTIL, URL, Network, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with running(tmp_path) as made:
        yield made


def _grant(network: Network) -> StatusList:
    """Everything that can be granted, one list with two versions; what the list then holds."""
    owner, other, provider = network.address("owner"), network.address("other"), network.address("provider")
    network.govern(
        "accredit", owner, TYPE_ID, b"\5" * 32, 0, UNTIL, True, "https://issuer.example", b"\6" * 32
    )
    network.govern("registerServiceProvider", provider, b"\7" * 32, 5, UNTIL)
    network.govern("registerListSigner", owner, other, 0, UNTIL)
    network.govern("withdrawListSigner", owner, other)
    network.own(TRUST_REGISTRY, "delegate", owner, TYPE_ID, other, 10, UNTIL)
    network.own(DID_REGISTRY, "setAttribute", owner, NAME, b"\1" * 32, 10**9)
    network.own(DID_REGISTRY, "addDelegate", owner, b"veriKey".ljust(32, b"\0"), other, 1000)
    network.own(DID_REGISTRY, "setAttribute", owner, NAME, b"\2" * 32, 10**9)
    network.own(STATUS_REGISTRY, "createList", owner, URL, 2, 10_000, "revocation suspension")
    identity = list_id(owner, URL)
    network.own(STATUS_REGISTRY, "setCommitter", identity, network.address("committer"))
    held = StatusList(2, 10_000)
    for version, (added, removed) in enumerate([([0, 3, 999], []), (list(range(1000, 9000, 3)), [3])], 1):
        held.change(added, removed)
        (delta,) = plan(added, removed)
        digest = held.digest(identity, version)
        by = network.key("owner" if removed else "committer")
        network.writer.wait(
            network.writer.send_commit(identity, version, (delta.set, delta.cleared), digest, by=by)
        )
    return held


def test_what_the_contracts_grant_is_read(network: Network) -> None:
    held = _grant(network)
    network.sync()
    issuer = network.did("owner")
    assert network.accreditation("owner") == Accreditation(
        issuer, TYPE_ID, b"\5" * 32, 0, 2**53 - 1, None, False, "https://issuer.example", b"\6" * 32
    )
    passed_on = network.accreditation("other")
    assert (passed_on.delegated_by, passed_on.valid_from) == (issuer, 10)
    registration = network.registration("provider")
    assert (registration.digest, registration.valid_from) == (b"\7" * 32, 5)
    record = EthrRecord.from_bytes(network.body(NeedKind.DID, issuer))
    assert [(key.number, key.value) for key in record.keys] == [(1, b"\1" * 32), (3, b"\2" * 32)]
    snapshot = StatusSnapshot.from_bytes(network.body(NeedKind.STATUS, URL, issuer))
    assert snapshot is not None
    assert (snapshot.entries, snapshot.version, snapshot.trouble) == (bytes(held.entries), 2, "")


def test_our_running_hashes_are_the_contracts_own(network: Network) -> None:
    _grant(network)
    network.sync()
    heads = network.follower._branch.heads()
    owner = network.address("owner")
    subjects = [
        (Contract.TRUST, owner),
        (Contract.TRUST, network.address("provider")),
        (Contract.TRUST, bytes(20)),
        (Contract.STATUS, list_id(owner, URL)),
    ]
    for contract, name in subjects:
        on_chain = network.writer.contracts.call(NAMES[contract], "head", name)
        assert on_chain == (heads[contract, name].version, heads[contract, name].running)
    # DidRegistry keeps its heads without a getter, in the mapping at slot 4.
    slot = keccak((4).to_bytes(32, "big") + owner.rjust(32, b"\0"))
    registry: Any = network.writer.contracts.addresses[DID_REGISTRY]
    stored = network.node.evm.state().get_storage(registry, int.from_bytes(slot))
    head = heads[Contract.DID, owner]
    assert stored.to_bytes(32, "big") == head.version.to_bytes(4, "big") + head.running


def test_every_head_is_proven_by_the_headers_state_root(network: Network) -> None:
    _grant(network)
    network.sync()
    header = network.rpc.header(None)
    assert header is not None
    assert header.state_root is not None
    heads = network.follower._branch.heads()
    assert {contract for contract, _ in heads} == set(Contract)
    for subject, head in heads.items():
        address = network.file.contracts[subject[0]].address
        proof = network.rpc.proof(address, [proofs.head_slot(subject)], header.number)
        root = proofs.storage_root(header.state_root, address, proof.account)
        word = proofs.storage_word(root, proofs.head_slot(subject), proof.slots[0])
        assert word == proofs.head_word(head)
    stranger = proofs.head_slot((Contract.STATUS, bytes(32)))
    address = network.file.contracts[Contract.STATUS].address
    proof = network.rpc.proof(address, [stranger], header.number)
    root = proofs.storage_root(header.state_root, address, proof.account)
    assert proofs.storage_word(root, stranger, proof.slots[0]) == bytes(32)


def test_what_the_contracts_withdraw_counts_before_it_is_final(network: Network) -> None:
    _grant(network)
    network.sync()
    owner, other, provider = network.address("owner"), network.address("other"), network.address("provider")
    network.govern("withdraw", owner, TYPE_ID, True)
    network.govern("withdrawServiceProvider", provider)
    network.own(TRUST_REGISTRY, "withdrawDelegation", owner, TYPE_ID, other, False)
    network.own(DID_REGISTRY, "revokeAttribute", owner, NAME, b"\1" * 32)
    network.follower.sync(clock.now())
    accreditation = network.accreditation("owner")
    assert (accreditation.withdrawn_at is not None, accreditation.keeps_anchored) == (True, True)
    passed_on = network.accreditation("other")
    assert (passed_on.withdrawn_at is not None, passed_on.keeps_anchored) == (True, False)
    assert network.registration("provider").withdrawn_at is not None
    record = EthrRecord.from_bytes(network.body(NeedKind.DID, network.did("owner")))
    assert [key.ended_at is None for key in record.keys] == [False, True]


@pytest.mark.parametrize("count", [1, 100, 1000, 20_000])
def test_the_builders_gas_estimate_is_never_too_low(network: Network, count: int) -> None:
    owner = network.address("owner")
    network.own(STATUS_REGISTRY, "createList", owner, URL, 2, 1 << 24, "revocation suspension")
    identity = list_id(owner, URL)
    positions = sorted(random.Random(count).sample(range(1 << 25), count))
    held, used, estimated = StatusList(2, 1 << 24), 0, 0
    for version, delta in enumerate(plan(positions, []), 1):
        apply(held, delta)
        sent = network.writer.send_commit(
            identity,
            version,
            (delta.set, delta.cleared),
            held.digest(identity, version),
            by=network.key("owner"),
        )
        used = max(used, network.writer.wait(sent).gas_used)
        estimated = max(estimated, delta.gas())
        assert len(sent.raw) <= delta.transaction_bytes()
    assert used <= estimated <= 2.5 * used


def test_governance_that_passes_on_is_followed(network: Network) -> None:
    network.govern("changeGovernance", network.address("payer"))
    network.writer.wait(network.writer.send(TRUST_REGISTRY, "acceptGovernance", []))
    network.sync()
    head = network.follower._branch.heads()[Contract.TRUST, bytes(20)]
    assert network.writer.contracts.call(TRUST_REGISTRY, "head", bytes(20)) == (head.version, head.running)


def test_a_follower_goes_on_where_it_was_stopped(network: Network) -> None:
    owner = network.address("owner")
    network.govern("accredit", owner, TYPE_ID, b"\5" * 32, 0, 2**63, False, "", bytes(32))
    network.sync()
    before = network.accreditation("owner")
    network.store.close()
    network.govern("withdraw", owner, TYPE_ID, False)
    network.start()
    assert network.accreditation("owner") == before
    network.follower.sync(clock.now())
    assert network.accreditation("owner").withdrawn_at is not None
