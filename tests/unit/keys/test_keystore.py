"""What the protocol promises, on the memory store and on Askar alike."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from eth_keys import datatypes as eth_keys

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import LocalError
from clicid.keys import bbs, points
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519, P256, P384, SECP256K1
from clicid.keys.bbs.issuing import Blinded
from clicid.keys.public import PublicKey
from clicid.keys.store import Capability, KeyRef, KeyStore
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "askar"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield MemoryKeyStore()
        return
    with AskarKeyStore.open(tmp_path / "vault.db", bytes(range(32)), create=True) as vault:
        yield vault


@pytest.mark.parametrize("alg", SIGNING)
def test_sign_and_verify(store: KeyStore, alg: str) -> None:
    ref = store.generate(alg, "key")
    assert store.find("key") == ref == KeyRef("key")
    key = store.public(ref)
    assert key.algorithm.name == alg
    key.verify(store.sign(ref, b"message", alg), b"message")
    key.verify(store.sign(ref, b"", alg), b"")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_signs_for_its_own_algorithm_only(store: KeyStore, alg: str) -> None:
    ref = store.generate(alg, "key")
    for other in [*ALGORITHMS, "none", "ES256"]:
        if other != alg or alg not in SIGNING:
            with refused("keystore.capability", kind=LocalError):
                store.sign(ref, b"message", other)


def test_digest_signatures_recover_to_the_key(store: KeyStore) -> None:
    ref = store.generate(SECP256K1, "payer")
    half = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 // 2
    recovery_ids = set()
    for number in range(16):
        digest = bytes([number]) * 32
        signature = store.sign_digest(ref, digest)
        assert len(signature) == 65
        assert int.from_bytes(signature[32:64], "big") <= half
        recovered = eth_keys.Signature(signature).recover_public_key_from_msg_hash(digest)
        assert recovered.to_compressed_bytes() == store.public(ref).raw
        assert store.sign_digest(ref, digest) == signature
        recovery_ids.add(signature[64])
    assert recovery_ids <= {0, 1}


def test_digests_need_the_right_size_and_curve(store: KeyStore) -> None:
    ref = store.generate(SECP256K1, "payer")
    for size in (0, 31, 33):
        with refused("keystore.capability", kind=LocalError):
            store.sign_digest(ref, bytes(size))
    for alg in (ED25519, P256, P384, BLS12_381_G2):
        with refused("keystore.capability", kind=LocalError):
            store.sign_digest(store.generate(alg, alg), bytes(32))


def test_bbs_signatures(store: KeyStore) -> None:
    ref = store.generate(BLS12_381_G2, "issuer")
    key, messages = store.public(ref), [b"a", b"", b"c"]
    signature = store.bbs_sign(ref, b"header", messages)
    bbs.verify(key, signature, messages, header=b"header")
    assert store.bbs_sign(ref, b"header", messages) == signature


def test_blind_bbs_signatures(store: KeyStore) -> None:
    ref = store.generate(BLS12_381_G2, "issuer")
    key, messages = store.public(ref), [b"a", b"b"]
    prover, signer = bbs.draw_nym(token_bytes), bbs.draw_nym(token_bytes)
    plain = bbs.commit([b"secret"], random=token_bytes)
    named = bbs.nym_commit([b"secret"], prover, random=token_bytes)
    bbs.blind_verify(
        key,
        store.bbs_sign(ref, b"h", messages, Blinded(plain.with_proof, 1)),
        messages,
        committed_messages=[b"secret"],
        prover_blind=plain.prover_blind,
        header=b"h",
    )
    bbs.nym_verify(
        key,
        store.bbs_sign(ref, b"h", messages, Blinded(named.with_proof, 1, signer)),
        messages,
        committed_messages=[b"secret"],
        prover_blind=named.prover_blind,
        nym_secret=bbs.combine_nym(prover, signer),
        header=b"h",
    )
    with refused("keys.bbs_commitment"):
        store.bbs_sign(ref, b"h", messages, Blinded(plain.with_proof, 2))
    with refused("keys.bbs_messages"):
        store.bbs_sign(ref, b"h", [b""] * (bbs.MAX_MESSAGES + 1))
    assert signer.hex() not in repr(Blinded(b"", 0, signer))


def test_bbs_needs_the_right_curve(store: KeyStore) -> None:
    for alg in SIGNING:
        with refused("keystore.capability", kind=LocalError):
            store.bbs_sign(store.generate(alg, alg), b"", [])


def test_agreement_equals_plain_ecdh(store: KeyStore) -> None:
    ref = store.generate(P256, "mine")
    theirs = ec.derive_private_key(12345, ec.SECP256R1())
    peer = PublicKey.from_raw(P256, points.dump(theirs.public_key()))
    mine = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), store.public(ref).raw)
    assert store.agree(ref, peer) == theirs.exchange(ec.ECDH(), mine)


def test_agreement_on_p256_only(store: KeyStore) -> None:
    p256, k1 = store.generate(P256, "a"), store.generate(SECP256K1, "b")
    for ref, other in ((p256, k1), (k1, p256), (k1, k1)):
        with refused("keystore.capability", kind=LocalError):
            store.agree(ref, store.public(other))


def test_names_are_taken_once(store: KeyStore) -> None:
    store.generate(P256, "name")
    for alg in ALGORITHMS:
        with refused("keystore.exists", kind=LocalError):
            store.generate(alg, "name")


def test_what_is_not_there(store: KeyStore) -> None:
    ghost = KeyRef("ghost")
    assert store.find("ghost") is None
    store.remove(ghost)
    with refused("keystore.unknown", kind=LocalError):
        store.public(ghost)
    with refused("keystore.unknown", kind=LocalError):
        store.sign(ghost, b"", P256)
    with refused("keystore.unknown", kind=LocalError):
        store.sign_digest(ghost, bytes(32))


def test_a_removed_key_is_gone(store: KeyStore) -> None:
    ref = store.generate(ED25519, "key")
    before = store.public(ref)
    store.remove(ref)
    assert store.find("key") is None
    assert store.public(store.generate(ED25519, "key")) != before


def test_what_a_store_cannot_do(store: KeyStore) -> None:
    with refused("keystore.capability", kind=LocalError):
        store.generate("RSA", "key")
    assert store.capabilities() == {
        Capability.ED25519,
        Capability.P256,
        Capability.P384,
        Capability.SECP256K1_DIGEST,
        Capability.AGREE_P256,
        Capability.BBS,
    }


def test_a_seed_makes_the_same_keys() -> None:
    first, second, other = MemoryKeyStore(b"a"), MemoryKeyStore(b"a"), MemoryKeyStore(b"b")
    keys = [
        tuple(store.public(store.generate(alg, alg)) for alg in ALGORITHMS)
        for store in (first, second, other)
    ]
    assert keys[0] == keys[1]
    assert not set(keys[0]) & set(keys[2])
