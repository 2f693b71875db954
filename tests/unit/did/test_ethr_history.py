"""An identity's whole document, at every point of its history."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clicid.codec import multibase, multicodec
from clicid.did import compromise, ethr_history
from clicid.did.ethr import EthrDid
from clicid.did.ethr_history import About, Change, History, Point
from clicid.errors import Undecided
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.support.resolving import DID, FOREVER, IDENTITY, Followed, attribute, delegate, owner

STORE = MemoryKeyStore(b"history")
KEY = STORE.public(STORE.generate(ED25519, "a"))
OTHER = STORE.public(STORE.generate(P256, "b"))
ED = "did/pub/Ed25519/veriKey/base58"
ACCOUNT = b"\xcd" * 20
START = 1_700_000_000


def ids(found: dict[str, Any], member: str = "verificationMethod") -> list[str]:
    return [(one if isinstance(one, str) else one["id"]).removeprefix(DID) for one in found.get(member, [])]


def document(followed: Followed, query: str = "", now: datetime | None = None) -> dict[str, Any]:
    found = followed.resolve(DID + query, now).document
    assert found is not None
    return found


def test_an_identity_that_nobody_named_owns_itself() -> None:
    followed = Followed()
    followed.mine()
    found = followed.resolve()
    assert found.metadata == {}
    assert found.document == {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/secp256k1recovery-2020/v2",
        ],
        "id": DID,
        "verificationMethod": [
            {
                "id": f"{DID}#controller",
                "type": "EcdsaSecp256k1RecoveryMethod2020",
                "controller": DID,
                "blockchainAccountId": f"eip155:1337:0x{IDENTITY.hex()}",
            }
        ],
        "authentication": [f"{DID}#controller"],
        "assertionMethod": [f"{DID}#controller"],
    }
    assert found.about["source"] == "chain 1337 block 1"


def test_everything_that_can_be_said() -> None:
    followed = Followed()
    multikey = multicodec.encode(multicodec.P256_PUB, OTHER.raw)
    followed.mine(
        attribute(ED, KEY.raw),
        delegate("sigAuth", ACCOUNT),
        delegate("veriKey", ACCOUNT),
        delegate("else", ACCOUNT),
        attribute("did/pub/Multikey/sigAuth/base58", multikey),
        attribute("did/pub/X25519/enc/base58", b"\x09" * 32),
        attribute("did/pub/RSA/veriKey/pem", b"no key of ours"),
        attribute("did/svc/Hub", b"https://hub.example"),
        attribute("did/svc/Mail", b'{"uri": "https://mail.example"}'),
        attribute("did/svc/Bad", b"\xff"),
        attribute("did/svc/Number", b"7"),
        attribute("something/else", b"x"),
        owner(ACCOUNT),
    )
    found = document(followed)
    assert ids(found) == ["#controller", *(f"#delegate-{number}" for number in (1, 2, 3, 5, 6))]
    assert ids(found, "assertionMethod") == [
        "#controller",
        "#delegate-1",
        "#delegate-2",
        "#delegate-3",
        "#delegate-5",
    ]
    assert ids(found, "authentication") == ["#controller", "#delegate-2", "#delegate-5"]
    assert ids(found, "keyAgreement") == ["#delegate-6"]
    methods = {method["id"].removeprefix(DID): method for method in found["verificationMethod"]}
    assert methods["#controller"]["blockchainAccountId"].endswith(ACCOUNT.hex())
    assert methods["#delegate-1"]["publicKeyMultibase"] == KEY.to_multikey()
    assert methods["#delegate-5"]["publicKeyMultibase"] == OTHER.to_multikey()
    agreement = multibase.decode(methods["#delegate-6"]["publicKeyMultibase"])
    assert multicodec.decode(agreement) == (multicodec.X25519_PUB, b"\x09" * 32)
    assert [
        (one["id"].removeprefix(DID), one["type"], one["serviceEndpoint"]) for one in found["service"]
    ] == [
        ("#service-1", "Hub", "https://hub.example"),
        ("#service-2", "Mail", {"uri": "https://mail.example"}),
        ("#service-4", "Number", "7"),
    ]


@pytest.mark.parametrize(
    ("value", "endpoint"),
    [
        (b'["https://a.example", {"b": 1}]', ["https://a.example", {"b": 1}]),
        (b'["https://a.example", 1]', '["https://a.example", 1]'),
        (b"[]", "[]"),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b"[" * 20 + b"]" * 20, "[" * 20 + "]" * 20),
        (b'"quoted"', "quoted"),
        (b"", ""),
    ],
)
def test_endpoints(value: bytes, endpoint: object) -> None:
    followed = Followed()
    followed.mine(attribute("did/svc/Hub", value))
    assert document(followed)["service"][0]["serviceEndpoint"] == endpoint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("did/pub/X25519/enc/base58", b"\x09" * 31),
        ("did/pub/X25519/veriKey/base58", b"\x09" * 32),
        ("did/pub/Multikey/enc/base58", multicodec.encode(multicodec.P256_PUB, OTHER.raw)),
        ("did/pub/Multikey/enc/base58", b"\x80"),
        ("did/pub/P256/enc/hex", OTHER.raw),
        (ED, b"\x01" * 300),
    ],
)
def test_what_holds_no_key_takes_its_number_and_is_left_out(name: str, value: bytes) -> None:
    followed = Followed()
    followed.mine(attribute(name, value), attribute(ED, KEY.raw))
    assert ids(document(followed)) == ["#controller", "#delegate-2"]


def test_an_agreement_key_may_be_a_multikey() -> None:
    followed = Followed()
    value = multicodec.encode(multicodec.X25519_PUB, b"\x09" * 32)
    followed.mine(attribute("did/pub/Multikey/enc/base58", value))
    assert ids(document(followed), "keyAgreement") == ["#delegate-1"]


def test_every_version_can_be_resolved() -> None:
    followed = Followed()
    first = followed.mine(attribute(ED, KEY.raw))
    followed.mine()
    second = followed.mine(attribute("did/svc/Hub", b"https://hub.example"), attribute(ED, KEY.raw, 0))
    followed.mine()
    blocks = followed.chain.blocks
    stamps = {n: f"{datetime.fromtimestamp(blocks[n].time, UTC):%Y-%m-%dT%H:%M:%SZ}" for n in (first, second)}
    following = {"nextVersionId": str(first), "nextUpdate": stamps[first]}
    before = followed.resolve(f"{DID}?versionId={first - 1}")
    assert (before.metadata, ids(before.document or {})) == (following, ["#controller"])
    between = {"versionId": str(first), "updated": stamps[first]}
    between |= {"nextVersionId": str(second), "nextUpdate": stamps[second]}
    for query in (
        f"?versionId={first}",
        f"?versionId={first + 1}",
        f"?versionTime={stamps[first]}",
        f"?versionTime={stamps[second].replace('Z', '%2B01:00')}",
    ):
        found = followed.resolve(DID + query)
        if "%2B" in query:
            assert found.metadata == following
        else:
            assert (found.metadata, ids(found.document or {})) == (between, ["#controller", "#delegate-1"])
    latest = followed.resolve()
    assert latest.metadata == {"versionId": str(second), "updated": stamps[second]}
    assert followed.resolve(f"{DID}?versionId={second + 1}") == latest
    assert ids(latest.document or {}) == ["#controller"]


def test_a_key_runs_out_without_an_event() -> None:
    followed = Followed()
    set_at = followed.mine(attribute(ED, KEY.raw, START + 20), seconds=10)
    assert ids(document(followed)) == ["#controller", "#delegate-1"]
    followed.mine(seconds=100)
    assert ids(document(followed)) == ["#controller"]
    assert ids(document(followed, f"?versionId={set_at}")) == ["#controller", "#delegate-1"]
    last = datetime.fromtimestamp(START + 20, UTC)
    for moment, there in ((last, True), (last + timedelta(seconds=1), False)):
        found = document(followed, f"?versionTime={moment:%Y-%m-%dT%H:%M:%SZ}")
        assert ("#delegate-1" in ids(found)) == there


def test_a_revocation_counts_from_its_own_second() -> None:
    followed = Followed()
    followed.mine(attribute(ED, KEY.raw), delegate("veriKey", ACCOUNT))
    now = followed.chain.blocks[-1].time
    followed.mine(attribute(ED, KEY.raw, 0), delegate("veriKey", ACCOUNT, now + 5))
    assert ids(document(followed, f"?versionId={followed.chain.blocks[-1].number}")) == ["#controller"]
    followed.mine(attribute(ED, KEY.raw))
    assert ids(document(followed)) == ["#controller", "#delegate-5"]


def test_a_compromised_key_is_over_under_every_number() -> None:
    followed = Followed()
    again = "did/pub/Ed25519/sigAuth/base58"
    followed.mine(attribute(ED, KEY.raw), attribute(ED, KEY.raw), attribute(again, KEY.raw))
    followed.mine(attribute("did/pub/Multikey/veriKey/base58", multicodec.encode(0xED, KEY.raw)))
    for number, there in ((9, True), (1, False)):
        value = compromise.encode_compromise(number, 1)
        followed.mine(attribute("clicid/compromised", value, 0))
        assert ("#delegate-3" in ids(document(followed))) == there
    followed.mine(attribute(ED, KEY.raw), attribute(ED, b"\1" * 31), attribute("did/svc/Key", KEY.raw))
    assert ids(document(followed)) == ["#controller"]


def test_more_numbers_than_are_remembered_mean_as_much_here_as_in_the_record() -> None:
    followed = Followed()
    p256 = multicodec.encode(multicodec.P256_PUB, OTHER.raw)
    often = [attribute(ED, KEY.raw)] * (compromise.MAX_FORMER + 3)
    followed.mine(*often, attribute("did/pub/Multikey/veriKey/base58", p256))
    followed.mine(attribute("clicid/compromised", compromise.encode_compromise(2, 1), 0))
    assert ids(document(followed)) == ["#controller", f"#delegate-{compromise.MAX_FORMER + 4}"]


def test_a_multikey_without_its_prefix_still_says_which_key_was_in_other_hands() -> None:
    followed = Followed()
    followed.mine(attribute("did/pub/Multikey/veriKey/base58", KEY.raw))
    followed.mine(attribute("clicid/compromised", compromise.encode_compromise(1, 1), 0))
    followed.mine(attribute("did/pub/Multikey/veriKey/base58", multicodec.encode(0xED, KEY.raw)))
    assert ids(document(followed)) == ["#controller"]


def test_what_is_no_text_takes_no_number() -> None:
    followed = Followed()
    followed.mine(
        delegate("veriKey", ACCOUNT) | {"delegate_type": b"\xff" * 32},
        attribute("", b"x") | {"name": b"\xff" * 32},
        attribute(ED, KEY.raw),
    )
    assert ids(document(followed)) == ["#controller", "#delegate-1"]


def test_deactivated_for_ever_and_still_there_before() -> None:
    followed = Followed()
    set_at = followed.mine(attribute(ED, KEY.raw))
    over = followed.mine(owner(bytes(20)))
    followed.mine(owner(ACCOUNT), attribute("did/svc/Hub", b"https://hub.example"))
    found = followed.resolve()
    assert (found.document, found.deactivated) == (None, True)
    assert (found.metadata["deactivated"], found.metadata["versionId"]) == (True, str(over))
    assert "nextVersionId" not in found.metadata
    before = followed.resolve(f"{DID}?versionId={set_at}")
    assert ids(before.document or {}) == ["#controller", "#delegate-1"]
    assert before.metadata["nextVersionId"] == str(over)
    assert "deactivated" not in before.metadata


def test_good_news_waits_and_bad_news_does_not() -> None:
    followed = Followed(confirmations=2)
    followed.mine(attribute(ED, KEY.raw))
    assert ids(document(followed)) == ["#controller"]
    followed.mine()
    followed.mine()
    assert ids(document(followed)) == ["#controller", "#delegate-1"]
    revoked = followed.mine(attribute(ED, KEY.raw, 0))
    found = followed.resolve()
    assert (ids(found.document or {}), found.metadata["versionId"]) == (["#controller"], str(revoked))
    followed.chain.fork(revoked - 1)
    followed.chain.mine(salt="other")
    followed.mine()
    assert ids(document(followed)) == ["#controller"]


def test_a_clock_that_is_behind_hides_nothing() -> None:
    followed = Followed()
    followed.mine(attribute(ED, KEY.raw))
    followed.mine(attribute(ED, KEY.raw, 0))
    assert ids(document(followed, now=datetime.fromtimestamp(START, UTC))) == ["#controller"]


def test_a_block_whose_time_is_forgotten() -> None:
    change = Change(About.ATTRIBUTE, 5, 100, ED.encode().ljust(32, b"\0"), KEY.raw, 150)
    history = History(EthrDid.parse(DID), (change,), 20, 300, "")
    for times, there in (((100, 150), True), ((151, 200), False)):
        found = ethr_history.version(history, Point(10, *times)).document or {}
        assert ("#delegate-1" in ids(found)) == there
    with refused("did.version_time", kind=Undecided):
        ethr_history.version(history, Point(10, 140, 160))


def test_a_store_that_lacks_events_is_not_believed() -> None:
    followed = Followed()
    followed.mine(attribute(ED, KEY.raw))
    with followed.store._db.transaction():
        followed.store._db.write("DELETE FROM logs")
    with refused("did.unavailable", kind=Undecided):
        followed.resolve()


def test_ten_thousand_changes_and_a_document_of_a_megabyte() -> None:
    values = [number.to_bytes(32, "big") for number in range(5_000)]
    name = b"did/svc/Hub".ljust(32, b"\0")
    set_ = [Change(About.ATTRIBUTE, 1, 10, name, b"x" + value.hex().encode(), FOREVER) for value in values]
    revoked = [Change(About.ATTRIBUTE, 2, 20, one.name, one.value, 0) for one in set_]
    did = EthrDid.parse(DID)
    begun = time.process_time()
    found = ethr_history.version(History(did, (*set_, *revoked), 2, 20, ""), Point(2, 20, 20))
    assert "service" not in (found.document or {})
    whole = ethr_history.version(History(did, tuple(set_), 2, 20, ""), Point(2, 20, 20))
    assert len((whole.document or {})["service"]) == 5_000  # type: ignore[arg-type]
    assert time.process_time() - begun < 5
    assert len(json.dumps(whole.document)) < 2 * ethr_history.MAX_DOCUMENT_BYTES
    large = Change(About.ATTRIBUTE, 1, 10, name, b"x" * ethr_history.MAX_DOCUMENT_BYTES, FOREVER)
    with refused("did.too_large"):
        ethr_history.version(History(did, (large,), 2, 20, ""), Point(2, 20, 20))
    with refused("did.too_large"):
        ethr_history.version(
            History(did, (large,) * (ethr_history.MAX_CHANGES + 1), 2, 20, ""), Point(2, 20, 20)
        )


def test_more_events_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = Followed()
    followed.mine(attribute(ED, KEY.raw), attribute("did/svc/Hub", b"x" * 2_000))
    monkeypatch.setattr(ethr_history, "MAX_HISTORY_BYTES", 2_000)
    with refused("did.too_large"):
        followed.resolve()
