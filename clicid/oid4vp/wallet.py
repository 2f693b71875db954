"""The wallet's side of OpenID4VP as a state machine without I/O.

`start` and `step` give the next state and what to do: a request to send, material to get, a choice
to put to the person. What goes wrong for good comes back as `Refused`, what cannot be decided now
as `Undecided`, both in phase FAILED; nothing was shown then.

A verifier that is who it says, or whose address is its name, is told what is wrong with its request
(8.5). Who cannot be verified is told nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpRequest, encode_form
from clicid.errors import LocalError, Refused, RemoteError, Undecided
from clicid.formats.base import Wanted
from clicid.oid4vp import dc_api, request_object, returning
from clicid.oid4vp.asker import Asker, over_asking
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.presentation import (
    TRANSITIONS,
    Answered,
    ChoiceWanted,
    Event,
    Finished,
    ForPage,
    Gathered,
    NotAccepted,
    Phase,
    Presentation,
    Presented,
    Reply,
)
from clicid.oid4vp.request import (
    MAX_REQUEST_BYTES,
    AuthorizationRequest,
    RequestByValue,
    RequestReference,
    parse_request_url,
)
from clicid.oid4vp.request_object import MEDIA_TYPE, Complaint, VerifiedRequest, check_parameters
from clicid.oid4vp.response import ErrorResponse, ResponseReceipt
from clicid.oid4vp.verifier import SUPPORTED_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpAnswer
    from clicid.formats.base import Have
    from clicid.oid4vp.response import AuthorizationResponse
    from clicid.oid4vp.rules import Terms

_NONCE_BYTES: Final = 32
_MAX_RECEIPT_BYTES: Final = 16_384
_MAX_DESCRIPTION: Final = 1024
_ANOTHER_PAGE: Final = ForPage({"error": Wire.INVALID_REQUEST.value}, presented=False)


def start(
    url: str, *, terms: Terms, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    """Read a request's link.

    Args:
        url: The link.
        terms: On what terms the wallet listens.
        now: The time.
        random: So many random bytes.

    Raises:
        RemoteError: What the link is wrong in: nothing has begun.
    """
    found = parse_request_url(url)
    terms.request.check_client(found.client_id, by_value=not isinstance(found, RequestReference))
    state = Presentation(Phase.REQUEST_OBJECT, found.client_id)
    match found:
        case AuthorizationRequest():
            # Only `redirect_uri` comes in the open: who asks cannot be known (5.9.3).
            asker = Asker(found.client_id.rest, why="registration.unknown")
            return _in_the_open(state, VerifiedRequest(found, asker, signed=False), terms, random)
        case RequestByValue():
            return _judge(replace(state, request_object=found.request.encode()), {}, terms, now, random)
        case _:  # RequestReference
            return _fetch(state, found, terms, random)


def start_for_page(
    protocol: str,
    data: Json,
    origin: str,
    *,
    terms: Terms,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Presentation, Reply]:
    """Read a request of the Digital Credentials API (A).

    A page learns nothing of a request that is wrong, nor of a person who declines: the flow is just
    cancelled (15.9.2). Only a signed request sent from a page that it is not for is answered with an error,
    as A.2 demands.

    Args:
        protocol: The exchange protocol, `openid4vp-v1-...` (A.1).
        data: The request, as the page gave it.
        origin: The page's, as the browser says it.
        terms: On what terms the wallet listens.
        now: The time.
        random: So many random bytes.

    Raises:
        RemoteError: What the request is wrong in: nothing has begun.
    """
    found = dc_api.read(protocol, data, origin, terms)
    state = Presentation(Phase.REQUEST_OBJECT, found.client_id, origin=origin)
    if isinstance(found, AuthorizationRequest):
        asker = Asker(origin, why="registration.unknown")
        return _in_the_open(state, VerifiedRequest(found, asker, signed=False), terms, random)
    return _judge(replace(state, request_object=found.raw), {}, terms, now, random)


def _in_the_open(
    state: Presentation, verified: VerifiedRequest, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    try:
        check_parameters(verified.request, terms)
    except RemoteError as fault:
        return _cannot(replace(state, request=verified.request), fault, terms, random)
    return _ask(state, verified, terms, random)


def _fetch(
    state: Presentation, reference: RequestReference, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    address = reference.request_uri
    if reference.method == "get":
        return state, HttpRequest("GET", address, accept=MEDIA_TYPE, max_bytes=MAX_REQUEST_BYTES)
    nonce = base64url.encode(random(_NONCE_BYTES))
    metadata = strict_json.dumps(terms.request.wallet_metadata(SUPPORTED_FORMATS)).decode()
    return replace(state, wallet_nonce=nonce), HttpRequest(
        "POST",
        address,
        accept=MEDIA_TYPE,
        content_type=FORM_TYPE,
        body=encode_form({"wallet_nonce": nonce, "wallet_metadata": metadata}),
        max_bytes=MAX_REQUEST_BYTES,
    )


def step(
    state: Presentation, event: Event, *, terms: Terms, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    """The next state and what to do.

    Raises:
        LocalError: `oid4vp.sequence` for an event that does not fit the state.
    """
    allowed = TRANSITIONS.get((state.phase, type(event)))
    if allowed is None:
        raise LocalError("oid4vp.sequence", detail=f"{type(event).__name__} in {state.phase}")
    following, reply = _react(state, event, terms, now, random)
    if following.phase not in allowed:
        raise LocalError("oid4vp.sequence", detail=f"{state.phase} to {following.phase}")
    return following, reply


def _react(
    state: Presentation, event: Event, terms: Terms, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    outcome: tuple[Presentation, Reply]
    match event:
        case Answered(answer):
            try:
                outcome = _answered(state, answer, terms, now, random)
            except Refused as fault:
                outcome = replace(state, phase=Phase.FAILED), fault
        case Gathered(have):
            outcome = _judge(state, have, terms, now, random)
        case Presented(response):
            outcome = _present(state, response, terms, random)
        case _:  # Declined
            outcome = _refuse(state, event.error, terms, random)
    return outcome


def _answered(
    state: Presentation, answer: HttpAnswer, terms: Terms, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    if state.phase is Phase.REFUSAL_RECEIPT:
        after = replace(state, phase=Phase.DECLINED)
        return after, Finished(presented=False, redirect_uri=_onward(answer), code=state.code)
    if state.phase is Phase.RECEIPT and 400 <= answer.status < 500 and answer.content_type == JSON_TYPE:
        raise _not_accepted(answer)
    wanted = MEDIA_TYPE if state.phase is Phase.REQUEST_OBJECT else JSON_TYPE
    if answer.status != 200:
        raise Refused("oid4vp.remote", detail=f"status {answer.status}")
    if answer.content_type != wanted:
        raise Refused("oid4vp.remote", detail=f"{wanted} is wanted")
    if state.phase is Phase.REQUEST_OBJECT:
        return _judge(replace(state, request_object=answer.body), {}, terms, now, random)
    receipt = ResponseReceipt.parse(answer.body)
    return replace(state, phase=Phase.FINISHED), Finished(presented=True, redirect_uri=receipt.redirect_uri)


def _onward(answer: HttpAnswer) -> str:
    """Where the browser goes on after a refusal; whatever else the verifier says of it changes nothing."""
    if answer.status != 200 or answer.content_type != JSON_TYPE:
        return ""
    try:
        return ResponseReceipt.parse(answer.body).redirect_uri
    except Refused:
        return ""


def _not_accepted(answer: HttpAnswer) -> Refused:
    """What the verifier says of what it did not accept (8.2)."""
    try:
        obj = shape.as_object(strict_json.loads(answer.body, max_bytes=_MAX_RECEIPT_BYTES))
        error = shape.text(obj, "error", maximum=_MAX_DESCRIPTION)
        description = shape.optional_text(obj, "error_description", maximum=_MAX_DESCRIPTION)
        return NotAccepted(description or error, ResponseReceipt.parse(answer.body).redirect_uri)
    except Refused:
        return Refused("oid4vp.remote", detail=f"status {answer.status}")


def _judge(
    state: Presentation, have: Have, terms: Terms, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    try:
        found = request_object.verify(
            state.request_object,
            client_id=state.client_id,
            wallet_nonce=state.wallet_nonce,
            have=have,
            terms=terms,
            now=now,
            origin=state.origin,
        )
    except (RemoteError, Undecided) as fault:
        if state.origin and fault.code == "oid4vp.origin":
            return replace(state, phase=Phase.FAILED), _ANOTHER_PAGE
        # The address to complain to stands in what could not be verified: nobody is told.
        return replace(state, phase=Phase.FAILED), fault
    match found:
        case Wanted():
            return replace(state, phase=Phase.MATERIAL), found
        case Complaint():
            # What the answer could be encrypted for is part of what is wrong (8.3.1).
            refusal = ErrorResponse(Wire(found.fault.wire), found.state)
            after = replace(state, phase=Phase.REFUSAL_RECEIPT, code=found.fault.code, request_object=b"")
            return after, _post(found.response_uri, refusal.to_form())
        case _:  # VerifiedRequest
            return _ask(state, found, terms, random)


def _ask(
    state: Presentation, verified: VerifiedRequest, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    request = verified.request
    following = replace(state, request=request, request_object=b"")
    formats = {credential.format for credential in request.query.credentials}
    known = request.metadata.vp_formats
    taken = SUPPORTED_FORMATS if known is None else known
    if not formats & terms.request.readable(SUPPORTED_FORMATS).keys() & taken.keys():
        fault = RemoteError(Wire.VP_FORMATS_NOT_SUPPORTED, "oid4vp.unsupported", "/dcql_query")
        return _cannot(following, fault, terms, random)
    warnings = over_asking(request.query, verified.asker)
    return replace(following, phase=Phase.CHOICE), ChoiceWanted(verified, warnings)


def _cannot(
    state: Presentation, fault: RemoteError, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    """The wallet itself cannot answer: the verifier is told why (8.5), a page nothing (15.9.2)."""
    if state.origin:
        return replace(state, phase=Phase.FAILED), fault
    return _refuse(replace(state, code=fault.code), Wire(fault.wire), terms, random)


def _present(
    state: Presentation, response: AuthorizationResponse, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    request = _request(state)
    if state.origin:
        answer = returning.data(request, response, rules=terms.request, random=random)
        return replace(state, phase=Phase.FINISHED), ForPage(answer, presented=True)
    form = returning.form(request, response, rules=terms.request, random=random)
    return replace(state, phase=Phase.RECEIPT), _post(request.response_uri, form)


def _refuse(
    state: Presentation, error: Wire, terms: Terms, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    request = _request(state)
    if state.origin:
        return replace(state, phase=Phase.DECLINED), Finished(presented=False)
    refusal = ErrorResponse(error, request.state)
    try:
        form = returning.form(request, refusal, rules=terms.request, random=random)
    except RemoteError:  # There is nothing to encrypt it with (8.3.1).
        form = refusal.to_form()
    return replace(state, phase=Phase.REFUSAL_RECEIPT), _post(request.response_uri, form)


def _post(address: str, form: bytes) -> HttpRequest:
    return HttpRequest("POST", address, content_type=FORM_TYPE, body=form, max_bytes=_MAX_RECEIPT_BYTES)


def _request(state: Presentation) -> AuthorizationRequest:
    if state.request is None:
        raise LocalError("oid4vp.state", detail="no request in a state that implies one")
    return state.request
