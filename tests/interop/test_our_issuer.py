"""Our issuer over HTTP, and the wallet of @openid4vc/openid4vci."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.operator_client import OperatorClient
from tests.support.foreign import ForeignError
from tests.support.live import AGE, AGE_W3C, IDENTITY, IDENTITY_W3C

if TYPE_CHECKING:
    from sandbox.network import Network
    from tests.support.foreign import Party
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

SD_JWTS = (IDENTITY, AGE)
EVERY = (*SD_JWTS, IDENTITY_W3C, AGE_W3C)
Received = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def received(their_wallet: Party, person: Identified) -> Received:
    """All that one offer has, as the foreign wallet got it by the pre-authorized code grant."""
    offer = person.client.offer()
    said = their_wallet("offer", offer=offer.url)
    assert said["draft"] == "V1"
    assert set(offer.configurations) <= set(said["known"])
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
    documents: Party, network: Network, received: Received, configuration: str
) -> None:
    (raw,) = received[configuration]["credentials"]
    said = checked(documents, network, raw)
    assert said["payload"]["iss"] == network.founded.identifier
    assert said["payload"]["cnf"]["jwk"] == received[configuration]["holders"][0]
    assert said["payload"]["age_over_18"] is True


@pytest.mark.interop("sd-jwt-vc reads what our issuer gives, and its status list")
def test_one_that_is_revoked_is_not(
    documents: Party, network: Network, their_wallet: Party, person: Identified
) -> None:
    offer = person.client.offer(AGE)
    their_wallet("offer", offer=offer.url)
    their_wallet("redeem", txCode=offer.tx_code)
    (raw,) = their_wallet("credential", configuration=AGE)["credentials"]
    entry = checked(documents, network, raw)["payload"]["status"]["status_list"]
    with OperatorClient(network.founded) as operator:
        operator.act(operator.find(entry["uri"], entry["idx"]), "revoke", "lost")
    with pytest.raises(ForeignError, match="Status is not valid"):
        checked(documents, network, raw)


def checked(documents: Party, network: Network, raw: str) -> Any:
    """What the package says of a credential under the issuer's authority, its status by HTTP."""
    authority = (network.folder / "issuer" / "ca.pem").read_text("ascii")
    trusted = ["".join(authority.splitlines()[1:-1])]
    return documents("checkSdJwt", raw=raw, trusted=trusted, status=True)


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
