"""What a verifier does with an answer: every presentation by itself, then all against the query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from clicid.codec import base64url, strict_json
from clicid.errors import Refused, RemoteError
from clicid.formats.base import FormatId, Wanted
from clicid.formats.sd_jwt_vc import token
from clicid.formats.w3c import CREDENTIAL
from clicid.oid4vp import authorised, binding
from clicid.oid4vp.answering import Presented, check_answer
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.transaction_data import TYPES
from clicid.securing import jws
from clicid.trust import x5c
from clicid.verification import Accepted, RefusedWith, Request, Shown, UndecidedWith, check, check_unbound
from clicid.verification.formats import told_by_typ

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding, Have, Need
    from clicid.oid4vp.dcql import CredentialQuery
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse, Presentation
    from clicid.oid4vp.transaction_data import TransactionType
    from clicid.verification import Checkers, Ending, Policy, Report

MDOC: Final = FormatId.MDOC.value
LDP_VC: Final = FormatId.LDP_VC.value
JWT_VC: Final = FormatId.JWT_VC.value

# How a credential of a format is presented (OpenID4VP annex B). Others are refused.
_PRESENTED_AS: Final = {
    FormatId.SD_JWT_VC.value: FormatId.SD_JWT_VC,
    LDP_VC: FormatId.LDP_VP,
    JWT_VC: FormatId.JWT_VP,
    MDOC: FormatId.DEVICE_RESPONSE,
}
_W3C: Final = frozenset({LDP_VC, JWT_VC})
_PRESENTATION: Final = "VerifiablePresentation"
_MAX_BYTES: Final = 1 << 20


class _One(NamedTuple):
    """A presentation of an answer: for which query, as what it is read, and whether a holder must prove."""

    query: CredentialQuery
    format: FormatId
    raw: bytes
    bound: bool


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
    channel: Channel | None = None,
    transactions: Mapping[str, TransactionType] = TYPES,
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Answer | Wanted:
    """Decide on an answer (OpenID4VP 8.6, 14.2).

    1. Every key of the vp_token is a credential query's id, every presentation of its format.
    2. Each presentation is checked by itself, for this request's nonce and the full client
       identifier, or the page's origin. A credential without its holder's proof only answers a query that
       says so, and under HAIP none that is bound (HAIP 1.0 6.1.1.1). One that is refused refuses the whole
       answer: nobody is asked for anything more.
    3. What is wanted for the rest is handed back; what stays undecided leaves the answer so.
    4. What was shown is compared with the query, each criterion, and the credential sets.
    5. What was to be authorised is, by a presentation that may, and nothing else is (8.4).

    Args:
        request: What was asked, as kept in the session.
        response: What was posted.
        have: Material at hand.
        channel: How it came; None for the way that the request says, without MACs. An mdoc's proof is for
            one: made for another, it is refused.
        transactions: The types of transaction data that the request may have.
        policy: Whom and what to accept.
        checkers: The checker of each format.
        now: The time.
    """
    queries = {credential.id: credential for credential in request.query.credentials}
    endings: dict[str, list[Ending]] = {}
    wanted: list[Need] = []
    bound = binding.of(request, channel or Channel.of(request))
    try:
        for name, one in _presentations(response, queries):  # 1
            ending = _judge(one, bound, have, policy=policy, checkers=checkers, now=now)  # 2
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
    try:
        credentials = _compare(request, endings, policy)  # 4
        authorised.check(request, response, transactions)  # 5
    except RemoteError as fault:
        return RefusedAnswer(fault.code, reports)
    return AcceptedAnswer(reports, credentials)


def _judge(
    one: _One, bound: Binding, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Ending | Wanted:
    form, meta = one.query.format, one.query.meta
    types = frozenset(kind for kind in policy.types if meta.fits(types_of(form, kind)))
    if one.bound:
        asked = Request(one.format, bound, types)
        return check(one.raw, have, request=asked, policy=policy, checkers=checkers, now=now)
    if policy.rules.haip and _is_bound(one):
        raise RemoteError(Wire.INVALID_REQUEST, "holder.binding_missing", "vp_token")
    return check_unbound(
        one.raw, have, format=one.format, types=types, policy=policy, checkers=checkers, now=now
    )


def _is_bound(one: _One) -> bool:
    """Whether it has a holder who could prove it. What cannot be read is refused later."""
    try:
        return one.format is FormatId.SD_JWT_VC and token.parse(one.raw).holder is not None
    except Refused:
        return False


def _presentations(
    response: AuthorizationResponse, queries: dict[str, CredentialQuery]
) -> Iterator[tuple[str, _One]]:
    for name, found in response.vp_token.items():
        query = queries.get(name)
        if query is None or query.format not in _PRESENTED_AS:
            raise _fault("an id that was not asked for")
        for presentation in found:
            yield name, _one(presentation, query)


def _one(presentation: Presentation, query: CredentialQuery) -> _One:
    raw = _raw(presentation, query.format)
    form = told_by_typ(_PRESENTED_AS[query.format], raw)
    if query.require_cryptographic_holder_binding or query.format == MDOC:
        return _One(query, form, raw, bound=True)  # a document of an mdoc is always shown with a proof
    if query.format == LDP_VC and isinstance(presentation, dict):
        kinds = presentation.get("type")
        alone = _PRESENTATION not in (kinds if isinstance(kinds, list) else [kinds])
    elif query.format == JWT_VC:
        alone = _is_credential(raw)
    else:
        alone = raw.endswith(b"~")
    if not alone:
        return _One(query, form, raw, bound=True)
    return _One(query, told_by_typ(FormatId(query.format), raw), raw, bound=False)


def _is_credential(raw: bytes) -> bool:
    """Whether a credential answers by itself. Of the one form `typ` says so, of the other `vc`."""
    if told_by_typ(FormatId.JWT_VC, raw) is FormatId.VC_JWT:
        return True
    try:
        payload = strict_json.loads(jws.parse(raw, typ="JWT", max_bytes=_MAX_BYTES).unverified_payload)
    except Refused:
        return False
    return isinstance(payload, dict) and "vc" in payload


def _raw(presentation: Presentation, form: str) -> bytes:
    if form == LDP_VC and isinstance(presentation, dict):
        return strict_json.dumps(presentation)
    if form != LDP_VC and isinstance(presentation, str):
        return _decoded(presentation) if form == MDOC else presentation.encode()
    raise _fault("not a presentation of that format")


def _decoded(text: str) -> bytes:
    try:
        return base64url.decode(text, max_chars=_MAX_BYTES)
    except Refused as fault:
        raise _fault("base64url is wanted") from fault


def _fault(detail: str) -> RemoteError:
    return RemoteError(Wire.INVALID_REQUEST, "oid4vp.answer", "vp_token", detail)


def types_of(form: str, kind: str) -> frozenset[str]:
    """What a query's `meta` may name of a credential of a type."""
    return frozenset({kind, CREDENTIAL}) if form in _W3C else frozenset({kind})


