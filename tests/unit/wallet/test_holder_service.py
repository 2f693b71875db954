"""The local holder service: for who has its secret, on loopback, with keys of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from clicid.adapters import package_data
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, P384
from tests.support.asgi import Client, asking
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import NOW, Dice
from wallet.http.holder import holder_app
from wallet.serving import holding, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wallet.usecases.parts import Parts

SECRET = "told at the start"
GRANT = {"grant_type": "client_credentials", "client_id": "wallet", "client_secret": SECRET}
PRESENTATION = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"]}

CONTEXTS = package_data.open_contexts()


class Held:
    """What the service takes of a wallet's parts."""

    def __init__(self) -> None:
        self.keys = MemoryKeyStore(b"wallet")
        self.random = Dice("wallet")
        self.now = NOW

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def client(held: Held) -> Iterator[Client]:
    service = holding(cast("Parts", held), CONTEXTS)
    with asking(holder_app(service, SECRET, held.clock, held.random), "http://127.0.0.1:9000") as client:
        yield client


def bearer(client: Client) -> dict[str, str]:
    return {"authorization": f"Bearer {client.post('/oauth2/token', data=GRANT).json()['access_token']}"}


def prove(client: Client, headers: dict[str, str], **options: Any) -> Any:
    body = {"presentation": PRESENTATION, "options": options}
    return client.post("/presentations/prove", json=body, headers=headers)


@pytest.mark.parametrize(
    ("suite", "start"),
    [("", "did:key:z6Mk"), ("eddsa-jcs-2022", "did:key:z6Mk")],
)
def test_a_program_with_a_token_has_a_presentation_proved(client: Client, suite: str, start: str) -> None:
    answer = prove(client, bearer(client), **({"cryptosuite": suite} if suite else {}))
    assert answer.status_code == 201, answer.text
    assert answer.json()["verifiablePresentation"]["proof"]["verificationMethod"].startswith(start)


def test_each_kind_of_key_is_its_own_and_stays(held: Held) -> None:
    first, again = (holding(cast("Parts", held), CONTEXTS) for _ in range(2))
    assert set(first.keys) == {ED25519, P256, P384}
    assert first.identities == again.identities
    assert len({identity.did for identity in first.identities.values()}) == 3


def test_a_suite_that_hides_is_not_for_presentations(client: Client) -> None:
    answer = prove(client, bearer(client), cryptosuite="ecdsa-sd-2023")
    assert (answer.status_code, answer.json()["where"]) == (400, "/options/cryptosuite")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer guessed", "Basic d2FsbGV0Og=="])
def test_without_a_token_nothing_is_done(client: Client, authorization: str) -> None:
    for path in ("/presentations/prove", "/credentials/derive"):
        answer = client.post(path, json={}, headers={"authorization": authorization})
        assert (answer.status_code, answer.json()["code"]) == (401, "http.token")


def test_a_token_ends(client: Client, held: Held) -> None:
    headers = bearer(client)
    held.now += timedelta(seconds=599)
    assert prove(client, headers).status_code == 201
    assert prove(client, bearer(client)).status_code == 201
    held.now += timedelta(seconds=1)
    assert prove(client, headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"data": {**GRANT, "client_secret": "guessed"}}, 401, "invalid_client"),
        ({"data": {**GRANT, "grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"content": b"a=%"}, 400, "invalid_request"),
        ({"content": b"a" * 5000}, 400, "invalid_request"),
    ],
)
def test_who_gets_no_token(client: Client, body: dict[str, Any], status: int, error: str) -> None:
    answer = client.post("/oauth2/token", **body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_another_machines_name_is_refused(client: Client) -> None:
    assert client.post("/oauth2/token", data=GRANT, headers={"host": "wallet.example"}).status_code == 421


def test_it_is_served_on_loopback_only(held: Held) -> None:
    told: list[str] = []
    with pytest.raises(LocalError) as error:
        serve(cast("Parts", held), "0.0.0.0", 9000, tell=told.append)
    assert (error.value.code, told) == ("config.sandbox", [])
