"""HAIP 1.0 4 and 6 at the issuer: what the switch turns on, what it refuses at start and over HTTP."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography import x509

from clicid.codec import base64url, strict_json
from clicid.errors import LocalError
from clicid.formats.mdoc import issuer_signed
from clicid.formats.sd_jwt_vc import token
from clicid.keys.algorithms import P256
from clicid.oid4vci import key_attestation, proof
from clicid.oid4vci.authorization import AuthorizationDetail
from clicid.trust import x5c
from issuer.config import load
from tests.support import attesting, issuer_world
from tests.support.authorization import Browser, CodeWallet
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_mdoc import certified, root
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.issuer_world import World

SD_JWT, MDOC = "ClicAge_sdjwt", "ClicAge_mdoc"
_PROVIDER = """
[[wallet_providers]]
name = "Provider AB"
clients = ["{client}"]
roots = ["provider.pem"]
{more}
[outbox]"""


def written(path: Path, more: str = "", *, haip: bool = True) -> Path:
    """The configuration of an issuer with a root, a document signer and a wallet provider."""
    pem = base64.encodebytes(attesting.ROOT_CERTIFICATE).decode()
    (path / "provider.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
    tables = _PROVIDER.format(client=attesting.CLIENT, more=more)
    switch = f"sandbox = true\nhaip = {str(haip).lower()}\n"
    changes: dict[str, Any] = {"sandbox = true\n": switch, "\n[outbox]": tables}
    return certified(path, **changes)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuer_world.running(tmp_path, config=written(tmp_path)) as found:
        yield found


# At start


def test_what_the_file_does_not_say_is_turned_on(tmp_path: Path) -> None:
    config = load(written(tmp_path))
    said = config.authorization
    assert (said.attested_only, said.anonymous, said.bound) == (True, False, True)
    assert [str(one) for one in config.issuing.proof_types] == ["jwt", "attestation"]
    assert config.issuing.key_attestations is not None


def test_without_the_switch_all_is_as_it_was(tmp_path: Path) -> None:
    config = load(written(tmp_path, haip=False))
    said = config.authorization
    assert (said.attested_only, said.anonymous, said.bound) == (False, True, False)
    assert config.issuing.key_attestations is None


FORBIDDEN: dict[str, tuple[str, str, str]] = {
    "wallets that are not attested": ("[authorization]\nattested_only = false", "attested_only", "4.4.1"),
    "wallets that do not say who they are": ("[authorization]\nanonymous = true", "anonymous", "4.4.1"),
    "tokens that are bound to nothing": ("[authorization]\nbound = false", "bound", "1.0 4)"),
    "codes that live long": ("[authorization]\ncode_seconds = 61", "code_seconds", "FAPI 2.0"),
    "requests that live long": ("[authorization]\nrequest_seconds = 600", "request_seconds", "FAPI 2.0"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_profile_forbids_is_refused_at_start_by_setting_and_section(
    tmp_path: Path, name: str
) -> None:
    more, setting, section = FORBIDDEN[name]
    file = written(tmp_path, more)
    with pytest.raises(LocalError) as caught:
        load(file)
    assert caught.value.code == "config.invalid"
    assert f"authorization.{setting}" in caught.value.detail
    assert section in caught.value.detail
    file.write_text(file.read_text().replace("haip = true", "haip = false"))
    load(file)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('x5c = ["issuer.pem"]\n', "", "keys.x5c"),
        ("test_documents = false", 'proof_types = ["jwt", "di_vp"]', "issuing.proof_types"),
        ('[[wallet_providers]]\nname = "Provider AB"', "[not_providers]\nx = 1", "not_providers"),
    ],
)
def test_certificates_proofs_and_providers_are_settings_too(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    file = written(tmp_path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(LocalError) as caught:
        load(file)
    assert named in caught.value.detail


def test_an_issuer_without_a_wallet_provider_does_not_start(tmp_path: Path) -> None:
    file = written(tmp_path)
    text = file.read_text()
    start, end = text.index("[[wallet_providers]]"), text.index("[outbox]")
    file.write_text(text[:start] + text[end:])
    with pytest.raises(LocalError) as caught:
        load(file)
    assert "wallet_providers" in caught.value.detail
    assert "HAIP 1.0 4.4.1" in caught.value.detail


def test_a_root_among_the_issuers_certificates_is_refused_at_start(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace('x5c = ["issuer.pem"]', 'x5c = ["issuer.pem", "iaca.pem"]'))
    with (
        refused("config.certificate", "keys.x5c", kind=LocalError),
        issuer_world.running(tmp_path, config=file),
    ):
        pytest.fail("it started")


# What is published


def metadata(world: World, accept: str = "application/json") -> httpx.Response:
    return world.call("GET", "/.well-known/openid-credential-issuer", headers={"accept": accept})


def test_the_issuers_metadata(world: World) -> None:
    found = metadata(world).json()
    configurations = found["credential_configurations_supported"]
    assert {one["format"] for one in configurations.values()} == {"dc+sd-jwt", "mso_mdoc"}
    assert all(one["scope"] for one in configurations.values())
    assert len({one["scope"] for one in configurations.values()}) == len(configurations)
    assert found["nonce_endpoint"]
    assert found["batch_credential_issuance"]["batch_size"] >= 2
    for one in configurations.values():
        assert one["proof_types_supported"].keys() == {"jwt", "attestation"}
        for kind in one["proof_types_supported"].values():
            assert "key_attestations_required" in kind
            assert "ES256" in kind["proof_signing_alg_values_supported"]


def test_the_servers_metadata(world: World) -> None:
    found = world.call("GET", "/.well-known/oauth-authorization-server").json()
    assert found["require_pushed_authorization_requests"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert "none" not in found["token_endpoint_auth_methods_supported"]
    assert "attest_jwt_client_auth" in found["token_endpoint_auth_methods_supported"]
    assert "ES256" in found["dpop_signing_alg_values_supported"]
    assert "ES256" in found["client_attestation_signing_alg_values_supported"]
    assert "authorization_details_types_supported" not in found
    assert found.get("pre-authorized_grant_anonymous_access_supported", False) is False
    assert {"authorization_code", "refresh_token"} <= set(found["grant_types_supported"])


def rootless(chain: Sequence[bytes]) -> bool:
    """By the library alone: there are certificates, none vouches for itself, and the root is not there."""
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    return bool(chain) and root() not in chain and all(one.subject != one.issuer for one in certificates)


def header_of(jwt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64url.decode(jwt.split(".", maxsplit=1)[0]))
    return found


def chain_of(jwt: str) -> tuple[bytes, ...]:
    return x5c.from_header(header_of(jwt))


def test_signed_metadata_and_status_lists_have_their_certificate_and_no_root(world: World) -> None:
    signed = metadata(world, "application/jwt")
    assert signed.headers["content-type"] == "application/jwt"
    assert rootless(chain_of(signed.text))
    for name in ("a", "b"):
        served = world.call("GET", f"/status/{name}", headers={"accept": "application/statuslist+jwt"})
        assert rootless(chain_of(served.text)), served.text


# Wallets


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def granted(world: World, *scope: str) -> CodeWallet:
    wallet, browser, person = CodeWallet(world, attested=True), Browser(world), Person(world).approved()
    browser.open(wallet.link(scope=scope or (SD_JWT,)))
    answer = browser.through(person)
    assert answer.iss == IDENTIFIER
    assert wallet.redeem_code(answer.code).status_code == 200
    return wallet


def attested_keys(wallet: CodeWallet, *names: str, chain: str = "listed", nonce: str = "") -> str:
    found = [wallet.keys.find(name) or wallet.keys.generate(P256, name) for name in names]
    return attesting.sign(
        key_attestation.prepare(
            [wallet.keys.public(ref) for ref in found],
            alg="ES256",
            kid="",
            chain=attesting.CHAINS[chain],
            now=wallet.world.clock(),
            lifetime=timedelta(hours=1),
            key_storage=[key_attestation.HIGH],
            user_authentication=[key_attestation.HIGH],
            nonce=nonce or wallet.nonce(),
        )
    )


def proved(wallet: CodeWallet, name: str, attestation: str, nonce: str) -> str:
    ref = wallet.keys.find(name)
    assert ref is not None
    prepared = proof.prepare(
        wallet.keys.public(ref),
        alg="ES256",
        binding="jwk",
        issuer=IDENTIFIER,
        nonce=nonce,
        now=wallet.world.clock(),
        client_id=wallet.client_id,
        key_attestation=attestation,
    )
    return prepared.complete(
        [wallet.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed]
    ).decode()


def ask(wallet: CodeWallet, kind: str, value: str, configuration: str = SD_JWT) -> httpx.Response:
    body = {"credential_configuration_id": configuration, "proofs": {kind: [value]}}
    return wallet.bound_call("/oid4vci/credential", json=body)


@pytest.mark.parametrize("configuration", [SD_JWT, MDOC])
@pytest.mark.parametrize("kind", ["jwt", "attestation"])
def test_the_whole_way_by_both_proof_types(world: World, kind: str, configuration: str) -> None:
    wallet = granted(world, configuration)
    nonce = wallet.nonce()
    attestation = attested_keys(wallet, "one", "two", nonce=nonce)
    value = attestation if kind == "attestation" else proved(wallet, "one", attestation, nonce)
    answer = ask(wallet, kind, value, configuration)
    assert answer.status_code == 200, answer.text
    issued = [one["credential"] for one in answer.json()["credentials"]]
    assert len(issued) == 2, "one for each key of the one attestation"
    if configuration == MDOC:
        parsed = [issuer_signed.parse(base64url.decode(one)) for one in issued]
        assert all(rootless((one.certificate,)) for one in parsed)
        # 5.3.1: revoked, if at all, by a mechanism of ISO/IEC 18013-5: a status list.
        entries = [one.security.status for one in parsed]
        assert all(one is not None for one in entries)
        assert len(set(entries)) == 2
        return
    indexes = set()
    for one in issued:
        assert one.endswith("~"), "the compact form"
        assert rootless(chain_of(one))
        payload = strict_json.loads(base64url.decode(one.split(".")[1]))
        assert isinstance(payload, dict)
        assert header_of(one)["alg"] == "ES256"
        assert payload["status"].keys() == {"status_list"}  # type: ignore[union-attr]
        assert payload["cnf"].keys() == {"jwk"}  # type: ignore[union-attr]
        assert payload["exp"]
        assert payload.get("_sd_alg", "sha-256") == "sha-256"
        assert token.parse(one.encode()).holder is not None
        entry = payload["status"]["status_list"]  # type: ignore[index, call-overload]
        indexes.add((entry["uri"], entry["idx"]))  # type: ignore[index, call-overload]
    assert len(indexes) == 2


def test_a_proof_without_an_attestation_of_its_key_is_refused(world: World) -> None:
    wallet = granted(world)
    assert error(wallet.credential(SD_JWT)) == (400, "invalid_proof")


@pytest.mark.parametrize(
    "chain", ["listed, with the root", "self-signed", "the root alone", "to another root"]
)
def test_an_attestation_of_keys_with_a_root_or_vouching_for_itself_is_refused(
    world: World, chain: str
) -> None:
    wallet = granted(world)
    assert error(ask(wallet, "attestation", attested_keys(wallet, "one", chain=chain))) == (
        400,
        "invalid_proof",
    )
    good = ask(wallet, "attestation", attested_keys(wallet, "one"))
    assert good.status_code == 200, good.text


class Unlike(CodeWallet):
    """A wallet whose attestation has another chain, or another subject than the request says."""

    chain, says = "listed", ""

    def attestation(self) -> str:
        kept, client = attesting.CHAINS["listed"], self.client_id
        attesting.CHAINS["listed"] = attesting.CHAINS[self.chain]
        self.client_id = self.says or client
        try:
            return super().attestation()
        finally:
            attesting.CHAINS["listed"], self.client_id = kept, client


@pytest.mark.parametrize("chain", ["listed, with the root", "self-signed"])
def test_an_attestation_of_a_wallet_with_a_root_or_vouching_for_itself_is_refused(
    world: World, chain: str
) -> None:
    wallet = Unlike(world, attested=True)
    wallet.chain = chain
    assert error(wallet.push(scope=(SD_JWT,))) == (401, "invalid_client")


def test_the_client_id_is_the_subject_and_the_subject_is_all_wallets_of_a_kind(world: World) -> None:
    wallet = Unlike(world, attested=True)
    wallet.says = "https://another.example"
    assert error(wallet.push(scope=(SD_JWT,))) == (401, "invalid_client")
    # One that is of a single wallet is in no provider's list.
    single = CodeWallet(world, attested=True)
    single.client_id = f"{attesting.CLIENT}/{secrets.token_hex(8)}"
    assert error(single.push(scope=(SD_JWT,))) == (401, "invalid_client")


def test_a_wallet_that_is_not_attested_is_not_served(world: World) -> None:
    plain = CodeWallet(world)
    assert error(plain.push(scope=(SD_JWT,))) == (401, "invalid_client")
    assert error(plain.redeem_code("code")) == (401, "invalid_client")
    assert error(plain.refresh("token")) == (401, "invalid_client")


def test_an_attested_wallet_whose_token_would_be_bound_to_nothing_is_refused(world: World) -> None:
    wallet, browser, person = CodeWallet(world, attested=True), Browser(world), Person(world).approved()
    browser.open(wallet.link(scope=(SD_JWT,)))
    code = browser.through(person).code
    wallet.bound = False
    assert error(wallet.redeem_code(code)) == (400, "invalid_dpop_proof")


def test_a_request_that_was_not_pushed_begins_nothing(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    link = f"/oid4vci/authorize?{wallet.request(scope=(SD_JWT,)).to_form().decode()}"
    assert world.call("GET", link).status_code == 400


def test_a_plain_challenge_is_refused(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    form = wallet.request(scope=(SD_JWT,)).to_form().replace(b"S256", b"plain")
    assert error(wallet.send_form("/oid4vci/par", form)) == (400, "invalid_request")


def test_credentials_are_asked_for_by_scope_alone(world: World, tmp_path: Path) -> None:
    wallet = CodeWallet(world, attested=True)
    details = (AuthorizationDetail(SD_JWT),)
    assert error(wallet.push(scope=(), details=details)) == (400, "invalid_authorization_details")
    assert error(wallet.push(scope=("nobody",))) == (400, "invalid_scope")
    other = tmp_path / "off"
    other.mkdir()
    with issuer_world.running(other, config=written(other, haip=False)) as off:
        assert CodeWallet(off, attested=True).push(scope=(), details=details).status_code == 201


def test_a_refresh_token_stays_the_same(world: World) -> None:
    """FAPI 2.0 5.3.2.1 wants it so; it is bound to the wallet's attested key and the key of its proofs."""
    wallet = granted(world)
    first = wallet.refresh_token
    assert first
    for _ in range(2):
        answer = wallet.refresh(first)
        assert answer.status_code == 200, answer.text
        assert "refresh_token" not in answer.json()
        assert answer.json()["token_type"] == "DPoP"


