from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.codec import multicodec
from clicid.did import compromise, ethr
from clicid.did.document import Relationship, lookup
from clicid.did.ethr import EthrDid, EthrRecord
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

STORE = MemoryKeyStore(b"ethr")
KEY = STORE.public(STORE.generate(ED25519, "a"))
OTHER = STORE.public(STORE.generate(P256, "b"))
PAYER = STORE.public(STORE.generate(SECP256K1, "c"))

DID = "did:ethr:0x539:0x" + "ab" * 20
OWNER = b"\xab" * 20
EMPTY = EthrRecord(DID, OWNER)
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
MULTIKEY = b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0")
START = 1_700_000_000
END = 1_900_000_000
NOW = datetime.fromtimestamp(1_800_000_000, UTC)


def add(record: EthrRecord, name: bytes = NAME, value: bytes = KEY.raw, *, valid_to: int = END) -> EthrRecord:
    return record.with_attribute(name, value, valid_to=valid_to, block=7, time=START)


def revoke(
    record: EthrRecord, name: bytes = NAME, value: bytes = KEY.raw, *, time: int = START + 5
) -> EthrRecord:
    return record.with_attribute(name, value, valid_to=0, block=8, time=time)


def ids(record: EthrRecord, now: datetime = NOW) -> list[str]:
    return [method.id.removeprefix(DID) for method in ethr.document(record, now).methods]


def test_a_signing_key() -> None:
    (method,) = ethr.document(add(EMPTY), NOW).methods
    assert method.id == f"{DID}#delegate-1"
    assert method.controller == DID
    assert method.key == KEY
    assert method.relationships == {Relationship.ASSERTION_METHOD}
    assert not method.retired
    assert not method.ended
    assert ethr.document(add(EMPTY), NOW).to_json()["assertionMethod"] == [method.id]


def test_each_kind_of_attribute() -> None:
    record = add(EMPTY)
    record = add(record, MULTIKEY, multicodec.encode(multicodec.P256_PUB, OTHER.raw))
    record = add(record, b"did/pub/Secp256k1/sigAuth/hex", PAYER.raw)
    record = add(record, b"did/pub/Ed25519/veriKey", KEY.raw)
    methods = ethr.document(record, NOW).methods
    assert [method.key for method in methods] == [KEY, OTHER, PAYER, KEY]
    assert methods[2].relationships == {Relationship.ASSERTION_METHOD, Relationship.AUTHENTICATION}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"did/pub/X25519/enc/base58", bytes(32)),
        (b"did/pub/RSA/veriKey/base64", b"\1" * 64),
        (b"did/pub/Ed25519/other/base58", KEY.raw),
        (b"did/pub/Ed25519", KEY.raw),
        (NAME, bytes(32)),
        (NAME, b""),
        (NAME, KEY.raw + b"\0"),
        (NAME, b"\1" * 300),
        (MULTIKEY, KEY.raw),
        (MULTIKEY, b"\x80"),
        (MULTIKEY, multicodec.encode(0x1300, KEY.raw)),
    ],
)
def test_attributes_without_a_key_take_a_number(name: bytes, value: bytes) -> None:
    assert ids(add(add(EMPTY, name, value), MULTIKEY, b"\xed\x01" + KEY.raw)) == ["#delegate-2"]


@pytest.mark.parametrize(
    "name",
    [
        b"did/svc/HubService",
        b"did/pub/P-256/veriKey/hex",
        b"did/pub/",
        b"did/pub/a/b/c/d",
        b"other",
        b"",
        b"\xff" * 32,
        b"did/pub/Ed25519/veriKey/base58\n",
    ],
)
def test_other_names_take_none(name: bytes) -> None:
    assert ids(add(add(EMPTY, name, KEY.raw))) == ["#delegate-1"]


def test_numbers_count_delegates_and_revocations() -> None:
    record = add(EMPTY.with_delegate(b"sigAuth"))
    record = revoke(record)
    record = add(record, MULTIKEY, b"\xed\x01" + KEY.raw)
    assert record.counted == 4
    assert ids(record) == ["#delegate-2", "#delegate-4"]


def test_a_revoked_key_stays_visible_as_ended() -> None:
    (method,) = ethr.document(revoke(add(EMPTY)), NOW).methods
    assert method.ended
    assert method.ended_at == datetime.fromtimestamp(START + 5, UTC)
    assert not method.retired
    with refused("did.key_over"):
        lookup(ethr.document(revoke(add(EMPTY)), NOW), method.id, Relationship.ASSERTION_METHOD)
    assert ethr.document(revoke(add(EMPTY)), NOW).to_json()["verificationMethod"] == []


