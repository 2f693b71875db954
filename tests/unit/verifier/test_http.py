"""What the verifier's two faces answer to messages that are merely wrong."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec.web import encode_form
from clicid.verification import checkers
from tests.support.asking import CONTEXTS, NAME_QUERY
from tests.support.resolving import DID, attribute
from tests.unit.verifier.conftest import BRAND
from verifier.http.clients import TOKEN_SECONDS, Parts
from verifier.main import routed, with_door

if TYPE_CHECKING:
    from tests.unit.verifier.conftest import Desk

FORM = {"grant_type": "client_credentials"}


def opened(desk: Desk) -> str:
    """A request that a wallet has fetched."""
    session_id = desk.ask()
    assert desk.fetch(session_id).status_code == 200
    return session_id


def create(desk: Desk, **changes: Any) -> Any:
    body = {"dcql_query": NAME_QUERY.to_wire(), "purpose": "age-and-name", **changes}
    return desk.http.post("/requests", json=body, headers=desk.bearer("shop"))


def test_a_client_says_who_it_is_in_either_way(desk: Desk) -> None:
    basic = {"authorization": "Basic " + base64.b64encode(b"shop:shop secret").decode()}
    inside = FORM | {"client_id": "shop", "client_secret": "shop secret"}
    for answer in (
        desk.http.post("/oauth2/token", data=FORM, headers=basic),
        desk.http.post("/oauth2/token", data=inside),
    ):
        assert (answer.status_code, answer.json()["expires_in"]) == (200, 600)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "authorization", "status", "error"),
    [
        ({"grant_type": "password"}, "", 400, "unsupported_grant_type"),
        (FORM, "", 401, "invalid_client"),
        (FORM, "Basic !", 401, "invalid_client"),
        (FORM, "Basic /w==", 401, "invalid_client"),
        (FORM, "Basic \xe9", 401, "invalid_client"),
        (FORM, "Basic c2hvcA==", 401, "invalid_client"),
        (FORM | {"client_id": "shop", "client_secret": "bank secret"}, "", 401, "invalid_client"),
    ],
)
def test_who_is_no_client_gets_no_token(
    desk: Desk, form: dict[str, str], authorization: str, status: int, error: str
) -> None:
    headers = {b"authorization": authorization.encode("latin-1")}
    answer = desk.http.post("/oauth2/token", data=form, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"purpose": "marketing"}, 400, "registration.purpose"),
        ({"dcql_query": {}}, 400, "codec.shape"),
        ({"dcql_query": {"credentials": []}}, 400, "codec.shape"),
        ({"dcql_query": {"credentials": [{"id": "a b", "format": "dc+sd-jwt", "meta": {}}]}}, 400, None),
        ({"dcql_query": []}, 422, None),
        ({"colour": "red"}, 422, None),
    ],
)
def test_requests_that_cannot_be_made(
    desk: Desk, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = create(desk, **changes)
    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code


def test_over_asking_is_told_to_the_client(desk: Desk) -> None:
    wish: Any = NAME_QUERY.to_wire()
    wish["credentials"][0]["claims"].append({"path": ["document", "number"]})
    assert create(desk, dcql_query=wish).json()["beyond_registration"] == ["document/number"]
    assert create(desk).json()["beyond_registration"] == []


def test_a_problem_speaks_both_languages_and_repeats_nothing(desk: Desk) -> None:
    answer = create(desk, purpose="<script>")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "code", "title", "title_sv", "status"} <= set(answer.json())
    assert "<script>" not in answer.text


def test_a_request_nobody_made(desk: Desk) -> None:
    for answer in (
        desk.http.get("/wallet/request/AAAA"),
        desk.http.post("/wallet/request/AAAA"),
        desk.post_form("AAAA", b"error=access_denied"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (404, "invalid_request")
    assert desk.result("AAAA").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"vp_token=",
        b"vp_token=%7B%7D",
        b"vp_token=%FF",
        b"state=a&state=b",
        encode_form({"vp_token": '{"who": ["a"], "who": ["b"]}'}),
    ],
)
def test_what_is_no_answer_leaves_the_request_open(
    desk: Desk, form: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    session_id = opened(desk)
    with caplog.at_level(logging.INFO, "clicid.verifier"):
        answer = desk.post_form(session_id, form)
    # The wallet is told the protocol's error, the operator's log why.
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert caplog.messages == ["wallet refused: oid4vp.response"]
    assert desk.result(session_id).json() == {"phase": "handed_out"}
    assert desk.post(session_id, desk.answer(session_id)).status_code == 200


def test_declined_by_the_person(desk: Desk) -> None:
    session_id = opened(desk)
    state = desk.session(session_id).request.state
    assert (
        desk.post_form(session_id, encode_form({"error": "access_denied", "state": state})).status_code == 200
    )
    answer = desk.result(session_id)
    assert (answer.status_code, answer.json()) == (202, {"phase": "declined"})
    assert desk.post(session_id, desk.answer(session_id)).status_code == 400


def test_a_format_that_the_verifier_cannot_read_is_not_asked_for(desk: Desk) -> None:
    wanted = {"id": "anonymous", "format": "ac_vp", "meta": {}}
    answer = create(desk, dcql_query={"credentials": [wanted]})
    assert (answer.status_code, answer.json()["code"]) == (400, "oid4vp.unsupported")
    assert answer.json()["where"] == "/credentials/0/format"


@pytest.mark.parametrize("kind", ["etsi_tl", "openid_federation", "new"])
def test_an_authority_that_the_verifier_cannot_tell_is_not_asked_for(desk: Desk, kind: str) -> None:
    """It would refuse every answer: whoever asks hears of it first."""
    trusted = {"type": kind, "values": ["https://lotl.example"]}
    one = NAME_QUERY.to_wire()["credentials"]
    assert isinstance(one, list)
    assert isinstance(one[0], dict)
    answer = create(desk, dcql_query={"credentials": [one[0] | {"trusted_authorities": [trusted]}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "oid4vp.unsupported")
    assert answer.json()["where"] == "/credentials/0/trusted_authorities/0/type"


def test_the_vc_api_decides_by_the_written_policy(desk: Desk) -> None:
    bearer = desk.bearer("shop")
    body = {"verifiableCredential": json.loads(desk.holder.holdings["age"].raw)}
    answer = desk.http.post("/credentials/verify", json=body, headers=bearer)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "accepted"), answer.json()
    assert answer.json()["report"]["policy"] == desk.service.policy.name
    body["verifiableCredential"]["issuer"] = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
    answer = desk.http.post("/credentials/verify", json=body, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (400, "issuer.not_accredited")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_presentation_that_answers_nothing_is_refused_through_the_vc_api(desk: Desk) -> None:
    presentation = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [json.loads(desk.holder.holdings["age"].raw)],
    }
    body = {"verifiablePresentation": presentation, "options": {"challenge": "c", "domain": "d"}}
    answer = desk.http.post("/presentations/verify", json=body, headers=desk.bearer("shop"))
    assert (answer.status_code, answer.json()["verified"]) == (400, False)


@pytest.mark.parametrize("path", ["/credentials/verify", "/presentations/verify"])
def test_the_vc_api_is_for_clients_with_a_token(desk: Desk, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        assert desk.http.post(path, json={}, headers=headers).status_code == 401
    assert desk.http.get("/1.0/identifiers/did:key:z6Mk").status_code == 401
    assert desk.http.post(path, json={}, headers=desk.bearer("shop")).status_code == 400
    long = desk.http.post(
        path,
        content=b" " * (1 << 20) + b"{}",
        headers={"content-type": "application/json", **desk.bearer("shop")},
    )
    assert (long.status_code, long.json()["code"]) == (413, "codec.size")


def test_the_door_is_for_clients_with_a_token_that_is_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = routed(Parts(replace(desk.service, checkers=checkers(CONTEXTS)), (), BRAND))
    door, went_in = with_door(app), []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        went_in.append(scope["path"])
        await app(scope, receive, send)

    monkeypatch.setattr(door, "_app", inside)
    http, path = replace(desk.http, app=door), "/credentials/verify"
    body = {"verifiableCredential": json.loads(desk.holder.holdings["age"].raw)}
    for _ in range(3):  # Shape, layout, and the token.
        assert http.post(path, json=body, headers=desk.bearer("shop")).status_code == 200
    went_in.clear()
    answer = http.post(path, json=body, headers=desk.bearer("shop"))
    assert (answer.status_code, answer.json()["verdict"], went_in) == (200, "accepted", [])
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic x"}):
        assert http.post(path, json=body, headers=headers).status_code == 401
    desk.wait(timedelta(seconds=TOKEN_SECONDS))
    assert http.post(path, json=body, headers=desk.bearer("shop")).status_code == 401
    assert went_in == [path] * 4


def test_a_did_of_the_chain_is_resolved_for_a_client(desk: Desk) -> None:
    number = desk.followed.mine(attribute("did/svc/Hub", b"https://hub.example"))
    found = desk.http.get(f"/1.0/identifiers/{DID}", headers=desk.bearer("shop"))
    assert (found.status_code, found.json()["didDocument"]["id"]) == (200, DID)
    assert found.json()["didDocumentMetadata"]["versionId"] == str(number)
    for asked in (f"{DID}?versionId=0", f"{DID.replace(':', '%3A')}%3FversionId%3D0"):
        older = desk.http.get(f"/1.0/identifiers/{asked}", headers=desk.bearer("shop")).json()
        assert "service" not in older["didDocument"]
        assert older["didDocumentMetadata"]["nextVersionId"] == str(number)
    both = f"/1.0/identifiers/{DID}%3FversionId%3D0?versionId=0"
    assert desk.http.get(both, headers=desk.bearer("shop")).status_code == 400


def test_a_strangers_web_server_is_not_asked(desk: Desk) -> None:
    answer = desk.http.get("/1.0/identifiers/did:web:stranger.example", headers=desk.bearer("shop"))
    error = answer.json()["didResolutionMetadata"]["error"]
    assert (answer.status_code, error["type"]) == (404, "https://www.w3.org/ns/did#NOT_FOUND")
    assert error["detail"] == "of DIDs on the web only issuers that the policy names are known here"
