"""The signed request: who asks, and every way in which it can be wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.codec.web import parse_form
from clicid.did import key as did_key
from clicid.errors import ClicidError, LocalError, RemoteError, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable, Wanted
from clicid.keys.algorithms import P256
from clicid.oid4vp import request_object, verifier_attestation
from clicid.oid4vp.asker import Asker, OverAsking, identify, over_asking
from clicid.oid4vp.client_id import DECENTRALIZED_IDENTIFIER, ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.request import (
    MAX_STATE,
    AuthorizationRequest,
    ResponseMode,
    VerifierInfo,
    registration_info,
)
from clicid.oid4vp.request_object import Complaint, VerifiedRequest
from clicid.oid4vp.response import AuthorizationResponse
from clicid.oid4vp.rules import OPENID4VP, Attester, Client
from clicid.trust import registration
from tests.support.asking import (
    AGE_QUERY,
    AGE_TYPE,
    ASKER,
    CLIENT_ID,
    NAME_QUERY,
    TERMS,
    Asking,
    document,
    serve,
)
from tests.support.refusals import refused
from tests.support.requests import CHAIN, hash_of, resigned
from tests.support.world import DAY, NOW, VCT


def verify(
    asking: Asking, raw: bytes, have: Any = None, **changes: Any
) -> VerifiedRequest | Complaint | Wanted:
    return request_object.verify(
        raw,
        **{
            "client_id": CLIENT_ID,
            "wallet_nonce": "",
            "have": asking.have if have is None else have,
            "terms": TERMS,
            "now": NOW,
            **changes,
        },
    )


def asker_of(asking: Asking, request: AuthorizationRequest) -> Asker:
    found = verify(asking, asking.object(request))
    assert isinstance(found, VerifiedRequest)
    assert found.request == request
    assert found.signed
    return found.asker


def test_a_registered_asker_is_named_by_the_chain() -> None:
    asking = Asking()
    request = asking.session().request
    raw = asking.object(request)
    have: dict[Any, Any] = {}
    asked = []
    while isinstance(found := verify(asking, raw, have), Wanted):
        asked.append(found.needs)
        have |= serve(asking.have, found)
    assert isinstance(found, VerifiedRequest)
    assert asked == [(Need(NeedKind.DID, ASKER),), (Need(NeedKind.REGISTRATION, ASKER),)]
    assert found.request == request
    assert found.asker.registered is not None
    assert found.asker.registered.document.legal_name == "Systembolaget i exemplet AB"
    assert found.asker.registered.purpose.id == "age-and-name"
    assert (found.asker.identifier, found.asker.why) == (ASKER, "")


def test_an_asker_without_registration_is_unknown_and_the_chain_is_not_asked_for_it() -> None:
    asking = Asking()
    request = asking.session(verifier_info=(VerifierInfo("other", "x"),)).request
    have = {need: found for need, found in asking.have.items() if need.kind is NeedKind.DID}
    found = verify(asking, asking.object(request), have)
    assert isinstance(found, VerifiedRequest)
    assert found.asker == Asker(ASKER, None, "registration.unknown")


def test_an_asker_whose_identifier_is_its_key_needs_no_chain() -> None:
    asking = Asking()
    did = did_key.create(asking.keys.public(asking.ref))
    client_id = ClientId(DECENTRALIZED_IDENTIFIER, did)
    request = asking.session(client_id=client_id, verifier_info=()).request
    key_id = did_key.document(did).methods[0].id
    found = verify(asking, asking.object(request, key_id=key_id), {}, client_id=client_id)
    assert isinstance(found, VerifiedRequest)
    assert found.asker.identifier == did


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"withdrawn_at": 1}, "registration.withdrawn"),
        ({"valid_until": int((NOW - DAY).timestamp())}, "registration.expired"),
        ({"valid_from": int((NOW + DAY).timestamp())}, "registration.unknown"),
        ({"digest": bytes(32)}, "registration.digest"),
        ({"did": "did:ethr:0x1:0x" + "cd" * 20}, "registration.unknown"),
    ],
)
def test_what_the_chain_does_not_vouch_for_is_unknown(change: dict[str, Any], why: str) -> None:
    asking = Asking()
    asking.fact = replace(asking.fact, **change)
    assert asker_of(asking, asking.session().request) == Asker(ASKER, None, why)


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (registration_info(document(), "another"), "registration.purpose"),
        (registration_info(document(legal_name="Skatteverket"), "age-and-name"), "registration.digest"),
        (registration_info({"legal_name": "Skatteverket"}, "age-and-name"), "registration.document"),
        (VerifierInfo("clicid_registration", "text"), "registration.document"),
        (VerifierInfo("clicid_registration", {"document": document()}), "registration.document"),
    ],
)
def test_what_an_asker_says_of_itself_is_not_believed(info: VerifierInfo, why: str) -> None:
    asking = Asking()
    assert asker_of(asking, asking.session(verifier_info=(info,)).request) == Asker(ASKER, None, why)


@pytest.mark.parametrize(
    ("found", "why"),
    [(Unavailable(NOW, "no chain"), "registration.unavailable"), (None, "registration.too_old")],
)
def test_a_registration_that_cannot_be_looked_up_is_unknown(found: Unavailable | None, why: str) -> None:
    asking = Asking()
    late = asking.world.material(asking.fact.to_bytes(), age=timedelta(hours=2))
    have = asking.have | {Need(NeedKind.REGISTRATION, ASKER): found or late}
    verified = verify(asking, asking.object(asking.session().request), have)
    assert isinstance(verified, VerifiedRequest)
    assert verified.asker.why == why


@pytest.mark.parametrize(
    ("found", "code"), [(Unavailable(NOW, "no chain"), "did.unavailable"), (None, "did.too_old")]
)
def test_without_the_askers_key_nothing_is_decided(found: Unavailable | None, code: str) -> None:
    asking = Asking()
    late = asking.world.material(asking.record.to_bytes(), age=timedelta(hours=2))
    have = asking.have | {Need(NeedKind.DID, ASKER): found or late}
    with pytest.raises(Undecided) as caught:
        verify(asking, asking.object(asking.session().request), have)
    assert caught.value.code == code


HOSTILE: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "another type": ({"typ": "JWT"}, {}, "invalid_request", "oid4vp.request"),
    "alg none": ({"alg": "none"}, {}, "invalid_request", "oid4vp.request"),
    "a MAC": ({"alg": "HS256"}, {}, "invalid_request", "oid4vp.request"),
    "another algorithm than the key's": ({"alg": "EdDSA"}, {}, "invalid_client", "oid4vp.asker_key"),
    "no kid": ({"kid": None}, {}, "invalid_client", "oid4vp.asker_key"),
    "kid is no DID URL": ({"kid": "1"}, {}, "invalid_client", "oid4vp.asker_key"),
    "kid of another DID": (
        {"kid": "did:ethr:0x1:0x" + "cd" * 20 + "#delegate-1"},
        {},
        "invalid_client",
        "oid4vp.asker_key",
    ),
    "a key that the DID does not have": (
        {"kid": f"{ASKER}#delegate-2"},
        {},
        "invalid_client",
        "oid4vp.asker_key",
    ),
    "the account itself": ({"kid": f"{ASKER}#controller"}, {}, "invalid_client", "oid4vp.asker_key"),
    "another client inside": (
        {},
        {"client_id": "decentralized_identifier:did:ethr:0x1:0x" + "cd" * 20},
        "invalid_client",
        "oid4vp.client_id",
    ),
    "an unsigned client inside": (
        {},
        {"client_id": "redirect_uri:https://verifier.example/response/1"},
        "invalid_client",
        "oid4vp.client_id",
    ),
    "for another audience": ({}, {"aud": "https://wallet.example"}, "invalid_request", "oid4vp.request"),
    "no audience": ({}, {"aud": None}, "invalid_request", "oid4vp.request"),
    "nothing that says of when": (
        {},
        {"exp": None, "iat": None},
        "invalid_request",
        "oid4vp.request",
    ),
    "of two days ago, without expiry": (
        {},
        {"exp": None, "iat": int(NOW.timestamp()) - 2 * 86_400},
        "invalid_request",
        "oid4vp.request",
    ),
    "expired": ({}, {"exp": int(NOW.timestamp()) - 31}, "invalid_request", "oid4vp.request"),
    "from the future": ({}, {"iat": int(NOW.timestamp()) + 31}, "invalid_request", "oid4vp.request"),
    "good for a year": ({}, {"exp": int(NOW.timestamp()) + 31_536_000}, "invalid_request", "oid4vp.request"),
    "good for ever": ({}, {"exp": 253_402_300_799}, "invalid_request", "oid4vp.request"),
    "a nonce that the wallet did not send": ({}, {"wallet_nonce": "x"}, "invalid_request", "oid4vp.request"),
}

TOLD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no query": ({"dcql_query": None}, "invalid_request", "oid4vp.request"),
    "a query and a scope": ({"scope": "x"}, "invalid_request", "oid4vp.request"),
    "transaction data that is none": (
        {"transaction_data": ["x"]},
        "invalid_transaction_data",
        "oid4vp.transaction_data",
    ),
    "an answer in the fragment": ({"response_mode": "fragment"}, "invalid_request", "oid4vp.request"),
    "encrypted for nobody": ({"response_mode": "direct_post.jwt"}, "invalid_request", "oid4vp.encryption"),
}


@pytest.mark.parametrize("name", TOLD)
def test_who_is_who_it_says_may_be_told_what_is_wrong(name: str) -> None:
    payload, wire, code = TOLD[name]
    asking = Asking()
    request = asking.session().request
    found = verify(asking, resigned(asking, asking.object(request), payload=payload))
    assert isinstance(found, Complaint)
    assert (found.fault.wire, found.fault.code) == (wire, code)
    assert (found.response_uri, found.state) == (request.response_uri, request.state)


def test_a_verifier_may_keep_its_session_in_a_long_state() -> None:
    """OpenID4VP names no limit, and a JWT is longer than a random number: it comes back as it was."""
    asking = Asking()
    state = "s" * MAX_STATE
    raw = resigned(asking, asking.object(asking.session().request), payload={"state": state})
    found = verify(asking, raw)
    assert isinstance(found, VerifiedRequest)
    assert found.request.state == state
    answer = AuthorizationResponse({"who": ("x",)}, found.request.state)
    assert parse_form(answer.to_form(), max_bytes=1 << 16)["state"] == state


def test_a_state_above_the_bound_is_refused_and_not_carried_back() -> None:
    asking = Asking()
    raw = resigned(asking, asking.object(asking.session().request), payload={"state": "s" * (MAX_STATE + 1)})
    found = verify(asking, raw)
    assert isinstance(found, Complaint)
    assert (found.fault.wire, found.state) == ("invalid_request", "")


def test_a_request_of_now_needs_no_expiry() -> None:
    """RFC 9101 demands none: `iat` shows it, or the nonce that the wallet has just sent."""
    asking = Asking()
    raw = resigned(asking, asking.object(asking.session().request), payload={"exp": None})
    assert isinstance(verify(asking, raw), VerifiedRequest)
    echoed = replace(asking.session().request, wallet_nonce="abc")
    raw = resigned(asking, asking.object(echoed), payload={"exp": None, "iat": None})
    assert isinstance(verify(asking, raw, wallet_nonce="abc"), VerifiedRequest)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_object_is_refused(name: str) -> None:
    header, payload, wire, code = HOSTILE[name]
    asking = Asking()
    raw = resigned(asking, asking.object(asking.session().request), header=header, payload=payload)
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw)
    assert (caught.value.wire, caught.value.code) == (wire, code)


def test_an_object_signed_by_another_key_is_refused() -> None:
    asking = Asking()
    other = asking.keys.generate(P256, "other")
    raw = asking.object(asking.session().request, ref=other)
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw)
    assert (caught.value.wire, caught.value.code) == ("invalid_client", "oid4vp.asker_key")


def test_an_object_altered_anywhere_is_refused() -> None:
    asking = Asking()
    raw = asking.object(asking.session().request)
    for at in range(0, len(raw), 41):
        altered = raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]
        with pytest.raises(ClicidError):
            verify(asking, altered)


@pytest.mark.parametrize("how", ["revoked", "run out", "deactivated"])
def test_a_key_that_is_over_signs_nothing(how: str) -> None:
    asking = Asking()
    if how == "deactivated":
        asking.record = asking.record.with_owner(bytes(20))
    else:
        (key,) = asking.record.keys
        over = int((NOW - DAY).timestamp())
        changed = replace(key, ended_at=over) if how == "revoked" else replace(key, valid_to=over)
        asking.record = replace(asking.record, keys=(changed,))
    with pytest.raises(RemoteError) as caught:
        verify(asking, asking.object(asking.session().request))
    assert caught.value.code == "oid4vp.asker_key"


def test_the_link_and_the_object_name_one_client() -> None:
    asking = Asking()
    raw = asking.object(asking.session().request)
    client_id = ClientId(DECENTRALIZED_IDENTIFIER, "did:ethr:0x1:0x" + "cd" * 20)
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw, client_id=client_id)
    assert caught.value.code == "oid4vp.asker_key"


def test_a_client_that_must_not_sign_is_refused() -> None:
    asking = Asking()
    with pytest.raises(RemoteError) as caught:
        verify(asking, b"x", client_id=ClientId("redirect_uri", "https://verifier.example"))
    assert (caught.value.wire, caught.value.code) == ("invalid_request", "oid4vp.unsigned")


def test_the_wallets_nonce_comes_back() -> None:
    asking = Asking()
    request = replace(asking.session().request, wallet_nonce="abc")
    assert isinstance(verify(asking, asking.object(request), wallet_nonce="abc"), VerifiedRequest)
    with pytest.raises(RemoteError):
        verify(asking, asking.object(asking.session().request), wallet_nonce="abc")


def test_claims_beyond_the_registered_purpose_are_pointed_at() -> None:
    asking = Asking()
    known = asker_of(asking, asking.session().request)
    assert over_asking(NAME_QUERY, known) == over_asking(AGE_QUERY, known) == ()
    assert over_asking(NAME_QUERY, Asker(ASKER, None, "registration.unknown")) == ()
    for meta, paths, beyond in (
        ({"vct_values": [VCT]}, [["family_name"], ["birth_date"]], [("birth_date",)]),
        ({"vct_values": [VCT]}, [], []),
        ({"vct_values": [VCT, "urn:other"]}, [["family_name"]], [("family_name",)]),
        ({"vct_values": ["urn:other"]}, [], [()]),
        ({"type_values": [["urn:base", AGE_TYPE]]}, [["credentialSubject", "ageOver18"]], []),
        ({"type_values": [["urn:base"], [AGE_TYPE]]}, [["credentialSubject"]], [("credentialSubject",)]),
        ({"doctype_value": "d"}, [["ns", "family_name"]], [("ns", "family_name")]),
        ({}, [["family_name"]], [("family_name",)]),
    ):
        form = {"vct_values": "dc+sd-jwt", "type_values": "ldp_vc", "doctype_value": "mso_mdoc"}
        claims = {"claims": [{"path": path} for path in paths]} if paths else {}
        one: Any = {"id": "q", "format": form[next(iter(meta))] if meta else "new", "meta": meta, **claims}
        query = Query.loads(strict_json.dumps({"credentials": [one]}))
        assert over_asking(query, known) == tuple(OverAsking("q", path) for path in beyond)


# Askers that are no DID: what the registration on chain says of them.
CERTIFIED = hash_of(CHAIN)


def certified(
    asking: Asking, client_id: str, *, client_ids: Any = None, vouched_by: str = "", **changes: Any
) -> Asker:
    """Who is behind a client whose key has signed, with a registration that names these clients."""
    attached = document(**({"client_ids": client_ids} if client_ids is not None else {}), **changes)
    digest = registration.parse(strict_json.dumps(attached)).digest
    asking.fact = replace(asking.fact, digest=digest)
    found = identify(
        ClientId.parse(client_id),
        (registration_info(attached, "age-and-name"),),
        asking.have,
        vouched_by=vouched_by,
        rules=asking.world.rules,
        now=NOW,
    )
    assert isinstance(found, Asker)
    return found


@pytest.mark.parametrize(
    ("client_id", "vouched_by"),
    [
        (CERTIFIED, ""),
        (CERTIFIED, "Root"),
        ("x509_san_dns:verifier.example", "Root"),
        ("verifier_attestation:shop", "Attester"),
        ("shop.example", "List"),
    ],
)
def test_a_client_that_the_registration_names_is_the_registered_one(client_id: str, vouched_by: str) -> None:
    found = certified(Asking(), client_id, client_ids=[client_id], vouched_by=vouched_by)
    assert found.registered is not None
    assert found.registered.document.legal_name == "Systembolaget i exemplet AB"
    assert (found.why, found.vouched_by) == ("", vouched_by)


@pytest.mark.parametrize(
    ("client_id", "client_ids", "vouched_by"),
    [
        (CERTIFIED, None, "Root"),
        (CERTIFIED, ["x509_hash:" + "A" * 43], "Root"),
        (CERTIFIED, [CERTIFIED.partition(":")[2]], "Root"),
        ("x509_san_dns:verifier.example", ["x509_san_dns:verifier.example"], ""),
        ("x509_san_dns:verifier.example", ["x509_san_dns:Verifier.example"], "Root"),
    ],
    ids=["no clients", "another hash", "without prefix", "a name nobody vouches for", "other letters"],
)
def test_a_client_that_the_registration_does_not_name_is_unknown(
    client_id: str, client_ids: Any, vouched_by: str
) -> None:
    """Otherwise whoever has a certificate could attach the registration of somebody else."""
    found = certified(Asking(), client_id, client_ids=client_ids, vouched_by=vouched_by)
    assert (found.registered, found.why) == (None, "registration.client_id")


def test_a_did_that_is_not_the_registrations_is_unknown_whatever_it_names() -> None:
    other = "decentralized_identifier:did:ethr:0x1:0x" + "cd" * 20
    asking = Asking()
    need = Need(NeedKind.REGISTRATION, other.partition(":")[2])
    attached = document(client_ids=[other])
    have = {**asking.have, need: asking.have[Need(NeedKind.REGISTRATION, ASKER)]}
    infos = (registration_info(attached, "age-and-name"),)
    rules = asking.world.rules
    found = identify(ClientId.parse(other), infos, have, vouched_by="", rules=rules, now=NOW)
    assert isinstance(found, Asker)
    assert (found.registered, found.why) == (None, "registration.unknown")


def test_a_registration_that_is_over_names_nobody() -> None:
    asking = Asking()
    asking.fact = replace(asking.fact, withdrawn_at=1)
    assert certified(asking, CERTIFIED, client_ids=[CERTIFIED]).why == "registration.withdrawn"


@pytest.mark.parametrize("client_ids", [[], ["x"] * 17, "x", [1]])
def test_clients_of_a_registration_are_a_short_list_of_texts(client_ids: Any) -> None:
    with pytest.raises(ClicidError):
        registration.parse(strict_json.dumps(document(client_ids=client_ids)))


RULED: dict[str, tuple[dict[str, Any], str]] = {
    "a kind of client": ({"prefixes": frozenset({"x509_hash"})}, "oid4vp.unsupported"),
    "a request in the link": ({"by_value": False}, "oid4vp.unsupported"),
}


@pytest.mark.parametrize("name", RULED)
def test_what_the_rules_do_not_allow_in_a_link_begins_nothing(name: str) -> None:
    changes, code = RULED[name]
    rules = replace(OPENID4VP, **changes)
    with pytest.raises(RemoteError) as caught:
        rules.check_client(CLIENT_ID, by_value=True)
    assert (caught.value.wire, caught.value.code) == ("invalid_request", code)
    OPENID4VP.check_client(CLIENT_ID, by_value=True)


def test_what_the_rules_do_not_allow_in_an_object_is_told() -> None:
    asking = Asking()
    raw = asking.object(asking.session().request)
    encrypted_only = replace(OPENID4VP, response_modes=frozenset({ResponseMode.DIRECT_POST_JWT}))
    found = verify(asking, raw, terms=replace(TERMS, request=encrypted_only))
    assert isinstance(found, Complaint)
    assert found.fault.code == "oid4vp.unsupported"


def test_an_algorithm_that_the_rules_do_not_allow_is_refused() -> None:
    asking = Asking()
    raw = asking.object(asking.session().request)
    others = replace(OPENID4VP, algorithms=frozenset({"ES384"}))
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw, terms=replace(TERMS, request=others))
    assert caught.value.code == "oid4vp.request"
    short = replace(OPENID4VP, max_life=timedelta(minutes=1))
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw, terms=replace(TERMS, request=short))
    assert "oid4vp.request_time" in caught.value.detail


def test_a_registered_clients_addresses_are_addresses() -> None:
    with pytest.raises(LocalError):
        Client("x", {}, frozenset({"javascript:x"}), ClientMetadata())


def test_an_oversized_object_is_not_read() -> None:
    asking = Asking()
    raw = resigned(asking, asking.object(asking.session().request), payload={"x": "x" * (1 << 18)})
    with pytest.raises(RemoteError) as caught:
        verify(asking, raw)
    assert "codec.size" in caught.value.detail


def test_our_own_attestations_are_believed_and_by_their_algorithms() -> None:
    asking = Asking()
    attester = asking.keys.generate(P256, "attester")
    prepared = verifier_attestation.prepare(
        "shop",
        asking.keys.public(asking.ref),
        issuer="https://attester.example",
        key_id="1",
        alg="ES256",
        issued_at=NOW,
        expires_at=NOW + DAY,
        redirect_uris=["https://shop.example/r"],
    )
    text = prepared.complete(
        [asking.keys.sign(attester, one.message, one.alg) for one in prepared.to_be_signed]
    ).decode()
    attesters = {"https://attester.example": Attester("A", {"1": asking.keys.public(attester)})}
    found = verifier_attestation.verify(text, attesters, algorithms={"ES256"}, leeway=timedelta(0), now=NOW)
    assert (found.subject, found.key) == ("shop", asking.keys.public(asking.ref))
    assert found.redirect_uris == frozenset({"https://shop.example/r"})
    key, names = asking.keys.public(asking.ref), {"issuer": "x", "key_id": "1", "alg": "ES256"}
    bare = verifier_attestation.prepare("shop", key, **names, issued_at=NOW, expires_at=NOW + DAY)
    payload = bare.to_be_signed[0].message.decode().split(".")[1]
    assert "redirect_uris" not in json.loads(base64url.decode(payload))
    with refused("oid4vp.attestation", "/alg"):
        verifier_attestation.verify(text, attesters, algorithms={"ES384"}, leeway=timedelta(0), now=NOW)


def test_what_a_wallet_says_of_itself_is_what_its_rules_allow() -> None:
    plain = replace(
        OPENID4VP,
        prefixes=frozenset({"x509_hash"}),
        response_modes=frozenset({ResponseMode.DIRECT_POST, ResponseMode.DC_API}),
        algorithms=frozenset({"ES256"}),
    )
    assert plain.wallet_metadata({"dc+sd-jwt": {}}) == {
        "vp_formats_supported": {"dc+sd-jwt": {}},
        "client_id_prefixes_supported": ["x509_hash"],
        "request_object_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["vp_token"],
        "response_modes_supported": ["direct_post"],
    }


def test_formats_in_no_number_are_refused() -> None:
    with refused("codec.shape"):
        ClientMetadata.parse({"vp_formats_supported": {str(at): {} for at in range(65)}})