# Offers


@pytest.mark.parametrize("by_reference", [False, True])
def test_offers_are_by_code_with_a_scope_for_each_configuration(world: World, *, by_reference: bool) -> None:
    made = (
        Person(world)
        .approved()
        .offer(grant="authorization_code", configurations=[SD_JWT], by_reference=by_reference)
    )
    link = httpx.URL(made["credential_offer"])
    assert link.scheme == "haip-vci"
    if by_reference:
        address = link.params["credential_offer_uri"].removeprefix(IDENTIFIER)
        offer = world.call("GET", address).json()
    else:
        offer = json.loads(link.params["credential_offer"])
    assert "authorization_code" in offer["grants"]
    configurations = metadata(world).json()["credential_configurations_supported"]
    assert all(configurations[one]["scope"] for one in offer["credential_configuration_ids"])


def test_a_pre_authorized_code_is_redeemed_by_an_attested_and_bound_wallet_alone(world: World) -> None:
    """HAIP 1.0 4 speaks of what goes past the authorization endpoint, and forbids none of it."""
    person = Person(world).approved()
    offer = person.offer(configurations=[SD_JWT])["credential_offer"]
    code = Wallet(world, offer).code
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code": code,
        "tx_code": world.mailbox.last("transaction"),
    }
    nobody = CodeWallet(world).send_form("/oid4vci/token", str(httpx.QueryParams(form)).encode())
    assert error(nobody) == (401, "invalid_client")
    wallet = CodeWallet(world, attested=True)
    form["client_id"] = wallet.client_id
    wallet.bound = False
    unbound = wallet.send_form("/oid4vci/token", str(httpx.QueryParams(form)).encode())
    assert error(unbound) == (400, "invalid_dpop_proof")
    wallet.bound = True
    answer = wallet.send_form("/oid4vci/token", str(httpx.QueryParams(form)).encode())
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP"), answer.text


def test_without_the_switch_offers_begin_as_ever_and_anybody_redeems_them(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, config=written(tmp_path, haip=False)) as off:
        offer = Person(off).approved().offer(configurations=[SD_JWT])["credential_offer"]
        assert offer.startswith("openid-credential-offer://")
        assert Wallet(off, offer).redeem().status_code == 200
        found = metadata(off).json()["credential_configurations_supported"]
        assert {"ldp_vc", "jwt_vc_json"} < {one["format"] for one in found.values()}


def test_status_indexes_are_drawn_at_random(world: World) -> None:
    wallet = granted(world)
    attestation = attested_keys(wallet, *(f"key {at}" for at in range(5)))
    answer = ask(wallet, "attestation", attestation)
    found = []
    for one in answer.json()["credentials"]:
        payload = json.loads(base64url.decode(one["credential"].split(".")[1]))
        found.append((payload["status"]["status_list"]["uri"], payload["status"]["status_list"]["idx"]))
    assert len(set(found)) == 5
    steps = {later[1] - earlier[1] for earlier, later in pairwise(found)}
    assert steps != {1}, "one after the other could be told apart"
