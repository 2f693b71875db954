"""Stolen keys on the embedded chain: contracts, follower and credentials of every format are real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.adapters.gather import Brought, settle
from clicid.codec import multicodec
from clicid.did import compromise
from clicid.formats.base import Checked, CheckName, Line, Outcome
from clicid.keys.algorithms import ED25519, P256
from clicid.status.rows import StatusList, list_id
from clicid.trust.accreditation import type_id
from clicid.trust.issuance import IssuanceTree, uri
from clicid.verification import issuance_digest
from tests.support import anchoring, w3c
from tests.support.anchoring import KINDS, MULTIKEY, NUMBERS, REFS
from tests.support.real_chain import UNTIL, URL, Network, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with running(tmp_path) as made:
        yield made


def digest(kind: str, raw: bytes) -> bytes:
    checker = KINDS[kind][0]
    found = issuance_digest(raw, checker.format, {checker.format: checker})
    assert found is not None
    return found


def found(network: Network, kind: str, raw: bytes, proofs: Mapping[str, bytes]) -> Line:
    """What is found of the issuer's key; nothing before it stands in the way."""
    checker, now = KINDS[kind][0], clock.now()

    def step(have: Any) -> Any:
        return checker.check(
            checker.parse(raw), have, rules=anchoring.RULES_OF_VERIFIER, binding=None, now=now
        )

    checked: Any = settle(step, Brought(network.materials, proofs), now)
    assert isinstance(checked, Checked)
    return next(line for line in checked.lines if line.check is CheckName.ISSUER_KEY)


def commit(network: Network, version: int, digests: list[bytes]) -> tuple[int, dict[str, bytes]]:
    """Commit the root over digests by the committer; the block, and each digest's proof."""
    tree, list_ = IssuanceTree(digests), list_id(network.address("owner"), URL)
    arguments = (list_, version, b"", b"", StatusList(2, 100).digest(list_, version), tree.root)
    sent = network.writer.send_signed(STATUS_REGISTRY, "commit", arguments, by=network.key("committer"))
    block = network.writer.wait(sent).block
    return block, {uri(digest): tree.prove(digest).to_bytes() for digest in digests}


def test_a_stolen_key(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "DID", network.did("owner"))
    owner, values = network.address("owner"), {}
    for alg in NUMBERS:
        key = w3c.STORE.public(REFS[alg])
        values[alg] = multicodec.encode(key.algorithm.multicodec, key.raw)
        network.own(DID_REGISTRY, "setAttribute", owner, MULTIKEY, values[alg], 10**9)
    for credential_type in (anchoring.VCT, w3c.AGE_TYPE):
        right = (owner, type_id(credential_type), bytes(32), 0, UNTIL, False, "https://issuer.example")
        network.govern("accredit", *right, bytes(32))
    network.own(STATUS_REGISTRY, "createList", owner, URL, 2, 100, "revocation suspension")
    network.own(STATUS_REGISTRY, "setCommitter", list_id(owner, URL), network.address("committer"))
    old = {kind: made(1) for kind, (_, made) in KINDS.items()}
    forged = {kind: made(2) for kind, (_, made) in KINDS.items()}
    block, proofs = commit(network, 1, [digest(kind, raw) for kind, raw in old.items()])
    for alg, number in NUMBERS.items():
        statement = compromise.encode_compromise(number, block + 1)
        network.own(DID_REGISTRY, "setAttribute", owner, compromise.COMPROMISED, statement, 10**9)
        network.own(DID_REGISTRY, "revokeAttribute", owner, MULTIKEY, values[alg])
    # The thief has the committer's key as well, and anchors what it forged: too late.
    late, more = commit(network, 2, [digest(kind, raw) for kind, raw in forged.items()])
    network.sync()
    for kind in KINDS:
        line = found(network, kind, old[kind], proofs)
        assert (line.outcome, line.detail) == (Outcome.PASSED, f"issued before: anchored in block {block}")
        for raw, brought in ((old[kind], {}), (forged[kind], proofs), (forged[kind], more)):
            line = found(network, kind, raw, brought)
            assert (line.outcome, line.code) == (Outcome.FAILED, "issuer.key_compromised"), kind
        assert line.detail == f"anchored in block {late}, not before"
    # Found out later: it was stolen before the root already.
    for number in (NUMBERS[ED25519], NUMBERS[P256]):
        statement = compromise.encode_compromise(number, block)
        network.own(DID_REGISTRY, "setAttribute", owner, compromise.COMPROMISED, statement, 10**9)
    network.follower.sync(clock.now())
    for kind in KINDS:
        assert found(network, kind, old[kind], proofs).code == "issuer.key_compromised"
