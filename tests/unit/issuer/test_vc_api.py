"""The VC API at the operators' address: client credentials, and only the types that the operator named."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import LocalError
from tests.support.issuer_config import DID, configured
from tests.support.issuer_world import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.issuer_world import World

SECRET = "a secret of a system"
TYPE = "https://example.org/types#Membership"
SETTINGS = f"""
[vc_api]
clients = [{{ client_id = "hr", secret_sha256 = "{hashlib.sha256(SECRET.encode()).hexdigest()}" }}]
types = ["{TYPE}"]
"""
GRANT = {"grant_type": "client_credentials", "client_id": "hr", "client_secret": SECRET}


def with_settings(path: Path, text: str = SETTINGS) -> Path:
    file = configured(path)
    file.write_text(file.read_text() + text)
    return file


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path, config=with_settings(tmp_path), background=False) as world:
        yield world


def token(world: World, form: dict[str, str], **headers: str) -> httpx.Response:
    return world.call("POST", "/oauth2/token", to="operators", data=form, headers=headers)


def bearer(world: World) -> dict[str, str]:
    return {"authorization": f"Bearer {token(world, GRANT).json()['access_token']}"}


def credential(**changes: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", {"Membership": TYPE}],
        "type": ["VerifiableCredential", "Membership"],
        "issuer": DID,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:alice", "name": "Alice"},
        **changes,
    }


def issue(world: World, document: object, headers: dict[str, str], **options: Any) -> httpx.Response:
    body = {"credential": document, "options": options}
    return world.call("POST", "/credentials/issue", to="operators", json=body, headers=headers)


def test_no_credential_of_another_type_is_described_in_one_that_is_allowed(world: World) -> None:
    """One signature for both: whoever has it could show the inner one as a credential by itself."""
    inner = {
        **credential(evidence="urn:x:outer", credentialSubject={"name": "Bob"}),
        "id": "urn:x:inner",
        "type": ["VerifiableCredential", "urn:x:Own"],
    }
    inner.pop("@context")
    for place in ("evidence", "credentialSubject"):
        answer = issue(world, credential(id="urn:x:outer", **{place: inner}), bearer(world))
        assert (answer.status_code, answer.json()["code"]) == (400, "vc_api.type"), answer.text


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023"])
def test_a_client_has_a_credential_secured(world: World, suite: str) -> None:
    answer = issue(world, credential(), bearer(world), cryptosuite=suite)
    assert answer.status_code == 201, answer.text
    proof = answer.json()["verifiableCredential"]["proof"]
    assert proof["cryptosuite"] == suite
    assert proof["verificationMethod"].startswith(f"{DID}#delegate-")


def test_a_client_may_say_who_it_is_in_a_header(world: World) -> None:
    given = "Basic " + base64.b64encode(f"hr:{SECRET}".encode()).decode()
    answer = token(world, {"grant_type": "client_credentials"}, authorization=given)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 600)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_id": "", "client_secret": ""}, 401, "invalid_client"),
    ],
)
def test_who_is_no_client_gets_no_token(
    world: World, changes: dict[str, str], status: int, error: str
) -> None:
    answer = token(world, {**GRANT, **changes})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.mark.parametrize(
    "forged", ["", "Bearer", "Bearer x", "Bearer hr.9999999999.AAAA", "Bearer hr.x.!", "Basic x"]
)
def test_without_a_token_of_ours_nothing_is_secured(world: World, forged: str) -> None:
    answer = issue(world, credential(), {"authorization": forged})
    assert (answer.status_code, answer.json()["code"]) == (401, "http.token")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_is_of_its_client_and_its_time(world: World) -> None:
    headers = bearer(world)
    client, until, proof = headers["authorization"].removeprefix("Bearer ").split(".")
    for said in (f"{client}.{int(until) + 1}.{proof}", f"root.{until}.{proof}"):
        assert issue(world, credential(), {"authorization": f"Bearer {said}"}).status_code == 401
    world.clock.forward(seconds=599)
    assert issue(world, credential(), headers).status_code == 201
    world.clock.forward(seconds=1)
    assert issue(world, credential(), headers).status_code == 401


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"type": ["VerifiableCredential"]}, "vc_api.type", "/credential/type"),
        (
            {
                "@context": [
                    "https://www.w3.org/ns/credentials/v2",
                    {"Membership": "https://example.org/types#O"},
                ],
            },
            "vc_api.type",
            "/credential/type",
        ),
        (
            {
                "@context": [
                    "https://www.w3.org/ns/credentials/v2",
                    "https://schemas.clicid.example/contexts/age/v1",
                    {"Membership": TYPE},
                ],
                "type": ["VerifiableCredential", "Membership", "ClicAge"],
            },
            "vc_api.type",
            "/credential/type",
        ),
        ({"issuer": "did:example:other"}, "vc_api.issuer", "/credential/issuer"),
        ({"type": 7}, "vc.type", "/credential/type"),
    ],
)
def test_what_the_operator_did_not_name_is_not_secured(
    world: World, changes: dict[str, Any], code: str, where: str
) -> None:
    answer = issue(world, credential(**changes), bearer(world))
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (400, code, where)


def test_it_is_at_the_operators_address_only(world: World) -> None:
    assert world.call("POST", "/credentials/issue", json={}).status_code == 404
    described = world.application.operators.openapi()["paths"]["/credentials/issue"]["post"]
    assert described["x-clicid-access"] == "client"
    assert "client's access token" in json.dumps(described["security"])


def test_without_settings_there_is_none(tmp_path: Path) -> None:
    with running(tmp_path, background=False) as world:
        assert world.call("POST", "/credentials/issue", to="operators", json={}).status_code == 404


def test_our_own_types_are_nobodys_to_compose(tmp_path: Path) -> None:
    own = "https://schemas.clicid.example/age/v1"
    file = with_settings(tmp_path, SETTINGS.replace(TYPE, own))
    with pytest.raises(LocalError) as error, running(tmp_path, config=file, background=False):
        pass
    assert (error.value.code, error.value.where) == ("config.invalid", "vc_api.types")
