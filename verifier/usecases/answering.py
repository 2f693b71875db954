"""Taking a wallet's answer: once, checked from what is in the store, with no call to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.adapters.gather import Brought, settle
from clicid.codec import strict_json
from clicid.errors import RemoteError
from clicid.oid4vp import returning, verifier
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.checking import AcceptedAnswer, RefusedAnswer, check_response
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.response import ResponseReceipt
from clicid.oid4vp.session import Check, Concluded, Phase, ResponsePosted, Session, Verdict
from verifier.usecases.asking import SIGNED, UNSIGNED, find

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Wanted
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.checking import Answer
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse
    from clicid.oid4vp.session import Reply
    from clicid.verification import Shown
    from verifier.store import StoredSession
    from verifier.usecases.service import Service


def take(service: Service, session_id: str, raw: bytes) -> ResponseReceipt:
    """Take an answer that a wallet posts, and decide on it.

    The state moves to `answered` before anything is checked, by compare-and-set: of two answers to
    one request, however close, one is taken. The key that it was encrypted for is destroyed then.

    Args:
        service: The verifier.
        session_id: Which request.
        raw: The posted form.

    Raises:
        RemoteError: The answer was refused, is malformed, came too late or a second time; the wire
            code is for the wallet, the reason is in the client's report.
    """
    stored, request = _asked(service, session_id)
    if request.origin:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.origin", detail="a page brings this answer")
    agree = _agree(service, session_id, request)
    return _take(service, stored, returning.read_form(raw, request, agree), agree)


def take_from_page(service: Service, session_id: str, protocol: str, data: Json) -> ResponseReceipt:
    """Take what a page got by the Digital Credentials API, and decide on it.

    Args:
        service: The verifier.
        session_id: Which request. Whoever brings the answer is the page that asked: callers see to it.
        protocol: As the browser says it.
        data: The object that the wallet gave.

    Raises:
        RemoteError: As `take`; `oid4vp.origin` for a request that no page was to ask.
    """
    stored, request = _asked(service, session_id)
    if not request.origin:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.origin", detail="no page asked")
    if protocol != (SIGNED if request.client_id.signed else UNSIGNED):
        raise RemoteError(
            Wire.INVALID_REQUEST, "oid4vp.response", "protocol", "not the one that was asked by"
        )
    agree = _agree(service, session_id, request)
    return _take(service, stored, returning.read_data(data, request, agree), agree)


def _asked(service: Service, session_id: str) -> tuple[StoredSession, AuthorizationRequest]:
    """The request, and what it asked."""
    stored = find(service, session_id)
    return stored, Session.from_bytes(stored.state).request


def _agree(
    service: Service, session_id: str, request: AuthorizationRequest
) -> Callable[[PublicKey], bytes] | None:
    return service.answer_keys.agree(session_id) if request.response_mode.encrypted else None


def _take(
    service: Service,
    stored: StoredSession,
    response: AuthorizationResponse | ErrorResponse,
    agree: Callable[[PublicKey], bytes] | None,
) -> ResponseReceipt:
    stored, reply = _move(service, stored, ResponsePosted(response))
    if not isinstance(reply, Check):
        if agree is not None and Session.from_bytes(stored.state).phase is Phase.DECLINED:
            service.answer_keys.destroy(stored.session_id)
        return _receipt(reply)
    try:
        answer = _decide(service, Session.from_bytes(stored.state), reply.response, agree)
    finally:
        if agree is not None:
            service.answer_keys.destroy(stored.session_id)
    concluded = Concluded(_verdict(answer), "" if isinstance(answer, AcceptedAnswer) else answer.code)
    _, reply = _move(service, stored, concluded, report=_reports(answer), claims=_claims(answer))
    return _receipt(reply)


def _decide(
    service: Service,
    session: Session,
    response: AuthorizationResponse,
    agree: Callable[[PublicKey], bytes] | None,
) -> Answer:
    now, request = service.clock(), session.request
    channel = Channel.of(request, agree)

    def step(have: Have) -> Answer | Wanted:
        return check_response(
            request,
            response,
            have,
            channel=channel,
            policy=service.policy,
            checkers=service.checkers,
            now=now,
        )

    return settle(step, Brought(service.materials, response.issuance_proofs), now)


def _move(
    service: Service,
    stored: StoredSession,
    event: ResponsePosted | Concluded,
    *,
    report: bytes | None = None,
    claims: bytes | None = None,
) -> tuple[StoredSession, Reply]:
    """One step of the session, stored before its reply is acted upon."""
    session = Session.from_bytes(stored.state)
    following, reply = verifier.step(session, event, now=service.clock(), random=service.random)
    if following != session:
        after = service.store.replace_state(stored, following.to_bytes(), report=report, claims=claims)
        if after is None:
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="another answer was first")
        stored = after
    return stored, reply


def _receipt(reply: Reply) -> ResponseReceipt:
    if isinstance(reply, RemoteError):
        raise reply
    return reply if isinstance(reply, ResponseReceipt) else ResponseReceipt()


def _verdict(answer: Answer) -> Verdict:
    if isinstance(answer, AcceptedAnswer):
        return Verdict.ACCEPTED
    return Verdict.REFUSED if isinstance(answer, RefusedAnswer) else Verdict.UNDECIDED


def _reports(answer: Answer) -> bytes:
    verdict = _verdict(answer)
    return strict_json.dumps(
        {
            "verdict": verdict.value,
            "code": "" if isinstance(answer, AcceptedAnswer) else answer.code,
            "presentations": {
                name: [report.to_json() for report in found] for name, found in answer.reports.items()
            },
        }
    )


def _claims(answer: Answer) -> bytes | None:
    if not isinstance(answer, AcceptedAnswer):
        return None
    return strict_json.dumps(
        {name: [_shown(one) for one in found] for name, found in answer.credentials.items()}
    )


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "format": shown.format.value,
        "issuer": shown.issuer,
        "credential_type": shown.credential_type,
        "claims": shown.claims.reveal(),
    }
