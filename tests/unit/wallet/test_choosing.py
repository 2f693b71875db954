"""What a person may choose among, at the terminal and before it; what the history keeps of over-asking."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from clicid.errors import RemoteError, Undecided
from clicid.oid4vp.dcql import Query
from tests.support.asking import NAME_QUERY, REFERENCE
from tests.support.refusals import refused
from tests.unit.wallet.test_presenting import Scene
from wallet.store.records import Event
from wallet.terminal import Terminal
from wallet.usecases.presenting import present
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vp.matching import Picks
    from wallet.usecases.choosing import Menu
    from wallet.usecases.presenting import Question

WIRE: Any = NAME_QUERY.to_wire()
WHO: dict[str, Any] = WIRE["credentials"][0]


def asked(*credentials: dict[str, Any], sets: Any = None, **changes: Any) -> Query:
    """Queries that the identity answers: each is the usual one, changed."""
    found: list[Any] = [
        {**copy.deepcopy(WHO), **changes, **credential} for credential in credentials or ({},)
    ]
    return Query.parse({"credentials": found, **({} if sets is None else {"credential_sets": sets})})


@dataclass
class Choosing:
    """A person who picks by the numbers of ways, and keeps what they were shown."""

    picks: dict[str, list[int]] | None = field(default_factory=dict)
    menus: list[Menu] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    insisted: list[Question] = field(default_factory=list)
    agrees: bool = True

    def chooses(self, _asker: Question, menu: Menu) -> Picks | None:
        self.menus.append(menu)
        if self.picks is None:
            return None
        return {
            name: tuple(menu.ways[name][number].candidate for number in numbers)
            for name, numbers in self.picks.items()
        }

    def consents(self, question: Question) -> bool:
        self.asked.append(question)
        return self.agrees

    def insists(self, question: Question) -> bool:
        self.insisted.append(question)
        return self.agrees


def two_copies(query: Query) -> Scene:
    """A wallet with the identity twice, as two entries."""
    scene = Scene(query)
    (held,) = [one for one in scene.parts.records.credentials() if one.format == "dc+sd-jwt"]
    scene.parts.records.put(replace(held, credential_id="second", display={"en": "Second"}))
    return scene


def shown(scene: Scene) -> dict[str, int]:
    """How many presentations were posted for each query."""
    (form,) = scene.posted
    return {name: len(found) for name, found in json.loads(form["vp_token"]).items()}


def test_without_a_choice_nobody_is_asked_to_choose() -> None:
    person = Choosing(picks=None)
    assert present(Scene().parts, REFERENCE.to_url(), person).presented
    assert person.menus == []


def test_one_of_two_credentials_is_picked() -> None:
    scene = two_copies(NAME_QUERY)
    person = Choosing({"who": [1]})
    assert present(scene.parts, REFERENCE.to_url(), person).presented
    (menu,) = person.menus
    picked = menu.ways["who"][1].credential.credential_id
    used = {one.credential_id: bool(one.uses) for one in scene.parts.records.credentials()}
    assert used == {name: name == picked for name in used}


def test_whoever_picks_nothing_shows_nothing() -> None:
    scene = two_copies(NAME_QUERY)
    outcome = present(scene.parts, REFERENCE.to_url(), Choosing(picks=None))
    assert not outcome.presented
    (form,) = scene.posted
    assert form["error"] == "access_denied"
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.shown) == (Event.DECLINED, ())


SETS = [{"options": [["who"], ["other"]]}, {"options": [["extra"]], "required": False}]


@pytest.mark.parametrize(
    ("picks", "sent"),
    [
        ({"who": [0]}, {"who": 1}),
        ({"other": [0]}, {"other": 1}),
        ({"who": [0], "extra": [0]}, {"who": 1, "extra": 1}),
    ],
)
def test_options_and_what_is_not_needed(picks: dict[str, list[int]], sent: dict[str, int]) -> None:
    scene = Scene(asked({"id": "who"}, {"id": "other"}, {"id": "extra"}, sets=SETS))
    assert present(scene.parts, REFERENCE.to_url(), Choosing(picks)).presented
    assert shown(scene) == sent


@pytest.mark.parametrize("claim", ["family_name", "eye_colour"])
def test_where_nothing_is_required_nothing_is_never_said_to_be_shown(claim: str) -> None:
    """Left out, or not held: an answer without a credential was sent, and stood in the history as shown."""
    wanted = {"id": "extra", "claims": [{"path": [claim]}]}
    scene = Scene(asked(wanted, sets=[{"options": [["extra"]], "required": False}]))
    person = Choosing({})
    outcome = present(scene.parts, REFERENCE.to_url(), person)
    assert (outcome.presented, person.asked) == (False, [])
    assert outcome.reason == ("" if person.menus else "oid4vp.nothing_held")
    assert bool(person.menus) is (claim == "family_name")
    assert [form["error"] for form in scene.posted] == ["access_denied"]
    assert [entry.event for entry in scene.parts.records.history()] == [Event.DECLINED]


@dataclass
class TwoWindows(Choosing):
    """A person who does something else with the same credential before they answer."""

    meanwhile: Callable[[], None] = field(kw_only=True)

    def consents(self, question: Question) -> bool:
        self.meanwhile()
        return super().consents(question)


@pytest.mark.parametrize("removed", [False, True])
def test_a_copy_that_another_window_showed_or_removed_is_not_shown_as_if_it_had_not(removed: bool) -> None:
    """It was spent twice, unsaid, and the record forgot the first of the two who saw it; or it came back."""
    scene = Scene()
    records = scene.parts.records
    (held,) = [one for one in records.credentials() if one.format == "dc+sd-jwt"]

    def meanwhile() -> None:
        if removed:
            records.remove(held.credential_id)
        else:
            records.put(replace(held, uses=("somebody else",)))

    with refused("wallet.changed", kind=Undecided):
        present(scene.parts, REFERENCE.to_url(), TwoWindows(meanwhile=meanwhile))
    assert (scene.posted, records.history()) == ([], [])
    left = {one.credential_id: one.uses for one in records.credentials()}
    assert left.get(held.credential_id) == (None if removed else ("somebody else",))


@pytest.mark.parametrize("picks", [{}, {"extra": [0]}])
def test_a_choice_that_does_not_answer_leaves_the_wallet_as_it_is(picks: dict[str, list[int]]) -> None:
    scene = Scene(asked({"id": "who"}, {"id": "other"}, {"id": "extra"}, sets=SETS))
    with refused("oid4vp.answer", kind=RemoteError):
        present(scene.parts, REFERENCE.to_url(), Choosing(picks))
    assert scene.posted == []
    assert all(one.uses == () for one in scene.parts.records.credentials())


CLAIM_SETS = {
    "claims": [
        {"id": "a", "path": ["family_name"]},
        {"id": "b", "path": ["birth_date"]},
        {"id": "c", "path": ["age_over_18"]},
    ],
    "claim_sets": [["a", "b"], ["a", "c"]],
}


def test_a_claim_set_with_less_in_it_can_be_picked_and_is_no_over_asking() -> None:
    scene = Scene(asked(CLAIM_SETS))
    person = Choosing({"who": [1]})
    assert present(scene.parts, REFERENCE.to_url(), person).presented
    assert person.insisted == []
    (entry,) = scene.parts.records.history()
    assert "birth_date" not in entry.shown
    assert (entry.beyond, entry.outcome) == ((), "accepted")


def test_what_goes_beyond_the_registration_is_insisted_on_and_stays_in_the_history() -> None:
    scene = Scene(asked(CLAIM_SETS))
    person = Choosing({"who": [0]})
    assert present(scene.parts, REFERENCE.to_url(), person).presented
    (question,) = person.insisted
    assert question.over_asking == ("birth_date",)
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.beyond) == (Event.PRESENTED, ("birth_date",))


def test_whoever_does_not_insist_shows_nothing_and_has_confirmed_nothing() -> None:
    scene = Scene(asked(CLAIM_SETS))
    assert not present(scene.parts, REFERENCE.to_url(), Choosing({"who": [0]}, agrees=False)).presented
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.beyond, entry.shown) == (Event.DECLINED, (), ())


def test_a_list_asked_for_whole_is_over_asked_as_a_whole() -> None:
    scene = Scene(asked({"claims": [{"path": ["methods", None]}]}))
    person = Choosing()
    present(scene.parts, REFERENCE.to_url(), person)
    (question,) = person.insisted
    assert question.over_asking == ("methods/*",)


# At the terminal ------------------------------------------------------------------------------------


def at_terminal(scene: Scene, typed: str, language: Language = Language.EN) -> tuple[bool, str]:
    screen = io.StringIO()
    with CliRunner().isolation(input=typed) as (prompts, *_):
        person = Terminal(Console(file=screen, width=200), WORDS[language], yes=False)
        presented = present(scene.parts, REFERENCE.to_url(), person).presented
        return presented, screen.getvalue() + prompts.getvalue().decode()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("1\n0\ny\n", {"who": 1}),
        ("2\n1\ny\n", {"other": 1, "extra": 1}),
        ("\n\ny\n", {"who": 1}),  # a bare Enter is what the verifier needs, and no more
        ("9\nx\n2\n-1\n0\ny\n", {"other": 1}),
    ],
)
def test_options_at_the_terminal(typed: str, sent: dict[str, int]) -> None:
    scene = Scene(asked({"id": "who"}, {"id": "other"}, {"id": "extra"}, sets=SETS))
    presented, screen = at_terminal(scene, typed)
    assert presented
    assert shown(scene) == sent
    assert WORDS[Language.EN].leave_out in screen


@pytest.mark.parametrize(("typed", "count"), [("1\ny\n", 1), ("1,2\ny\n", 2), ("1, 1\ny\n", 1)])
def test_several_credentials_at_the_terminal(typed: str, count: int) -> None:
    scene = two_copies(asked(multiple=True))
    presented, screen = at_terminal(scene, typed, Language.SV)
    assert presented
    assert shown(scene) == {"who": count}
    assert WORDS[Language.SV].choose_several in screen
    assert "family_name" in screen


def test_one_credential_in_two_ways_at_once_is_asked_for_again() -> None:
    scene = Scene(asked(CLAIM_SETS, multiple=True))
    presented, screen = at_terminal(scene, "1,2\n2\ny\n")
    assert presented
    assert shown(scene) == {"who": 1}
    assert WORDS[Language.EN].once_only in screen


def test_a_script_gets_what_the_verifier_likes_best() -> None:
    scene = Scene(asked({"id": "who"}, {"id": "other"}, {"id": "extra"}, sets=SETS))
    person = Terminal(Console(file=io.StringIO()), WORDS[Language.EN], yes=True)
    assert present(scene.parts, REFERENCE.to_url(), person).presented
    assert shown(scene) == {"who": 1}
