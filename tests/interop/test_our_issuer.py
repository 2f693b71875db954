"""Our issuer over HTTP, and the wallet of @openid4vc/openid4vci."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from sandbox import people
from sandbox.documents.person import personal_number
from sandbox.operator_client import OperatorClient
from tests.support import w3c
from tests.support.foreign import ATTESTED, CLIENT, PACKAGES, ForeignError
from tests.support.live import AGE, AGE_W3C, IDENTITY, IDENTITY_W3C, http_client
from tests.support.live_network import someone
from tests.support.node import answers, install
from tests.unit.securing.data_integrity.test_interop import PACKAGES as DATA_INTEGRITY

if TYPE_CHECKING:
    import httpx

    from sandbox.network import Network
    from sandbox.onboarding_client import OnboardingClient
    from tests.support.foreign import Party
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

SD_JWTS = (IDENTITY, AGE)
MDOCS = ("ClicIdentity_mdoc", "ClicAge_mdoc")
EVERY = (*SD_JWTS, *MDOCS, IDENTITY_W3C, AGE_W3C, "ClicAge_jwt")
BORN = date(1985, 4, 6)
SIV = replace(
    people.DEMO,
    given_name="Siv",
    family_name="Ek",
    birth_date=BORN,
    sex="F",
    number="XA7654322",
    personal_number=personal_number(BORN, "F"),
)
Received = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def received(their_wallet: Party, person: Identified) -> Received:
    """All that one offer has, as the foreign wallet got it by the pre-authorized code grant."""
    offer = person.client.offer()
    said = their_wallet("offer", offer=offer.url)
    assert said["draft"] == "V1"
    assert set(EVERY) == set(offer.configurations) <= set(said["known"])
    assert their_wallet("redeem", txCode=offer.tx_code)["tokenType"] == "Bearer"
    got: Received = {}
    for configuration in offer.configurations:
        got[configuration] = their_wallet("credential", configuration=configuration)
        assert their_wallet("notify", event="credential_accepted") == 204
    return got


@pytest.mark.interop("openid4vci takes by pre-authorized code")
@pytest.mark.parametrize("configuration", EVERY)
def test_every_configuration_is_understood_and_received(received: Received, configuration: str) -> None:
    got = received[configuration]
    assert len(got["credentials"]) == len(got["holders"]) == 1


@pytest.mark.interop("sd-jwt-vc reads what our issuer gives, and its status list")
@pytest.mark.parametrize("configuration", SD_JWTS)
def test_an_sd_jwt_vc_is_good_to_the_package(
    documents: Party, network: Network, root: list[str], received: Received, configuration: str
) -> None:
    (raw,) = received[configuration]["credentials"]
    said = checked(documents, root, raw)
    assert said["payload"]["iss"] == network.founded.identifier
    assert said["payload"]["cnf"]["jwk"] == received[configuration]["holders"][0]
    assert said["payload"]["age_over_18"] is True


@pytest.mark.interop("mdoc reads what our issuer gives")
@pytest.mark.parametrize("configuration", MDOCS)
def test_an_mdoc_is_good_to_the_package(
    documents: Party, root: list[str], received: Received, configuration: str
) -> None:
    (raw,) = received[configuration]["credentials"]
    said = documents("checkIssuedMdoc", raw=raw, trusted=root)
    assert said["failed"] == []
    assert said["deviceKey"] == received[configuration]["holders"][0]
    ((namespace, elements),) = said["elements"].items()
    assert namespace == said["docType"]
    assert elements["age_over_18"] is True


@pytest.mark.interop("jose reads a W3C credential as JWT")
def test_a_w3c_credential_as_jwt_is_good_to_jose(
    documents: Party, root: list[str], received: Received
) -> None:
    (raw,) = received["ClicAge_jwt"]["credentials"]
    said = documents("checkJwt", raw=raw, trusted=root)
    inside = said["vc"]
    assert inside["type"] == ["VerifiableCredential", "ClicAge"]
    subject = inside["credentialSubject"]
    assert (subject["id"], subject["ageOver18"], subject["testCredential"]) == (said["sub"], True, True)
    assert (inside["issuer"], inside["id"]) == (said["iss"], said["jti"])
    assert said["status"]["status_list"]["uri"]


@pytest.mark.interop("sd-jwt-vc reads what our issuer gives, and its status list")
def test_one_that_is_revoked_is_not(
    documents: Party, network: Network, root: list[str], their_wallet: Party, person: Identified
) -> None:
    offer = person.client.offer(AGE)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    (raw,) = their_wallet("credential", configuration=AGE)["credentials"]
    entry = checked(documents, root, raw)["payload"]["status"]["status_list"]
    with OperatorClient(network.founded) as operator:
        operator.act(operator.find(entry["uri"], entry["idx"]), "revoke", "lost")
    with pytest.raises(ForeignError, match="Status is not valid"):
        checked(documents, root, raw)


def checked(documents: Party, root: list[str], raw: str) -> Any:
    """What the package says of a credential under the issuer's authority, its status by HTTP."""
    return documents("checkSdJwt", raw=raw, trusted=root, status=True)


