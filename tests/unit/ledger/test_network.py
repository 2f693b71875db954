from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.codec import jcs, strict_json
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.events import Contract
from clicid.ledger.network import (
    Checkpoint,
    Deployment,
    NetworkFile,
    NetworkKind,
    Roots,
    rotate,
    verify,
)
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

STORE = MemoryKeyStore(seed=b"network")
REFS = [STORE.generate(ED25519, f"root-{number}") for number in range(5)]
KEYS = [STORE.public(ref) for ref in REFS]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
KINDS = frozenset({NetworkKind.TEST})

FILE = NetworkFile(
    version=1,
    expires=datetime(2027, 1, 1, tzinfo=UTC),
    kind=NetworkKind.TEST,
    chain_id=1337,
    checkpoint=Checkpoint(0, b"\1" * 32),
    contracts={
        name: Deployment(bytes([at]) * 20, bytes([at]) * 32, 10 - at) for at, name in enumerate(Contract)
    },
    governance=b"\7" * 20,
    vocabulary="https://schemas.clicid.example",
    roots=Roots(tuple(KEYS[:3]), 2),
)


def signed(file: NetworkFile, *signers: int) -> NetworkFile:
    for number in signers:
        file = file.with_signature(KEYS[number], STORE.sign(REFS[number], file.to_be_signed(), ED25519))
    return file


def test_a_file_reads_back_and_keeps_its_digest() -> None:
    file = signed(FILE, 0, 2)
    again = NetworkFile.parse(file.to_bytes())
    assert again == file
    assert again.digest() == hashlib.sha256(FILE.to_be_signed()).digest()
    assert b"signatures" not in FILE.to_be_signed()
    assert again.start_block() == 8


def test_a_threshold_of_its_roots_must_have_signed() -> None:
    verify(signed(FILE, 0, 1), kinds=KINDS, now=NOW)
    verify(signed(FILE, 2, 4, 1), kinds=KINDS, now=NOW)
    for signers in ((), (0,), (0, 3, 4)):
        with refused("network.signature"):
            verify(signed(FILE, *signers), kinds=KINDS, now=NOW)


def test_one_key_signing_twice_counts_once() -> None:
    once = signed(FILE, 0)
    twice = replace(once, signatures=once.signatures * 2)
    with refused("network.signature"):
        verify(twice, kinds=KINDS, now=NOW)
    assert signed(signed(FILE, 0), 0).signatures == once.signatures


def test_a_signature_of_something_else_does_not_count() -> None:
    moved = replace(signed(FILE, 0, 1), chain_id=1)
    with refused("network.signature"):
        verify(moved, kinds=KINDS, now=NOW)
    short = replace(FILE, signatures=((KEYS[0], b""), (KEYS[1], b"\0" * 64)))
    with refused("network.signature"):
        verify(short, kinds=KINDS, now=NOW)


def test_an_expired_file_is_refused() -> None:
    with refused("network.expired"):
        verify(signed(FILE, 0, 1), kinds=KINDS, now=FILE.expires)


def test_a_kind_that_is_not_wanted_is_refused() -> None:
    with refused("network.kind"):
        verify(signed(FILE, 0, 1), kinds={NetworkKind.PRODUCTION}, now=NOW)


def test_rotation_needs_the_old_roots_and_the_new() -> None:
    later = replace(FILE, version=2, roots=Roots((KEYS[2], KEYS[3], KEYS[4]), 2))
    rotate(FILE, signed(later, 1, 2, 3), now=NOW)
    for signers in ((2, 3), (3, 4), (0, 1), (0, 1, 4)):
        with refused("network.signature"):
            rotate(FILE, signed(later, *signers), now=NOW)


@pytest.mark.parametrize(
    "change",
    [{"version": 1}, {"version": 2, "chain_id": 1}, {"version": 2, "kind": NetworkKind.PRODUCTION}],
)
def test_rolling_back_or_elsewhere_is_refused(change: dict[str, Any]) -> None:
    with refused("network.rollback"):
        rotate(FILE, signed(replace(FILE, **change), 0, 1), now=NOW)


def test_a_new_file_must_not_have_expired_but_the_old_may() -> None:
    later = replace(FILE, version=2, expires=datetime(2029, 1, 1, tzinfo=UTC))
    rotate(FILE, signed(later, 0, 1), now=datetime(2028, 1, 1, tzinfo=UTC))
    with refused("network.expired"):
        rotate(FILE, signed(later, 0, 1), now=datetime(2030, 1, 1, tzinfo=UTC))


MULTIKEY_P256 = STORE.public(STORE.generate(P256, "p256")).to_multikey()
CHANGES: list[tuple[tuple[str, ...], Any, str]] = [
    (("type",), "other", "codec.shape"),
    (("version",), 0, "codec.shape"),
    (("expires",), "tomorrow", "codec.time"),
    (("kind",), "main", "codec.shape"),
    (("chain_id",), 0, "codec.shape"),
    (("checkpoint",), None, "codec.shape"),
    (("checkpoint", "hash"), "11" * 33, "codec.shape"),
    (("checkpoint", "more"), 1, "codec.shape"),
    (("contracts", "more"), {}, "codec.shape"),
    (("contracts", "did"), None, "codec.shape"),
    (("contracts", "did", "address"), "0x" + "AA" * 20, "codec.shape"),
    (("contracts", "did", "more"), 1, "codec.shape"),
    (("governance",), "0x00", "codec.shape"),
    (("roots", "threshold"), 0, "codec.shape"),
    (("roots", "threshold"), 4, "codec.shape"),
    (("roots", "keys"), [], "codec.shape"),
    (("roots", "keys"), [KEYS[0].to_multikey()] * 2, "codec.shape"),
    (("roots", "keys"), [MULTIKEY_P256], "keys.algorithm"),
    (("roots", "more"), 1, "codec.shape"),
    (("signatures",), [{"key": KEYS[0].to_multikey()}], "codec.shape"),
    (("signatures",), [{"key": KEYS[0].to_multikey(), "signature": "*"}], "codec.base64url"),
    (("signatures",), [[]], "codec.shape"),
    (("more",), 1, "codec.shape"),
    (("vocabulary",), "schemas.example", "codec.url"),
    (("vocabulary",), "https://schemas.example/", "codec.url"),
    (("vocabulary",), "https://schemas.example?v=1", "codec.url"),
    (("vocabulary",), "https://schemas.example/" + "x" * 300, "codec.shape"),
]


@pytest.mark.parametrize(("path", "value", "code"), CHANGES)
def test_a_malformed_file_is_refused(path: tuple[str, ...], value: Any, code: str) -> None:
    document: Any = strict_json.loads(signed(FILE, 0, 1).to_bytes())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with refused(code):
        NetworkFile.parse(jcs.dumps(document))


def test_a_file_without_signatures_may_be_read() -> None:
    assert NetworkFile.parse(FILE.to_be_signed()) == FILE
