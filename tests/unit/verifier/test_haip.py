"""HAIP 1.0 5 to 5.3 at the verifier: what the switch turns on, and what it refuses."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clicid.codec import base64url, strict_json
from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from clicid.oid4vp.client_id import X509_HASH
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.rules import HAIP
from clicid.securing import jwe, jws
from clicid.trust import x5c
from tests.support.browsing import Browser, Wallet, request_of
from tests.support.chain_model import ModelChain, network_file
from tests.support.every_format import QUERIES
from tests.support.refusals import refused
from tests.support.verifier_config import GOOD
from tests.support.x509 import Party, issue
from verifier import identities
from verifier.config import load
from verifier.http.clients import Parts
from verifier.policy import policy
from verifier.usecases.identity import Identity

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.verifier.conftest import Desk

ROOT, OTHER = Party("Access CA", 171), Party("Somebody", 172)
ORIGIN = "https://shop.example"
HASH_ROW = """
[[identities]]
name = "{name}"
prefix = "{prefix}"
key_name = "asker"
certificate_file = "access.pem"
"""
ON = "haip = true\n" + GOOD


@pytest.fixture
def strict(every: Desk) -> Desk:
    """A verifier with the switch on, over HTTP, whose holder has a credential in every format."""
    keys = every.asking.keys
    leaf = issue(OTHER, ROOT, names=["verifier.example"], key=keys.public(every.asking.ref))
    named = Identity(
        X509_HASH, base64url.encode(hashlib.sha256(leaf).digest()), every.asking.ref, x5c=(leaf,)
    )
    found = identities.profiled({**every.identities, "hash": named})
    every.service = replace(
        every.service,
        identities=found,
        identity="hash",
        response_mode=ResponseMode.DIRECT_POST_JWT,
        rules=HAIP,
    )
    every.serve(Parts(every.service, every.parts.clients, every.parts.brand))
    return every


def made(desk: Desk, *formats: str, **changes: Any) -> Any:
    query = {"credentials": [QUERIES[one] for one in formats or ("mso_mdoc",)]}
    body = {"dcql_query": query, "purpose": "age-and-name", **changes}
    return desk.http.post("/requests", json=body, headers=desk.bearer("shop"))


# At start


def test_what_the_file_does_not_say_is_turned_on(tmp_path: Path) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text(ON + HASH_ROW.format(name="access", prefix=X509_HASH), "utf-8")
    config = load(file)
    assert (config.haip, config.identity, config.response_mode) == (True, "access", "direct_post.jwt")
    assert policy(config, network_file(ModelChain())).rules.haip
    file.write_text(GOOD, "utf-8")
    config = load(file)
    assert (config.haip, config.identity, config.response_mode) == (False, "did", "direct_post")
    assert not policy(config, network_file(ModelChain())).rules.haip


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ON, "identities: with haip one has the prefix x509_hash (HAIP 1.0 5)"),
        (ON + HASH_ROW.format(name="a", prefix="x509_san_dns"), "identities: with haip"),
        ('identity = "did"\n' + ON + HASH_ROW.format(name="a", prefix=X509_HASH), "identity: with haip"),
        (
            'response_mode = "direct_post"\n' + ON + HASH_ROW.format(name="a", prefix=X509_HASH),
            "response_mode must be direct_post.jwt with haip (HAIP 1.0 5.1)",
        ),
        ('haip = "yes"\n' + GOOD, "haip must be true or false"),
    ],
)
def test_what_the_profile_forbids_is_refused_at_start_by_setting_and_section(
    tmp_path: Path, text: str, named: str
) -> None:
    file = tmp_path / "verifier.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(LocalError) as caught:
        load(file)
    assert caught.value.code == "config.invalid"
    assert named in caught.value.detail
    if "yes" not in text:
        file.write_text(text.replace("haip = true\n", ""), "utf-8")
        load(file)


@pytest.mark.parametrize("chain", ["root", "self"])
def test_a_root_in_the_chain_and_a_self_signed_certificate_are_refused_at_start(chain: str) -> None:
    root = issue(ROOT, ROOT, ca=True)
    found = {"root": (issue(OTHER, ROOT), root), "self": (issue(OTHER, OTHER),)}[chain]
    with refused("config.invalid", "identities.a", kind=LocalError):
        identities.profiled({"a": Identity(X509_HASH, "x", None, x5c=found)})


def test_other_names_are_left_out(strict: Desk) -> None:
    assert list(strict.service.identities) == ["hash"]


# Requests


def object_of(desk: Desk, link: str) -> bytes:
    fields = parse_qs(urlsplit(link).query)
    found = desk.http.post(urlsplit(fields["request_uri"][0]).path)
    assert found.status_code == 200
    raw: bytes = found.content
    return raw


def test_a_request_is_signed_by_reference_by_hash_and_its_chain_has_no_root(strict: Desk) -> None:
    link = made(strict).json()["request_url"]
    assert link.startswith("haip-vp://?")
    fields = parse_qs(urlsplit(link).query)
    assert set(fields) == {"client_id", "request_uri", "request_uri_method"}
    assert fields["client_id"][0].startswith("x509_hash:")
    raw = object_of(strict, link)
    token = jws.parse(raw, typ="oauth-authz-req+jwt", max_bytes=1 << 18)
    assert token.header["alg"] == "ES256"
    (leaf,) = x5c.from_header(token.header)
    certificate = x5c.load(leaf)
    assert certificate.subject != certificate.issuer
    payload = strict_json.loads(base64url.decode(raw.decode().split(".")[1], max_chars=1 << 20))
    assert isinstance(payload, dict)
    assert payload["response_type"] == "vp_token"
    assert payload["response_mode"] == "direct_post.jwt"
    assert "dcql_query" in payload


def test_both_encryptions_are_offered_for_a_key_of_this_request_alone(strict: Desk) -> None:
    first, second = (request_of(object_of(strict, made(strict).json()["request_url"])) for _ in range(2))
    for one in (first, second):
        assert set(one.metadata.encs) == {jwe.A128GCM, jwe.A256GCM}
        assert one.recipient is not None
        assert (one.recipient.alg, one.recipient.key.algorithm.name) == ("ECDH-ES", P256)
        assert set(one.metadata.vp_formats or ()) == {"dc+sd-jwt", "mso_mdoc"}
    assert first.recipient is not None
    assert second.recipient is not None
    assert first.recipient.key != second.recipient.key


@pytest.mark.parametrize("enc", [jwe.A128GCM, jwe.A256GCM])
def test_an_answer_by_either_encryption_is_read(strict: Desk, enc: str) -> None:
    told = made(strict).json()
    wallet = Wallet(strict)
    request = wallet.fetch(told["request_url"])
    only = replace(request, metadata=replace(request.metadata, encs=(enc,)))
    assert wallet.post(request, wallet.form(only, wallet.answer(request))).status_code == 200
    assert strict.result(told["id"]).json()["report"]["verdict"] == "accepted"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an answer in the open": ({"response_mode": "direct_post"}, "/response_mode"),
    "an answer in the open, by the browser": (
        {"response_mode": "dc_api", "origin": ORIGIN},
        "/response_mode",
    ),
    "by DID": ({"identity": "did"}, "/identity"),
    "by nobody's name": ({"identity": "nobody"}, "/identity"),
    "a page whose answers come in the open": (
        {"response_mode": "direct_post", "page": True},
        "/response_mode",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_profile_forbids_is_refused_to_clients(strict: Desk, name: str) -> None:
    changes, where = REFUSED[name]
    answer = made(strict, **changes)
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (
        400,
        "oid4vp.unsupported",
        where,
    ), answer.text


@pytest.mark.parametrize("name", REFUSED)
def test_without_the_switch_all_of_it_may_be_asked(every: Desk, name: str) -> None:
    assert made(every, **REFUSED[name][0]).status_code == 201


@pytest.mark.parametrize("form", ["ldp_vc", "jwt_vc_json"])
def test_formats_that_the_profile_does_not_have_are_not_asked_for(strict: Desk, form: str) -> None:
    answer = made(strict, form)
    assert (answer.status_code, answer.json()["where"]) == (400, "/credentials/0/format")


def test_formats_of_every_kind_may_be_asked_for_without_the_switch(every: Desk) -> None:
    for form in ("ldp_vc", "jwt_vc_json"):
        assert made(every, form).status_code == 201


def test_authorities_may_be_named_by_key_identifier(strict: Desk) -> None:
    aki = {"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}
    query = {"credentials": [QUERIES["mso_mdoc"] | {"trusted_authorities": [aki]}]}
    assert made(strict, dcql_query=query).status_code == 201


def test_by_the_browser_a_request_is_signed_and_its_answer_encrypted(strict: Desk) -> None:
    told = made(strict, response_mode="dc_api.jwt", origin=ORIGIN)
    assert told.status_code == 201, told.text
    digital = told.json()["digital_credential_request"]
    assert digital["protocol"] == "openid4vp-v1-signed"
    request = request_of(digital["data"]["request"], ORIGIN)
    assert str(request.client_id).startswith("x509_hash:")
    assert request.expected_origins == (ORIGIN,)
    wallet = Wallet(strict)
    answer = {"protocol": digital["protocol"], "data": wallet.data(request)}
    path = f"/requests/{told.json()['id']}/answer"
    assert strict.http.post(path, json=answer, headers=strict.bearer("shop")).status_code == 200
    assert strict.result(told.json()["id"]).json()["report"]["verdict"] == "accepted"


# The same device


RETURN_TO = "https://shop.example/back"


def test_on_the_same_device_the_browser_comes_back_to_its_own_session(strict: Desk) -> None:
    told = made(strict, return_to=RETURN_TO)
    wallet = Wallet(strict)
    request = wallet.fetch(told.json()["request_url"])
    receipt = wallet.post(request).json()
    assert receipt["redirect_uri"].startswith(f"{RETURN_TO}?response_code=")
    session_id, code = told.json()["id"], receipt["redirect_uri"].rpartition("=")[2]
    assert strict.result(session_id).status_code == 403, "the redirect was not followed"
    assert strict.result(session_id, code="another").status_code == 403
    assert strict.result(session_id, code=code).status_code == 200


def test_a_page_belongs_to_the_browser_that_opened_it(strict: Desk) -> None:
    told = made(strict, "mso_mdoc", page=True, return_to=RETURN_TO).json()
    path = urlsplit(told["page_url"]).path
    mine, thiefs, wallet = Browser(strict), Browser(strict), Wallet(strict)
    mine.get(path)
    shown = mine.choose(path, "same").text
    assert "haip-vp:" in shown
    stored = strict.store.page(told["id"])
    assert stored is not None
    page = strict_json.loads(stored.state)
    assert isinstance(page, dict)
    request = wallet.fetch(str(page["url"]))
    back = wallet.post(request).json()["redirect_uri"].removeprefix("https://verifier.example")
    assert back.startswith(f"{path}/back?response_code=")
    assert thiefs.get(back).status_code == 403
    assert strict.result(told["id"]).status_code == 403, "nobody came back"
    assert mine.get(back).status_code == 303
    onward = mine.get(f"{path}/onward")
    assert onward.status_code == 303, onward.text
    code = onward.headers["location"].rpartition("=")[2]
    assert strict.result(told["id"], code=code).json()["report"]["verdict"] == "accepted"
