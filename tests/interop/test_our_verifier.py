"""Our verifier over HTTP, under each of its names, and the wallet of @openid4vc/openid4vp."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.formats.base import Binding
from clicid.keys.public import PublicKey
from clicid.oid4vp import verifier_attestation
from clicid.oid4vp.transaction_data import PAYMENT
from sandbox.provider_client import AGE_W3C, NAME_AND_AGE, placed
from sandbox.setup.provider import PURPOSE
from tests.interop.test_our_issuer import presented
from tests.support.foreign import ForeignError, pem
from tests.support.foreign_queries import PAGE, SHOWN, query
from tests.support.live import AGE_W3C as AGE_LDP
from tests.support.live import IDENTITY, Door, Redemption, ending
from tests.support.node import install
from tests.support.world import DAY
from tests.support.x509 import Party as Named
from tests.support.x509 import issue
from tests.unit.securing.data_integrity.test_interop import PACKAGES as DATA_INTEGRITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from sandbox.network import Network
    from tests.support.foreign import Party
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

# The name in the certificate is the address that a sandbox's verifier listens at: no other has plain http.
HOST = "127.0.0.1"
ROOT, VERIFIER, ATTESTER = (
    Named(name, number) for number, name in enumerate(["An authority", "The shop", "An attester"], 91)
)
IDENTITIES = """
[[identities]]
name = "x509_hash"
prefix = "x509_hash"
key_name = "requests"
certificate_file = "certificate.pem"
[[identities]]
name = "x509_san_dns"
prefix = "x509_san_dns"
key_name = "requests"
certificate_file = "certificate.pem"
[[identities]]
name = "verifier_attestation"
prefix = "verifier_attestation"
key_name = "requests"
attestation_file = "attestation.jwt"
[[identities]]
name = "redirect_uri"
prefix = "redirect_uri"
"""
PREFIXES = {
    "did": "decentralized_identifier",
    "x509_hash": "x509_hash",
    "x509_san_dns": "x509_san_dns",
    "verifier_attestation": "verifier_attestation",
    "redirect_uri": "redirect_uri",
}
SIGNED = {"x509_hash": "openid4vp-v1-signed", "redirect_uri": "openid4vp-v1-unsigned"}


def keys_of(door: Door, token: str) -> dict[str, PublicKey]:
    """The keys of the verifier's DID, as a universal resolver has them."""
    url = f"{door.provider.origin}/1.0/identifiers/{door.provider.did}"
    answer = door.http.get(url, headers={"authorization": f"Bearer {token}"})
    methods = answer.json()["didDocument"]["verificationMethod"]
    return {
        one["id"]: PublicKey.from_multikey(one["publicKeyMultibase"])
        for one in methods
        if one["type"] == "Multikey"
    }


