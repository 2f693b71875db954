"""The Digital Credentials API: what a page may ask, what the wallet answers, and what no page learns."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from clicid.errors import Refused, RemoteError
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import returning, wallet
from clicid.oid4vp.checking import AcceptedAnswer, RefusedAnswer
from clicid.oid4vp.client_id import ORIGIN as ORIGIN_PREFIX
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.presentation import (
    ChoiceWanted,
    Declined,
    Finished,
    ForPage,
    Phase,
    Presentation,
    Presented,
)
from clicid.oid4vp.request import AuthorizationRequest, ResponseMode
from clicid.oid4vp.response import AuthorizationResponse
from clicid.oid4vp.rules import OPENID4VP, Requesters, Terms
from clicid.oid4vp.session import Session
from clicid.oid4vp.transaction_data import TYPES
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from clicid.trust.anchors import Anchor
from tests.support import requests
from tests.support.asking import CLIENT_ID, Asking
from tests.support.every_format import EveryHolder, query
from tests.support.requests import CHAIN, LEAF, ORIGIN, ROOT_DER, Case, hash_of, x5c
from tests.support.world import NOW, Dice, World

KEY = EphemeralKey(Dice("page's key"))
KNOWN = Terms(OPENID4VP, Requesters(roots={Anchor.load(ROOT_DER): "Test root"}), World().rules, TYPES)
WHO = hash_of(CHAIN)


def session(mode: ResponseMode = ResponseMode.DC_API, **changes: Any) -> Session:
    recipient = Recipient(KEY.public, "k", jwe.ECDH_ES) if mode.encrypted else None
    return Asking().session(
        **{
            "client_id": ClientId(ORIGIN_PREFIX, ORIGIN),
            "response_uri": "",
            "response_mode": mode,
            "recipient": recipient,
            "origin": ORIGIN,
            **changes,
        }
    )


def start(protocol: str, data: Any, origin: str = ORIGIN, terms: Terms = KNOWN) -> tuple[Presentation, Any]:
    state, reply = wallet.start_for_page(protocol, data, origin, terms=terms, now=NOW, random=Dice("wallet"))
    assert Presentation.from_bytes(state.to_bytes()) == state
    return state, reply


def step(state: Presentation, event: Any) -> tuple[Presentation, Any]:
    after, reply = wallet.step(state, event, terms=KNOWN, now=NOW, random=Dice("wallet"))
    assert Presentation.from_bytes(after.to_bytes()) == after
    return after, reply


def signed(**changes: Any) -> dict[str, Any]:
    case = Case("x", WHO, {"x5c": x5c(CHAIN)}, changes, origin=ORIGIN)
    return {"request": case.to_json()["input"]}


@pytest.mark.parametrize("form", ["dc+sd-jwt", "mso_mdoc", "ldp_vc", "jwt_vc_json"])
@pytest.mark.parametrize("mode", [ResponseMode.DC_API, ResponseMode.DC_API_JWT])
def test_a_page_asks_and_its_verifier_accepts(mode: ResponseMode, form: str) -> None:
    holder = EveryHolder()
    kept = session(mode, query=query(form)).to_bytes()
    asked = Session.from_bytes(kept).request
    wire = asked.to_wire()
    assert wire.keys().isdisjoint({"client_id", "response_uri", "state", "expected_origins"})
    state, reply = start("openid4vp-v1-unsigned", wire)
    assert isinstance(reply, ChoiceWanted)
    assert (reply.verified.signed, reply.verified.asker.identifier) == (False, ORIGIN)
    state, reply = step(state, Presented(holder.answer(reply.verified.request, None)))
    assert isinstance(reply, ForPage)
    assert (reply.presented, state.phase) == (True, Phase.FINISHED)
    response = returning.read_data(json.loads(json.dumps(reply.data)), asked, KEY.agree)
    assert isinstance(response, AuthorizationResponse)
    assert isinstance(holder.check(asked, response, None), AcceptedAnswer)


@pytest.mark.parametrize("form", ["dc+sd-jwt", "mso_mdoc", "ldp_vc", "jwt_vc_json"])
def test_what_one_page_got_is_of_no_use_to_another(form: str) -> None:
    holder = EveryHolder()
    asked = session(query=query(form)).request
    evil = AuthorizationRequest.parse(asked.to_wire(), origin="https://evil.example")
    response = holder.answer(evil, None)
    assert isinstance(holder.check(evil, response, None), AcceptedAnswer)
    found = holder.check(asked, response, None)
    assert isinstance(found, RefusedAnswer)
    assert found.code in {"holder.audience", "holder.device_auth"}


def test_the_audience_is_the_origin_also_where_the_request_is_signed() -> None:
    _, reply = start("openid4vp-v1-signed", signed())
    assert isinstance(reply, ChoiceWanted)
    request = reply.verified.request
    assert (reply.verified.signed, reply.verified.asker.vouched_by) == (True, "Test root")
    assert str(request.client_id) == WHO
    response = EveryHolder().answer(request, None)
    assert isinstance(EveryHolder().check(request, response, None), AcceptedAnswer)


def test_a_signed_request_sent_by_another_page_is_answered_with_an_error() -> None:
    state, reply = start("openid4vp-v1-signed", signed(), "https://evil.example")
    assert reply == ForPage({"error": "invalid_request"}, presented=False)
    assert state.phase is Phase.FAILED


def several(*parts: tuple[str, dict[str, Any], Any]) -> dict[str, Any]:
    """One payload signed by several: for each, client, header, and the party whose key signs."""
    payload, signatures = "", []
    for client_id, header, party in parts:
        case = Case(
            "x", client_id, {**header, "client_id": client_id}, {"client_id": None}, party, origin=ORIGIN
        )
        protected, payload, signature = case.to_json()["input"].split(".")
        signatures.append({"protected": protected, "signature": signature})
    return {"request": {"payload": payload, "signatures": signatures}}


GOOD = (WHO, {"x5c": x5c(CHAIN)}, LEAF)
FEDERATED: Any = ("openid_federation:https://a.example", {}, requests.OTHER)


@pytest.mark.parametrize("parts", [(GOOD,), (FEDERATED, GOOD), (GOOD, FEDERATED)])
def test_of_several_signatures_the_first_of_a_known_kind_counts(parts: Any) -> None:
    _, reply = start("openid4vp-v1-multisigned", several(*parts))
    assert isinstance(reply, ChoiceWanted)
    assert str(reply.verified.request.client_id) == WHO


def test_a_signature_that_is_wrong_is_not_replaced_by_another() -> None:
    wrong = (WHO, {"x5c": x5c(CHAIN)}, requests.OTHER)
    _, reply = start("openid4vp-v1-multisigned", several(wrong, GOOD))
    assert isinstance(reply, Refused)
    assert reply.code == "oid4vp.asker_key"


def test_signatures_of_unknown_kinds_only_begin_nothing() -> None:
    bad: list[Any] = [several(FEDERATED), {"request": {"payload": "AA", "signatures": []}}, {"request": {}}]
    for data in bad:
        with pytest.raises(RemoteError):
            start("openid4vp-v1-multisigned", data)
    with pytest.raises(RemoteError):
        start("openid4vp-v1-multisigned", {"request": {**several(GOOD)["request"], "signatures": [1] * 9}})


def test_what_stands_in_the_header_stands_nowhere_else() -> None:
    data = several(GOOD)
    case = Case("x", WHO, {"x5c": x5c(CHAIN), "client_id": WHO}, origin=ORIGIN)
    protected, payload, signature = case.to_json()["input"].split(".")
    data["request"] = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    _, reply = start("openid4vp-v1-multisigned", data)
    assert isinstance(reply, Refused)
    assert reply.code == "oid4vp.request"


@pytest.mark.parametrize(
    ("protocol", "data", "origin"),
    [
        ("openid4vp-v2-unsigned", session().request.to_wire(), ORIGIN),
        ("openid4vp", session().request.to_wire(), ORIGIN),
        ("openid4vp-v1-unsigned", [], ORIGIN),
        ("openid4vp-v1-unsigned", session().request.to_wire(), ""),
        ("openid4vp-v1-unsigned", session().request.to_wire(), "data:text/html,x"),
        ("openid4vp-v1-unsigned", session().request.to_wire(), "javascript:x"),
        ("openid4vp-v1-unsigned", session().request.to_wire(), "https://a.example\n"),
        ("openid4vp-v1-unsigned", session().request.to_wire(), "x" * 2000),
        ("openid4vp-v1-unsigned", {**session().request.to_wire(), "response_mode": "direct_post"}, ORIGIN),
        ("openid4vp-v1-unsigned", {**session().request.to_wire(), "scope": "x", "dcql_query": 1}, ORIGIN),
        ("openid4vp-v1-signed", session().request.to_wire(), ORIGIN),
        ("openid4vp-v1-signed", {"request": "x"}, ORIGIN),
        ("openid4vp-v1-signed", {"request": "x.AA.y"}, ORIGIN),
        ("openid4vp-v1-signed", {"request": "x.e30.y"}, ORIGIN),
        ("openid4vp-v1-signed", {"request": "x." + base64.b64encode(b"{}").decode() + ".y"}, ORIGIN),
        ("openid4vp-v1-signed", {"request": "x" * (1 << 19)}, ORIGIN),
    ],
)
def test_what_is_no_request_begins_nothing(protocol: str, data: Any, origin: str) -> None:
    with pytest.raises(RemoteError) as caught:
        start(protocol, data, origin)
    assert caught.value.wire == "invalid_request"


def test_of_a_request_in_the_open_what_it_says_of_its_sender_is_ignored() -> None:
    data = {
        **session().request.to_wire(),
        "client_id": str(CLIENT_ID),
        "expected_origins": ["https://evil.example"],
        "response_uri": "https://evil.example/r",
        "state": "x",
    }
    _, reply = start("openid4vp-v1-unsigned", data)
    assert isinstance(reply, ChoiceWanted)
    assert reply.verified.request == session().request


def test_who_declines_tells_a_page_nothing() -> None:
    state, _ = start("openid4vp-v1-unsigned", session().request.to_wire())
    state, reply = step(state, Declined())
    assert reply == Finished(presented=False)
    assert state.phase is Phase.DECLINED


@pytest.mark.parametrize(
    "changes",
    [
        {"client_metadata": {"vp_formats_supported": {"new": {}}}},
        {"transaction_data": ["e30"]},
        {"response_mode": "dc_api.jwt"},
    ],
)
def test_a_page_learns_nothing_of_what_the_wallet_cannot_do(changes: dict[str, Any]) -> None:
    try:
        _, reply = start("openid4vp-v1-unsigned", {**session().request.to_wire(), **changes})
    except RemoteError:
        return
    assert isinstance(reply, Refused)


def test_a_kind_of_client_that_the_rules_exclude_is_not_listened_to() -> None:
    none = replace(KNOWN, request=replace(OPENID4VP, prefixes=frozenset()))
    with pytest.raises(RemoteError) as caught:
        start("openid4vp-v1-signed", signed(), terms=none)
    assert caught.value.code == "oid4vp.unsupported"


def test_of_several_signatures_the_rules_choose_the_kind() -> None:
    by_name = (requests.SAN, {"x5c": x5c(CHAIN)}, LEAF)
    names_only = replace(KNOWN, request=replace(OPENID4VP, prefixes=frozenset({"x509_san_dns"})))
    _, reply = start("openid4vp-v1-multisigned", several(GOOD, by_name), terms=names_only)
    assert isinstance(reply, ChoiceWanted)
    assert str(reply.verified.request.client_id) == requests.SAN