def test_a_second_revocation_changes_no_time() -> None:
    record = revoke(revoke(add(EMPTY)), time=START + 99)
    assert record.keys[0].ended_at == START + 5
    assert record.counted == 3


def test_a_revoked_key_set_anew_has_both_numbers() -> None:
    methods = ethr.document(add(revoke(add(EMPTY))), NOW).methods
    assert [(method.id[-1], method.ended) for method in methods] == [("1", True), ("3", False)]


def test_a_renewed_key_has_the_new_number_only() -> None:
    assert ids(add(add(EMPTY), valid_to=END + 1)) == ["#delegate-2"]


def test_retired_is_not_ended() -> None:
    record = add(EMPTY)
    for second, retired in ((END, False), (END + 1, True)):
        (method,) = ethr.document(record, datetime.fromtimestamp(second, UTC)).methods
        assert method.retired is retired
        assert not method.ended
    assert method.retired_at == datetime.fromtimestamp(END, UTC)


def test_an_attribute_that_is_over_in_its_own_block_is_no_key() -> None:
    assert ids(add(EMPTY, valid_to=START)) == []
    assert ids(add(EMPTY, valid_to=START + 1)) == ["#delegate-1"]


def test_a_validity_beyond_all_time() -> None:
    record = add(EMPTY, valid_to=2**256 - 1)
    assert record.keys[0].valid_to == 2**53 - 1
    assert EthrRecord.from_bytes(record.to_bytes()) == record
    assert ids(record) == ["#delegate-1"]


def test_deactivation_is_for_ever() -> None:
    record = add(EMPTY).with_owner(b"\1" * 20)
    assert not record.deactivated
    record = record.with_owner(ethr.NULL_ADDRESS).with_owner(OWNER)
    assert record.deactivated
    document = ethr.document(record, NOW)
    assert document.deactivated
    assert document.methods == ()


@pytest.mark.parametrize(
    ("text", "chain_id"),
    [(DID, 1337), ("did:ethr:0x0:0x" + "00" * 20, 0), ("did:ethr:0xaa36a7:0x" + "0f" * 20, 11155111)],
)
def test_dids(text: str, chain_id: int) -> None:
    did = EthrDid.parse(text)
    assert did.chain_id == chain_id
    assert str(did) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("did:ethr:0x" + "ab" * 20, "did.syntax"),
        ("did:ethr:mainnet:0x" + "ab" * 20, "did.syntax"),
        ("did:ethr:0x0539:0x" + "ab" * 20, "did.syntax"),
        ("did:ethr:0x539:0x" + "AB" * 20, "did.syntax"),
        ("did:ethr:0X539:0x" + "ab" * 20, "did.syntax"),
        ("did:ethr:0x539:0x" + "ab" * 21, "did.syntax"),
        ("did:ethr:0x539:" + "ab" * 20, "did.syntax"),
        ("did:ethr:0x" + "1" * 17 + ":0x" + "ab" * 20, "did.syntax"),
        (DID + "#delegate-1", "did.syntax"),
        ("did:key:0x539:0x" + "ab" * 20, "did.method"),
        ("", "did.syntax"),
    ],
)
def test_other_spellings(text: str, code: str) -> None:
    with refused(code, "/did"):
        EthrDid.parse(text, "/did")


def state(record: EthrRecord, number: int, block: int, *, valid_to: int = END) -> EthrRecord:
    return add(record, compromise.COMPROMISED, compromise.encode_compromise(number, block), valid_to=valid_to)


def compromised(record: EthrRecord) -> list[int | None]:
    return [method.compromised_from for method in ethr.document(record, NOW).methods]


def test_a_compromise_is_stated_of_one_key_and_takes_no_number() -> None:
    record = add(add(EMPTY), MULTIKEY, multicodec.encode(multicodec.P256_PUB, OTHER.raw))
    record = state(record, 2, 70)
    assert record.counted == 2
    assert compromised(record) == [None, 70]
    assert [method.ended for method in ethr.document(record, NOW).methods] == [False, True]
    assert ethr.document(record, NOW).to_json()["assertionMethod"] == [f"{DID}#delegate-1"]
    with refused("did.key_over"):
        lookup(ethr.document(record, NOW), f"{DID}#delegate-2", Relationship.ASSERTION_METHOD)


@pytest.mark.parametrize("blocks", [(70, 60, 80), (60, 80, 70), (80, 70, 60)])
def test_the_earliest_statement_counts_whatever_came_after_it(blocks: tuple[int, ...]) -> None:
    record = add(EMPTY)
    for block in blocks:
        record = state(record, 1, block)
    assert compromised(record) == [60]
    assert compromised(state(record, 1, 90, valid_to=0)) == [60]  # revoking a statement takes nothing back


