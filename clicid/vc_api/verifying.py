"""A request to verify, as the check that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.formats.base import Binding, FormatId
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


def verify(
    request: VerifyRequest, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Ending | Wanted:
    """Decide on what a request holds, by a verifier's own policy.

    A credential whose proof must answer a challenge or a domain is held against them like a
    presentation; else it is looked at as it is.

    Args:
        request: From `messages.verify`.
        have: Material at hand.
        policy: Whom and what to accept.
        checkers: The checker of each format.
        now: The time of the check.

    Raises:
        LocalError: As `verification.check`.
    """
    form = _FORMATS[request.member]
    wanted = request.options
    if form is FormatId.LDP_VC and wanted.challenge is None and wanted.domain is None:
        return check_credential(request.raw, have, format=form, policy=policy, checkers=checkers, now=now)
    binding = Binding(audience=wanted.domain or "", nonce=wanted.challenge or "")
    asked = Request(form, binding, frozenset(policy.schemas))
    return check(request.raw, have, request=asked, policy=policy, checkers=checkers, now=now)