def _compare(
    request: AuthorizationRequest, endings: dict[str, list[Ending]], policy: Policy
) -> dict[str, tuple[Shown, ...]]:
    credentials = {
        name: tuple(shown for ending in found if isinstance(ending, Accepted) for shown in ending.credentials)
        for name, found in endings.items()
    }
    restricted = {query.id for query in request.query.credentials if query.trusted_authorities}
    roots = tuple(policy.rules.roots()) if restricted else ()
    check_answer(
        request.query,
        {
            name: [
                _presented(
                    one, x5c.proved_authorities(one.chain, roots) if name in restricted else frozenset()
                )
                for one in found
            ]
            for name, found in credentials.items()
        },
    )
    return credentials


def _presented(shown: Shown, authorities: frozenset[tuple[str, str]]) -> Presented:
    """As the query's paths see it: the claims about the person, where the format has them."""
    claims = shown.claims.reveal()
    # Asked for by one name, whichever of the two forms it has.
    form = JWT_VC if shown.format is FormatId.VC_JWT else shown.format.value
    tree: dict[str, Json]
    if form in _W3C:
        tree = {"credentialSubject": claims}
    else:
        tree = claims if form == MDOC else {**claims, "vct": shown.credential_type}
    types = types_of(form, shown.credential_type) | shown.also
    return Presented(form, types, tree, authorities)
