"""The wallet provider as a process of its own: a wallet is attested, shows it to an issuer, is revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.codec import strict_json
from clicid.errors import Refused, RemoteError, Undecided
from clicid.keys.algorithms import P256
from clicid.oid4vci import client_attestation, key_attestation, proof
from clicid.oid4vci.proving import Attested
from clicid.securing import jws
from clicid.securing.signing import sign
from issuer.usecases.attestations import AttestationStatuses
from sandbox.setup.wallet_provider import CLIENT_ID
from tests.support import issuer_world
from tests.support.attesting import opened
from tests.support.authorization import AttestedWallet
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER, configured
from tests.support.provider_process import ProviderProcess, provider_in, wallet_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from clicid.adapters.wallet_attester import WalletAttester
    from clicid.formats.base import StatusRef
    from clicid.keys.store import KeyRef
    from clicid.securing.jws import PreparedJws
    from tests.support.issuer_world import World

pytestmark = pytest.mark.slow

SERVER = "https://issuer.example"
MINUTE = timedelta(minutes=1)
AGE = "ClicAge_sdjwt"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    with provider_in(tmp_path_factory.mktemp("wallet-provider")) as made:
        yield made


@pytest.fixture
def wallet(provider: ProviderProcess, tmp_path: Path) -> Iterator[WalletAttester]:
    with wallet_in(tmp_path, provider) as made:
        made.register(provider.run("code"))
        yield made


def signed(wallet: WalletAttester, prepared: PreparedJws, ref: KeyRef) -> str:
    return prepared.complete([sign(wallet.keys, ref, one) for one in prepared.to_be_signed]).decode()


def holds(provider: ProviderProcess, wallet: WalletAttester, entry: StatusRef | None) -> bool:
    """What an issuer sees that looks the attestation up."""
    assert entry is not None
    assert isinstance(wallet.http, Fetcher)
    attested = Attested(entry, provider.listed.listed[0])
    try:
        AttestationStatuses(wallet.http, clock.now, ("ES256",)).check([attested], "invalid_client")
    except RemoteError as error:
        return error.code != "oid4vci.attestation_revoked"
    return True


def revoke(provider: ProviderProcess, wallet: WalletAttester) -> None:
    assert provider.run("revoke", wallet.keys.public(wallet.instance).thumbprint()) == "Revoked."


def test_attested_shown_and_revoked(provider: ProviderProcess, wallet: WalletAttester) -> None:
    rules: dict[str, Any] = {
        "providers": provider.listed,
        "algs": ("ES256",),
        "max_age": MINUTE,
        "leeway": MINUTE,
    }
    key = wallet.keys.generate(P256, "key for the server")
    given = wallet.client_attestation(key)
    pop = client_attestation.prepare_pop(
        alg="ES256", audience=SERVER, jti="once", now=clock.now(), challenge="c"
    )
    client = client_attestation.verify(
        given.jwt,
        signed(wallet, pop, key),
        audience=SERVER,
        client_id=CLIENT_ID,
        now=clock.now(),
        **rules,
    )
    holder = wallet.keys.generate(P256, "key for a credential")
    attested = key_attestation.verify(
        wallet.key_attestation([holder], "n0nce"), now=clock.now(), need_exp=True, **rules
    )
    assert (attested.keys, attested.nonce) == ((wallet.keys.public(holder),), "n0nce")
    assert holds(provider, wallet, client.status)
    assert holds(provider, wallet, attested.status)

    revoke(provider, wallet)

    assert not holds(provider, wallet, client.status)
    assert not holds(provider, wallet, attested.status)
    rows = provider.run("list").splitlines()
    mine = wallet.keys.public(wallet.instance).thumbprint()
    assert [row.endswith("revoked") for row in rows if row.startswith(f"{mine}  ")] == [True]
    with pytest.raises(Refused) as caught:
        wallet.client_attestation(key)
    assert caught.value.detail == "status 403 unknown_instance"


def test_it_forgets_nothing_when_it_is_killed(provider: ProviderProcess, wallet: WalletAttester) -> None:
    provider.service.kill()
    with pytest.raises(Undecided):
        wallet.client_attestation(wallet.keys.generate(P256, "a"))
    provider.service.start()
    assert wallet.client_attestation(wallet.keys.generate(P256, "b")).client_id == CLIENT_ID


def test_its_log_holds_no_secret(provider: ProviderProcess, wallet: WalletAttester) -> None:
    code = provider.run("code")
    with pytest.raises(Refused):
        wallet.register(code)
    assert code not in provider.service.log.read_text()


@pytest.fixture
def issuer(provider: ProviderProcess, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """An issuer that takes keys of this provider's wallets, at the level of `request.param`."""
    level = request.param.format(url=provider.url)
    table = f"""
[[wallet_providers]]
name = "sandbox"
clients = ["{CLIENT_ID}"]
roots = ["{provider.root}"]

[issuing]
proof_types = ["jwt", "attestation"]

[issuing.key_attestations]
key_storage = ["{level}"]

[gas]"""
    with issuer_world.running(tmp_path, config=configured(tmp_path, **{"\n[gas]": table})) as world:
        world.clock.time = clock.now()
        yield world


