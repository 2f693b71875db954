"""What a verifier does with an answer: every presentation by itself, then all against the query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import strict_json
from clicid.errors import RemoteError
from clicid.formats.base import Binding, FormatId, Wanted
from clicid.formats.vc_di.document import CREDENTIAL, VOCABULARY
from clicid.oid4vp.answering import Presented, check_answer
from clicid.oid4vp.errors import Wire
from clicid.verification import Accepted, RefusedWith, Request, Shown, UndecidedWith, check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Need
    from clicid.oid4vp.dcql import CredentialQuery
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse, Presentation
    from clicid.verification import Checkers, Ending, Policy, Report

# How a credential of a format is presented (OpenID4VP annex B). Others are refused.
_PRESENTED_AS: Final = {"dc+sd-jwt": FormatId.SD_JWT_VC, "ldp_vc": FormatId.LDP_VP}
_W3C_TYPE: Final = VOCABULARY + CREDENTIAL


@dataclass(frozen=True, slots=True)
class AcceptedAnswer:
    """Every presentation was accepted and together they answer the query.

    `credentials` are for the client that asked, and for nobody else; by credential query id.
    """

    reports: dict[str, tuple[Report, ...]]
    credentials: dict[str, tuple[Shown, ...]]


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """Something is wrong: `code` is the reason, the reports tell of what was presented."""

    code: str
    reports: dict[str, tuple[Report, ...]]


@dataclass(frozen=True, slots=True)
class UndecidedAnswer:
    """What is needed to decide is missing or too old: `code` says what."""

    code: str
    reports: dict[str, tuple[Report, ...]]


Answer: TypeAlias = AcceptedAnswer | RefusedAnswer | UndecidedAnswer


def check_response(
    request: AuthorizationRequest,
    response: AuthorizationResponse,
    have: Have,
    *,
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Answer | Wanted:
    """Decide on an answer (OpenID4VP 8.6, 14.2).

    1. Every key of the vp_token is a credential query's id, every presentation of its format.
    2. Each presentation is checked by itself, for this request's nonce and the full client
       identifier. One that is refused refuses the whole answer: nobody is asked for anything more.
    3. What is wanted for the rest is handed back; what stays undecided leaves the answer so.
    4. What was shown is compared with the query, each criterion, and the credential sets.

    Args:
        request: What was asked, as kept in the session.
        response: What was posted.
        have: Material at hand.
        policy: Whom and what to accept.
        checkers: The checker of each format.
        now: The time.
    """
    queries = {credential.id: credential for credential in request.query.credentials}
    endings: dict[str, list[Ending]] = {}
    wanted: list[Need] = []
    try:
        for name, raw, query in _presentations(response, queries):  # 1
            asked = _request(request, query, policy)
            ending = check(raw, have, request=asked, policy=policy, checkers=checkers, now=now)  # 2
            if isinstance(ending, Wanted):
                wanted.extend(ending.needs)
            else:
                endings.setdefault(name, []).append(ending)
    except RemoteError as fault:
        return RefusedAnswer(fault.code, {})
    reports = {name: tuple(ending.report for ending in found) for name, found in endings.items()}
    everything = [ending for found in endings.values() for ending in found]
    for ending in everything:
        if isinstance(ending, RefusedWith):
            return RefusedAnswer(ending.report.code, reports)
    if wanted:  # 3
        return Wanted(tuple(dict.fromkeys(wanted)))
    for ending in everything:
        if isinstance(ending, UndecidedWith):
            return UndecidedAnswer(ending.report.code, reports)
    return _compare(request, endings, reports)


def _presentations(
    response: AuthorizationResponse, queries: dict[str, CredentialQuery]
) -> Iterator[tuple[str, bytes, CredentialQuery]]:
    for name, found in response.vp_token.items():
        query = queries.get(name)
        if query is None or query.format not in _PRESENTED_AS:
            raise RemoteError(
                Wire.INVALID_REQUEST, "oid4vp.answer", "vp_token", "an id that was not asked for"
            )
        for presentation in found:
            yield name, _raw(presentation, query.format), query


def _raw(presentation: Presentation, form: str) -> bytes:
    if form == "ldp_vc" and isinstance(presentation, dict):
        return strict_json.dumps(presentation)
    if form != "ldp_vc" and isinstance(presentation, str):
        return presentation.encode()
    raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.answer", "vp_token", "not a presentation of that format")


def _request(request: AuthorizationRequest, query: CredentialQuery, policy: Policy) -> Request:
    return Request(
        format=_PRESENTED_AS[query.format],
        binding=Binding(audience=str(request.client_id), nonce=request.nonce),
        credential_types=frozenset(
            kind for kind in policy.types if query.meta.fits(_types(query.format, kind))
        ),
    )


def _types(form: str, kind: str) -> frozenset[str]:
    return frozenset({kind, _W3C_TYPE}) if form == "ldp_vc" else frozenset({kind})


def _compare(
    request: AuthorizationRequest, endings: dict[str, list[Ending]], reports: dict[str, tuple[Report, ...]]
) -> AcceptedAnswer | RefusedAnswer:
    credentials = {
        name: tuple(shown for ending in found if isinstance(ending, Accepted) for shown in ending.credentials)
        for name, found in endings.items()
    }
    try:
        check_answer(
            request.query,
            {name: [_presented(one) for one in found] for name, found in credentials.items()},
        )  # 4
    except RemoteError as fault:
        return RefusedAnswer(fault.code, reports)
    return AcceptedAnswer(reports, credentials)


def _presented(shown: Shown) -> Presented:
    """As the query's paths see it: the claims about the person, where the format has them."""
    claims = shown.claims.reveal()
    form = shown.format.value
    tree: dict[str, Json] = (
        {"credentialSubject": claims} if form == "ldp_vc" else {**claims, "vct": shown.credential_type}
    )
    return Presented(form, _types(form, shown.credential_type), tree)
