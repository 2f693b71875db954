"""Our wallet, and an issuer on @openid4vc/openid4vci and oauth2 over HTTP."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.adapters.wallet_attester import WalletAttester
from clicid.codec import strict_json
from clicid.errors import Refused, Undecided
from clicid.formats.base import Material, NamedIssuer, Need, NeedKind
from clicid.formats.mdoc.elements import MDL_DOCTYPE
from clicid.keys.algorithms import P256
from clicid.oid4vci.dialogue import Consented, ConsentWanted, Declined
from clicid.oid4vci.signed_metadata import Signers
from clicid.trust.iaca_making import Place, prepare_authority, prepare_signer
from sandbox.network import WALLET_PROVIDER
from sandbox.wallet_provider.config import CONFIG
from tests.conftest import ROOT as REPOSITORY
from tests.support import w3c
from tests.support.foreign import exported, x5c
from tests.support.node import install, installed
from tests.support.world import DAY, Dice
from tests.support.x509 import Party as Named
from tests.support.x509 import issue
from tests.unit.securing.data_integrity.test_interop import PACKAGES as DATA_INTEGRITY
from wallet.main import opened
from wallet.store.roots import NamedRoot, RootKind, Roots
from wallet.usecases import accepting, renewing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import httpx

    from clicid.adapters.gather import Source
    from clicid.formats.base import Unavailable
    from clicid.trust.iaca_making import PreparedCertificate
    from sandbox.network import Network
    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from wallet.usecases.parts import Parts

pytestmark = pytest.mark.slow

ROOT, SIGNER, IACA = (
    Named(name, number) for number, name in enumerate(["A foreign root", "A foreign issuer", "An IACA"], 61)
)
VCT = "https://foreign.example/identity"
AUTHORIZATION_CODE = "authorization_code"


@dataclass
class Accepting:
    """A person who takes everything, and has a transaction code if one was sent."""

    tx_code: str | None = None

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        return Consented(tuple(offer.configurations), self.tx_code if offer.tx_code else None)


@dataclass
class Browser:
    """The person's browser: it goes where the issuer sends it, and comes back."""

    http: httpx.Client
    redirect_uri: str = "http://127.0.0.1:49152/back"
    visited: list[str] = field(default_factory=list)

    def visit(self, url: str, state: str) -> str:
        assert state
        self.visited.append(url)
        return str(self.http.get(url).headers["location"])


@dataclass
class Issuer:
    """The issuer, with a certificate for its address, one for documents, and the roots of both."""

    party: Party
    origin: str
    certificate: bytes
    root: bytes
    signer: bytes
    iaca: bytes

    def offer(self, *configurations: str, how: dict[str, Any] | None = None, **more: Any) -> str:
        """An offer, from an issuer that goes about things in some way."""
        certificates = {"certificates": x5c(self.certificate), "documentSigner": x5c(self.signer)}
        self.party("configure", **({"vct": VCT} | certificates | (how or {})))
        self.party("told")
        return str(self.party("offer", configurations=configurations or ("sd_jwt",), **more))

    def events(self) -> list[str]:
        """What the wallet told it since."""
        return [one["event"] for one in self.party("told") if one["event"] != "metadata"]


@pytest.fixture(scope="module")
def issuer(their_issuer: Party) -> Issuer:
    """The issuer, at its address."""
    origin = their_issuer("start", jwk=exported(SIGNER.private))
    begins, ends = clock.now().replace(microsecond=0) - DAY, clock.now() + 100 * DAY
    root = issue(ROOT, ROOT, ca=True, begins=begins, ends=ends)
    certificate = issue(SIGNER, ROOT, names=[origin], begins=begins, ends=ends)
    place, random = (
        Place("SE", "A foreign IACA", "https://foreign.example", "https://foreign.example/crl"),
        Dice(),
    )
    iaca = signed(prepare_authority(place, IACA.key, begins=begins, days=1000, random=random))
    called = replace(place, common_name="A foreign signer")
    prepared = prepare_signer(called, SIGNER.key, iaca, IACA.key, begins=begins, days=100, random=random)
    return Issuer(their_issuer, origin, certificate, root, signed(prepared), iaca)


