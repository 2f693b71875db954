"""What strangers, other clients and wallets that mean ill try on a verifier, over its HTTP routes."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from tests.support.asking import AGE_QUERY, NAME_QUERY
from verifier import main
from verifier.http.bodies import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.unit.verifier.conftest import Desk


def answered(desk: Desk, **more: Any) -> tuple[str, Any]:
    """A request that a holder answered, and what the wallet was told."""
    session_id = desk.ask(**more)
    assert desk.fetch(session_id).status_code == 200
    told = desk.post(session_id, desk.answer(session_id))
    assert told.status_code == 200, told.text
    return session_id, told.json()


def test_claims_are_given_once_to_the_client_that_asked(desk: Desk) -> None:
    session_id, _ = answered(desk)
    refused = desk.result(session_id, "bank")
    assert (refused.status_code, refused.json()["code"]) == (403, "oid4vp.owner")
    found = desk.result(session_id).json()
    assert found["claims"]["who"][0]["claims"]["family_name"] == "Öhrn"
    again = desk.result(session_id)
    assert (again.status_code, again.json()["code"]) == (403, "oid4vp.collected")


def test_of_two_clients_calls_at_once_one_gets_the_claims(desk: Desk) -> None:
    session_id, _ = answered(desk)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: desk.result(session_id), range(8)))
    assert sorted(one.status_code for one in found) == [200] + [403] * 7


def test_of_two_answers_at_once_one_is_taken(desk: Desk) -> None:
    session_id = desk.ask()
    desk.fetch(session_id)
    answer = desk.answer(session_id)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: desk.post(session_id, answer), range(8)))
    assert sorted(one.status_code for one in found) == [200] + [400] * 7


def test_on_the_same_device_only_the_browser_that_came_back_completes_it(desk: Desk) -> None:
    session_id, told = answered(desk, return_to="https://shop.example/back?x=1")
    (code,) = parse_qs(urlsplit(told["redirect_uri"]).query)["response_code"]
    for wrong in ("", code[:-1], code + "A", "å" * 20):
        refused = desk.result(session_id, code=wrong)
        assert (refused.status_code, refused.json()["code"]) == (403, "oid4vp.owner")
    assert desk.result(session_id, code=code).status_code == 200


def test_an_answer_is_of_no_use_in_another_session_of_the_same_client_id(desk: Desk) -> None:
    mine, others = desk.ask(), desk.ask("bank")
    for session_id in (mine, others):
        desk.fetch(session_id)
    answer = desk.answer(mine)
    crossed = desk.post(others, answer)
    assert (crossed.status_code, crossed.json()) == (400, {"error": "invalid_request"})
    # Also not with the state of the session into which it is replayed: the nonce is the first one's.
    replayed = desk.post(others, desk.state_of(answer, others))
    assert (replayed.status_code, replayed.json()) == (
        400,
        {"error": "invalid_request", "error_description": "The presentation answers another request."},
    )
    result = desk.result(others, "bank").json()
    assert (result["report"]["code"], result["claims"]) == ("holder.nonce", None)
    assert desk.post(mine, answer).status_code == 200


def test_who_has_not_seen_the_request_cannot_end_it(desk: Desk) -> None:
    session_id = desk.ask()
    assert desk.post_form(session_id, b"error=access_denied").status_code == 400  # before it was handed out
    desk.fetch(session_id)
    for form in (b"error=access_denied", b"error=access_denied&state=x", b"state=%C3%A5&error=x", b""):
        assert desk.post_form(session_id, form).status_code == 400
    assert desk.post(session_id, desk.answer(session_id)).status_code == 200


def test_an_answer_of_another_format_is_not_read_as_the_one_asked_for(desk: Desk) -> None:
    wanted, other = desk.ask(), desk.ask(dcql_query=AGE_QUERY.to_wire())
    for session_id in (wanted, other):
        desk.fetch(session_id)
    w3c = desk.answer(other)
    (presentation,) = w3c.vp_token["age"]
    state = desk.session(wanted).request.state
    refused = desk.http.post(
        f"/wallet/response/{wanted}", data={"vp_token": json.dumps({"who": [presentation]}), "state": state}
    )
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "invalid_request", "error_description": "The answer does not satisfy the query."},
    )
    result = desk.result(wanted).json()
    assert (result["report"]["code"], result["claims"]) == ("oid4vp.answer", None)


def test_a_late_answer_is_not_taken(desk: Desk) -> None:
    session_id = desk.ask()
    desk.fetch(session_id)
    answer = desk.answer(session_id)
    desk.wait(timedelta(minutes=10))
    assert desk.post(session_id, answer).status_code == 400
    assert desk.fetch(session_id).status_code == 400


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "bearer x", "Basic eDp5", "Bearer \xe5", "Bearer  x" + "y" * 4000]
)
def test_without_a_good_token_nothing_is_told(desk: Desk, header: str) -> None:
    session_id = desk.ask()
    for path in (f"/requests/{session_id}/result", "/requests/unknown/result"):
        answer = desk.http.get(path, headers={"authorization": header.encode("latin-1")})
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})


def test_a_token_ends(desk: Desk) -> None:
    session_id = desk.ask()
    desk.wait(timedelta(minutes=10))
    assert desk.result(session_id).status_code == 401


def test_an_unknown_client_and_a_wrong_secret_are_told_the_same(desk: Desk) -> None:
    wrong, unknown = desk.token("shop", "guess"), desk.token("nobody", "guess")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


@pytest.mark.parametrize("path", ["/oauth2/token", "/requests", "/wallet/request/x"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"]
)
def test_strangers_cannot_make_us_read_without_end(desk: Desk, path: str, kind: str) -> None:
    given = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1024):
            given += 4096
            yield b"a" * 4096

    answer = desk.http.post(path, content=body(), headers={"content-type": kind})
    print(kind, path, answer.status_code, given, answer.text[:300])
    assert 400 <= answer.status_code < 500
    assert given <= MAX_MESSAGE_BYTES + 8192


def test_neither_can_a_wallet(desk: Desk) -> None:
    session_id = desk.ask()
    desk.fetch(session_id)
    answer = desk.post_form(session_id, b"vp_token=" + b"a" * MAX_RESPONSE_BYTES)
    assert (answer.status_code, answer.json()) == (413, {"error": "invalid_request"})
    assert desk.post(session_id, desk.answer(session_id)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"dcql_query":' * 4_000,
        b'{"purpose":NaN}',
        b'{"purpose":"age-and-name","dcql_query":{"credentials":NaN}}',
        b'{"purpose":"age-and-name","purpose":"age","dcql_query":{}}',
        b'{"purpose":"\\ud800","dcql_query":{}}',
        b'"\\ud800"',
        b"\xff\xfe",
        b"",
        b"[]",
        b'{"purpose":"age-and-name","dcql_query":{},"return_to":"javascript:alert(1)"}',
    ],
)
def test_poisonous_json_is_an_answer_and_no_accident(desk: Desk, body: bytes) -> None:
    kind = {"content-type": "application/json"}
    answer = desk.http.post("/requests", content=body, headers=desk.bearer("shop") | kind)
    assert answer.status_code in {400, 422}, answer.text


def test_a_client_is_not_sent_to_an_address_that_is_none(desk: Desk) -> None:
    body = {"dcql_query": NAME_QUERY.to_wire(), "purpose": "age-and-name", "return_to": "javascript:alert(1)"}
    answer = desk.http.post("/requests", json=body, headers=desk.bearer("shop"))
    assert (answer.status_code, answer.json()["code"]) == (400, "oid4vp.request")


def test_a_secret_in_the_wrong_place_is_not_sent_back(desk: Desk) -> None:
    for sent in ({"client_secret": "hunter2"}, {"grant_type": "x", "client_secret": "hunter2"}):
        answer = desk.http.post("/oauth2/token", data=sent)
        assert 400 <= answer.status_code < 500
        assert "hunter2" not in answer.text


def test_nothing_of_a_person_lies_open_in_the_database(desk: Desk, tmp_path: Path) -> None:
    answered(desk)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("verifier.db*"))
    assert "Öhrn".encode() not in written
    assert b"shop secret" not in written
    assert not any(token.encode() in written for token in desk.tokens.values())


def test_claims_that_nobody_takes_do_not_stay(desk: Desk) -> None:
    taken, untaken = answered(desk)[0], answered(desk)[0]
    second = int(desk.now.timestamp())
    assert desk.store.forget_claims(second + 600 + 600) == 0
    assert desk.result(taken).json()["claims"] is not None
    assert desk.store.forget_claims(second + 600 + 601) == 1
    gone = desk.result(untaken)
    assert (gone.status_code, gone.json()["code"]) == (403, "oid4vp.collected")


def test_they_go_without_anybody_calling(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class EnoughError(Exception):
        """Ends the loop."""

    monkeypatch.setattr(main, "_FORGET_SECONDS", 0.001)
    endings = iter([OperationalError("", None, Exception("the disk is full")), None, EnoughError()])
    calls: list[int] = []

    def forget(now: int) -> int:
        calls.append(now)
        if (ending := next(endings)) is not None:
            raise ending
        return 0

    wiped: list[None] = []
    monkeypatch.setattr(desk.store, "forget_claims", forget)
    monkeypatch.setattr(desk.store, "wipe", lambda: wiped.append(None))
    with pytest.raises(EnoughError):
        asyncio.run(main._forget(desk.service))
    assert calls == [int(desk.now.timestamp())] * 3
    assert len(wiped) == 1
