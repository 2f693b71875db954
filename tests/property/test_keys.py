"""Keys, JWS and DIDs: every form of a key is the same key, and only what was signed verifies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from clicid.did import ethr, jwk, key
from clicid.did.ethr import EthrDid, EthrRecord
from clicid.errors import Refused
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519
from clicid.keys.public import PublicKey
from clicid.securing import jws
from tests.support.memory_keystore import SIGNING, MemoryKeyStore

if TYPE_CHECKING:
    from clicid.keys.store import KeyRef

ALGS = st.sampled_from(sorted(SIGNING))
SEEDS = st.binary(min_size=1, max_size=8)
NAME = b"did/pub/Ed25519/veriKey/base58"


def make(alg: str, seed: bytes) -> tuple[MemoryKeyStore, KeyRef, PublicKey]:
    store = MemoryKeyStore(seed)
    ref = store.generate(alg, "key")
    return store, ref, store.public(ref)


@given(st.sampled_from(sorted(ALGORITHMS)), SEEDS)
def test_every_form(alg: str, seed: bytes) -> None:
    _, _, public = make(alg, seed)
    assert PublicKey.from_multikey(public.to_multikey()) == public
    assert key.document(key.create(public)).methods[0].key == public
    if alg == BLS12_381_G2:
        return
    assert PublicKey.from_jwk(public.to_jwk()) == public
    assert PublicKey.from_spki(public.to_spki()) == public
    assert jwk.document(jwk.create(public)).methods[0].key == public


@given(ALGS, SEEDS, st.binary(max_size=64), st.integers(0, 511))
def test_a_flipped_bit_does_not_verify(alg: str, seed: bytes, message: bytes, bit: int) -> None:
    store, ref, public = make(alg, seed)
    signature = store.sign(ref, message, alg)
    public.verify(signature, message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        public.verify(bytes(flipped), message)


@given(st.binary(min_size=32, max_size=32))
def test_random_bytes_as_ed25519(raw: bytes) -> None:
    # Half of all y are on the curve; what we take, OpenSSL must take too.
    try:
        public = PublicKey.from_raw(ED25519, raw)
    except Refused:
        return
    assert public.raw == Ed25519PublicKey.from_public_bytes(raw).public_bytes_raw()


@given(ALGS, SEEDS, st.binary(max_size=64))
def test_jws_both_ways(alg: str, seed: bytes, payload: bytes) -> None:
    store, ref, public = make(alg, seed)
    prepared = jws.prepare({"typ": "t", "alg": ALGORITHMS[alg].jose}, payload)
    token = prepared.complete([store.sign(ref, prepared.signing_input, alg)])
    assert jws.verify(jws.parse(token, typ="t"), public) == payload


@given(st.integers(0, 2**63), st.binary(min_size=20, max_size=20))
def test_ethr_dids(chain_id: int, address: bytes) -> None:
    did = EthrDid(chain_id, address)
    assert EthrDid.parse(str(did)) == did


EVENTS = st.lists(
    st.one_of(
        st.just(("delegate", b"", 0)),
        st.tuples(st.sampled_from(["set", "revoke"]), st.sampled_from([b"1", b"2"]), st.integers(1, 50)),
        st.just(("other", b"", 0)),
    ),
    max_size=12,
)


@given(EVENTS)
def test_numbers_never_move(events: list[tuple[str, bytes, int]]) -> None:
    """Whatever follows, a number once given names the same key, or none; and bytes keep it all."""
    keys = {value: make(ED25519, value)[2] for value in (b"1", b"2")}
    record = EthrRecord(str(EthrDid(1, bytes(20))), bytes(20))
    given_out: dict[str, PublicKey] = {}
    for time, (kind, value, lasts) in enumerate(events, start=100):
        if kind == "delegate":
            record = record.with_delegate(b"veriKey")
        elif kind == "other":
            record = record.with_attribute(b"did/svc/Hub", b"u", valid_to=time + 9, block=time, time=time)
        else:
            valid_to = time + lasts if kind == "set" else 0
            record = record.with_attribute(NAME, keys[value].raw, valid_to=valid_to, block=time, time=time)
        for method in ethr.document(record, datetime.fromtimestamp(time, UTC)).methods:
            assert given_out.setdefault(method.id, method.key) == method.key
    assert EthrRecord.from_bytes(record.to_bytes()) == record
    assert record.counted == sum(kind != "other" for kind, _, _ in events)