@pytest.mark.interop("openid4vci takes by pre-authorized code")
def test_a_wrong_transaction_code_and_a_code_used_twice(their_wallet: Party, person: Identified) -> None:
    offer = person.client.offer(AGE)
    their_wallet("offer", offer=offer.url)
    with pytest.raises(ForeignError) as refused:
        their_wallet("redeem", txCode="000000" if offer.tx_code != "000000" else "111111")
    assert refused.value.response["error"] == "invalid_grant"
    their_wallet("redeem", txCode=offer.tx_code)
    # OpenID4VCI 6.3: a code that was redeemed is good for nothing.
    with pytest.raises(ForeignError) as refused:
        their_wallet("redeem", txCode=offer.tx_code)
    assert refused.value.response["error"] == "invalid_grant"


def code_offer(person: Identified, *configurations: str) -> str:
    """An offer for the authorization code, by reference."""
    client = person.client
    body = {
        "configurations": configurations,
        "age_threshold": 18,
        "grant": "authorization_code",
        "by_reference": True,
    }
    return str(client._call("POST", f"{client._session}/offers", body)["credential_offer"])


def begun(their_wallet: Party, person: Identified) -> None:
    """An offer redeemed by pre-authorized code."""
    offer = person.client.offer(AGE)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)


@pytest.mark.interop("openid4vci takes what is encrypted, attested and signed")
def test_encrypted_both_ways(their_wallet: Party, person: Identified) -> None:
    begun(their_wallet, person)
    got = their_wallet("credential", configuration=AGE, encrypted=True)
    assert (len(got["credentials"]), got["answered"]) == (1, "application/jwt")


@pytest.mark.interop("openid4vci takes what is encrypted, attested and signed")
def test_with_attested_keys(their_wallet: Party, person: Identified) -> None:
    begun(their_wallet, person)
    assert len(their_wallet("credential", configuration=AGE, count=2, attested=True)["credentials"]) == 2


@pytest.mark.interop("openid4vci takes what is encrypted, attested and signed")
def test_by_an_attestation_alone(their_wallet: Party, person: Identified) -> None:
    begun(their_wallet, person)
    got = their_wallet("credentialByAttestation", configuration=AGE, count=2)
    assert len(set(got["credentials"])) == 2


def presented(*wishes: dict[str, Any]) -> list[dict[str, Any]]:
    """Presentations by @digitalbazaar's packages, each with its key."""
    contexts = w3c.published_contexts()
    return answers(PACKAGES / "presenter.mjs", DATA_INTEGRITY, contexts, *wishes)


@pytest.mark.interop("openid4vci takes by presentations of others")
@pytest.mark.parametrize("configuration", [AGE_W3C, IDENTITY_W3C])
def test_by_presentations(
    their_wallet: Party, network: Network, person: Identified, configuration: str
) -> None:
    if missing := install(DATA_INTEGRITY):
        pytest.skip(missing)
    offer = person.client.offer(configuration)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    domain = network.founded.identifier
    given = {"challenge": their_wallet("nonce"), "domain": domain}
    suites = ("eddsa-rdfc-2022", "ecdsa-rdfc-2019")
    *good, elsewhere = (
        one["presentation"]
        for one in presented(
            *({"suite": suite, **given} for suite in suites),
            {"suite": suites[0], **given, "domain": "https://another.example"},
        )
    )
    with pytest.raises(ForeignError, match="invalid_proof"):
        their_wallet("credentialByPresentation", configuration=configuration, presentations=[elsewhere])
    got = their_wallet("credentialByPresentation", configuration=configuration, presentations=good)
    subjects = [one["credentialSubject"]["id"] for one in got["credentials"]]
    assert subjects == [one["holder"] for one in good]


