"""HAIP 1.0: every role of ours under the switch, and the packages as wallet, issuer and verifier."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography import x509

from clicid.errors import ClicidError, Refused
from clicid.formats.mdoc.elements import MDL_DOCTYPE
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vp.rules import Requesters
from clicid.trust.anchors import Anchor
from issuer.config import load
from sandbox.network import WALLET_PROVIDER
from sandbox.provider_client import NAME_AND_AGE
from tests.e2e import test_haip as ours
from tests.e2e.test_authorization import Live, Outbox, Owner
from tests.interop import test_our_wallet_shows as showing
from tests.interop import test_our_wallet_takes as taking
from tests.interop.test_our_issuer import Browser, checked
from tests.interop.test_our_verifier import Holder, Shop, asked_and_shown, token_of
from tests.interop.test_our_wallet_shows import Asker, Consenting
from tests.interop.test_our_wallet_takes import AUTHORIZATION_CODE, VCT, Accepting, Issuer
from tests.support.foreign import ATTESTED, ForeignError, x5c
from tests.support.foreign_queries import PAGE, SHOWN
from tests.support.live import IDENTITY, Door, ending, http_client
from tests.support.provider_process import ProviderProcess
from wallet.main import opened
from wallet.store.roots import NamedRoot, RootKind, Roots
from wallet.usecases import accepting, presenting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.network import Network
    from tests.support.foreign import Party
    from tests.support.live_network import Identified
    from wallet.usecases.parts import Parts

pytestmark = pytest.mark.slow

IDENTITIES = {"dc+sd-jwt": IDENTITY, "mso_mdoc": "ClicIdentity_mdoc"}
BACK = "com.example.wallet:/back"
# The foreign issuer and verifier, made as where the switch is off.
issuer, certificates, asker = taking.issuer, showing.certificates, showing.asker


@pytest.fixture(scope="module")
def strict(network: Network) -> Iterator[Network]:
    """The network with the switch on; off again afterwards, for the tests that share it."""
    names = ("issuer", "shop")
    file, shop = network.folder / "issuer" / "issuer.toml", network.founded.provider("shop").config
    before = {one: one.read_text("utf-8") for one in (file, shop)}
    for name in names:
        network.services[name].stop()
    # What the switch turns on need not be said; what it refuses must not.
    lines = [line for line in before[file].splitlines() if not line.startswith("proof_types = ")]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    shop.write_text(before[shop].partition("\n[[identities]]")[0], "utf-8")
    try:
        ours.switched(network)
        network.start(*names, WALLET_PROVIDER)
        yield network
    finally:
        for name in names:
            network.services[name].stop()
        for one, text in before.items():
            one.write_text(text, "utf-8")
        network.start(*names)


def offered(network: Network, person: Identified, *configurations: str) -> str:
    """An offer of ours by authorization code."""
    return ours.offered(network, Owner(*person.client.session), *configurations)


# The package as wallet, at our issuer


def granted(their_wallet: Party, network: Network, person: Identified, configuration: str) -> None:
    """A token for one configuration, as HAIP wants it got."""
    attestation = their_wallet("attestClient", clientId=ATTESTED)
    offer = offered(network, person, configuration)
    assert offer.startswith("haip-vci://")
    said = their_wallet("offer", offer=offer, clientId=ATTESTED, attestation=attestation)
    scope = said["issuer"]["credential_configurations_supported"][configuration]["scope"]
    url = their_wallet("authorize", scope=scope, redirectUri=BACK, bound=True)
    with http_client() as http:
        found = their_wallet("authorized", url=Browser(person.client, http).go(url, known=True))
    assert found == {"tokenType": "DPoP", "refreshable": True}


@pytest.fixture(scope="module")
def holder(their_wallet: Party, strict: Network, person: Identified) -> Holder:
    """What the foreign wallet got of our issuer, by format."""
    found: Holder = {}
    for form, configuration in IDENTITIES.items():
        granted(their_wallet, strict, person, configuration)
        got = their_wallet(
            "credential", configuration=configuration, clientId=ATTESTED, count=2, attested=True
        )
        assert len(set(got["credentials"])) == 2
        assert their_wallet("notify", event="credential_accepted") == 204
        found[form] = {
            "raw": got["credentials"][0],
            "key": got["keys"][0],
            "holder": got["holders"][0],
            "format": form,
        }
    return found


@pytest.mark.interop("openid4vci takes under HAIP")
def test_with_an_attestation_of_keys_beside_their_proofs(
    documents: Party, root: list[str], holder: Holder
) -> None:
    """Each by the package of its format, under the root that stands in no header."""
    said = checked(documents, root, holder["dc+sd-jwt"]["raw"])
    assert said["payload"]["cnf"]["jwk"] == holder["dc+sd-jwt"]["holder"]
    assert root[0] not in said["header"]["x5c"]
    said = documents("checkIssuedMdoc", raw=holder["mso_mdoc"]["raw"], trusted=root)
    assert (said["failed"], said["deviceKey"]) == ([], holder["mso_mdoc"]["holder"])


@pytest.mark.interop("openid4vci takes under HAIP")
@pytest.mark.parametrize("configuration", IDENTITIES.values())
def test_by_an_attestation_of_keys_alone_and_again(
    their_wallet: Party, strict: Network, person: Identified, configuration: str
) -> None:
    granted(their_wallet, strict, person, configuration)
    got = their_wallet("credentialByAttestation", configuration=configuration, count=2)
    assert len(set(got["credentials"])) == 2
    # FAPI 2.0 5.3.2.1, 9: a refresh token stays the same, so the package's is good twice.
    for _ in range(2):
        assert their_wallet("refresh") == {"tokenType": "DPoP", "refreshable": True}


@pytest.mark.interop("openid4vci takes under HAIP")
def test_a_wallet_or_its_keys_without_attestation_and_tokens_without_a_key(
    their_wallet: Party, strict: Network, person: Identified
) -> None:
    their_wallet("offer", offer=offered(strict, person, IDENTITY), clientId=ATTESTED)
    with pytest.raises(ForeignError, match=r'status 401\s+{\s+"error": "invalid_client"'):
        their_wallet("authorize", scope=IDENTITY, redirectUri=BACK, bound=True)

    attestation = their_wallet("attestClient", clientId=ATTESTED)
    their_wallet("offer", offer=offered(strict, person, IDENTITY), clientId=ATTESTED, attestation=attestation)
    url = their_wallet("authorize", scope=IDENTITY, redirectUri=BACK, bound=False)
    with http_client() as http, pytest.raises(ForeignError, match="invalid_dpop_proof"):
        their_wallet("authorized", url=Browser(person.client, http).go(url, known=True))

    granted(their_wallet, strict, person, IDENTITY)
    # So our metadata say, and the package does not even ask.
    with pytest.raises(ForeignError, match="requires key attestations"):
        their_wallet("credential", configuration=IDENTITY, clientId=ATTESTED)


@pytest.mark.interop("openid4vci takes under HAIP")
def test_metadata_are_signed_under_a_root_that_is_not_there(
    their_wallet: Party, strict: Network, person: Identified, root: list[str]
) -> None:
    said = their_wallet("offer", offer=offered(strict, person, IDENTITY), signed=True)
    signer = said["signedBy"]
    (leaf,) = (x509.load_der_x509_certificate(base64.b64decode(one)) for one in signer["x5c"])
    leaf.verify_directly_issued_by(x509.load_der_x509_certificate(base64.b64decode(root[0])))
    assert signer["method"] == "x5c"


# Our wallet


@pytest.fixture(scope="module")
def wallet(
    strict: Network,
    person: Identified,
    certificates: tuple[bytes, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Parts]:
    """It has both formats of our issuer, by wallet and key attestation, and knows the foreign authorities."""
    made = ours.wallet_of(strict, tmp_path_factory.mktemp("haip") / "wallet")
    file = made.home / "wallet.json"
    settings = json.loads(file.read_text("utf-8"))
    # Who is known by an authority alone says in it where its status lists are.
    lists = [*load(strict.folder / "issuer" / "issuer.toml").list_urls()]
    settings["roots"] += [
        one | {"kind": "mdoc", "lists": lists} for one in settings["roots"] if one["kind"] == "sd-jwt"
    ]
    file.write_text(json.dumps(settings), "utf-8")
    url = strict.founded.wallet_provider
    provider = ProviderProcess(strict.folder / WALLET_PROVIDER, url, strict.services[WALLET_PROVIDER])
    assert made.register(url, provider.run("code")).status == 0
    owner = Owner(*person.client.session)
    with opened(made.home, ours.PASSPHRASE) as parts, httpx.Client(timeout=60) as http:
        site = Live(strict.founded.identifier, Outbox(strict.folder / "outbox"), http)
        browser = ours.InBrowser(site, owner)
        for configuration in IDENTITIES.values():
            offer = ours.offered(strict, owner, configuration)
            assert accepting.accept(parts, offer, ours.Agreeing(), browser)
        requesters = Requesters(roots={Anchor.load(certificates[1]): showing.ROOT.name})
        yield replace(parts, requesters=requesters)


@pytest.fixture(scope="module")
def taker(wallet: Parts, issuer: Issuer) -> Parts:
    """The same, whose person named the foreign issuer's roots."""
    roots = Roots.of(
        [
            NamedRoot(RootKind.SD_JWT, issuer.root, frozenset({VCT})),
            NamedRoot(RootKind.MDOC, issuer.iaca, frozenset({MDL_DOCTYPE})),
            NamedRoot(RootKind.METADATA, issuer.root),
        ]
    )
    rules = replace(
        wallet.policy.rules, anchors=roots.anchors, authorities=roots.authorities, by_name=roots.by_name
    )
    return replace(
        wallet,
        policy=replace(wallet.policy, rules=rules, allow_without_status=True),
        holder=replace(wallet.holder, signers=Signers(roots.signers, haip=True)),
    )