@dataclass
class Shop:
    """A service provider's verifier with all its names, and its backend."""

    door: Door
    token: str

    def ask(self, query: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What the backend gets for a request."""
        body = {"dcql_query": placed(query, self.door.provider.vocabulary), "purpose": PURPOSE, **more}
        made = self._post("/requests", body)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found

    def hand_in(self, made: dict[str, Any], data: dict[str, Any]) -> httpx.Response:
        """What a browser gave to the page, for the request that it was given."""
        protocol = made["digital_credential_request"]["protocol"]
        return self._post(f"/requests/{made['id']}/answer", {"protocol": protocol, "data": data})

    def ended(self, made: dict[str, Any]) -> tuple[str, str]:
        """Verdict and code."""
        status, body = self.door.backend.result(made["id"])
        assert status == 200, body
        return ending(body["report"])

    def get(self, path: str, parameters: dict[str, str]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        url = f"{self.door.provider.origin}{path}"
        return self.door.http.get(url, params=parameters, headers=headers)

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return self.door.http.post(f"{self.door.provider.origin}{path}", json=body, headers=headers)


@pytest.fixture(scope="module")
def shop(network: Network, http: httpx.Client, their_wallet: Party) -> Iterator[Shop]:
    """The shop's verifier, started again with certificates and an attestation for its key."""
    provider = network.founded.provider("shop")
    with Door(http, provider) as door:
        keys = keys_of(door, token_of(door))
    network.services["shop"].stop()
    (key,) = keys.values()
    prove(provider.config.parent, key)
    with provider.config.open("a", encoding="utf-8") as config:
        config.write(IDENTITIES)
    network.start("shop")
    known = {**keys, ATTESTER.name: ATTESTER.key}
    their_wallet("know", keys={name: found.to_jwk() for name, found in known.items()})
    with Door(http, provider) as door:
        yield Shop(door, token_of(door))


def token_of(door: Door) -> str:
    """An access token of the backend's."""
    answer = door.http.post(
        f"{door.provider.origin}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(door.client_id, door.provider.client_secret),
    )
    return str(answer.json()["access_token"])


def prove(folder: Path, key: PublicKey) -> None:
    """Certificate and attestation of the verifier's key."""
    begins, ends = clock.now() - DAY, clock.now() + 100 * DAY
    der = issue(VERIFIER, ROOT, names=[HOST], begins=begins, ends=ends, key=key)
    (folder / "certificate.pem").write_text(pem(der), "ascii")
    prepared = verifier_attestation.prepare(
        "shop.example", key, issuer=ATTESTER.name, key_id="1", alg="ES256", issued_at=begins, expires_at=ends
    )
    (operation,) = prepared.to_be_signed
    (folder / "attestation.jwt").write_bytes(prepared.complete([ATTESTER.sign(operation.message)]))


Holder = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def holder(their_wallet: Party, person: Identified) -> Holder:
    """What the foreign wallet holds, by format."""
    configurations = {
        "dc+sd-jwt": IDENTITY,
        "mso_mdoc": "ClicIdentity_mdoc",
        "jwt_vc_json": "ClicAge_jwt",
    }
    offer = person.client.offer(*configurations.values())
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    found: Holder = {}
    for form, configuration in configurations.items():
        got = their_wallet("credential", configuration=configuration)
        found[form] = {
            "raw": got["credentials"][0],
            "key": got["keys"][0],
            "holder": got["holders"][0],
            "format": form,
        }
    return found


def asked_and_shown(shop: Shop, holder: Holder, form: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The query for one format, and what the foreign wallet is to send."""
    vocabulary = shop.door.provider.vocabulary
    show: Any = {f"{vocabulary}/identity/v1": [*SHOWN]} if form == "mso_mdoc" else SHOWN
    return query(form, vocabulary), {"who": [holder[form] | {"show": show}]}


@pytest.mark.interop("openid4vp answers our verifier")
@pytest.mark.parametrize("identity", PREFIXES)
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_under_each_name(their_wallet: Party, holder: Holder, shop: Shop, identity: str, mode: str) -> None:
    whole, shown = asked_and_shown(shop, holder, "dc+sd-jwt")
    made = shop.ask(whole, identity=identity, response_mode=mode)
    asked = their_wallet("request", url=made["request_url"])
    assert (asked["prefix"], asked["request"]["response_mode"]) == (PREFIXES[identity], mode)
    sent = their_wallet("send", shown=shown)
    assert sent["status"] == 200
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp answers our verifier")
@pytest.mark.parametrize("form", ["mso_mdoc", "jwt_vc_json"])
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_in_the_other_formats(their_wallet: Party, holder: Holder, shop: Shop, form: str, mode: str) -> None:
    whole, shown = asked_and_shown(shop, holder, form)
    made = shop.ask(whole, response_mode=mode)
    their_wallet("request", url=made["request_url"])
    assert their_wallet("send", shown=shown)["status"] == 200
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp authorises a transaction")
@pytest.mark.parametrize("authorise", [True, False])
def test_a_payment(their_wallet: Party, holder: Holder, shop: Shop, authorise: bool) -> None:
    whole, shown = asked_and_shown(shop, holder, "dc+sd-jwt")
    payment = {
        "type": PAYMENT.name,
        "credential_ids": ["who"],
        "payee": "Systemhandeln",
        "amount": "99.50",
        "currency": "SEK",
    }
    made = shop.ask(whole, transaction_data=[payment])
    asked = their_wallet("request", url=made["request_url"])
    assert asked["transactionData"][0]["transactionData"] == payment
    sent = their_wallet("send", shown=shown, authorise=authorise)
    assert sent["status"] == (200 if authorise else 400)


@pytest.mark.interop("openid4vp comes back to the same device")
def test_the_browser_that_asked_comes_back_with_a_code(
    their_wallet: Party, holder: Holder, shop: Shop
) -> None:
    made = shop.ask(NAME_AND_AGE, return_to=f"{PAGE}/done")
    their_wallet("request", url=made["request_url"])
    sent = their_wallet("send", shown={"identity": [holder["dc+sd-jwt"] | {"show": SHOWN}]})
    back = sent["body"]["redirect_uri"]
    assert back.startswith(f"{PAGE}/done")
    status, _ = shop.door.backend.result(made["id"])
    assert status == 403
    code = re.split(r"response_code=", back)[1]
    answer = shop.get(f"/requests/{made['id']}/result", {"response_code": code})
    assert ending(answer.json()["report"]) == ("accepted", "")


@pytest.mark.interop("openid4vp answers by the Digital Credentials API")
@pytest.mark.parametrize("form", ["dc+sd-jwt", "mso_mdoc"])
@pytest.mark.parametrize("asked", [(name, mode) for name in SIGNED for mode in ("dc_api", "dc_api.jwt")])
def test_to_a_page(
    their_wallet: Party, holder: Holder, shop: Shop, asked: tuple[str, str], form: str
) -> None:
    identity, mode = asked
    whole, shown = asked_and_shown(shop, holder, form)
    made = shop.ask(whole, identity=identity, response_mode=mode, origin=PAGE)
    given = made["digital_credential_request"]
    assert given["protocol"] == SIGNED[identity]
    their_wallet("request", payload=given["data"], origin=PAGE)
    answered = their_wallet("answer", shown=shown)
    given = {"response": answered["encrypted"]} if mode == "dc_api.jwt" else answered["payload"]
    assert shop.hand_in(made, given).status_code == 200
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp answers by the Digital Credentials API")
def test_a_request_is_not_taken_from_another_page(their_wallet: Party, shop: Shop) -> None:
    made = shop.ask(NAME_AND_AGE, identity="x509_hash", response_mode="dc_api", origin=PAGE)
    data = made["digital_credential_request"]["data"]
    with pytest.raises(ForeignError, match="expected_origins"):
        their_wallet("request", payload=data, origin="https://thief.example")


@pytest.mark.interop("openid4vp answers our verifier")
def test_an_answer_that_keeps_back_what_was_asked_for(
    their_wallet: Party, holder: Holder, shop: Shop
) -> None:
    made = shop.ask(NAME_AND_AGE)
    their_wallet("request", url=made["request_url"])
    shown = {"identity": [holder["dc+sd-jwt"] | {"show": {"family_name": True}}]}
    sent = their_wallet("send", shown=shown)
    assert (sent["status"], sent["body"]["error"]) == (400, "invalid_request")


@pytest.mark.interop("openid4vp carries a W3C presentation")
def test_a_w3c_credential_by_direct_post(
    their_wallet: Party, network: Network, person: Identified, shop: Shop
) -> None:
    offer = person.client.offer(AGE_LDP)
    taken = Redemption(shop.door.http, network.founded.identifier, offer).all()[AGE_LDP]
    made = shop.ask(AGE_W3C)
    asked = their_wallet("request", url=made["request_url"])
    presentation = taken.w3c(Binding(asked["client"], asked["request"]["nonce"]))
    their_wallet("send", shown={"age": [{"presentation": presentation}]})
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp carries a W3C presentation")
def test_a_w3c_presentation_of_others(
    their_wallet: Party, network: Network, person: Identified, shop: Shop
) -> None:
    """Theirs from the proof of the key to the presentation: none of it is made by ours."""
    if missing := install(DATA_INTEGRITY):
        pytest.skip(missing)
    offer = person.client.offer(AGE_LDP)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    suite = "eddsa-rdfc-2022"
    domain = network.founded.identifier
    (proof,) = presented({"suite": suite, "challenge": their_wallet("nonce"), "domain": domain})
    got = their_wallet(
        "credentialByPresentation", configuration=AGE_LDP, presentations=[proof["presentation"]]
    )
    made = shop.ask(AGE_W3C)
    asked = their_wallet("request", url=made["request_url"])
    (shown,) = presented(
        {
            "suite": suite,
            "key": proof["key"],
            "credentials": got["credentials"],
            "challenge": asked["request"]["nonce"],
            "domain": asked["client"],
        }
    )
    their_wallet("send", shown={"age": [{"presentation": shown["presentation"]}]})
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp answers our verifier")
def test_a_request_that_another_signed(their_wallet: Party, holder: Holder, shop: Shop) -> None:
    made = shop.ask(NAME_AND_AGE)
    known = {name: key.to_jwk() for name, key in keys_of(shop.door, shop.token).items()}
    their_wallet("know", keys=dict.fromkeys(known, holder["dc+sd-jwt"]["holder"]))
    try:
        with pytest.raises(ForeignError, match="verification of jwt"):
            their_wallet("request", url=made["request_url"])
    finally:
        their_wallet("know", keys=known)
