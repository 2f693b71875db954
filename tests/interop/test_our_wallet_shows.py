"""Our wallet, and a verifier on @openid4vc/openid4vp over HTTP."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.codec import base64url, strict_json
from clicid.errors import RemoteError
from clicid.oid4vp import verifier_attestation
from clicid.oid4vp.rules import Attester, Requesters
from clicid.oid4vp.transaction_data import PAYMENT
from clicid.trust.anchors import Anchor
from tests.support.foreign import exported, x5c
from tests.support.foreign_queries import PAGE, query
from tests.support.world import DAY
from tests.support.x509 import Party as Named
from tests.support.x509 import issue
from wallet.main import opened
from wallet.usecases import presenting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.oid4vp.matching import Picks
    from sandbox.network import Network
    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from wallet.usecases.choosing import Menu
    from wallet.usecases.parts import Parts
    from wallet.usecases.presenting import Question

pytestmark = pytest.mark.slow

HOST = "localhost"
ROOT, VERIFIER, ATTESTER = (
    Named(name, number)
    for number, name in enumerate(["A foreign authority", "A foreign verifier", "A foreign attester"], 71)
)


@dataclass
class Consenting:
    """A person who looks, and agrees or not."""

    agrees: bool = True
    asked: list[Question] = field(default_factory=list)

    def chooses(self, _asker: Question, menu: Menu) -> Picks | None:
        return menu.preferred

    def insists(self, question: Question) -> bool:
        return self.consents(question)

    def consents(self, question: Question) -> bool:
        self.asked.append(question)
        return self.agrees


@pytest.fixture(scope="module")
def holder(our_wallet: WalletClient, certificates: tuple[bytes, bytes]) -> Iterator[Parts]:
    """Our wallet, open: it holds what our issuer gives, and knows who vouches for verifiers."""
    requesters = Requesters(
        roots={Anchor.load(certificates[1]): ROOT.name},
        attesters={ATTESTER.name: Attester(ATTESTER.name, {"1": ATTESTER.key})},
    )
    with opened(our_wallet.home, our_wallet.passphrase_file.read_text("utf-8")) as parts:
        yield replace(parts, requesters=requesters)


@dataclass(frozen=True)
class Asker:
    """The verifier, as our tests have it ask."""

    party: Party
    identifiers: dict[str, str]
    more: dict[str, Any]
    vocabulary: str

    def ask(self, prefix: str, mode: str, form: str = "dc+sd-jwt", **more: Any) -> dict[str, Any]:
        """A request for a credential of a format."""
        given = {"query": query(form, self.vocabulary), "prefix": prefix, "mode": mode}
        if prefix in self.identifiers:
            given["clientId"] = f"{prefix}:{self.identifiers[prefix]}"
        made: dict[str, Any] = self.party("ask", **self.more, **given, **more)
        return made

    def result(self, made: dict[str, Any]) -> Any:
        """What it made of the answer."""
        return self.party("result", id=made["id"])


@pytest.fixture(scope="module")
def certificates() -> tuple[bytes, bytes]:
    """The verifier's certificate for this machine's name, and its root."""
    begins, ends = clock.now() - DAY, clock.now() + 100 * DAY
    root = issue(ROOT, ROOT, ca=True, begins=begins, ends=ends)
    return issue(VERIFIER, ROOT, names=[HOST], begins=begins, ends=ends), root


@pytest.fixture(scope="module")
def asker(
    their_verifier: Party, network: Network, root: list[str], certificates: tuple[bytes, bytes]
) -> Asker:
    """The verifier, which trusts the authority of our issuer and has what each prefix wants."""
    started = their_verifier("start", jwk=exported(VERIFIER.private), host=HOST)
    digest = hashlib.sha256(certificates[0]).digest()
    prepared = verifier_attestation.prepare(
        "verifier.example",
        VERIFIER.key,
        issuer=ATTESTER.name,
        key_id="1",
        alg="ES256",
        issued_at=clock.now(),
        expires_at=clock.now() + DAY,
    )
    (operation,) = prepared.to_be_signed
    attestation = prepared.complete([ATTESTER.sign(operation.message)]).decode()
    identifiers = {
        "decentralized_identifier": started["did"],
        "x509_san_dns": HOST,
        "x509_hash": base64url.encode(digest),
        "verifier_attestation": "verifier.example",
    }
    more = {"x5c": x5c(*certificates), "attestation": attestation, "trusted": root}
    return Asker(their_verifier, identifiers, more, network.founded.vocabulary)


VOUCHED = {
    "redirect_uri": "",
    "decentralized_identifier": "",
    "x509_san_dns": "A foreign authority",
    "x509_hash": "A foreign authority",
    "verifier_attestation": "A foreign attester",
}


@pytest.mark.interop("openid4vp asks our wallet")
@pytest.mark.parametrize("prefix", VOUCHED)
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_it_asks_for_is_shown(holder: Parts, asker: Asker, prefix: str, mode: str, method: str) -> None:
    made = asker.ask(prefix, mode, method=method)
    person = Consenting()

    outcome = presenting.present(holder, made["url"], person)

    assert outcome.presented
    assert "#response_code=" in outcome.redirect_uri
    (question,) = person.asked
    assert not question.registered
    found = asker.result(made)
    assert found["encrypted"] == ("Encrypted" if mode.endswith(".jwt") else None)
    (shown,) = found["found"]["who"]
    assert shown["claims"]["family_name"] == "Åkerström-Öberg"
    assert "given_name" not in shown["claims"]


@pytest.mark.interop("openid4vp asks our wallet for mobile documents")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_a_mobile_document(holder: Parts, asker: Asker, mode: str) -> None:
    made = asker.ask("x509_hash", mode, "mso_mdoc")
    assert presenting.present(holder, made["url"], Consenting()).presented
    (shown,) = asker.result(made)["found"]["who"]
    assert shown["claims"] == {
        f"{asker.vocabulary}/identity/v1": {"family_name": "Åkerström-Öberg", "age_over_18": True}
    }


@pytest.mark.interop("openid4vp carries a W3C presentation")
@pytest.mark.parametrize("form", ["ldp_vc", "jwt_vc_json"])
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_a_w3c_credential(holder: Parts, asker: Asker, form: str, mode: str) -> None:
    made = asker.ask("x509_hash", mode, form)
    assert presenting.present(holder, made["url"], Consenting()).presented
    (shown,) = asker.result(made)["found"]["who"]
    raw = shown["raw"]
    presentation = raw if isinstance(raw, dict) else json.loads(base64url.decode(raw.split(".")[1]))["vp"]
    assert presentation["type"] in ("VerifiablePresentation", ["VerifiablePresentation"])


@pytest.mark.interop("openid4vp asks our wallet by the Digital Credentials API")
@pytest.mark.parametrize("form", ["dc+sd-jwt", "mso_mdoc"])
@pytest.mark.parametrize("mode", ["dc_api", "dc_api.jwt"])
@pytest.mark.parametrize("prefix", ["", "x509_hash"])
def test_a_page(holder: Parts, asker: Asker, form: str, mode: str, prefix: str) -> None:
    made = asker.ask(prefix, mode, form, page=PAGE)
    protocol = f"openid4vp-v1-{'signed' if prefix else 'unsigned'}"
    data = {"request": made["payload"]["request"]} if prefix else made["payload"]
    answer = presenting.present_to_page(holder, protocol, data, PAGE, Consenting())
    asker.party("receive", id=made["id"], answer=answer)
    assert list(asker.result(made)["found"]) == ["who"]


@pytest.mark.interop("openid4vp asks our wallet by the Digital Credentials API")
def test_another_page_with_the_same_request(holder: Parts, asker: Asker) -> None:
    made = asker.ask("x509_hash", "dc_api", page=PAGE)
    data, person = {"request": made["payload"]["request"]}, Consenting()
    found = presenting.present_to_page(holder, "openid4vp-v1-signed", data, "https://thief.example", person)
    assert (found, person.asked) == ({"error": "invalid_request"}, [])


@pytest.mark.interop("openid4vp has our wallet authorise a transaction")
def test_a_payment_is_authorised(holder: Parts, asker: Asker) -> None:
    payment: dict[str, Any] = {
        "type": PAYMENT.name,
        "credential_ids": ["who"],
        "payee": "A foreign shop",
        "amount": "99.50",
        "currency": "SEK",
    }
    data = base64url.encode(strict_json.dumps(payment))
    made = asker.ask("x509_hash", "direct_post.jwt", more={"transaction_data": [data]})
    assert presenting.present(holder, made["url"], Consenting()).presented
    assert asker.result(made)["transaction"] == 1


@pytest.mark.interop("openid4vp is told why our wallet does not answer")
def test_a_person_who_declines(holder: Parts, asker: Asker) -> None:
    made = asker.ask("decentralized_identifier", "direct_post", state="s-1")
    outcome = presenting.present(holder, made["url"], Consenting(agrees=False))
    assert not outcome.presented
    assert asker.result(made) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.interop("openid4vp asks our wallet")
def test_a_request_for_another_client_is_not_answered(holder: Parts, asker: Asker) -> None:
    made = asker.ask("decentralized_identifier", "direct_post")
    other = made["url"].replace("did%3Ajwk%3A", "did%3Ajwk%3Ae")
    person = Consenting()
    with pytest.raises(RemoteError):
        presenting.present(holder, other, person)
    assert person.asked == []
    assert asker.result(made) is None