def signed(prepared: PreparedCertificate) -> bytes:
    (operation,) = prepared.to_be_signed
    return prepared.complete([IACA.sign(operation.message)])


@pytest.fixture(scope="module")
def holder(our_wallet: WalletClient, issuer: Issuer) -> Iterator[Parts]:
    """Our wallet, whose person named the issuer's roots."""
    roots = Roots.of(
        [
            NamedRoot(RootKind.SD_JWT, issuer.root, frozenset({VCT})),
            NamedRoot(RootKind.MDOC, issuer.iaca, frozenset({MDL_DOCTYPE})),
        ]
    )
    with opened(our_wallet.home, our_wallet.passphrase_file.read_text("utf-8")) as parts:
        rules = replace(
            parts.policy.rules, anchors=roots.anchors, authorities=roots.authorities, by_name=roots.by_name
        )
        policy = replace(parts.policy, rules=rules, allow_without_status=True)
        yield replace(parts, policy=policy, holder=replace(parts.holder, client_id="a-wallet"))


@pytest.fixture(scope="module")
def attested(holder: Parts, network: Network) -> Parts:
    """The same wallet with a provider that attests it and its keys."""
    network.start(WALLET_PROVIDER)
    config = str(network.folder / WALLET_PROVIDER / CONFIG)
    command = [sys.executable, "-m", "sandbox.cli", "wallet-provider", "code", "--config", config]
    code = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY).stdout
    instance = holder.keys.generate(P256, "wallet-instance")
    attester = WalletAttester(network.founded.wallet_provider, holder.http, holder.keys, instance, clock.now)
    attester.register(code.strip())
    return replace(holder, attester=attester, holder=replace(holder.holder, attested=True))


@pytest.mark.interop("openid4vci gives to our wallet")
@pytest.mark.parametrize("by_reference", [False, True])
@pytest.mark.parametrize("tx_code", [None, "123456"])
def test_by_pre_authorized_code(
    issuer: Issuer, holder: Parts, by_reference: bool, tx_code: str | None
) -> None:
    more: dict[str, Any] = {"txCode": tx_code} if tx_code else {}
    offer = issuer.offer("sd_jwt", byReference=by_reference, **more)

    (kept,) = accepting.accept(holder, offer, Accepting(tx_code))

    assert kept.credential_type == VCT
    assert issuer.events() == ["credential_accepted"]


@pytest.mark.interop("openid4vci gives to our wallet")
def test_a_mobile_document(issuer: Issuer, holder: Parts) -> None:
    (kept,) = accepting.accept(holder, issuer.offer("mdoc"), Accepting())
    assert (kept.credential_type, kept.format) == (MDL_DOCTYPE, "mso_mdoc")


@pytest.mark.interop("openid4vci gives to our wallet")
def test_a_wrong_transaction_code_is_asked_for_again(issuer: Issuer, holder: Parts) -> None:
    @dataclass
    class Mistaken(Accepting):
        asked: int = 0

        def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
            self.asked += 1
            self.tx_code = "123456" if offer.retry else "654321"
            return super().on_offer(offer)

    person = Mistaken()
    (kept,) = accepting.accept(holder, issuer.offer("sd_jwt", txCode="123456"), person)
    assert (kept.credential_type, person.asked) == (VCT, 2)


@pytest.mark.interop("openid4vci gives to our wallet")
def test_what_another_authority_certified_is_not_kept(issuer: Issuer, holder: Parts) -> None:
    rules = replace(holder.policy.rules, anchors={})
    trusting = replace(holder, policy=replace(holder.policy, rules=rules))
    with pytest.raises(Refused) as refused:
        accepting.accept(trusting, issuer.offer("sd_jwt"), Accepting())
    assert refused.value.code.startswith("issuer.")
    assert issuer.events() == ["credential_failure"]


