"""What is answered: verdict, problems with their places, and what the caller asked to have back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import REASONS, Refused
from clicid.formats.base import CheckName, FormatId, Line, Outcome
from clicid.vc_api import answers, messages, problems
from clicid.vc_api.messages import VerifyRequest
from clicid.vc_api.options import VerifyOptions
from clicid.vc_api.problems import OURS, Problem, problem_type
from clicid.verification import Accepted, RefusedWith, Report, Section, UndecidedWith, Verdict
from clicid.verification.endings import SEAL

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = tuple(Line(check, Outcome.PASSED, "") for check in CheckName)


def report(verdict: Verdict, *sections: tuple[Line, ...], code: str = "") -> Report:
    found = tuple(Section(FormatId.LDP_VC, "did:key:z", "urn:t", (), lines) for lines in sections)
    return Report(verdict, code, NOW, "test", "", found)


def request(
    member: str = messages.VERIFIABLE_CREDENTIAL,
    document: Mapping[str, Any] | None = None,
    *returns: str,
) -> VerifyRequest:
    raw = json.dumps(document or {"issuer": "x"}).encode()
    return VerifyRequest(member, raw, VerifyOptions(returns=frozenset(returns)))


def refused(code: str, where: str = "", check: CheckName = CheckName.STRUCTURE) -> tuple[Line, ...]:
    return (Line(check, Outcome.FAILED, "", code=code, where=where, detail="why"),)


def test_accepted() -> None:
    ending = Accepted(report(Verdict.ACCEPTED, GOOD), (), SEAL)
    answer: Any = answers.verified(request(), ending)
    told = answers.told(request(), ending)
    assert (told.status, told.media_type, json.loads(told.body)) == (200, "application/json", answer)
    assert answer["verified"] is True
    assert answer["verdict"] == "accepted"
    assert answer["errors"] == answer["problemDetails"] == answer["warnings"] == []
    assert answer["checks"] == [check.value for check in CheckName]
    assert answer["report"] == ending.report.to_json()
    assert "type" not in answer
    assert "credential" not in answer


def test_refused_is_the_problem_details_of_what_decided() -> None:
    lines = (GOOD[0], *refused("issuer.signature", "/proof", CheckName.ISSUER_SIGNATURE))
    ending = RefusedWith(report(Verdict.REFUSED, lines, code="issuer.signature"))
    answer: Any = answers.verified(request(), ending)
    told = answers.told(request(), ending)
    assert (told.status, told.media_type) == (answer["status"], "application/problem+json")
    assert (told.status, json.loads(told.body)) == (400, answer)
    assert answer["verified"] is False
    assert answer["type"] == "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
    assert (answer["code"], answer["where"]) == ("issuer.signature", "/verifiableCredential/proof")
    assert answer["title"] == REASONS["issuer.signature"].en
    assert answer["title_sv"] == REASONS["issuer.signature"].sv
    assert [one["code"] for one in answer["errors"]] == ["issuer.signature"]


def test_undecided_is_not_verified() -> None:
    late = Line(CheckName.STATUS, Outcome.UNDECIDED, "", code="status.unavailable")
    again = Line(CheckName.FRESHNESS, Outcome.UNDECIDED, "", code="status.unavailable")
    ending = UndecidedWith(report(Verdict.UNDECIDED, (late, again), code="status.unavailable"))
    answer: Any = answers.verified(request(), ending)
    assert answers.told(request(), ending).status == 400
    assert (answer["verified"], answer["verdict"]) == (False, "undecided")
    assert len(answer["errors"]) == 1


def test_a_report_whose_code_is_in_no_line() -> None:
    ending = RefusedWith(report(Verdict.REFUSED, GOOD, code="policy.type"))
    assert answers.verified(request(), ending)["code"] == "policy.type"


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ([{}, {}], "/verifiablePresentation/verifiableCredential/1/issuer"),
        ({}, "/verifiablePresentation/verifiableCredential/issuer"),
    ],
)
def test_the_place_of_what_is_wrong_in_a_nested_credential(inside: Any, place: str) -> None:
    before = [GOOD[:1]] * (2 if isinstance(inside, list) else 1)
    sections = (*before, refused("vc.issuer", "/issuer"))
    ending = RefusedWith(report(Verdict.REFUSED, *sections, code="vc.issuer"))
    document = {"verifiableCredential": inside}
    answer = answers.verified(request(messages.VERIFIABLE_PRESENTATION, document), ending)
    assert answer["where"] == place


def test_what_the_caller_asks_to_have_back() -> None:
    document = {
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialStatus": {"type": "x"},
        "proof": [{"type": "a"}, {"type": "b"}],
        "credentialSchema": [],
        "holder": [],
    }
    ending = Accepted(report(Verdict.ACCEPTED, GOOD), (), SEAL)
    asked = request(messages.VERIFIABLE_CREDENTIAL, document, "returnCredential", "returnResults")
    answer = answers.verified(asked, ending)
    assert answer["credential"] == document
    assert answer["results"] == {
        "validFrom": {"verified": True, "input": "2026-01-01T00:00:00Z"},
        "credentialStatus": [{"verified": True, "input": {"type": "x"}}],
        "proof": [{"verified": True, "input": {"type": "a"}}, {"verified": True, "input": {"type": "b"}}],
        "credentialSchema": [],
        "holder": None,
    }


def test_a_credential_is_not_given_back_as_a_presentation() -> None:
    ending = Accepted(report(Verdict.ACCEPTED, GOOD), (), SEAL)
    answer = answers.verified(request(messages.VERIFIABLE_CREDENTIAL, None, "returnPresentation"), ending)
    assert "verifiablePresentation" not in answer


def test_every_reason_has_a_kind_of_problem_that_is_a_url() -> None:
    for code in REASONS:
        assert problem_type(code).startswith(("https://", OURS))
    assert problem_type("codec.json").endswith("#PARSING_ERROR")
    assert problem_type("codec.shape").endswith("#MALFORMED_VALUE_ERROR")
    assert problem_type("holder.nonce").endswith("#INVALID_CHALLENGE_ERROR")
    assert problem_type("policy.type") == OURS + "policy.type"


def test_an_error_as_a_problem_is_at_its_place_in_the_body() -> None:
    inside = Problem.of(Refused("vc.issuer", "/issuer/id", "why"), "/credential").to_json(400)
    assert (inside["where"], inside["detail"], inside["status"]) == ("/credential/issuer/id", "why", 400)
    named = Problem.of(Refused("codec.size", "body"))
    assert named.where == ""


def test_secured_things_stand_under_their_names() -> None:
    assert answers.issued({"a": 1}, "") == {"verifiableCredential": {"a": 1}}
    anchored = {"verifiableCredential": {"a": 1}, "issuanceDigest": "sha256:00"}
    assert answers.issued({"a": 1}, "sha256:00") == anchored
    assert answers.derived({"a": 1}) == {"verifiableCredential": {"a": 1}}
    assert answers.proved({"a": 1}) == {"verifiablePresentation": {"a": 1}}
    assert problems.MEDIA_TYPE == "application/problem+json"
