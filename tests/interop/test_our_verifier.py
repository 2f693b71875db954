"""Our verifier over HTTP, and the wallet of @openid4vc/openid4vp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats.base import Binding
from clicid.keys.public import PublicKey
from sandbox.provider_client import NAME_AND_AGE
from tests.support.foreign import ForeignError
from tests.support.live import AGE_W3C, IDENTITY, Redemption, ending

if TYPE_CHECKING:
    from sandbox.network import Network
    from tests.support.foreign import Party
    from tests.support.live import Door
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

AGE_QUERY = {
    "credentials": [
        {
            "id": "age",
            "format": "ldp_vc",
            "meta": {"type_values": [["https://schemas.clicid.example/age/v1"]]},
            "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
        }
    ]
}


@pytest.fixture(scope="module")
def holder(their_wallet: Party, person: Identified, shop: Door) -> dict[str, Any]:
    """An identity in the foreign wallet, which has our verifier's keys as its DID's document has them."""
    their_wallet("know", keys=keys_of(shop))
    offer = person.client.offer(IDENTITY)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    got = their_wallet("credential", configuration=IDENTITY)
    return {"raw": got["credentials"][0], "key": got["keys"][0], "holder": got["holders"][0]}


def keys_of(shop: Door) -> dict[str, Any]:
    """The keys of the verifier's DID, as a universal resolver has them."""
    token = shop.http.post(
        f"{shop.provider.origin}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(shop.client_id, shop.provider.client_secret),
    ).json()["access_token"]
    url = f"{shop.provider.origin}/1.0/identifiers/{shop.provider.did}"
    answer = shop.http.get(url, headers={"authorization": f"Bearer {token}"})
    methods = answer.json()["didDocument"]["verificationMethod"]
    return {
        one["id"]: PublicKey.from_multikey(one["publicKeyMultibase"]).to_jwk()
        for one in methods
        if one["type"] == "Multikey"
    }


SHOWN = {"family_name": True, "age_over_18": True}


@pytest.mark.interop("openid4vp shows an SD-JWT VC")
def test_an_sd_jwt_vc_by_direct_post(their_wallet: Party, holder: dict[str, Any], shop: Door) -> None:
    made = shop.backend.ask(NAME_AND_AGE)
    asked = their_wallet("request", url=made["request_url"])
    assert asked["prefix"] == "decentralized_identifier"
    assert asked["request"]["response_mode"] == "direct_post"

    sent = their_wallet("send", shown={"identity": [holder | {"show": SHOWN}]})

    assert sent["status"] == 200
    status, result = shop.backend.result(made["id"])
    assert (status, *ending(result["report"])) == (200, "accepted", "")
    assert "Åkerström-Öberg" in str(result["claims"]["identity"]), result["claims"]


@pytest.mark.interop("openid4vp shows an SD-JWT VC")
def test_an_answer_that_keeps_back_what_was_asked_for(
    their_wallet: Party, holder: dict[str, Any], shop: Door
) -> None:
    made = shop.backend.ask(NAME_AND_AGE)
    their_wallet("request", url=made["request_url"])
    sent = their_wallet("send", shown={"identity": [holder | {"show": {"family_name": True}}]})
    assert (sent["status"], sent["body"]["error"]) == (400, "invalid_request")


@pytest.mark.interop("openid4vp carries a W3C presentation")
def test_a_w3c_credential_by_direct_post(
    their_wallet: Party, holder: dict[str, Any], network: Network, person: Identified, shop: Door
) -> None:
    taken = Redemption(shop.http, network.founded.identifier, person.client.offer(AGE_W3C)).all()[AGE_W3C]
    made = shop.backend.ask(AGE_QUERY)
    asked = their_wallet("request", url=made["request_url"])
    presentation = taken.w3c(Binding(asked["client"], asked["request"]["nonce"]))
    their_wallet("send", shown={"age": [{"presentation": presentation}]})
    _, result = shop.backend.result(made["id"])
    assert ending(result["report"]) == ("accepted", "")


@pytest.mark.interop("openid4vp shows an SD-JWT VC")
def test_a_request_that_another_signed(their_wallet: Party, holder: dict[str, Any], shop: Door) -> None:
    made = shop.backend.ask(NAME_AND_AGE)
    known = keys_of(shop)
    their_wallet("know", keys=dict.fromkeys(known, holder["holder"]))
    try:
        with pytest.raises(ForeignError, match="verification of jwt"):
            their_wallet("request", url=made["request_url"])
    finally:
        their_wallet("know", keys=known)
