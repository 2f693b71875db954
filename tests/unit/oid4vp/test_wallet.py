"""The wallet's role: its table walked whole, and what a hostile or clumsy verifier may do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.did import key as did_key
from clicid.errors import ClicidError, LocalError, Refused, RemoteError, Undecided
from clicid.formats.base import FormatId, Wanted
from clicid.formats.sd_jwt_vc import token
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import presentation, presenting, wallet
from clicid.oid4vp.claims_path import leaves
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.matching import Candidate, Picks, match
from clicid.oid4vp.presentation import (
    TRANSITIONS,
    Answered,
    ChoiceWanted,
    Declined,
    Event,
    Finished,
    Gathered,
    NotAccepted,
    Phase,
    Presentation,
    Presented,
)
from clicid.oid4vp.presenting import Holding
from clicid.oid4vp.request import RequestByValue, RequestReference, ResponseMode
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse, parse_response
from clicid.oid4vp.verifier import SUPPORTED_FORMATS
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.asking import (
    AGE_QUERY,
    CLIENT_ID,
    CONTEXTS,
    NAME_QUERY,
    REFERENCE,
    TERMS,
    VERIFIER,
    Asking,
    Holder,
    serve,
)
from tests.support.refusals import refused
from tests.support.requests import resigned
from tests.support.world import NOW, VCT, Dice

if TYPE_CHECKING:
    from collections.abc import Iterable

GET = RequestReference(CLIENT_ID, f"{VERIFIER}/request/1")
ANSWER = AuthorizationResponse({"who": ("x~",)}, "s")


def start(url: str) -> tuple[Presentation, Any]:
    return wallet.start(url, terms=TERMS, now=NOW, random=Dice("wallet"))


class Play:
    """One presentation; remembers each transition taken."""

    def __init__(self, url: str = GET.to_url(), asking: Asking | None = None) -> None:
        self.asking = asking or Asking()
        self.walked: set[tuple[Phase, type, Phase]] = set()
        self.state, self.reply = start(url)

    @classmethod
    def for_page(cls, protocol: str = "openid4vp-v1-unsigned", data: Any = None) -> Play:
        """A request of the Digital Credentials API: of NAME_QUERY, in the open, unless data is given."""
        play = cls()
        request = play.asking.session(
            client_id=ClientId("origin", VERIFIER),
            response_uri="",
            response_mode=ResponseMode.DC_API,
            origin=VERIFIER,
        ).request
        play.state, play.reply = wallet.start_for_page(
            protocol, data or request.to_wire(), VERIFIER, terms=TERMS, now=NOW, random=Dice("wallet")
        )
        return play

    def step(self, event: Event) -> Any:
        before = self.state
        after, self.reply = wallet.step(before, event, terms=TERMS, now=NOW, random=Dice("wallet"))
        assert Presentation.from_bytes(after.to_bytes()) == after
        self.walked.add((before.phase, type(event), after.phase))
        self.state = after
        return self.reply

    def fetched(self, **changes: Any) -> Any:
        """The request object arrives; changes are those of the session."""
        request = self.asking.session(**changes).request
        raw = self.asking.object(replace(request, wallet_nonce=self.state.wallet_nonce))
        return self.step(Answered(HttpAnswer(200, MEDIA_TYPE, raw)))

    def gathered(self) -> Any:
        have: dict[Any, Any] = {}
        while isinstance(self.reply, Wanted):
            have |= serve(self.asking.have, self.reply)
            self.step(Gathered(have))
        return self.reply


def form(request: Any) -> dict[str, str]:
    assert isinstance(request, HttpRequest)
    return parse_form(request.body, max_bytes=100_000)


def test_the_object_is_fetched_by_get() -> None:
    assert Play().reply == HttpRequest("GET", GET.request_uri, accept=MEDIA_TYPE, max_bytes=1 << 18)


def test_the_object_is_fetched_by_post_with_a_nonce_and_what_we_can_do() -> None:
    play = Play(REFERENCE.to_url())
    fields = form(play.reply)
    assert fields["wallet_nonce"] == play.state.wallet_nonce != ""
    assert strict_json.loads(fields["wallet_metadata"]) == {
        "vp_formats_supported": SUPPORTED_FORMATS,
        "client_id_prefixes_supported": [
            *("pre-registered", "decentralized_identifier", "redirect_uri"),
            *("verifier_attestation", "x509_hash", "x509_san_dns"),
        ],
        "request_object_signing_alg_values_supported": ["ES256", "ES256K", "ES384", "Ed25519", "EdDSA"],
        "response_types_supported": ["vp_token"],
        "response_modes_supported": ["direct_post", "direct_post.jwt"],
        "authorization_encryption_alg_values_supported": ["ECDH-ES"],
        "authorization_encryption_enc_values_supported": ["A256GCM", "A128GCM"],
    }
    play.fetched()
    assert isinstance(play.gathered(), ChoiceWanted)


def test_an_object_in_the_link_is_judged_at_once() -> None:
    asking = Asking()
    raw = asking.object(asking.session().request).decode()
    play = Play(RequestByValue(CLIENT_ID, raw).to_url(), asking)
    assert isinstance(play.reply, Wanted)
    assert isinstance(play.gathered(), ChoiceWanted)


def test_a_request_in_the_open_is_shown_as_from_nobody_known() -> None:
    address = f"{VERIFIER}/response/1"
    request = Asking().session(client_id=ClientId("redirect_uri", address)).request
    play = Play(request.to_url())
    assert isinstance(play.reply, ChoiceWanted)
    verified = play.reply.verified
    assert (verified.signed, verified.asker.identifier, verified.asker.registered) == (False, address, None)
    assert play.step(Declined()) == HttpRequest(
        "POST",
        address,
        content_type="application/x-www-form-urlencoded",
        body=ErrorResponse(Wire.ACCESS_DENIED, request.state).to_form(),
        max_bytes=16_384,
    )


def test_a_link_that_is_wrong_begins_nothing() -> None:
    with pytest.raises(RemoteError) as caught:
        start("openid4vp://?client_id=x")
    assert (caught.value.wire, caught.value.code) == ("invalid_request", "oid4vp.unsigned")


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(404, MEDIA_TYPE, b"x"),
        HttpAnswer(302, MEDIA_TYPE, b""),
        HttpAnswer(200, JSON_TYPE, b"{}"),
        HttpAnswer(200, MEDIA_TYPE, b"x.y.z"),
        HttpAnswer(200, MEDIA_TYPE, b"\xff"),
        HttpAnswer(200, MEDIA_TYPE, b""),
    ],
)
def test_what_is_no_request_object_ends_it(answer: HttpAnswer) -> None:
    play = Play()
    assert isinstance(play.step(Answered(answer)), Refused)
    assert play.state.phase is Phase.FAILED


def test_without_the_chain_nothing_is_shown_and_nobody_is_told() -> None:
    play = Play()
    wanted = play.fetched()
    assert isinstance(wanted, Wanted)
    reply = play.step(Gathered(serve({}, wanted)))
    assert isinstance(reply, Undecided)
    assert (reply.code, play.state.phase) == ("did.unavailable", Phase.FAILED)


@pytest.mark.parametrize(
    "formats", [{}, {"mso_mdoc": {}}, {"ldp_vc": {}}], ids=["none", "another", "not the one asked for"]
)
def test_a_verifier_that_cannot_read_our_formats_is_told(formats: Any) -> None:
    play = Play()
    session = play.asking.session()
    request = replace(session.request, metadata=ClientMetadata(formats))
    play.step(Answered(HttpAnswer(200, MEDIA_TYPE, play.asking.object(request))))
    reply = play.gathered()
    assert form(reply) == {"error": "vp_formats_not_supported", "state": request.state}
    assert play.step(Answered(HttpAnswer(500, "", b""))) == Finished(
        presented=False, code="oid4vp.unsupported"
    )


def test_a_verifier_that_does_not_say_its_formats_gets_ours() -> None:
    play = Play()
    request = replace(play.asking.session().request, metadata=ClientMetadata())
    play.step(Answered(HttpAnswer(200, MEDIA_TYPE, play.asking.object(request))))
    assert isinstance(play.gathered(), ChoiceWanted)


def choosing() -> Play:
    play = Play()
    play.fetched()
    assert isinstance(play.gathered(), ChoiceWanted)
    return play


def test_the_answer_is_posted_and_the_browser_goes_on() -> None:
    play = choosing()
    posted = play.step(Presented(ANSWER))
    assert isinstance(posted, HttpRequest)
    assert posted.url == f"{VERIFIER}/response/1"
    assert parse_response(posted.body) == ANSWER
    reply = play.step(Answered(HttpAnswer(200, JSON_TYPE, b'{"redirect_uri":"https://shop.example/x"}')))
    assert reply == Finished(presented=True, redirect_uri="https://shop.example/x")


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (
            HttpAnswer(400, JSON_TYPE, b'{"error":"invalid_request"}'),
            "oid4vp.not_accepted",
            "invalid_request",
        ),
        (HttpAnswer(400, JSON_TYPE, b'{"err":"invalid_request"}'), "oid4vp.remote", "status 400"),
        (HttpAnswer(500, JSON_TYPE, b'{"error":"invalid_request"}'), "oid4vp.remote", "status 500"),
        (HttpAnswer(400, "text/html", b'{"error":"invalid_request"}'), "oid4vp.remote", "status 400"),
        (HttpAnswer(200, "text/html", b"<html>"), "oid4vp.remote", "application/json is wanted"),
        (
            HttpAnswer(200, JSON_TYPE, b'{"redirect_uri":"javascript:x"}'),
            "codec.url",
            "not an absolute http(s) URL",
        ),
        (HttpAnswer(200, JSON_TYPE, b"[]"), "codec.shape", "an object is wanted"),
    ],
)
def test_a_verifier_that_does_not_take_the_answer(answer: HttpAnswer, code: str, detail: str) -> None:
    """The person is told what was the matter with the answer, and nothing else."""
    play = choosing()
    play.step(Presented(ANSWER))
    reply = play.step(Answered(answer))
    assert isinstance(reply, Refused)
    assert (reply.code, reply.detail, play.state.phase) == (code, detail, Phase.FAILED)


EXAMPLES: dict[type, Event] = {
    Answered: Answered(HttpAnswer(500, "", b"")),
    Gathered: Gathered({}),
    Presented: Presented(ANSWER),
    Declined: Declined(),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", get_args(presentation.Event))
def test_what_has_no_row_is_our_mistake(phase: Phase, kind: type) -> None:
    if (phase, kind) not in TRANSITIONS:
        with refused("oid4vp.sequence", kind=LocalError):
            wallet.step(
                Presentation(phase, CLIENT_ID), EXAMPLES[kind], terms=TERMS, now=NOW, random=Dice("wallet")
            )


def known_by_key(play: Play) -> tuple[ClientId, str]:
    """A client and its key for which nobody needs the chain."""
    did = did_key.create(play.asking.keys.public(play.asking.ref))
    client_id = ClientId("decentralized_identifier", did)
    play.state = replace(play.state, client_id=client_id)
    return client_id, did_key.document(did).methods[0].id


def test_every_transition_of_the_table_is_walked_and_no_other() -> None:
    walked: set[tuple[Phase, type, Phase]] = set()
    unknown: dict[str, Any] = {"mso_mdoc": {}}
    for formats in (None, unknown):
        play = Play()
        client_id, key_id = known_by_key(play)
        session = play.asking.session(client_id=client_id, verifier_info=())
        raw = play.asking.object(replace(session.request, metadata=ClientMetadata(formats)), key_id=key_id)
        play.step(Answered(HttpAnswer(200, MEDIA_TYPE, raw)))
        walked |= play.walked
    for act in (
        lambda play: play.step(Answered(HttpAnswer(404, "", b""))),
        lambda play: play.step(Gathered(serve({}, play.fetched()))),
        lambda play: (play.fetched(), play.gathered()),
    ):
        play = Play()
        act(play)
        walked |= play.walked
    play = Play()
    request = replace(play.asking.session().request, metadata=ClientMetadata({}))
    play.step(Answered(HttpAnswer(200, MEDIA_TYPE, play.asking.object(request))))
    play.gathered()
    walked |= play.walked
    for event in (Presented(ANSWER), Declined()):
        for status in (200, 500):
            play = choosing()
            play.step(event)
            play.step(Answered(HttpAnswer(status, JSON_TYPE, b"{}")))
            walked |= play.walked
    for event in (Presented(ANSWER), Declined()):
        play = Play.for_page()
        play.step(event)
        walked |= play.walked
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert walked == table


def test_a_role_that_left_its_table_would_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS, (Phase.CHOICE, Declined), frozenset({Phase.RECEIPT}))
    with refused("oid4vp.sequence", kind=LocalError):
        choosing().step(Declined())


def test_a_stored_state_that_is_not_ours_is_not_read() -> None:
    stored = choosing().state.to_bytes()
    for change in (
        (b'"version":1', b'"version":2'),
        (b'"choice"', b'"x"'),
        (b'"request_object":""', b'"request_object":"="'),
        (b'"client_id":"decentralized_identifier', b'"client_id":"x509_hash'),
        (b'"vp_token"', b'"code"'),
    ):
        assert change[0] in stored
        with refused("oid4vp.state", kind=LocalError):
            Presentation.from_bytes(stored.replace(*change))


@pytest.mark.parametrize("event", [Presented(ANSWER), Declined()])
def test_a_state_that_was_tampered_with_is_our_error(event: Event) -> None:
    with refused("oid4vp.state", kind=LocalError):
        wallet.step(Presentation(Phase.CHOICE, CLIENT_ID), event, terms=TERMS, now=NOW, random=Dice("wallet"))


def test_what_is_held_is_seen_as_a_query_sees_it() -> None:
    holder = Holder()
    identity, age = (presenting.held(one, CONTEXTS) for one in holder.holdings.values())
    (candidate,) = match(NAME_QUERY, [identity, age]).candidates["who"]
    assert candidate.disclose == (("age_over_18",), ("family_name",))
    assert {place[0] for place in candidate.shown} == {
        *("age_over_18", "cnf", "exp", "family_name", "iat", "iss", "nbf", "status", "vct"),
    }
    (candidate,) = match(AGE_QUERY, [identity, age]).candidates["age"]
    assert candidate.disclose == ()
    assert ("credentialSubject", "ageOver18") in candidate.shown


@pytest.mark.parametrize(
    "paths",
    [
        [["family_name"]],
        [["document"]],
        [["document", "number"]],
        [["methods"]],
        [["methods", None]],
        [["methods", 1]],
        [["given_name"], ["document", "type"], ["vct"]],
        [],
    ],
)
def test_what_is_said_to_be_shown_is_what_the_verifier_sees(paths: list[Any]) -> None:
    """Elements of arrays move up when others are withheld, so places are compared without indexes."""
    holder = Holder()
    holding = holder.holdings["id"]
    claims = {"claims": [{"path": path} for path in paths]} if paths else {}
    one: Any = {"id": "who", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, **claims}
    query = Query.parse({"credentials": [one]})
    held = presenting.held(holding, CONTEXTS)
    (candidate,) = match(query, [held]).candidates["who"]
    shown = holder.world.presentation(holding.raw, candidate.disclose)
    parsed = token.parse(shown)
    seen = token.reveal(parsed).claims

    def names(places: Iterable[tuple[str | int, ...]]) -> list[list[str]]:
        return sorted([step for step in place if isinstance(step, str)] for place in places)

    assert names(candidate.shown) == names(leaves(seen))


def test_a_proof_is_nothing_to_be_asked_for() -> None:
    holder = Holder()
    w3c = [one for one in holder.holdings.values() if one.format is FormatId.LDP_VC]
    assert w3c
    for holding in w3c:
        held = presenting.held(holding, CONTEXTS)
        assert "credentialSubject" in held.tree
        assert "proof" not in held.tree


def test_only_what_is_held_and_presentable_is_presented() -> None:
    holder = Holder()
    request = Asking().session().request
    pick: Picks = {"who": (Candidate("who", "another", (), ()),)}
    with refused("oid4vp.sequence", kind=LocalError):
        presenting.prepare(request, pick, holder.holdings, contexts=CONTEXTS, now=NOW)
    bare = Holding("x", FormatId.LDP_VP, b"{}", holder.holdings["id"].key)
    with refused("oid4vp.unsupported", kind=LocalError):
        presenting.held(bare, CONTEXTS)
    pick = {"who": (Candidate("who", "x", (), ()),)}
    with refused("oid4vp.unsupported", kind=LocalError):
        presenting.prepare(request, pick, {"x": bare}, contexts=CONTEXTS, now=NOW)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_answer_needs_each_signature_and_no_more(count: int) -> None:
    holder = Holder()
    query = Query(NAME_QUERY.credentials + AGE_QUERY.credentials)
    held = [presenting.held(one, CONTEXTS) for one in holder.holdings.values()]
    request = Asking().session(query).request
    prepared = presenting.prepare(
        request, match(query, held).preferred(), holder.holdings, contexts=CONTEXTS, now=NOW
    )
    assert [name for name, _ in prepared.to_be_signed] == ["id", "age"]
    with pytest.raises(ClicidError) as caught:
        prepared.complete([bytes(64)] * count)
    assert isinstance(caught.value, LocalError)


def test_a_credential_in_the_vault_is_not_printed() -> None:
    holder = Holder()
    assert "eyJ" not in repr(holder.holdings["id"]) + repr(presenting.held(holder.holdings["id"], CONTEXTS))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"dcql_query": None}, "invalid_request"),
        ({"scope": "x"}, "invalid_request"),
        ({"response_mode": "direct_post.jwt"}, "invalid_request"),
        ({"transaction_data": ["e30"]}, "invalid_transaction_data"),
        ({"client_metadata": {"jwks": 1}}, "invalid_request"),
    ],
)
def test_who_is_who_it_says_is_told_what_is_wrong(changes: dict[str, Any], error: str) -> None:
    play = Play()
    session = play.asking.session()
    raw = resigned(play.asking, play.asking.object(session.request), payload=changes)
    play.step(Answered(HttpAnswer(200, MEDIA_TYPE, raw)))
    posted = play.gathered()
    assert (posted.url, form(posted)) == (
        session.request.response_uri,
        {"error": error, "state": session.request.state},
    )
    reply = play.step(Answered(HttpAnswer(200, JSON_TYPE, b"{}")))
    assert isinstance(reply, Finished)
    assert (reply.presented, reply.code != "", play.state.phase) == (False, True, Phase.DECLINED)


def test_who_cannot_be_verified_is_told_nothing() -> None:
    play = Play()
    other = play.asking.keys.generate("P-256", "other")
    raw = resigned(
        play.asking, play.asking.object(play.asking.session().request), ref=other, payload={"scope": "x"}
    )
    play.step(Answered(HttpAnswer(200, MEDIA_TYPE, raw)))
    reply = play.gathered()
    assert isinstance(reply, RemoteError)
    assert (reply.code, play.state.phase) == ("oid4vp.asker_key", Phase.FAILED)


def test_where_the_browser_goes_on_after_a_refusal() -> None:
    for body, status, expected in (
        (b'{"redirect_uri":"https://shop.example/x"}', 200, "https://shop.example/x"),
        (b'{"redirect_uri":"javascript:x"}', 200, ""),
        (b'{"redirect_uri":"https://shop.example/x"}', 400, ""),
        (b"[", 200, ""),
    ):
        play = choosing()
        play.step(Declined(Wire.WALLET_UNAVAILABLE))
        reply = play.step(Answered(HttpAnswer(status, JSON_TYPE, body)))
        assert reply == Finished(presented=False, redirect_uri=expected)


def test_a_verifier_that_did_not_accept_says_so_and_the_browser_goes_on() -> None:
    play = choosing()
    play.step(Presented(ANSWER))
    body: Any = {
        "error": "invalid_request",
        "error_description": "The credential has been revoked.",
        "redirect_uri": "https://shop.example/x?response_code=1",
    }
    reply = play.step(Answered(HttpAnswer(400, JSON_TYPE, strict_json.dumps(body))))
    assert isinstance(reply, NotAccepted)
    assert (reply.code, reply.detail) == ("oid4vp.not_accepted", "The credential has been revoked.")
    assert reply.redirect_uri == "https://shop.example/x?response_code=1"


@pytest.mark.parametrize(
    ("event", "members"),
    [(Presented(ANSWER), {"vp_token", "state"}), (Declined(), {"error", "state"})],
)
def test_what_is_asked_to_be_encrypted_is(event: Event, members: set[str]) -> None:
    key = EphemeralKey(Dice("verifier"))
    play = Play()
    play.fetched(
        response_mode=ResponseMode.DIRECT_POST_JWT, recipient=Recipient(key.public, "k", jwe.ECDH_ES)
    )
    play.gathered()
    fields = form(play.step(event))
    assert fields.keys() == {"response"}
    message = jwe.parse(fields["response"], max_bytes=100_000)
    inside = strict_json.loads(jwe.decrypt(message, agree=key.agree, kid="k", encs=jwe.ENCS))
    assert isinstance(inside, dict)
    assert inside.keys() == members


def test_a_wallet_that_has_no_encryption_in_common_says_so_in_the_open() -> None:
    key = EphemeralKey(Dice("verifier"))
    metadata = ClientMetadata(None, (Recipient(key.public, "k", jwe.ECDH_ES),), ("A128CBC-HS256",))
    address = f"{VERIFIER}/response/1"
    session = Asking().session(client_id=ClientId("redirect_uri", address))
    request = replace(session.request, response_mode=ResponseMode.DIRECT_POST_JWT, metadata=metadata)
    play = Play(request.to_url())
    assert form(play.reply) == {"error": "invalid_request", "state": request.state}
    assert play.state.code == "oid4vp.encryption"


def test_a_state_from_before_there_were_pages_is_read() -> None:
    state = choosing().state
    obj = strict_json.loads(state.to_bytes())
    assert isinstance(obj, dict)
    assert (obj.pop("origin"), obj.pop("code")) == ("", "")
    assert Presentation.from_bytes(strict_json.dumps(obj)) == state


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        (GET.to_url(), {"prefixes": frozenset({"x509_hash"})}),
        (RequestByValue(CLIENT_ID, "x.y.z").to_url(), {"by_value": False}),
    ],
    ids=["a kind of client", "a request in the link"],
)
def test_the_rules_are_asked_before_anything_is_fetched(url: str, rules: dict[str, Any]) -> None:
    strict = replace(TERMS, request=replace(TERMS.request, **rules))
    with pytest.raises(RemoteError) as caught:
        wallet.start(url, terms=strict, now=NOW, random=Dice("wallet"))
    assert caught.value.code == "oid4vp.unsupported"
