"""Our W3C credentials at others: @digitalbazaar/vc, which knows nothing of ClicID and has what HTTP serves.

A context and a list come from where their ids say, the issuer's DID document from a service provider's
verifier, which has it from the chain, or by ethr-did-resolver from the chain itself. W3C's own contexts the
package brings along. What both make of a rotation is in `test_ethr_resolver`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.chain_contracts import DID_REGISTRY
from clicid.formats import vc_di
from sandbox.operator_client import OperatorClient
from tests.support.live import AGE_W3C, IDENTITY_W3C, Copy
from tests.support.node import answers, install

if TYPE_CHECKING:
    import httpx

    from sandbox.network import Network
    from tests.support.live import Door

pytestmark = pytest.mark.slow

PACKAGES = Path(__file__).with_name("others")
Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def token(shop: Door) -> str:
    """An access token of a client of the shop's verifier."""
    answer = shop.http.post(
        f"{shop.provider.origin}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(shop.client_id, shop.provider.client_secret),
    )
    return str(answer.json()["access_token"])


@pytest.fixture(scope="module")
def judge(network: Network, shop: Door, token: str) -> Judge:
    """What @digitalbazaar/vc says of credentials, or of the part of them that it derives."""
    if missing := install(PACKAGES):
        pytest.skip(missing)
    where = {"resolver": shop.provider.origin, "token": token}
    registry = "0x" + network.writer.contracts.addresses[DID_REGISTRY].hex()
    chain = {"rpc": network.founded.rpc, "registry": registry, "chainId": network.writer.chain_id}

    def judged(
        *credentials: dict[str, Any], pointers: tuple[str, ...] | None = None, by_chain: bool = False
    ) -> list[dict[str, Any]]:
        tasks = [{"credential": one} | ({"pointers": pointers} if pointers else {}) for one in credentials]
        asked = ({"chain": chain} if by_chain else where, *tasks)
        return answers(PACKAGES / "verify.mjs", PACKAGES, *asked)

    return judged


def test_a_credential_as_it_came(network: Network, judge: Judge, copies: dict[str, Copy], shop: Door) -> None:
    credential = json.loads(copies[AGE_W3C].raw)
    (said,) = judge(credential)
    assert said["verified"], said["why"]
    assert said["status"] == [["revocation", False], ["suspension", False]]
    _, age = credential["@context"]
    assert fixed_by_digest(credential, shop.http) == {age, credential["credentialSchema"]["id"]}
    lists = [entry["statusListCredential"] for entry in credential["credentialStatus"]]
    assert said["fetched"] == sorted([credential["issuer"], age, *lists])
    assert all(url.startswith(f"{network.founded.identifier}/") for url in (age, *lists))


def test_with_the_issuers_document_by_ethr_did_resolver(judge: Judge, copies: dict[str, Copy]) -> None:
    whole, age = (json.loads(copies[name].raw) for name in (IDENTITY_W3C, AGE_W3C))
    derived = json.loads(
        vc_di.shown(copies[IDENTITY_W3C].raw, [FAMILY_NAME], copies[IDENTITY_W3C].contexts())
    )
    changed = age | {"validUntil": "2126-11-25T00:00:00Z"}
    said = judge(age, derived, changed, by_chain=True)
    assert [one["verified"] for one in said] == [True, True, False], [one["why"] for one in said]
    assert said[0]["status"] == [["revocation", False], ["suspension", False]]
    assert whole["issuer"] == age["issuer"]
    assert {one["fetched"][0] for one in said} == {age["issuer"]}


def fixed_by_digest(credential: dict[str, Any], http: httpx.Client) -> set[str]:
    """The resources of which a credential says which bytes they are; they are what HTTP serves."""
    found = [credential["relatedResource"], credential["credentialSchema"]]
    for resource in found:
        name, _, digest = resource["digestSRI"].partition("-")
        served = http.get(resource["id"]).raise_for_status().content
        assert hashlib.new(name, served).digest() == base64.b64decode(digest)
    return {resource["id"] for resource in found}


def test_nothing_in_it_can_be_changed(judge: Judge, copies: dict[str, Copy]) -> None:
    credential = json.loads(copies[AGE_W3C].raw)
    changed = [deepcopy(credential) for _ in range(7)]
    changed[0]["credentialSubject"]["ageOver18"] = False
    changed[1]["credentialSubject"]["id"] = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    del changed[2]["credentialSubject"]["testCredential"]
    changed[3]["validUntil"] = "2126-11-25T00:00:00Z"
    changed[4]["credentialStatus"][0]["statusListIndex"] = "1"
    changed[5]["credentialSubject"]["givenName"] = "Elsa"
    changed[6]["proof"]["created"] = "2020-01-01T00:00:00Z"
    assert [one["verified"] for one in judge(*changed)] == [False] * len(changed)


def test_a_revoked_one(network: Network, judge: Judge, take: Callable[[], dict[str, Copy]]) -> None:
    doomed = take()[AGE_W3C]
    with OperatorClient(network.founded) as operator:
        operator.act(operator.find(*doomed.status_entry()), "revoke", "lost")
    (said,) = judge(json.loads(doomed.raw))
    # The package says what the entries are; what that means is for who asks.
    assert said["status"] == [["revocation", True], ["suspension", False]], said["why"]


FAMILY_NAME = ("credentialSubject", "familyName")
OVER_18 = ("credentialSubject", "ageOver18")


def test_what_our_wallet_shows_of_an_identity_credential(
    judge: Judge, copies: dict[str, Copy], shop: Door
) -> None:
    copy = copies[IDENTITY_W3C]
    derived = json.loads(vc_di.shown(copy.raw, [FAMILY_NAME, OVER_18], copy.contexts()))
    changed = [deepcopy(derived) for _ in range(3)]
    changed[0]["credentialSubject"]["familyName"] = "Svensson"
    del changed[1]["credentialSubject"]["ageOver18"]
    changed[2]["validUntil"] = "2126-11-25T00:00:00Z"
    said, *others = judge(derived, *changed)
    assert said["verified"], said["why"]
    assert {"familyName", "ageOver18"} <= derived["credentialSubject"].keys()
    assert "givenName" not in derived["credentialSubject"]
    assert fixed_by_digest(derived, shop.http) <= {derived["@context"][1], derived["credentialSchema"]["id"]}
    assert [one["verified"] for one in others] == [False] * len(changed)


def test_what_their_wallet_shows_of_it(judge: Judge, copies: dict[str, Copy], shop: Door, token: str) -> None:
    base = json.loads(copies[IDENTITY_W3C].raw)
    (said,) = judge(base, pointers=("/credentialSubject/familyName", "/credentialSubject/ageOver18"))
    assert said["verified"], said["why"]
    derived = said["credential"]
    assert verified(shop, token, derived) == (200, "accepted", "")
    assert {"familyName", "ageOver18"} <= derived["credentialSubject"].keys()
    assert "givenName" not in derived["credentialSubject"]
    derived["credentialSubject"]["familyName"] = "Svensson"
    assert verified(shop, token, derived) == (400, "refused", "issuer.signature")


def verified(door: Door, token: str, credential: dict[str, Any]) -> tuple[int, str, str]:
    """How a service provider's verifier answers to a credential, as the VC API has it."""
    answer = door.http.post(
        f"{door.provider.origin}/credentials/verify",
        json={"verifiableCredential": credential},
        headers={"authorization": f"Bearer {token}"},
    )
    body = answer.json()
    return answer.status_code, body["verdict"], body["report"]["code"]
