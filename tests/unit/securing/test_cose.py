from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.errors import LocalError, Refused
from clicid.keys import cose_key
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256, SECP256K1
from clicid.securing import cose
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor, Key

TYP = "application/test+cose"
STORE = MemoryKeyStore(b"cose")
REFS = {alg: STORE.generate(alg, alg) for alg in SIGNING}
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "securing" / "cose.json").read_bytes())


def sign(alg: str, payload: bytes = b'{"a":1}', *, tagged: bool = True, **header: Any) -> bytes:
    members: dict[Key, Cbor] = {cose.ALG: ALGORITHMS[alg].cose[0], cose.TYP: TYP}
    members |= {int(name[1:]): value for name, value in header.items()}
    prepared = cose.prepare(members, payload, tagged=tagged)
    signatures = [STORE.sign(REFS[alg], one.message, one.alg) for one in prepared.to_be_signed]
    return prepared.complete(signatures)


@pytest.mark.parametrize("alg", SIGNING)
@pytest.mark.parametrize("tagged", [True, False])
def test_sign_and_verify(alg: str, tagged: bool) -> None:
    raw = sign(alg, b"\x00any bytes", tagged=tagged, _4=b"key-1")

    parsed = cose.parse(raw, typ=TYP, tagged=tagged)

    assert parsed.key_id == b"key-1"
    assert parsed.unverified_payload == b"\x00any bytes"
    assert cose.verify(parsed, STORE.public(REFS[alg])) == b"\x00any bytes"
    assert "any bytes" not in repr(parsed)


def test_the_fully_specified_names_of_the_algorithms() -> None:
    for alg in SIGNING:
        for number in ALGORITHMS[alg].cose:
            parsed = cose.parse(sign(alg, _1=number), typ=TYP)
            cose.verify(parsed, STORE.public(REFS[alg]))


def test_the_example_of_the_specification() -> None:
    """RFC 9052 C.2.1: the same Sig_structure, for the signature holds. It has no `typ`, so no `parse`."""
    example = VECTORS["rfc9052_c_2_1"]
    message = cbor.loads(bytes.fromhex(example["message"]), tags=frozenset((cose.TAG,)))
    assert isinstance(message, Tagged)
    assert isinstance(message.value, list)
    protected, _, payload, signature = message.value
    key = cose_key.from_cose({1: 2, -1: 1, -2: bytes.fromhex(example["x"]), -3: bytes.fromhex(example["y"])})
    assert isinstance(protected, bytes)
    assert isinstance(payload, bytes)
    assert isinstance(signature, bytes)
    key.verify(signature, cose._sig_structure(protected, payload))


def test_any_byte_altered() -> None:
    raw = sign(P256, _4=b"k")
    key = STORE.public(REFS[P256])
    for at in range(len(raw)):
        for flip in (1, 2, 0x20, 0x80):
            altered = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
            with pytest.raises(Refused):
                cose.verify(cose.parse(altered, typ=TYP), key)


def test_the_key_decides_the_algorithm() -> None:
    for signer in SIGNING:
        for alg in SIGNING:
            if alg != signer:
                with refused("keys.algorithm", "protected/1"):
                    cose.verify(cose.parse(sign(signer), typ=TYP), STORE.public(REFS[alg]))


def test_a_key_id_in_the_unprotected_header() -> None:
    protected, _, payload, signature = _parts(sign(ED25519))
    raw = cbor.dumps(Tagged(cose.TAG, [protected, {cose.KID: b"elsewhere"}, payload, signature]))

    parsed = cose.parse(raw, typ=TYP)

    assert parsed.key_id == b"elsewhere"
    assert cose.verify(parsed, STORE.public(REFS[ED25519])) == b'{"a":1}'
    assert cose.parse(sign(ED25519), typ=TYP).key_id is None


