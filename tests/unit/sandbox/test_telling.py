"""What is printed: plain text in a hundred columns, nothing read as markup, and the file beside it."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from sandbox.asking import Answer
from sandbox.enrolling import Enrolled
from sandbox.identification import why_not_approved
from sandbox.people import test_person as person_of
from sandbox.telling import COLUMNS, StepFailedError, Story, screen, tell_enrolled

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "did:key:z6Mk [bold]name[/] :smile: [/]"


def console() -> Console:
    return Console(file=StringIO(), emoji=False, highlight=False, width=COLUMNS)


def printed(out: Console) -> str:
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_the_screen_is_a_hundred_columns_and_changes_no_text(capsys: pytest.CaptureFixture[str]) -> None:
    out = screen()
    assert out.width <= COLUMNS
    out.print("did:key:z6Mk, once :key: always", "x" * 200)
    text = capsys.readouterr().out
    assert ":key:" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= COLUMNS


def test_texts_are_no_markup() -> None:
    story = Story(console())
    with story.step("A step"):
        story.say(NASTY)
        story.quote(NASTY)
        story.expect(True, NASTY)
    assert printed(story.console).count(NASTY) == 3


def test_a_step_that_fails_stops_the_story_and_is_kept(tmp_path: Path) -> None:
    story = Story(console())
    with story.step("Good") as step:
        step.measured["figure"] = 1
    with pytest.raises(StepFailedError, match="it holds"), story.step("Bad"):
        story.expect(False, "it holds")
    story.fail("why", "where")
    story.write(tmp_path / "build" / "demo.json", {"failure": "why"})
    kept = json.loads((tmp_path / "build" / "demo.json").read_text("utf-8"))
    assert [(row["step"], row["passed"]) for row in kept["steps"]] == [(1, True), (2, False)]
    assert kept["steps"][0]["measured"] == {"figure": 1}
    assert kept["failure"] == "why"
    assert "✗ it holds" in printed(story.console)
    assert kept["seconds"] >= sum(row["seconds"] for row in kept["steps"]) - 0.02


def test_nothing_spins_where_there_is_no_terminal() -> None:
    story = Story(console())
    with story.working("thinking"):
        story.say("thought")
    assert printed(story.console).split() == ["thought"]


@pytest.mark.parametrize("state", ["refused", "review", "document", "selfie"])
def test_why_an_onboarding_did_not_approve_is_said_in_sentences(state: str) -> None:
    view = {"state": state, "reasons": [{"code": "face.none", "en": "There is no face."}]}
    first, second = why_not_approved(view).splitlines()
    assert first.startswith("No credential was issued. ")
    assert first.endswith(".")
    assert second == "There is no face. [face.none]"


def test_an_ending_that_is_not_the_cases_is_said() -> None:
    out = console()
    view = {"state": "review", "reasons": []}
    wrong = Enrolled(person_of("approved"), view)
    assert not wrong.as_it_should
    tell_enrolled(out, wrong)
    assert "This is not how the case should end." in printed(out)
    assert Enrolled(person_of("review"), view).as_it_should


@pytest.mark.parametrize(
    ("case", "level", "report", "right"),
    [
        ("approved", "substantial", {"verdict": "accepted", "code": ""}, True),
        ("approved", "low", {"verdict": "accepted", "code": ""}, False),
        ("approved", "substantial", {"verdict": "undecided", "code": "status.too_old"}, False),
        ("low_level", "low", {"verdict": "accepted", "code": ""}, True),
        ("revoked", "substantial", {"verdict": "refused", "code": "status.revoked"}, True),
        ("revoked", "substantial", {"verdict": "accepted", "code": ""}, False),
        ("suspended", "substantial", {"verdict": "refused", "code": "status.revoked"}, False),
        ("expired", "substantial", {}, False),
    ],
)
def test_a_case_ends_as_its_name_says_or_not(
    case: str, level: str, report: dict[str, str], *, right: bool
) -> None:
    claims = {"assurance_level": level, "personal_identity_number": {"value": "197001112395"}}
    kind = "https://schemas.clicid.example/identity/v1"
    held = [{"format": "dc+sd-jwt", "type": kind, "claims": claims}]
    ended = Enrolled(person_of(case), {"state": "approved"}, held, Answer("", report))
    assert ended.as_it_should is right