def test_a_statement_outlives_the_revocation_and_comes_before_it_just_as_well() -> None:
    assert compromised(state(revoke(add(EMPTY)), 1, 70)) == [70]
    after = revoke(state(add(EMPTY), 1, 70))
    assert compromised(after) == [70]
    assert after.keys[0].ended_at is not None


def test_a_private_half_in_other_hands_is_so_under_every_number() -> None:
    twice = add(add(EMPTY), b"did/pub/Ed25519/sigAuth/base58".ljust(32, b"\0"))
    assert compromised(state(twice, 1, 70)) == [70, 70]
    assert compromised(add(revoke(state(add(EMPTY), 1, 70)))) == [70, 70]
    # Nor does another way of writing the same key help.
    prefixed = multicodec.encode(multicodec.ED25519_PUB, KEY.raw)
    for number in (1, 2):
        assert compromised(state(add(add(EMPTY), MULTIKEY, prefixed), number, 70)) == [70, 70]
    assert compromised(add(state(add(EMPTY), 1, 70), MULTIKEY, prefixed)) == [70, 70]
    assert compromised(add(state(add(EMPTY, MULTIKEY, prefixed), 1, 70))) == [70, 70]
    # A Multikey without its prefix is no key, and still says which key was in other hands.
    assert compromised(add(state(add(EMPTY, MULTIKEY, KEY.raw), 1, 70), MULTIKEY, prefixed)) == [70]
    assert compromised(state(add(add(EMPTY, MULTIKEY, KEY.raw), MULTIKEY, prefixed), 1, 70)) == [70]


def test_a_renewed_key_is_meant_by_the_numbers_it_had() -> None:
    """Set anew it has another number and loses the old one; its private half is the same."""
    p256 = multicodec.encode(multicodec.P256_PUB, OTHER.raw)
    renewed = add(add(add(add(EMPTY), MULTIKEY, p256)))
    assert [(key.number, key.former) for key in renewed.keys] == [(2, ()), (4, (1, 3))]
    for number in (1, 3, 4):
        assert compromised(state(renewed, number, 70)) == [None, 70]
    assert compromised(state(renewed, 2, 70)) == [70, None]
    # However it ended since, and whatever it is called by then.
    assert compromised(state(add(revoke(renewed)), 1, 70)) == [None, 70, 70]
    assert compromised(add(state(revoke(renewed), 3, 70))) == [None, 70, 70]
    assert compromised(add(state(renewed, 1, 70))) == [None, 70]


def test_of_more_numbers_than_are_remembered_a_statement_counts_all_the_same() -> None:
    """Nobody knows any more whose number it was: it is every key's that had so many before those known."""
    record, p256 = add(EMPTY.with_delegate(b"veriKey")), multicodec.encode(multicodec.P256_PUB, OTHER.raw)
    for _ in range(compromise.MAX_FORMER):
        record = add(record)
    record = add(record.with_delegate(b"veriKey"), MULTIKEY, p256)
    (often, _) = record.keys
    assert (often.number, often.former) == (18, tuple(range(2, 18)))
    assert compromised(state(record, 1, 70)) == [70, None]  # the delegate's: one too many
    record = add(record)
    assert record.keys[1].former == tuple(range(3, 19))
    assert compromised(state(record, 2, 70)) == [None, 70]
    for number in (19, 22, 99):  # the other delegate's, and one that is not given yet
        assert compromised(state(record, number, 70)) == [None, None]
    assert compromised(state(record, 20, 70)) == [70, None]
    assert add(record, compromise.COMPROMISED, bytes(12)) == record  # there is no number 0


def test_a_record_with_all_that_it_may_hold_is_read_back() -> None:
    most, value = 2**53 - 1, bytes(ethr.MAX_VALUE_BYTES)
    former = tuple(range((1 << 32) - 1 - compromise.MAX_FORMER, (1 << 32) - 1))
    name = "did/pub/Multikey/sigAuth/abcdefg"
    keys = tuple(
        ethr.EthrKey((1 << 32) + at, name, value, most, most, most, most, most, former)
        for at in range(ethr.MAX_KEYS)
    )
    record = replace(EMPTY, keys=keys, counted=most, deactivated=True, dropped=True)
    assert EthrRecord.from_bytes(record.to_bytes()) == record