def test_parameters_in_any_order_but_only_once() -> None:
    """As writers sign that do not sort: typ, then alg."""
    typ = b"\x10" + cbor.dumps(TYP)
    for protected, code in (
        (b"\xa2" + typ + b"\x01\x27", ""),
        (b"\xa3" + typ + b"\x01\x27" + typ, "codec.cbor"),
    ):
        signed = STORE.sign(REFS[ED25519], cose._sig_structure(protected, b"{}"), ED25519)
        raw = cbor.dumps(Tagged(cose.TAG, [protected, {}, b"{}", signed]))
        if code:
            with refused(code):
                cose.parse(raw, typ=TYP)
        else:
            assert cose.verify(cose.parse(raw, typ=TYP), STORE.public(REFS[ED25519])) == b"{}"


def _parts(raw: bytes) -> list[Cbor]:
    message = cbor.loads(raw, tags=frozenset((cose.TAG,)))
    assert isinstance(message, Tagged)
    assert isinstance(message.value, list)
    return message.value


@pytest.mark.parametrize("vector", VECTORS["malformed"], ids=lambda vector: vector["name"])
def test_malformed(vector: dict[str, str]) -> None:
    with refused(vector["code"]):
        cose.parse(bytes.fromhex(vector["message"]), typ=TYP)


def test_one_that_must_not_be_tagged() -> None:
    with refused("codec.cbor"):
        cose.parse(sign(P256), typ=TYP, tagged=False)


def test_large() -> None:
    with refused("codec.size"):
        cose.parse(sign(P256, bytes(cose.MAX_BYTES)), typ=TYP)
    with refused("codec.size"):
        cose.parse(sign(P256, _99="a" * (1 << 16)), typ=TYP)


@pytest.mark.parametrize("signatures", [[], [bytes(64)] * 2, [bytes(63)], [b""]])
def test_complete_wants_one_signature(signatures: list[bytes]) -> None:
    with refused("securing.signatures", kind=LocalError):
        cose.prepare({cose.TYP: TYP, cose.ALG: -47}, b"").complete(signatures)


def test_a_header_needs_typ_and_alg() -> None:
    with refused("securing.cose_typ"):
        cose.prepare({cose.ALG: -7}, b"")
    for alg in (None, "ES256", True, 5, -257):
        with refused("keys.algorithm"):
            cose.prepare({cose.TYP: TYP, cose.ALG: alg}, b"")


def test_what_is_to_be_signed() -> None:
    (operation,) = cose.prepare({cose.TYP: TYP, cose.ALG: -47}, b"{}").to_be_signed
    assert operation.alg == SECP256K1
    protected = cbor.dumps({cose.ALG: -47, cose.TYP: TYP})
    assert cbor.loads(operation.message) == ["Signature1", protected, b"", b"{}"]


def item(
    alg: str = P256, *, detached: bool = False, unprotected: dict[Key, Cbor] | None = None
) -> list[Cbor]:
    prepared = cose.prepare_item(
        ALGORITHMS[alg], b"content", unprotected=unprotected or {}, detached=detached
    )
    return prepared.item([STORE.sign(REFS[alg], one.message, one.alg) for one in prepared.to_be_signed])


@pytest.mark.parametrize("alg", SIGNING)
@pytest.mark.parametrize("detached", [True, False])
def test_one_that_stands_inside_something_else(alg: str, detached: bool) -> None:
    made = item(alg, detached=detached, unprotected={cose.X5CHAIN: b"der"})

    parsed = cose.from_item(made, typ=None, detached=b"content" if detached else None)

    assert (made[2] is None) == detached
    assert parsed.unprotected == {cose.X5CHAIN: b"der"}
    assert cose.verify(parsed, STORE.public(REFS[alg])) == b"content"


def test_the_payload_must_be_where_the_reader_says() -> None:
    with refused("securing.cose", "auth/payload"):
        cose.from_item(item(), typ=None, detached=b"content", where="auth/")
    with refused("securing.cose", "auth/payload"):
        cose.from_item(item(detached=True), typ=None, where="auth/")


def test_what_has_no_type_may_not_have_one() -> None:
    with refused("securing.cose_typ"):
        cose.from_item(_parts(sign(P256)), typ=None)


def test_other_content_than_was_signed_elsewhere() -> None:
    parsed = cose.from_item(item(detached=True), typ=None, detached=b"other content")
    with refused("keys.signature"):
        cose.verify(parsed, STORE.public(REFS[P256]))
