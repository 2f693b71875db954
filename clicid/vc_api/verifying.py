"""A request to verify, as the check that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.formats.base import Binding, FormatId
from clicid.formats.data_model import envelope, parse_enveloped
from clicid.vc_api import messages
from clicid.verification import Request, check, check_credential

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Wanted
    from clicid.vc_api.messages import VerifyRequest
    from clicid.verification import Checkers, Ending, Policy

_FORMATS: Final = {
    messages.VERIFIABLE_CREDENTIAL: FormatId.LDP_VC,
    messages.VERIFIABLE_PRESENTATION: FormatId.LDP_VP,
}
_ENVELOPES: Final = {
    messages.VERIFIABLE_CREDENTIAL: envelope.CREDENTIAL,
    messages.VERIFIABLE_PRESENTATION: envelope.PRESENTATION,
}


def verify(
    request: VerifyRequest, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Ending | Wanted:
    """Decide on what a request holds, by a verifier's own policy.

    What is in an envelope is read by the format that its media type names, everything else by its proofs
    (VC Data Model 2.0, 4.13.1 and 4.13.2). A credential whose proof must answer a challenge or a domain
    is held against them like a presentation; else it is looked at as it is.

    Args:
        request: From `messages.verify`.
        have: Material at hand.
        policy: Whom and what to accept.
        checkers: The checker of each format.
        now: The time of the check.

    Raises:
        Refused: `vc.envelope` for what says that it is an envelope, and is none that we can open.
        LocalError: As `verification.check`.
    """
    form, raw = _opened(request)
    return _decide(form, raw, request, have, policy=policy, checkers=checkers, now=now)


def verify_secured(
    request: VerifyRequest, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Ending | Wanted:
    """The same by checkers that take nothing for a credential or presentation that stands in an envelope."""
    form = _FORMATS[request.member]
    return _decide(form, request.raw, request, have, policy=policy, checkers=checkers, now=now)


def _decide(
    form: FormatId,
    raw: bytes,
    request: VerifyRequest,
    have: Have,
    *,
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Ending | Wanted:
    wanted = request.options
    at_rest = request.member == messages.VERIFIABLE_CREDENTIAL
    if at_rest and wanted.challenge is None and wanted.domain is None:
        return check_credential(raw, have, format=form, policy=policy, checkers=checkers, now=now)
    binding = Binding(audience=wanted.domain or "", nonce=wanted.challenge or "")
    asked = Request(form, binding, policy.types)
    return check(raw, have, request=asked, policy=policy, checkers=checkers, now=now)


def _opened(request: VerifyRequest) -> tuple[FormatId, bytes]:
    kind, document = _ENVELOPES[request.member], request.document()
    if not envelope.is_enveloped(document, kind):
        return _FORMATS[request.member], request.raw
    opened = parse_enveloped(document, shape.pointer("", request.member), kind=kind)
    return opened.format, opened.raw