@pytest.mark.parametrize("number", [2, 3, (1 << 32) - 1])
def test_a_statement_about_no_key_says_nothing(number: int) -> None:
    record = add(EMPTY)
    assert state(record, number, 70) == record
    # A number that is given later is not taken for the one meant before.
    later = add(state(record, number, 70), MULTIKEY, multicodec.encode(multicodec.P256_PUB, OTHER.raw))
    assert compromised(later) == [None, None]


@pytest.mark.parametrize("value", [b"", b"\0" * 11, b"\0" * 13, b"\0" * 12, b"\1" * 256])
def test_a_statement_that_none_of_ours_is(value: bytes) -> None:
    assert add(add(EMPTY), compromise.COMPROMISED, value) == add(EMPTY)


def test_statements_and_back() -> None:
    assert compromise.encode_compromise(3, 258) == bytes.fromhex("000000030000000000000102")
    assert compromise.decode_compromise(compromise.encode_compromise(3, 258)) == (3, 258)
    assert compromise.decode_compromise(bytes.fromhex("00000003" + "ff" * 8)) == (3, 2**53 - 1)
    assert compromise.decode_compromise(bytes.fromhex("00000003" + "00" * 8)) == (3, 1)


@pytest.mark.parametrize(("number", "block"), [(0, 1), (1 << 32, 1), (-1, 1), (1, 0), (1, -1), (1, 2**53)])
def test_statements_that_cannot_be(number: int, block: int) -> None:
    with pytest.raises(LocalError, match=r"did\.compromise"):
        compromise.encode_compromise(number, block)


FULL = revoke(add(add(EMPTY.with_delegate(b"sigAuth")), MULTIKEY, b"\xed\x01" + KEY.raw))


@pytest.mark.parametrize(
    "record", [EMPTY, FULL, add(add(FULL)), state(FULL, 3, 9), FULL.with_owner(ethr.NULL_ADDRESS)]
)
def test_bytes_and_back(record: EthrRecord) -> None:
    assert EthrRecord.from_bytes(record.to_bytes()) == record


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"did": "did:key:z6Mk"}, "did.method", "/did"),
        ({"owner": "0xab"}, "codec.shape", "/owner"),
        ({"owner": "0x" + "AB" * 20}, "codec.shape", "/owner"),
        ({"owner": None}, "codec.shape", "/owner"),
        ({"deactivated": 0}, "codec.shape", "/deactivated"),
        ({"counted": 1}, "did.document", "/keys"),
        ({"counted": -1}, "codec.shape", "/counted"),
        ({"extra": 1}, "codec.shape", "/extra"),
        ({"keys": {}}, "codec.shape", "/keys"),
        ({"keys": [1]}, "codec.shape", "/keys/0"),
        ({"keys": [{}] * (ethr.MAX_KEYS + 1)}, "codec.shape", "/keys"),
    ],
)
def test_records_altered(change: dict[str, Any], code: str, where: str) -> None:
    raw = json.dumps(json.loads(FULL.to_bytes()) | change).encode()
    with refused(code, where):
        EthrRecord.from_bytes(raw)


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"number": 3}, "did.document", "/keys"),
        ({"number": 0}, "did.document", "/keys"),
        ({"value": "0xABCD"}, "codec.shape", "/keys/0/value"),
        ({"value": "abcd"}, "codec.shape", "/keys/0/value"),
        ({"value": "0x" + "ab" * 257}, "codec.shape", "/keys/0/value"),
        ({"name": "x" * 33}, "codec.shape", "/keys/0/name"),
        ({"valid_to": 2**53}, "codec.json", ""),
        ({"ended_at": None}, "codec.shape", "/keys/0/ended_at"),
        ({"extra": 1}, "codec.shape", "/keys/0/extra"),
    ],
)
def test_keys_altered(change: dict[str, Any], code: str, where: str) -> None:
    obj = json.loads(FULL.to_bytes())
    obj["keys"][0] |= change
    with refused(code, where):
        EthrRecord.from_bytes(json.dumps(obj).encode())


@pytest.mark.parametrize(
    ("former", "code", "where"),
    [
        ([], "codec.shape", ""),
        (None, "codec.shape", ""),
        ([*range(1, compromise.MAX_FORMER + 2)], "codec.shape", ""),
        (["1"], "codec.shape", "/0"),
        ([0], "did.document", ""),
        ([2, 1], "did.document", ""),
        ([1, 1], "did.document", ""),
        ([3], "did.document", ""),  # its own
    ],
)
def test_former_numbers_altered(former: object, code: str, where: str) -> None:
    obj = json.loads(add(add(add(EMPTY))).to_bytes())
    obj["keys"][0]["former"] = former
    with refused(code, f"/keys/0/former{where}"):
        EthrRecord.from_bytes(json.dumps(obj).encode())
