"""Both roles of OpenID4VCI wired to each other in memory, every state through its stored bytes."""

from __future__ import annotations

from clicid.codec.web import HttpRequest
from clicid.oid4vci.dialogue import Finished
from clicid.oid4vci.issuance import Phase
from clicid.oid4vci.offer import OfferReference
from tests.support.holder import MemoryWallet
from tests.support.issuance import AGE, IDENTITY, ISSUER, IssuerServer


def test_an_offer_by_value_is_accepted() -> None:
    server = IssuerServer()
    new = server.offer()
    wallet = MemoryWallet(server, [new.tx_code])
    assert wallet.accept(new.offer.to_url()) == Finished((IDENTITY, AGE))
    assert set(wallet.received) == {IDENTITY, AGE}
    assert server.state.phase is Phase.COMPLETED


def test_an_offer_by_reference_is_accepted() -> None:
    server = IssuerServer()
    server.offer(IDENTITY, tx_code=None)
    wallet = MemoryWallet(server)
    assert wallet.accept(OfferReference(f"{ISSUER}/offer/1").to_url()) == Finished((IDENTITY,))
    assert server.seen[0] == HttpRequest("GET", f"{ISSUER}/offer/1")