SOFTWARE = "{url}/key-storage/software"
HIGH = "iso_18045_high"


def asked(world: World, wallet: WalletAttester, kind: str) -> httpx.Response:
    """A credential, for a new key of the wallet's that its provider attests."""
    person = Wallet(world, Person(world).approved().offer()["credential_offer"])
    assert person.redeem().status_code == 200
    nonce, ref = person.nonce(), wallet.keys.generate(P256, secrets.token_hex(8))
    attestation = wallet.key_attestation([ref], nonce)
    proofs = {"attestation": attestation}
    if kind == "jwt":
        prepared = proof.prepare(
            wallet.keys.public(ref),
            alg="ES256",
            binding="jwk",
            issuer=IDENTIFIER,
            nonce=nonce,
            now=world.clock(),
        )
        header, payload = opened(prepared)
        bare = jws.prepare({**header, "key_attestation": attestation}, strict_json.dumps(payload))
        proofs = {"jwt": signed(wallet, bare, ref)}
    return world.call(
        "POST",
        "/oid4vci/credential",
        headers={"authorization": f"Bearer {person.access_token}"},
        json={
            "credential_configuration_id": AGE,
            "proofs": {name: [value] for name, value in proofs.items()},
        },
    )


@pytest.mark.parametrize("issuer", [SOFTWARE], indirect=True)
@pytest.mark.parametrize("kind", ["jwt", "attestation"])
def test_an_issuer_takes_attested_keys_until_their_wallet_is_revoked(
    provider: ProviderProcess, wallet: WalletAttester, issuer: World, kind: str
) -> None:
    answer = asked(issuer, wallet, kind)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["credentials"]) == 1
    revoke(provider, wallet)
    with pytest.raises(Refused):
        asked(issuer, wallet, kind)


@pytest.mark.parametrize("issuer", [SOFTWARE], indirect=True)
def test_an_issuer_sees_that_a_wallet_was_revoked_after_it_was_attested(
    provider: ProviderProcess, wallet: WalletAttester, issuer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    attest = type(wallet).key_attestation

    def then_revoked(mine: WalletAttester, keys: Any, nonce: str) -> str:
        found = attest(mine, keys, nonce)
        revoke(provider, wallet)
        return found

    monkeypatch.setattr(type(wallet), "key_attestation", then_revoked)
    answer = asked(issuer, wallet, "attestation")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_proof")


@pytest.mark.parametrize("issuer", [SOFTWARE], indirect=True)
def test_an_issuer_serves_an_attested_wallet_until_it_is_revoked(
    provider: ProviderProcess, wallet: WalletAttester, issuer: World
) -> None:
    asking = AttestedWallet(issuer, wallet)
    assert asking.push().status_code == 201
    revoke(provider, wallet)
    # What it knows of the list it may use for as long as the list says.
    assert asking.push().status_code == 201
    issuer.clock.forward(seconds=60)
    answer = asking.push()
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("issuer", [SOFTWARE], indirect=True)
def test_an_issuer_serves_no_attested_wallet_of_which_it_cannot_know(
    provider: ProviderProcess, wallet: WalletAttester, issuer: World
) -> None:
    asking = AttestedWallet(issuer, wallet)
    provider.service.kill()
    try:
        answer = asking.push()
    finally:
        provider.service.start()
    assert answer.status_code == 503


@pytest.mark.parametrize("issuer", [HIGH], indirect=True)
@pytest.mark.parametrize("kind", ["jwt", "attestation"])
def test_an_issuer_may_refuse_keys_that_software_keeps(
    wallet: WalletAttester, issuer: World, kind: str
) -> None:
    answer = asked(issuer, wallet, kind)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_proof")


@pytest.mark.parametrize("issuer", [SOFTWARE], indirect=True)
def test_an_issuer_that_cannot_look_a_status_up_decides_nothing(
    provider: ProviderProcess, wallet: WalletAttester, issuer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    attest = type(wallet).key_attestation

    def then_gone(mine: WalletAttester, keys: Any, nonce: str) -> str:
        found = attest(mine, keys, nonce)
        provider.service.kill()
        return found

    monkeypatch.setattr(type(wallet), "key_attestation", then_gone)
    try:
        answer = asked(issuer, wallet, "attestation")
    finally:
        provider.service.start()
    assert answer.status_code == 503
