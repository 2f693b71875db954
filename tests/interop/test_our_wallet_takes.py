"""Our wallet, and an issuer on @openid4vc/openid4vci and oauth2 over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.errors import Refused
from clicid.formats.base import NamedIssuer
from clicid.oid4vci.acceptance import Consented, ConsentWanted, Declined
from clicid.trust.anchors import Anchor
from tests.support.foreign import exported, x5c
from tests.support.world import DAY
from tests.support.x509 import Party as Named
from tests.support.x509 import issue
from wallet.main import opened
from wallet.usecases import accepting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from wallet.usecases.parts import Parts

pytestmark = pytest.mark.slow

ROOT, SIGNER = Named("A foreign root", 61), Named("A foreign issuer", 62)
VCT = "https://foreign.example/identity"


@dataclass
class Accepting:
    """A person who takes everything, and has a transaction code if one was sent."""

    tx_code: str | None = None

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        return Consented(tuple(offer.configurations), self.tx_code if offer.tx_code else None)


@pytest.fixture(scope="module")
def certificates() -> tuple[bytes, bytes]:
    """The issuer's certificate and its root."""
    begins, ends = clock.now() - DAY, clock.now() + 100 * DAY
    root = issue(ROOT, ROOT, ca=True, begins=begins, ends=ends)
    return issue(SIGNER, ROOT, begins=begins, ends=ends), root


@pytest.fixture(scope="module")
def issuer(their_issuer: Party, certificates: tuple[bytes, bytes]) -> Party:
    """The issuer, which nothing was told yet."""
    their_issuer("start", jwk=exported(SIGNER.private), certificates=x5c(*certificates))
    return their_issuer


def configure(issuer: Party, **how: Any) -> None:
    """Have the issuer go about things in some way."""
    issuer("told")
    issuer("configure", vct=VCT, **how)


@pytest.fixture(scope="module")
def holder(our_wallet: WalletClient, certificates: tuple[bytes, bytes]) -> Iterator[Parts]:
    """Our wallet, whose person trusts the issuer's authority for its type."""
    anchor = Anchor.load(certificates[1])
    named = NamedIssuer(frozenset({VCT}), frozenset(), {})
    with opened(our_wallet.home, our_wallet.passphrase_file.read_text("utf-8")) as parts:
        rules = replace(parts.policy.rules, anchors={anchor: ""}, by_name={anchor.name: named})
        yield replace(parts, policy=replace(parts.policy, rules=rules, allow_without_status=True))


@pytest.mark.interop("openid4vci gives to our wallet")
@pytest.mark.parametrize("by_reference", [False, True])
@pytest.mark.parametrize("tx_code", [None, "123456"])
def test_by_pre_authorized_code(
    issuer: Party, holder: Parts, by_reference: bool, tx_code: str | None
) -> None:
    configure(issuer)
    more: dict[str, Any] = {"txCode": tx_code} if tx_code else {}
    offer = issuer("offer", configurations=["sd_jwt"], byReference=by_reference, **more)

    (kept,) = accepting.accept(holder, offer, Accepting(tx_code))

    assert kept.credential_type == VCT
    assert [one["event"] for one in issuer("told")] == ["credential_accepted"]


@pytest.mark.interop("openid4vci gives to our wallet")
def test_a_wrong_transaction_code_is_asked_for_again(issuer: Party, holder: Parts) -> None:
    configure(issuer)
    offer = issuer("offer", configurations=["sd_jwt"], txCode="123456")

    class Mistaken(Accepting):
        asked = 0

        def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
            self.asked += 1
            self.tx_code = "123456" if offer.retry else "654321"
            return super().on_offer(offer)

    person = Mistaken()
    (kept,) = accepting.accept(holder, offer, person)
    assert (kept.credential_type, person.asked) == (VCT, 2)


@pytest.mark.interop("openid4vci gives to our wallet")
def test_what_another_authority_certified_is_not_kept(issuer: Party, holder: Parts) -> None:
    configure(issuer)
    offer = issuer("offer", configurations=["sd_jwt"])
    trusting = replace(holder, policy=replace(holder.policy, rules=replace(holder.policy.rules, anchors={})))
    with pytest.raises(Refused) as refused:
        accepting.accept(trusting, offer, Accepting())
    assert refused.value.code.startswith("issuer.")
    assert [one["event"] for one in issuer("told")] == ["credential_failure"]