HOW: dict[str, Any] = {
    "dpop": True,
    "dpopNonce": "a-nonce",
    "attestation": True,
    "attested": True,
    "signed": True,
    "batch": 2,
    "refresh": True,
}


@pytest.mark.interop("openid4vci gives under HAIP")
@pytest.mark.parametrize("proof", ["jwt", "attestation"])
@pytest.mark.parametrize("configuration", ["sd_jwt", "mdoc"])
def test_our_wallet_takes(
    issuer: Issuer, taker: Parts, http: httpx.Client, configuration: str, proof: str
) -> None:
    browser = taking.Browser(http)
    offer = issuer.offer(configuration, grant=AUTHORIZATION_CODE, how=HOW | {"proof": proof})
    link = offer.replace("openid-credential-offer:", "haip-vci:")
    before = len(taker.records.credentials())
    (kept,) = accepting.accept(taker, link, Accepting(), browser)
    assert kept.credential_type == (VCT if configuration == "sd_jwt" else MDL_DOCTYPE)
    assert len(taker.records.credentials()) == before + 2
    assert httpx.URL(browser.visited[0]).params.keys() == {"client_id", "request_uri"}
    assert issuer.events() == ["credential_accepted"]


@pytest.mark.interop("openid4vci gives under HAIP")
@pytest.mark.parametrize("change", [{"signed": False}, {"iss": "https://another.example"}])
def test_our_wallet_does_not_take(
    issuer: Issuer, taker: Parts, http: httpx.Client, change: dict[str, Any]
) -> None:
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how=HOW | change)
    before = len(taker.records.credentials())
    with pytest.raises(ClicidError):
        accepting.accept(taker, offer, Accepting(), taking.Browser(http))
    assert len(taker.records.credentials()) == before


