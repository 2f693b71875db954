"""The wallet's side of OpenID4VP as a state machine without I/O.

`start` and `step` give the next state and what to do: a request to send, material to get, a choice
to put to the person. What goes wrong for good comes back as `Refused`, what cannot be decided now
as `Undecided`, both in phase FAILED; nothing was shown then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, strict_json
from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpRequest, encode_form
from clicid.errors import LocalError, Refused, RemoteError, Undecided
from clicid.formats.base import Wanted
from clicid.oid4vp import request_object
from clicid.oid4vp.asker import Asker, over_asking
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.presentation import (
    TRANSITIONS,
    Answered,
    ChoiceWanted,
    Event,
    Finished,
    Gathered,
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
from clicid.oid4vp.request_object import MEDIA_TYPE, VerifiedRequest
from clicid.oid4vp.response import ErrorResponse, ResponseReceipt
from clicid.oid4vp.verifier import SUPPORTED_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.codec.web import HttpAnswer
    from clicid.formats.base import Have, Rules

_NONCE_BYTES: Final = 32
_MAX_RECEIPT_BYTES: Final = 16_384


def start(
    url: str, *, rules: Rules, now: datetime, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    """Read a request's link.

    Args:
        url: The link.
        rules: Largest ages of what the chain says, and leeway.
        now: The time.
        random: So many random bytes.

    Raises:
        RemoteError: What the link is wrong in: nothing has begun.
    """
    found = parse_request_url(url)
    state = Presentation(Phase.REQUEST_OBJECT, found.client_id)
    match found:
        case AuthorizationRequest():
            # Only `redirect_uri` comes in the open: who asks cannot be known (5.9.3).
            asker = Asker(found.client_id.rest, why="registration.unknown")
            return _ask(state, VerifiedRequest(found, asker, signed=False))
        case RequestByValue():
            return _judge(replace(state, request_object=found.request.encode()), {}, rules, now)
        case _:  # RequestReference
            return _fetch(state, found, random)


def _fetch(
    state: Presentation, reference: RequestReference, random: Callable[[int], bytes]
) -> tuple[Presentation, Reply]:
    address = reference.request_uri
    if reference.method == "get":
        return state, HttpRequest("GET", address, accept=MEDIA_TYPE, max_bytes=MAX_REQUEST_BYTES)
    nonce = base64url.encode(random(_NONCE_BYTES))
    metadata = strict_json.dumps({"vp_formats_supported": SUPPORTED_FORMATS}).decode()
    return replace(state, wallet_nonce=nonce), HttpRequest(
        "POST",
        address,
        accept=MEDIA_TYPE,
        content_type=FORM_TYPE,
        body=encode_form({"wallet_nonce": nonce, "wallet_metadata": metadata}),
        max_bytes=MAX_REQUEST_BYTES,
    )


def step(state: Presentation, event: Event, *, rules: Rules, now: datetime) -> tuple[Presentation, Reply]:
    """The next state and what to do.

    Raises:
        LocalError: `oid4vp.sequence` for an event that does not fit the state.
    """
    allowed = TRANSITIONS.get((state.phase, type(event)))
    if allowed is None:
        raise LocalError("oid4vp.sequence", detail=f"{type(event).__name__} in {state.phase}")
    following, reply = _react(state, event, rules, now)
    if following.phase not in allowed:
        raise LocalError("oid4vp.sequence", detail=f"{state.phase} to {following.phase}")
    return following, reply


def _react(state: Presentation, event: Event, rules: Rules, now: datetime) -> tuple[Presentation, Reply]:
    outcome: tuple[Presentation, Reply]
    match event:
        case Answered(answer):
            try:
                outcome = _answered(state, answer, rules, now)
            except Refused as fault:
                outcome = replace(state, phase=Phase.FAILED), fault
        case Gathered(have):
            outcome = _judge(state, have, rules, now)
        case Presented(response):
            request = _request(state)
            outcome = replace(state, phase=Phase.RECEIPT), _post(request, response.to_form())
        case _:  # Declined
            outcome = _refuse(state, _request(state), event.error)
    return outcome


def _answered(
    state: Presentation, answer: HttpAnswer, rules: Rules, now: datetime
) -> tuple[Presentation, Reply]:
    if state.phase is Phase.REFUSAL_RECEIPT:
        return replace(state, phase=Phase.DECLINED), Finished(presented=False)
    wanted = MEDIA_TYPE if state.phase is Phase.REQUEST_OBJECT else JSON_TYPE
    if answer.status != 200:
        raise Refused("oid4vp.remote", detail=f"status {answer.status}")
    if answer.content_type != wanted:
        raise Refused("oid4vp.remote", detail=f"{wanted} is wanted")
    if state.phase is Phase.REQUEST_OBJECT:
        return _judge(replace(state, request_object=answer.body), {}, rules, now)
    receipt = ResponseReceipt.parse(answer.body)
    return replace(state, phase=Phase.FINISHED), Finished(presented=True, redirect_uri=receipt.redirect_uri)


def _judge(state: Presentation, have: Have, rules: Rules, now: datetime) -> tuple[Presentation, Reply]:
    try:
        found = request_object.verify(
            state.request_object,
            client_id=state.client_id,
            wallet_nonce=state.wallet_nonce,
            have=have,
            rules=rules,
            now=now,
        )
    except (RemoteError, Undecided) as fault:
        # The address to complain to stands in what could not be verified: nobody is told.
        return replace(state, phase=Phase.FAILED), fault
    if isinstance(found, Wanted):
        return replace(state, phase=Phase.MATERIAL), found
    return _ask(state, found)


def _ask(state: Presentation, verified: VerifiedRequest) -> tuple[Presentation, Reply]:
    request = verified.request
    following = replace(state, request=request, request_object=b"")
    formats = {credential.format for credential in request.query.credentials}
    taken = SUPPORTED_FORMATS if request.vp_formats is None else request.vp_formats
    if not formats & SUPPORTED_FORMATS.keys() & taken.keys():
        return _refuse(following, request, Wire.VP_FORMATS_NOT_SUPPORTED)
    warnings = over_asking(request.query, verified.asker)
    return replace(following, phase=Phase.CHOICE), ChoiceWanted(verified, warnings)


def _refuse(state: Presentation, request: AuthorizationRequest, error: Wire) -> tuple[Presentation, Reply]:
    refusal = ErrorResponse(error, request.state)
    return replace(state, phase=Phase.REFUSAL_RECEIPT), _post(request, refusal.to_form())


def _post(request: AuthorizationRequest, form: bytes) -> HttpRequest:
    return HttpRequest(
        "POST", request.response_uri, content_type=FORM_TYPE, body=form, max_bytes=_MAX_RECEIPT_BYTES
    )


def _request(state: Presentation) -> AuthorizationRequest:
    if state.request is None:
        raise LocalError("oid4vp.state", detail="no request in a state that implies one")
    return state.request
