"""Which network file is believed, and what is opened from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.fetch import Fetcher
from clicid.adapters.known_chain import ChainSettings, load_network, open_chain
from clicid.errors import LocalError, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.keys.algorithms import ED25519
from clicid.ledger.events import Contract
from clicid.ledger.ground import Demands
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = MemoryKeyStore(seed=b"known chain")
ROOT = KEYS.generate(ED25519, "root")
UNSIGNED = NetworkFile(
    version=1,
    expires=datetime(2027, 1, 1, tzinfo=UTC),
    kind=NetworkKind.TEST,
    chain_id=1337,
    checkpoint=Checkpoint(0, b"\1" * 32),
    contracts={name: Deployment(bytes([at]) * 20, bytes([at]) * 32, 1) for at, name in enumerate(Contract)},
    governance=b"\7" * 20,
    vocabulary="https://schemas.clicid.example",
    roots=Roots((KEYS.public(ROOT),), 1),
)


def signed(file: NetworkFile) -> NetworkFile:
    return file.with_signature(KEYS.public(ROOT), KEYS.sign(ROOT, file.to_be_signed(), ED25519))


NETWORK = signed(UNSIGNED)
DIGEST = NETWORK.digest().hex()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "network.json"
    path.write_bytes(NETWORK.to_bytes())
    return path


@pytest.mark.parametrize("digest", [DIGEST, f"0x{DIGEST}"])
def test_a_signed_file_with_the_digest_that_was_given(path: Path, digest: str) -> None:
    assert load_network(path, digest, sandbox=False, now=NOW) == NETWORK


@pytest.mark.parametrize("digest", ["", "00" * 32, DIGEST.upper(), DIGEST[:-1], "å" * 64])
def test_another_digest_is_not_believed(path: Path, digest: str) -> None:
    with refused("network.digest", str(path), kind=LocalError):
        load_network(path, digest, sandbox=False, now=NOW)


def test_a_file_changed_after_its_digest_was_given(path: Path) -> None:
    path.write_bytes(signed(replace(UNSIGNED, governance=b"\6" * 20)).to_bytes())
    with refused("network.digest", kind=LocalError):
        load_network(path, DIGEST, sandbox=False, now=NOW)


def test_the_digest_alone_is_not_enough(path: Path) -> None:
    path.write_bytes(UNSIGNED.to_bytes())
    with refused("network.signature"):
        load_network(path, DIGEST, sandbox=False, now=NOW)
    path.write_bytes(NETWORK.to_bytes())
    with refused("network.expired"):
        load_network(path, DIGEST, sandbox=False, now=NETWORK.expires)


@pytest.mark.parametrize(
    ("kind", "sandbox", "good"),
    [
        (NetworkKind.EMBEDDED, True, True),
        (NetworkKind.TEST, True, False),
        (NetworkKind.PRODUCTION, True, False),
        (NetworkKind.EMBEDDED, False, False),
        (NetworkKind.TEST, False, True),
        (NetworkKind.PRODUCTION, False, True),
    ],
)
def test_an_embedded_chain_counts_in_a_sandbox_and_nowhere_else(
    path: Path, kind: NetworkKind, *, sandbox: bool, good: bool
) -> None:
    network = signed(replace(UNSIGNED, kind=kind))
    path.write_bytes(network.to_bytes())
    if good:
        assert load_network(path, network.digest().hex(), sandbox=sandbox, now=NOW) == network
        return
    with refused("network.kind", "/kind"):
        load_network(path, network.digest().hex(), sandbox=sandbox, now=NOW)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "network.json"
    if content is None:
        with refused("config.file", str(path), kind=LocalError):
            load_network(path, DIGEST, sandbox=False, now=NOW)
        return
    path.write_bytes(content)
    with refused("codec.shape" if content == b"{}" else "codec.json"):
        load_network(path, DIGEST, sandbox=False, now=NOW)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    made = Fetcher(allow_loopback_http=True)
    yield made
    made.close()


def settings(path: Path, digest: str = DIGEST) -> ChainSettings:
    return ChainSettings(
        network_file=path,
        network_digest=digest,
        rpc=["http://127.0.0.1:9/"],
        witness="http://127.0.0.1:10/",
        demands=Demands(proofs=True, witness=True),
        in_use=path.parent / "in-use.kept",
        store=path.parent / "chain.db",
        confirmations=2,
        sandbox=False,
    )


def test_opening_fetches_nothing_and_knows_nothing_yet(path: Path, fetcher: Fetcher) -> None:
    chain = open_chain(settings(path), fetcher, NOW)

    found = chain.materials.get(Need(NeedKind.DID, "did:ethr:0x539:0x" + "00" * 20), NOW)
    assert isinstance(found, Unavailable)
    assert chain.network == NETWORK
    assert not fetcher.counts
    with refused("chain.unreachable", kind=Undecided):
        chain.follower.sync(NOW)
    assert sum(fetcher.counts.values()) > 0
    chain.close()


def test_without_an_endpoint_nothing_starts(path: Path, fetcher: Fetcher) -> None:
    with refused("chain.unreachable", kind=LocalError):
        open_chain(replace(settings(path), rpc=[]), fetcher, NOW)


def test_a_store_stays_with_its_network(path: Path, fetcher: Fetcher) -> None:
    open_chain(settings(path), fetcher, NOW).close()
    open_chain(settings(path), fetcher, NOW).close()
    other = signed(replace(UNSIGNED, chain_id=1))
    path.write_bytes(other.to_bytes())
    with refused("network.rollback"):
        open_chain(settings(path, other.digest().hex()), fetcher, NOW)
    settings(path).in_use.unlink()
    with refused("ledger.store"):
        open_chain(settings(path, other.digest().hex()), fetcher, NOW)


def test_nothing_is_opened_for_a_file_that_is_not_believed(path: Path, fetcher: Fetcher) -> None:
    with refused("network.digest", kind=LocalError):
        open_chain(settings(path, "00" * 32), fetcher, NOW)
    assert not (path.parent / "chain.db").exists()
