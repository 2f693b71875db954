"""The credential endpoint over HTTP: every error code, and what is never taken (OpenID4VCI 8, annex F)."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from clicid.codec import base64url, strict_json
from clicid.keys.algorithms import P256
from clicid.oid4vci import proof
from issuer.http.refusals import HEADER
from issuer.usecases.records import CopyState, Role
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_doubles import FIELDS, reading
from tests.support.proving import jwt, presentation

if TYPE_CHECKING:
    import httpx
    import pytest

    from tests.support.issuer_world import World

IDENTITY = "ClicIdentity_sdjwt"
PATH = "/oid4vci/credential"


def wallet_of(world: World, person: Person | None = None) -> Wallet:
    found = person or Person(world).approved()
    wallet = Wallet(world, found.offer()["credential_offer"])
    assert wallet.redeem().status_code == 200
    return wallet


def somebody_else(world: World) -> Person:
    theirs = replace(
        FIELDS,
        number="ZZ98765",
        birth_date=date(1971, 2, 3),
        personal_number=None,
        issuing_state="NOR",
        nationality="NOR",
    )
    world.engines.reading = reading(theirs)
    return Person(world).approved()


def post(wallet: Wallet, body: Any, path: str = PATH, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else strict_json.dumps(body)
    sent = {"authorization": f"Bearer {wallet.access_token}", "content-type": "application/json", **headers}
    return wallet.world.call("POST", path, headers=sent, content=raw)


def ask(wallet: Wallet, *jwts: str, name: str = IDENTITY) -> httpx.Response:
    return post(wallet, {"credential_configuration_id": name, "proofs": {"jwt": list(jwts)}})


def proved(wallet: Wallet, key: str, nonce: str | None, **changes: Any) -> str:
    return jwt(f"{id(wallet)} {key}", nonce=nonce, **{"aud": IDENTIFIER, **changes})


def error(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers[HEADER])
    found = answer.json()
    assert list(found) == ["error"]
    return str(found["error"])


def payload(sd_jwt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64url.decode(sd_jwt.split(".")[1]))
    return found


def test_a_batch_is_one_credential_for_each_key_and_each_is_its_own(world: World) -> None:
    wallet = wallet_of(world)
    nonce = wallet.nonce()
    answer = ask(wallet, *(proved(wallet, str(at), nonce) for at in range(5)))
    assert answer.status_code == 200, answer.text
    found = [payload(one["credential"]) for one in answer.json()["credentials"]]
    places = {(one["status"]["status_list"]["uri"], one["status"]["status_list"]["idx"]) for one in found}
    assert len({json.dumps(one["cnf"]) for one in found}) == len(places) == 5
    assert error(ask(wallet, proved(wallet, "6", wallet.nonce()))) == "credential_request_denied"


def test_each_proof_may_have_a_nonce_of_its_own_and_all_are_spent_or_none(world: World) -> None:
    """OpenID4VCI F: each is one that the issuer gave, and nobody used."""
    wallet = wallet_of(world)
    one, two, three = (wallet.nonce() for _ in range(3))
    used = proved(wallet, "a", one), proved(wallet, "b", two)
    assert ask(wallet, *used).status_code == 200
    # Again, with one that is used, made up, or twice in another request: none of the others is spent by it.
    for stale in (one, two, "made up"):
        refused = ask(wallet, proved(wallet, "c", three), proved(wallet, "d", stale))
        assert error(refused) == "invalid_nonce"
    assert error(ask(wallet, *used)) == "invalid_nonce"
    again = ask(wallet, proved(wallet, "c", three), proved(wallet, "d", wallet.nonce()))
    assert again.status_code == 200, again.text
    assert error(ask(wallet, proved(wallet, "e", three))) == "invalid_nonce"


def test_what_ran_out_spends_none_of_the_others(world: World) -> None:
    wallet = wallet_of(world)
    old = wallet.nonce()
    world.clock.forward(minutes=4)
    young = wallet.nonce()
    world.clock.forward(minutes=2)
    now = {"iat": int(world.clock().timestamp())}
    both = proved(wallet, "a", young, **now), proved(wallet, "b", old, **now)
    assert error(ask(wallet, *both)) == "invalid_nonce"
    assert ask(wallet, both[0]).status_code == 200


def test_copies_are_spread_over_the_lists(world: World) -> None:
    uris = set()
    for _ in range(4):
        wallet = wallet_of(world)
        nonce = wallet.nonce()
        answer = ask(wallet, *(proved(wallet, str(at), nonce) for at in range(5)))
        uris |= {
            payload(one["credential"])["status"]["status_list"]["uri"] for one in answer.json()["credentials"]
        }
    assert len(uris) == 2


def test_of_more_keys_than_copies_are_left_the_first_get_one(world: World) -> None:
    wallet = wallet_of(world)
    for batch, given in (("a", 3), ("b", 2)):
        nonce = wallet.nonce()
        answer = ask(wallet, *(proved(wallet, f"{batch}{at}", nonce) for at in range(4 - (batch == "a"))))
        assert len(answer.json()["credentials"]) == given


def test_a_presentation_proves_the_key_of_a_did(world: World) -> None:
    wallet = wallet_of(world)
    made = presentation(f"{id(wallet)} vp", issuer=IDENTIFIER, nonce=wallet.nonce())
    body = {"credential_configuration_id": "ClicAge_ldp", "proofs": {"di_vp": [made]}}
    answer = post(wallet, body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["credentials"][0]["credential"]["credentialSubject"]["id"] == made["holder"]
    assert error(post(wallet, body)) == "invalid_nonce"
    # A key that is bound without a DID is proved by a JWT.
    body["credential_configuration_id"] = IDENTITY
    assert error(post(wallet, body)) == "invalid_proof"


# Changes to a good proof, or to several.
BAD_PROOFS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "another audience": ([{"aud": "https://x.example"}], "invalid_proof"),
    "no nonce": ([{"nonce": None}], "invalid_proof"),
    "a made up nonce": ([{"nonce": "made-up"}], "invalid_nonce"),
    "too old": ([{"iat": 1}], "invalid_proof"),
    "names a client": ([{"iss": "somebody"}], "invalid_proof"),
    "another type": ([{"header": {"typ": "JWT"}}], "invalid_proof"),
    "alg none": ([{"header": {"alg": "none"}}], "invalid_proof"),
    "alg HS256": ([{"header": {"alg": "HS256"}}], "invalid_proof"),
    "an alg that is not listed": ([{"header": {"alg": "EdDSA"}}], "invalid_proof"),
    "no key": ([{"header": {"jwk": None}}], "invalid_proof"),
    "a DID where none is bound": ([{"header": {"jwk": None, "kid": "did:key:z#z"}}], "invalid_proof"),
    "two keys": ([{"header": {"kid": "did:key:z#z"}}], "invalid_proof"),
    "one key twice": ([{"key": "same"}, {"key": "same"}], "invalid_proof"),
    "a made up nonce beside a fresh one": ([{"key": "a"}, {"key": "b", "nonce": "made-up"}], "invalid_nonce"),
    "no nonce beside a fresh one": ([{"key": "a"}, {"key": "b", "nonce": None}], "invalid_proof"),
    "more than the batch": ([{"key": str(at)} for at in range(6)], "invalid_credential_request"),
    "none": ([], "invalid_credential_request"),
}


def _private(wallet: Wallet, nonce: str) -> str:
    ref = wallet.keys.generate(P256, "private")
    public = wallet.keys.public(ref)
    prepared = proof.prepare(
        public, alg="ES256", binding="jwk", issuer=IDENTIFIER, nonce=nonce, now=wallet.world.clock()
    )
    header, rest = prepared.signing_input.decode().split(".")
    opened = json.loads(base64url.decode(header))
    opened["jwk"]["d"] = base64url.encode(bytes(31) + b"\1")
    signing = f"{base64url.encode(json.dumps(opened).encode())}.{rest}"
    return f"{signing}.{base64url.encode(wallet.keys.sign(ref, signing.encode(), P256))}"


def test_proofs_that_prove_nothing(world: World) -> None:
    wallet = wallet_of(world)
    for name, (changes, code) in BAD_PROOFS.items():
        nonce = wallet.nonce()
        jwts = [proved(wallet, **{"key": name, "nonce": nonce, **change}) for change in changes]
        assert error(ask(wallet, *jwts)) == code, name
    assert error(ask(wallet, _private(wallet, wallet.nonce()))) == "invalid_proof"
    assert error(ask(wallet, "x")) == "invalid_proof"
    # Nothing was issued, and what is right still works.
    with world.ground.env.store.reading() as tx:
        assert not tx.issuance.copies_in(CopyState.ISSUED) + tx.issuance.copies_in(CopyState.RESERVED)
    assert ask(wallet, proved(wallet, "good", wallet.nonce())).status_code == 200


def test_a_replayed_nonce_a_replayed_proof_and_a_used_key(world: World) -> None:
    wallet, other = wallet_of(world), wallet_of(world, somebody_else(world))
    nonce = wallet.nonce()
    first = proved(wallet, "a", nonce)
    assert ask(wallet, first).status_code == 200
    assert error(ask(wallet, first)) == "invalid_nonce"
    assert error(ask(wallet, proved(wallet, "b", nonce))) == "invalid_nonce"
    assert error(ask(wallet, proved(wallet, "a", wallet.nonce()))) == "invalid_proof"
    # Nor for another person: one key would show that both are the same wallet's.
    assert error(ask(other, proved(wallet, "a", other.nonce()))) == "invalid_proof"


def test_requests_that_are_none(world: World) -> None:
    wallet = wallet_of(world)
    twice = b'{"credential_configuration_id":"a","credential_configuration_id":"b"}'
    named = {"credential_configuration_id": IDENTITY}
    for body, code in (
        ({"credential_configuration_id": "nonsense"}, "unknown_credential_configuration"),
        ({"credential_identifier": "nonsense"}, "unknown_credential_identifier"),
        (named | {"credential_identifier": "x"}, "invalid_credential_request"),
        ({}, "invalid_credential_request"),
        ({"format": "dc+sd-jwt"}, "invalid_credential_request"),
        (named, "invalid_proof"),
        (named | {"proof": {"proof_type": "jwt", "jwt": "x"}}, "invalid_proof"),
        (named | {"proofs": {}}, "invalid_proof"),
        (named | {"proofs": {"jwt": ["x"], "di_vp": [{}]}}, "invalid_proof"),
        (named | {"proofs": {"cwt": ["x"]}}, "invalid_proof"),
        (named | {"proofs": {"attestation": ["x"]}}, "invalid_proof"),
        (named | {"credential_response_encryption": {}}, "invalid_encryption_parameters"),
        (twice, "invalid_credential_request"),
        (b"[" * 99_999, "invalid_credential_request"),
    ):
        assert error(post(wallet, body)) == code, body


def test_an_oversized_request_is_not_read(world: World) -> None:
    answer = post(wallet_of(world), b" " * (1 << 18) + b"{}")
    assert answer.status_code == 413
    assert answer.headers[HEADER]


def test_without_a_token_no_error_code_is_told_and_with_a_wrong_one_it_is(world: World) -> None:
    for path in (PATH, "/oid4vci/deferred_credential", "/oid4vci/notification"):
        answer = world.call("POST", path, json={})
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers.get_list("www-authenticate") == ["Bearer", 'DPoP algs="ES256 EdDSA"']
        wrong = world.call(
            "POST",
            path,
            json={
                "credential_configuration_id": IDENTITY,
                "transaction_id": "x",
                "notification_id": "x",
                "event": "credential_accepted",
            },
            headers={"authorization": "Bearer x"},
        )
        assert error(wrong, 401) == "invalid_token"
        assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_that_is_over_is_refused(world: World) -> None:
    wallet = wallet_of(world)
    world.clock.forward(minutes=11)
    assert error(ask(wallet, proved(wallet, "a", wallet.nonce())), 401) == "invalid_token"


def test_a_nonce_is_fresh_each_time_and_nobody_stores_it(world: World) -> None:
    answers = [world.call("POST", "/oid4vci/nonce") for _ in range(2)]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 2
    nonces = {answer.json()["c_nonce"] for answer in answers}
    assert len(nonces) == 2
    assert {len(base64url.decode(nonce)) for nonce in nonces} == {32}


def test_the_operator_finds_why_by_the_reference_that_the_wallet_was_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    wallet = wallet_of(world)
    secret = jwt("found", aud="https://other.example", nonce=wallet.nonce())
    with caplog.at_level(logging.INFO, "clicid.issuer"):
        answer = ask(wallet, secret)
    (line,) = [row.getMessage() for row in caplog.records if answer.headers[HEADER] in row.getMessage()]
    assert line.startswith(
        f"refused {answer.headers[HEADER]} POST /oid4vci/credential answered invalid_proof: "
    )
    assert "oid4vci.proof_audience: at /aud" in line
    assert secret not in line
    assert wallet.access_token not in line
    metrics = world.call("GET", "/metrics", to="operators", headers=world.operator(Role.MONITOR)).text
    counted = {
        sample.labels["code"]: sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == "clicid_issuer_refusals_total"
    }
    assert counted["oid4vci.proof_audience"] == 1


def test_notifications_are_idempotent_and_of_ones_own(world: World) -> None:
    wallet, other = wallet_of(world), wallet_of(world, somebody_else(world))
    first = ask(wallet, proved(wallet, "a", wallet.nonce())).json()["notification_id"]
    second = ask(wallet, proved(wallet, "b", wallet.nonce())).json()["notification_id"]
    assert first != second
    for _ in range(2):
        assert wallet.notify(first, "credential_failure").status_code == 204
    assert wallet.notify(second, "credential_deleted").status_code == 204
    assert error(other.notify(first, "credential_accepted")) == "invalid_notification_id"
    assert error(wallet.notify("x", "credential_accepted")) == "invalid_notification_id"
    for body in ({}, {"notification_id": first}, {"notification_id": first, "event": "CREDENTIAL_ACCEPTED"}):
        assert error(post(wallet, body, "/oid4vci/notification")) == "invalid_notification_request"
    described = {"notification_id": first, "event": "credential_failure", "event_description": "out of space"}
    assert post(wallet, described, "/oid4vci/notification").status_code == 204