@pytest.mark.interop("openid4vci takes what is encrypted, attested and signed")
def test_signed_metadata_are_by_the_issuer(their_wallet: Party, person: Identified, root: list[str]) -> None:
    said = their_wallet("offer", offer=person.client.offer(AGE).url, signed=True)
    signer = said["signedBy"]
    assert (signer["method"], signer["x5c"][-1:]) == ("x5c", root)


@pytest.mark.interop("openid4vci takes what is deferred")
def test_a_person_in_review(their_wallet: Party, network: Network) -> None:
    with someone(network, "+46701740688", "siv@example.com") as client:
        client.begin()
        client.agree(face=False)
        client.confirm_contact()
        client.give("document", people.passport_photo(SIV, seed=7))
        view = client.decision()
        assert view["state"] == "review", view
        offer = {
            "credential_issuer": network.founded.identifier,
            "credential_configuration_ids": [AGE],
            "grants": {"authorization_code": {}},
        }
        their_wallet(
            "offer",
            offer=f"openid-credential-offer://?{urlencode({'credential_offer': json.dumps(offer)})}",
            clientId=CLIENT,
        )
        url = their_wallet("authorize", scope=AGE, redirectUri=f"{CLIENT}/back")
        with http_client() as http:
            their_wallet("authorized", url=Browser(client, http).go(url))
        first = their_wallet("credential", configuration=AGE, clientId=CLIENT)
        assert (first["credentials"], first["interval"] > 0) == ([], True)
        again = their_wallet("deferred", keys=first["keys"])
        assert again["credentials"] == []
        with OperatorClient(network.founded) as operator:
            operator.decide(client.session[0], {"verdict": "approve"})
        # The package wants no `notification_id` beside credentials, though VCI 9.2 has it there.
        again = their_wallet("deferred", keys=first["keys"], lenient=True)
        assert len(again["credentials"]) == 1
        assert their_wallet("notify", event="credential_accepted") == 204


@dataclass
class Browser:
    """The browser of the person, at the page that the foreign wallet sends it to."""

    person: OnboardingClient
    http: httpx.Client
    page: str = ""

    def go(self, url: str, *, known: bool = False) -> str:
        """Through the page, to where the wallet is told the outcome; `known` by an offer."""
        self._show(self.http.get(url, follow_redirects=True))
        if not known:
            number, token = self.person.session
            self._press("name", session_id=number, resume_token=token)
        code = self.person._code("phone", lambda: self._press("send"))
        self._press("confirm", code=code)
        return str(self._press("agree", follow=False).headers["location"])

    def _press(self, act: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        form = re.search(rf'action="([^"]*/{act}[^"]*)">(.*?)</form>', self.page, re.DOTALL)
        assert form is not None, (act, self.page)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[2]))
        url = self._url.join(form[1])
        return self._show(self.http.post(url, data=hidden | fields, follow_redirects=follow))

    def _show(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code < 400, answer.text
        self.page, self._url = answer.text, answer.url
        return answer


@pytest.mark.interop("openid4vci takes by authorization code")
@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("attested", [False, True])
def test_by_authorization_code(their_wallet: Party, person: Identified, bound: bool, attested: bool) -> None:
    offer = code_offer(person, AGE)
    client, back = (ATTESTED, "com.example.wallet:/back") if attested else (CLIENT, f"{CLIENT}/back")
    given = {"attestation": their_wallet("attestClient", clientId=client)} if attested else {}
    their_wallet("offer", offer=offer, clientId=client, **given)
    url = their_wallet("authorize", scope=AGE, redirectUri=back, bound=bound)
    with http_client() as http:
        found = their_wallet("authorized", url=Browser(person.client, http).go(url, known=True))
    assert found == {"tokenType": "DPoP" if bound else "Bearer", "refreshable": bound}
    got = their_wallet("credential", configuration=AGE, clientId=client, count=3)
    assert len(set(got["credentials"])) == 3
    assert their_wallet("notify", event="credential_accepted") == 204
    if bound:
        assert their_wallet("refresh")["refreshable"]
