"""What is answered: the secured thing, or the verdict with our report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from clicid.codec import shape
from clicid.formats.base import CheckName, Outcome
from clicid.vc_api import messages
from clicid.vc_api.problems import MEDIA_TYPE, Problem
from clicid.verification import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Line
    from clicid.vc_api.messages import VerifyRequest
    from clicid.verification import Ending, Report

ISSUANCE_DIGEST: Final = "issuanceDigest"
CREATED: Final = 201
VERIFIED: Final = 200
NOT_VERIFIED: Final = 400
"""What the W3C's suites expect of a verifier that does not accept, beside the verdict in the body."""

_RETURNS: Final = {
    messages.VERIFIABLE_CREDENTIAL: ("returnCredential", "credential"),
    messages.VERIFIABLE_PRESENTATION: ("returnPresentation", "verifiablePresentation"),
}


def issued(credential: Mapping[str, Json], digest: str) -> dict[str, Json]:
    """The answer of `/credentials/issue`; with the digest by which the credential is anchored, if it is."""
    answer = derived(credential)
    return {**answer, ISSUANCE_DIGEST: digest} if digest else answer


def derived(credential: Mapping[str, Json]) -> dict[str, Json]:
    """The answer of `/credentials/derive`."""
    return {messages.VERIFIABLE_CREDENTIAL: dict(credential)}


def proved(presentation: Mapping[str, Json]) -> dict[str, Json]:
    """The answer of `/presentations/prove`."""
    return {messages.VERIFIABLE_PRESENTATION: dict(presentation)}


class Told(NamedTuple):
    """A verdict as HTTP has it."""

    status: int
    media_type: str
    body: bytes


def told(request: VerifyRequest, ending: Ending) -> Told:
    """The answer of `/credentials/verify` and `/presentations/verify`, see `verified`."""
    body = orjson.dumps(verified(request, ending))
    if isinstance(ending, Accepted):
        return Told(VERIFIED, "application/json", body)
    return Told(NOT_VERIFIED, MEDIA_TYPE, body)


def verified(request: VerifyRequest, ending: Ending) -> dict[str, Json]:
    """The verdict with its report.

    `verified` is true for what was accepted and for nothing else: what is undecided is not. Where it
    is false the answer is itself the problem details of the first reason.
    """
    report = ending.report
    accepted = isinstance(ending, Accepted)
    found: list[Json] = (
        [] if accepted else [problem.to_json(NOT_VERIFIED) for problem in _problems(request, report)]
    )
    checks: list[Json] = list(
        dict.fromkeys([line.check for section in report.sections for line in section.lines])
    )
    answer: dict[str, Json] = {} if accepted else _first(request, report)
    answer |= {
        "verified": accepted,
        "verdict": report.verdict.value,
        "checks": checks,
        "warnings": [],
        "errors": found,
        "problemDetails": found,
        "report": report.to_json(),
    }
    option, name = _RETURNS[request.member]
    if option in request.options.returns:
        answer[name] = dict(request.document())
    if "returnResults" in request.options.returns:
        answer["results"] = _results(request, report)
    return answer


def _first(request: VerifyRequest, report: Report) -> dict[str, Json]:
    """The problem that decided: that of the report's own code, which the verdict comes from."""
    for place, line in _lines(request, report):
        if line.code == report.code:
            return _problem(place, line).to_json(NOT_VERIFIED)
    return Problem(report.code).to_json(NOT_VERIFIED)


def _problems(request: VerifyRequest, report: Report) -> Iterator[Problem]:
    """A problem for each line that did not pass; the line about freshness repeats one before it."""
    for place, line in _lines(request, report):
        if line.check is not CheckName.FRESHNESS and line.outcome in {Outcome.FAILED, Outcome.UNDECIDED}:
            yield _problem(place, line)


def _problem(place: str, line: Line) -> Problem:
    return Problem(line.code, place + (line.where if line.where.startswith("/") else ""), line.detail)


def _lines(request: VerifyRequest, report: Report) -> Iterator[tuple[str, Line]]:
    """Every line with the place in the body of what it is about: the enclosing thing, or one nested in it."""
    outer = shape.pointer("", request.member)
    inner = shape.pointer(outer, messages.VERIFIABLE_CREDENTIAL)
    several = isinstance(request.document().get(messages.VERIFIABLE_CREDENTIAL), list)
    for index, section in enumerate(report.sections):
        nested = shape.pointer(inner, index - 1) if several else inner
        for line in section.lines:
            yield (nested if index else outer), line


_VALUES: Final = {
    "validFrom": CheckName.VALIDITY,
    "validUntil": CheckName.VALIDITY,
    "credentialSchema": CheckName.SCHEMA,
    "credentialStatus": CheckName.STATUS,
    "proof": CheckName.ISSUER_SIGNATURE,
    "holder": CheckName.HOLDER_BINDING,
}
_LISTS: Final = frozenset({"credentialSchema", "credentialStatus", "proof"})


def _results(request: VerifyRequest, report: Report) -> dict[str, Json]:
    """How the check of each property of the outer document went, with what was checked."""
    (outer, *_), document = report.sections, request.document()
    outcomes = {line.check: line.outcome is Outcome.PASSED for line in outer.lines}
    results: dict[str, Json] = {}
    for name, check in _VALUES.items():
        if name not in document:
            continue
        value = document[name]
        rows: list[Json] = [
            {"verified": outcomes.get(check, False), "input": item}
            for item in (value if isinstance(value, list) else [value])
        ]
        results[name] = rows if name in _LISTS else rows[0] if rows else None
    return results
