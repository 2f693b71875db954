"""A verifier of every kind with its HTTP shell, and a wallet's shell to play against it, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import RemoteError, answered_with
from clicid.formats.base import Wanted
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import errors, request_object, returning, verifier, wallet
from clicid.oid4vp.checking import AcceptedAnswer
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.presentation import Answered, ChoiceWanted, Finished, Gathered, Presented
from clicid.oid4vp.request import RequestReference, ResponseMode
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.response import ResponseReceipt
from clicid.oid4vp.rules import OPENID4VP, Attester, Client, Requesters, Terms
from clicid.oid4vp.session import Check, Concluded, HandOut, ObjectFetched, ResponsePosted, Session, Verdict
from clicid.oid4vp.transaction_data import TYPES
from clicid.oid4vp.verifier import SUPPORTED_FORMATS
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from clicid.trust.anchors import Anchor
from tests.support.asking import CLIENT_ID, Asking, serve
from tests.support.every_format import EveryHolder, query
from tests.support.requests import (
    ADDRESS,
    ATTESTED,
    ATTESTER,
    CHAIN,
    CLIENT,
    ISSUER,
    LEAF,
    REGISTERED,
    ROOT_DER,
    SAN,
    attestation,
    hash_of,
)
from tests.support.world import NOW, Dice, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vp.request import AuthorizationRequest
    from tests.support.x509 import Party

REQUEST_URI = "https://verifier.example/request/1"
KEY = EphemeralKey(Dice("session"))
RECIPIENT = Recipient(KEY.public, "1", jwe.ECDH_ES)
TERMS = Terms(
    OPENID4VP,
    Requesters(
        {Anchor.load(ROOT_DER): "Root"},
        {ISSUER: Attester("Attester", {"1": ATTESTER.key})},
        {
            CLIENT: Client(
                "Shop",
                {"1": REGISTERED.key},
                frozenset({ADDRESS}),
                ClientMetadata(SUPPORTED_FORMATS, (RECIPIENT,), tuple(jwe.ENCS)),
            )
        },
    ),
    World().rules,
    TYPES,
)
ASKERS: dict[str, tuple[str, dict[str, Any], Party | None]] = {
    "did": (str(CLIENT_ID), {}, None),
    "x509_hash": (hash_of(CHAIN), {"x5c": CHAIN}, LEAF),
    "x509_san_dns": (SAN, {"x5c": CHAIN}, LEAF),
    "verifier_attestation": (ATTESTED, {"attestation": attestation()}, LEAF),
    "pre-registered": (CLIENT, {"key_id": "1"}, REGISTERED),
}


class Desk:
    """A verifier of some kind, and its HTTP shell."""

    def __init__(self, kind: str, mode: ResponseMode, **changes: Any) -> None:
        self.asking, self.holder = Asking(), EveryHolder()
        client_id, self.arguments, self.party = ASKERS[kind]
        self.client_id = ClientId.parse(client_id)
        self.random = Dice("verifier")
        self.verdict: Verdict | None = None
        self.checked = 0
        self.stored = self.asking.session(
            **{
                "query": query("dc+sd-jwt", "mso_mdoc"),
                "client_id": self.client_id,
                "response_uri": ADDRESS,
                "response_mode": mode,
                "recipient": RECIPIENT if mode.encrypted else None,
                "verifier_info": (),
                **changes,
            }
        ).to_bytes()

    @property
    def session(self) -> Session:
        return Session.from_bytes(self.stored)

    def step(self, event: Any) -> Any:
        session, reply = verifier.step(self.session, event, now=NOW, random=self.random)
        self.stored = session.to_bytes()
        return reply

    def object(self, request: AuthorizationRequest) -> bytes:
        if self.party is None:
            return self.asking.object(request)
        prepared = request_object.prepare(
            request, alg="ES256", issued_at=NOW, expires_at=self.session.expires_at, **self.arguments
        )
        (one,) = prepared.to_be_signed
        r, s = decode_dss_signature(self.party.private.sign(one.message, ec.ECDSA(hashes.SHA256())))
        return prepared.complete([r.to_bytes(32, "big") + s.to_bytes(32, "big")])

    def send(self, request: HttpRequest) -> HttpAnswer:
        try:
            return self._send(request)
        except RemoteError as fault:
            return HttpAnswer(400, JSON_TYPE, strict_json.dumps(errors.to_wire(fault)))

    def _send(self, request: HttpRequest) -> HttpAnswer:
        if request.url == REQUEST_URI:
            with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
                nonce = parse_form(request.body, max_bytes=10_000).get("wallet_nonce", "")
            reply = self.step(ObjectFetched(nonce))
            if isinstance(reply, RemoteError):
                raise reply
            assert isinstance(reply, HandOut)
            asked = reply.request
            if self.party is REGISTERED:  # What is known of a registered client is not said again (8.5).
                asked = replace(asked, metadata=ClientMetadata())
            return HttpAnswer(200, MEDIA_TYPE, self.object(asked))
        assert request.url == ADDRESS
        response = returning.read_form(request.body, self.session.request, KEY.agree)
        reply = self.step(ResponsePosted(response))
        if isinstance(reply, Check):
            self.checked += 1
            found = self.holder.check(self.session.request, reply.response, None)
            accepted = isinstance(found, AcceptedAnswer)
            self.verdict = Verdict.ACCEPTED if accepted else Verdict.REFUSED
            reply = self.step(Concluded(self.verdict, "" if accepted else getattr(found, "code", "")))
        if isinstance(reply, ResponseReceipt):
            return HttpAnswer(200, JSON_TYPE, strict_json.dumps(reply.to_wire()))
        return HttpAnswer(400, JSON_TYPE, strict_json.dumps(errors.to_wire(reply)))


def play(
    desk: Desk,
    *,
    method: Any = "post",
    terms: Terms = TERMS,
    altered: Any = None,
    send: Callable[[HttpRequest], HttpAnswer] | None = None,
) -> Any:
    """The wallet's shell; gives the last reply and what the person was asked.

    `altered` may change the answer before it is sent, `send` what happens on the way.
    """
    link = RequestReference(desk.client_id, REQUEST_URI, method).to_url()
    state, reply = wallet.start(link, terms=terms, now=NOW, random=Dice("wallet"))
    known: dict[Any, Any] = {}
    choice = None
    while not isinstance(reply, Finished | Exception):
        event: Any
        match reply:
            case HttpRequest():
                event = Answered((send or desk.send)(reply))
            case Wanted():
                known |= serve(desk.asking.have, reply)
                event = Gathered(known)
            case _:
                choice = reply
                assert isinstance(choice, ChoiceWanted)
                response = desk.holder.answer(choice.verified.request, None)
                event = Presented(altered(response) if altered else response)
        state = type(state).from_bytes(state.to_bytes())
        state, reply = wallet.step(state, event, terms=terms, now=NOW, random=Dice("answer"))
    return reply, choice
