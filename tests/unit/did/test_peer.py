"""did:peer 2 and 4: what the identifier holds, and identifiers that hold nothing."""

from __future__ import annotations

from typing import Any

import pytest

from clicid.did import peer
from clicid.did.document import Relationship
from clicid.errors import Refused
from clicid.formats.holder import holder_key
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.peer import held, listed

STORE = MemoryKeyStore(b"peer")
SIGNS, AGREES = (STORE.public(STORE.generate(kind, kind)) for kind in (ED25519, P256))
X25519 = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"
MANY = listed(*[("V", SIGNS)] * 33)


def multikey(name: str = "#a", **changes: Any) -> dict[str, Any]:
    return {"id": name, "type": "Multikey", "publicKeyMultibase": SIGNS.to_multikey(), **changes}


def test_keys_are_counted_whatever_they_are_for() -> None:
    did = listed(("E", AGREES), ("V", SIGNS), ("A", SIGNS))
    found = peer.document(did)
    assert [(method.id, method.key, set(method.relationships)) for method in found.methods] == [
        (f"{did}#key-1", AGREES, {Relationship.KEY_AGREEMENT}),
        (f"{did}#key-2", SIGNS, {Relationship.AUTHENTICATION}),
        (f"{did}#key-3", SIGNS, {Relationship.ASSERTION_METHOD}),
    ]


def test_a_key_that_we_do_not_read_takes_its_number() -> None:
    did = f"did:peer:2.E{X25519}.V{SIGNS.to_multikey()}"
    assert [method.id for method in peer.document(did).methods] == [f"{did}#key-2"]
    assert peer.published(did)["verificationMethod"] == [
        {"id": "#key-1", "type": "Multikey", "controller": did, "publicKeyMultibase": X25519},
        {"id": "#key-2", "type": "Multikey", "controller": did, "publicKeyMultibase": SIGNS.to_multikey()},
    ]


def test_services_are_written_out_and_named() -> None:
    services: tuple[dict[str, Any], ...] = (
        {"t": "dm", "s": {"uri": "https://a.example", "a": ["didcomm/v2"], "r": ["did:key:x"]}},
        {"id": "#mine", "type": "t", "s": "t"},
        {"type": "LinkedDomains", "serviceEndpoint": "https://b.example"},
    )
    assert peer.published(listed(("V", SIGNS), services=services))["service"] == [
        {
            "type": "DIDCommMessaging",
            "serviceEndpoint": {
                "uri": "https://a.example",
                "accept": ["didcomm/v2"],
                "routingKeys": ["did:key:x"],
            },
            "id": "#service",
        },
        {"id": "#mine", "type": "t", "serviceEndpoint": "t"},
        {"type": "LinkedDomains", "serviceEndpoint": "https://b.example", "id": "#service-1"},
    ]


def test_a_document_that_is_held_whole() -> None:
    stranger = "did:key:z6Mk"
    did = held(
        {
            "alsoKnownAs": ["https://a.example"],
            "verificationMethod": [multikey(), multikey("#b", controller=stranger)],
            "authentication": ["#a", multikey("#c")],
        }
    )
    short = did.rpartition(":")[0]
    published = peer.published(did)
    assert published["id"] == did
    assert published["alsoKnownAs"] == ["https://a.example", short]
    assert published["verificationMethod"] == [
        multikey(controller=did),
        multikey("#b", controller=stranger),
    ]
    found = peer.document(did)
    assert [method.id for method in found.methods] == [f"{did}#a", f"{did}#c"]
    assert found.related(Relationship.AUTHENTICATION) == (f"{did}#a", f"{did}#c")


def test_a_key_that_says_when_it_ends_is_not_taken() -> None:
    did = held({"verificationMethod": [multikey(expires="2999-01-01T00:00:00Z")]})
    assert peer.document(did).methods[0].retired


def test_the_short_form_says_what_is_lacking() -> None:
    short = held({"verificationMethod": [multikey()]}).rpartition(":")[0]
    with pytest.raises(Refused, match=r"did\.short_form: The short form .* without its long form"):
        peer.document(short)


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:key:z6Mk", "did.method"),
        ("did:peer:0z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", "did.method"),
        ("did:peer:3zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9", "did.method"),
        ("did:peer:2", "did.syntax"),
        (f"did:peer:2V{SIGNS.to_multikey()}", "did.syntax"),
        ("did:peer:2.V", "codec.shape"),
        (f"did:peer:2.X{SIGNS.to_multikey()}", "did.syntax"),
        ("did:peer:2..V", "did.syntax"),
        ("did:peer:2.V0", "codec.multibase"),
        ("did:peer:2.S", "codec.json"),
        ("did:peer:2.S%41", "codec.base64url"),
        (listed(services=([],)), "codec.shape"),
        (listed(services=({"id": "did:web:a.example#x"},)), "did.document"),
        (listed(services=({"t": "dm", "type": "x"},)), "did.document"),
        (listed(services=({"s": [[[[[[[[[1]]]]]]]]]},)), "codec.size"),
        (MANY[:2048], "did.syntax"),
        (MANY, "did.syntax"),
        (held({}) + "1", "did.document"),
        (held([]), "codec.shape"),
        (held({"id": "did:web:a.example"}), "did.document"),
        (held({"verificationMethod": [multikey("did:web:a.example#x")]}), "did.document"),
        (held({"authentication": ["did:web:a.example#x"]}), "did.document"),
        (held({"verificationMethod": {}}), "codec.shape"),
        (held({}, code=0x51), "did.document"),
        (held({}, base="u"), "did.document"),
        (held({"x": "a" * 2048}), "did.syntax"),
    ],
)
def test_what_holds_nothing(did: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        peer.document(did)
    assert error.value.code == code


def test_a_holder_authenticates_with_the_keys_that_are_for_it() -> None:
    for did, name in (
        (listed(("E", AGREES), ("V", SIGNS)), "#key-2"),
        (held({"verificationMethod": [multikey()], "authentication": ["#a"]}), "#a"),
    ):
        assert holder_key(did, f"{did}{name}", "/holder") == SIGNS
    did = listed(("E", AGREES), ("A", SIGNS))
    for name in ("#key-1", "#key-2", "#key-3"):
        with pytest.raises(Refused, match=r"did\.key_unknown"):
            holder_key(did, f"{did}{name}", "/holder")