@pytest.mark.interop("openid4vci gives to our wallet by authorization code")
@pytest.mark.parametrize("how", [{}, {"dpop": True}, {"dpop": True, "dpopNonce": "a-nonce"}], ids=str)
def test_by_authorization_code(
    issuer: Issuer, holder: Parts, http: httpx.Client, how: dict[str, Any]
) -> None:
    browser = Browser(http)
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how=how)
    (kept,) = accepting.accept(holder, offer, Accepting(), browser)
    assert kept.credential_type == VCT
    assert "request_uri=urn" in browser.visited[0]


@pytest.mark.interop("openid4vci gives to our wallet by authorization code")
def test_an_answer_of_another_server_is_not_taken(issuer: Issuer, holder: Parts, http: httpx.Client) -> None:
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how={"iss": "https://another.example"})
    with pytest.raises(Refused):
        accepting.accept(holder, offer, Accepting(), Browser(http))


@pytest.mark.interop("openid4vci wants our wallet and its keys attested")
@pytest.mark.parametrize(
    "how", [{"attestation": True}, {"attested": True}, {"proof": "attestation", "attested": True}], ids=str
)
def test_attested(issuer: Issuer, attested: Parts, http: httpx.Client, how: dict[str, Any]) -> None:
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how={"dpop": True, **how})
    (kept,) = accepting.accept(attested, offer, Accepting(), Browser(http))
    assert kept.credential_type == VCT


@pytest.mark.interop("openid4vci wants our wallet and its keys attested")
@pytest.mark.parametrize("how", [{"attestation": True}, {"attested": True}], ids=str)
def test_a_wallet_that_nobody_attests_gets_nothing(
    issuer: Issuer, holder: Parts, http: httpx.Client, how: dict[str, Any]
) -> None:
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how=how)
    with pytest.raises(Refused):
        accepting.accept(holder, offer, Accepting(), Browser(http))


@pytest.mark.interop("openid4vci gives several copies, later, and again")
def test_a_batch(issuer: Issuer, holder: Parts) -> None:
    wanting = replace(holder, holder=replace(holder.holder, copies=3))
    before = len(holder.records.credentials())
    (kept,) = accepting.accept(wanting, issuer.offer("sd_jwt", how={"batch": 3}), Accepting())
    assert kept.batch
    assert len(holder.records.credentials()) == before + 3


@pytest.mark.interop("openid4vci gives several copies, later, and again")
def test_what_is_not_ready_comes_later(issuer: Issuer, holder: Parts) -> None:
    offer = issuer.offer("sd_jwt", how={"deferred": True})
    with pytest.raises(Undecided) as undecided:
        accepting.accept(holder, offer, Accepting())
    assert undecided.value.code == "wallet.not_ready"
    later = replace(holder, clock=lambda: clock.now() + timedelta(seconds=2))
    assert [fault.code for fault in renewing.go_on(later).faults] == ["wallet.not_ready"]
    later = replace(holder, clock=lambda: clock.now() + timedelta(seconds=4))
    (kept,) = renewing.go_on(later).kept
    assert kept.credential_type == VCT


@pytest.mark.interop("openid4vci gives several copies, later, and again")
def test_a_credential_is_renewed(issuer: Issuer, holder: Parts, http: httpx.Client) -> None:
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how={"dpop": True, "refresh": True})
    (first,) = accepting.accept(holder, offer, Accepting(), Browser(http))
    (second,) = renewing.renew(holder, [first.entry]).kept
    held = {one.credential_id for one in holder.records.credentials()}
    assert second.credential_id in held
    assert first.credential_id not in held


@pytest.mark.interop("openid4vci gives to our wallet, encrypted")
@pytest.mark.parametrize("configuration", ["sd_jwt", "mdoc"])
def test_encrypted_both_ways(issuer: Issuer, holder: Parts, configuration: str) -> None:
    (kept,) = accepting.accept(holder, issuer.offer(configuration, how={"encrypted": True}), Accepting())
    assert kept.format == ("dc+sd-jwt" if configuration == "sd_jwt" else "mso_mdoc")
    assert issuer.events() == ["credential_accepted"]


