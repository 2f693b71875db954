from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.codec import cbor
from clicid.keys import cose_key
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor, Key

STORE = MemoryKeyStore(b"cose keys")
KEYS = {alg: STORE.public(STORE.generate(alg, alg)) for alg in (*SIGNING, BLS12_381_G2)}


@pytest.mark.parametrize("alg", SIGNING)
def test_there_and_back(alg: str) -> None:
    written = cbor.dumps(cose_key.to_cose(KEYS[alg]))

    assert cose_key.from_cose(cbor.loads(written)) == KEYS[alg]


def test_both_coordinates_in_full() -> None:
    key = KEYS[P256]
    point = key.to_spki()[-64:]
    full: dict[Key, Cbor] = {1: 2, -1: 1, -2: point[:32], -3: point[32:], 2: b"its kid"}

    assert cose_key.from_cose(full) == key


def test_a_key_without_such_a_form() -> None:
    with refused("keys.algorithm"):
        cose_key.to_cose(KEYS[BLS12_381_G2])


_X = KEYS[P256].raw[1:]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "keys.format"),
        ([], "keys.format"),
        ({}, "keys.format"),
        ({1: 2, -1: 1, -2: _X, -3: True, -4: b"d"}, "keys.format"),
        ({1: 2, -1: 3, -2: _X, -3: True}, "keys.algorithm"),
        ({1: 2, -1: "P-256", -2: _X, -3: True}, "keys.format"),
        ({1: 2, -1: True, -2: _X, -3: True}, "keys.format"),
        ({1: 1, -1: 1, -2: _X, -3: True}, "keys.format"),
        ({1: 2, -1: 6, -2: KEYS[ED25519].raw}, "keys.format"),
        ({1: 4, -1: 6, -2: KEYS[ED25519].raw}, "keys.format"),
        ({1: 1, -1: 6, -2: KEYS[ED25519].raw[1:]}, "keys.format"),
        ({1: 1, -1: 6, -2: bytes(32)}, "keys.format"),
        ({1: 2, -1: 1, -2: _X}, "keys.format"),
        ({1: 2, -1: 1, -2: _X, -3: _X[1:]}, "keys.format"),
        ({1: 2, -1: 1, -2: _X, -3: _X}, "keys.format"),
        ({1: 2, -1: 1, -2: _X[1:], -3: True}, "keys.format"),
        ({1: 2, -1: 1, -2: bytes([255]) * 32, -3: True}, "keys.format"),
    ],
)
def test_malformed(key: Cbor, code: str) -> None:
    with refused(code, "/cnf"):
        cose_key.from_cose(key, "/cnf")


@pytest.mark.parametrize("alg", SIGNING)
def test_whole_points_for_readers_that_know_no_sign_bit(alg: str) -> None:
    written = cose_key.to_whole_cose(KEYS[alg])

    assert cose_key.from_cose(written) == KEYS[alg]
    assert isinstance(written.get(-3, b""), bytes)