@pytest.mark.interop("openid4vci gives under HAIP")
def test_our_wallet_does_not_keep_what_brings_its_root(
    issuer: Issuer, taker: Parts, http: httpx.Client
) -> None:
    rooted = {"certificates": x5c(issuer.certificate, issuer.root), "signed": False}
    offer = issuer.offer("sd_jwt", grant=AUTHORIZATION_CODE, how=HOW | rooted)
    free = replace(taker, holder=replace(taker.holder, signers=Signers(())))
    with pytest.raises(Refused) as refused:
        accepting.accept(free, offer, Accepting(), taking.Browser(http))
    assert refused.value.code == "issuer.certificate"


@pytest.mark.interop("openid4vp asks under HAIP")
@pytest.mark.parametrize("form", IDENTITIES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_our_wallet_shows(wallet: Parts, asker: Asker, form: str, method: str) -> None:
    made = leaf_alone(asker).ask("x509_hash", "direct_post.jwt", form, method=method)
    outcome = presenting.present(wallet, made["url"].replace("openid4vp:", "haip-vp:"), Consenting())
    assert outcome.presented
    assert "#response_code=" in outcome.redirect_uri
    found = asker.result(made)
    assert (found["encrypted"], list(found["found"])) == ("Encrypted", ["who"])


def leaf_alone(asker: Asker) -> Asker:
    """The verifier, whose authority stands in no header."""
    return replace(asker, more=asker.more | {"x5c": asker.more["x5c"][:1]})


@pytest.mark.interop("openid4vp asks under HAIP")
@pytest.mark.parametrize("form", IDENTITIES)
@pytest.mark.parametrize("prefix", ["", "x509_hash"])
def test_our_wallet_shows_a_page(wallet: Parts, asker: Asker, form: str, prefix: str) -> None:
    made = leaf_alone(asker).ask(prefix, "dc_api.jwt", form, page=PAGE)
    protocol = f"openid4vp-v1-{'signed' if prefix else 'unsigned'}"
    data = {"request": made["payload"]["request"]} if prefix else made["payload"]
    answer = presenting.present_to_page(wallet, protocol, data, PAGE, Consenting())
    asker.party("receive", id=made["id"], answer=answer)
    assert list(asker.result(made)["found"]) == ["who"]


@pytest.mark.interop("openid4vp asks under HAIP")
@pytest.mark.parametrize(
    ("prefix", "chain"),
    [("x509_hash", 2), ("x509_san_dns", 1), ("decentralized_identifier", 1), ("redirect_uri", 1)],
)
def test_our_wallet_does_not_listen(wallet: Parts, asker: Asker, prefix: str, chain: int) -> None:
    """To who brings their root, under another prefix, or unsigned by a link."""
    asking = replace(asker, more=asker.more | {"x5c": asker.more["x5c"][:chain]})
    person = Consenting()
    with pytest.raises(ClicidError):
        presenting.present(wallet, asking.ask(prefix, "direct_post.jwt")["url"], person)
    assert person.asked == []


@pytest.mark.interop("openid4vp asks under HAIP")
def test_our_wallet_does_not_answer_in_the_open(wallet: Parts, asker: Asker) -> None:
    made, person = leaf_alone(asker).ask("x509_hash", "direct_post", state="s-1"), Consenting()
    assert not presenting.present(wallet, made["url"], person).presented
    assert person.asked == []
    assert asker.result(made) == {"error": "invalid_request", "state": "s-1"}


# The package as wallet, at our verifier


@pytest.fixture(scope="module")
def shop(strict: Network, http: httpx.Client) -> Iterator[Shop]:
    """The shop's verifier, known by the hash of its certificate alone."""
    with Door(http, strict.founded.provider("shop")) as door:
        yield Shop(door, token_of(door))


@pytest.mark.interop("openid4vp answers under HAIP")
@pytest.mark.parametrize("form", IDENTITIES)
def test_our_verifier_accepts(their_wallet: Party, holder: Holder, shop: Shop, form: str) -> None:
    whole, shown = asked_and_shown(shop, holder, form)
    made = shop.ask(whole)
    assert made["request_url"].startswith("haip-vp://")
    asked = their_wallet("request", url=made["request_url"])
    assert (asked["prefix"], asked["request"]["response_mode"]) == ("x509_hash", "direct_post.jwt")
    assert their_wallet("send", shown=shown)["status"] == 200
    assert shop.ended(made) == ("accepted", "")


@pytest.mark.interop("openid4vp answers under HAIP")
def test_the_browser_that_asked_comes_back(their_wallet: Party, holder: Holder, shop: Shop) -> None:
    made = shop.ask(NAME_AND_AGE, return_to=f"{PAGE}/done")
    their_wallet("request", url=made["request_url"])
    sent = their_wallet("send", shown={"identity": [holder["dc+sd-jwt"] | {"show": SHOWN}]})
    assert shop.door.backend.result(made["id"])[0] == 403
    code = httpx.URL(sent["body"]["redirect_uri"]).params["response_code"]
    answer = shop.get(f"/requests/{made['id']}/result", {"response_code": code})
    assert ending(answer.json()["report"]) == ("accepted", "")


@pytest.mark.interop("openid4vp answers under HAIP")
@pytest.mark.parametrize("form", IDENTITIES)
def test_our_verifiers_page_accepts(their_wallet: Party, holder: Holder, shop: Shop, form: str) -> None:
    whole, shown = asked_and_shown(shop, holder, form)
    made = shop.ask(whole, response_mode="dc_api.jwt", origin=PAGE)
    given = made["digital_credential_request"]
    assert given["protocol"] == "openid4vp-v1-signed"
    asked = their_wallet("request", payload=given["data"], origin=PAGE)
    assert asked["request"]["response_mode"] == "dc_api.jwt"
    answered = their_wallet("answer", shown=shown)
    assert shop.hand_in(made, {"response": answered["encrypted"]}).status_code == 200
    assert shop.ended(made) == ("accepted", "")