def ahead(seconds: int) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


@pytest.mark.interop("openid4vci gives to our wallet, encrypted")
def test_what_comes_later_comes_encrypted_too(issuer: Issuer, holder: Parts) -> None:
    offer = issuer.offer("sd_jwt", how={"encrypted": True, "deferred": True})
    with pytest.raises(Undecided):
        accepting.accept(holder, offer, Accepting())
    # Ready the second time that it is asked for.
    for seconds in (2, 4):
        found = renewing.go_on(replace(holder, clock=partial(ahead, seconds)))
    assert [one.credential_type for one in found.kept] == [VCT]


DID = "did:web:foreign.example"


@dataclass
class Resolving:
    """What the wallet learns, with the document of the issuer's DID, whose website is nowhere."""

    rest: Source

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        return document(now) if need == Need(NeedKind.DID, DID) else self.rest.get(need, now)

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        return document(now) if need == Need(NeedKind.DID, DID) else self.rest.get_at_once(need, now)


def document(now: datetime) -> Material:
    key = f"{DID}#key"
    method = {"id": key, "type": "JsonWebKey", "controller": DID, "publicKeyJwk": SIGNER.key.to_jwk()}
    body: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "verificationMethod": [method],
        "assertionMethod": [key],
    }
    return Material(strict_json.dumps(body), now, now, "https://foreign.example/.well-known/did.json")


@pytest.mark.interop("openid4vci gives to our wallet, as a W3C credential")
@pytest.mark.parametrize(
    ("configuration", "suite"),
    [("jwt_vc", "ecdsa-rdfc-2019"), ("ldp_vc", "ecdsa-rdfc-2019"), ("ldp_vc", "ecdsa-sd-2023")],
)
def test_a_w3c_credential(
    issuer: Issuer, holder: Parts, network: Network, configuration: str, suite: str
) -> None:
    if missing := install(DATA_INTEGRITY):
        pytest.skip(missing)
    vocabulary = network.founded.vocabulary
    named = NamedIssuer(frozenset({f"{vocabulary}/age/v1"}), frozenset(), {NeedKind.DID: DAY})
    policy = replace(holder.policy, rules=replace(holder.policy.rules, by_name={DID: named}))
    how = {
        "w3c": {
            "did": DID,
            "suite": suite,
            "type": ["VerifiableCredential", "ClicAge"],
            "context": f"{vocabulary}/contexts/age/v1",
            "contexts": w3c.published_contexts(),
            "packages": str(installed(DATA_INTEGRITY)),
        }
    }
    resolving: Any = Resolving(holder.materials)
    offer = issuer.offer(configuration, how=how)
    with pytest.raises(Refused) as refused:
        accepting.accept(replace(holder, materials=resolving), offer, Accepting())
    assert refused.value.code == "wallet.issuer_not_named"
    offer = issuer.offer(configuration, how=how)
    (kept,) = accepting.accept(replace(holder, policy=policy, materials=resolving), offer, Accepting())
    assert (kept.format, kept.issuer) == ({"jwt_vc": "jwt_vc_json"}.get(configuration, configuration), DID)


@pytest.mark.interop("openid4vci signs its metadata for our wallet")
@pytest.mark.parametrize("known", [True, False])
def test_signed_metadata(issuer: Issuer, holder: Parts, known: bool) -> None:
    roots = Roots.of([NamedRoot(RootKind.METADATA, issuer.root if known else issuer.iaca)])
    trusting = replace(holder, holder=replace(holder.holder, signers=Signers(roots.signers)))
    offer = issuer.offer("sd_jwt", how={"signed": True})
    if known:
        (kept,) = accepting.accept(trusting, offer, Accepting())
        assert kept.credential_type == VCT
    else:
        with pytest.raises(Refused):
            accepting.accept(trusting, offer, Accepting())
