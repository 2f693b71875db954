"""The step LIVENESS over HTTP: what is asked, what counts as an answer, and the ways on without one."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from issuer.evidence.liveness import LEAST_FRAMES, MAX_FRAME_BYTES, MOST_FRAMES, TURNS
from issuer.evidence.ports import Finding
from issuer.usecases.liveness import LIFETIME, MOST_CHALLENGES, draw
from issuer.usecases.onboarding import LIVENESS
from issuer.usecases.records import Role
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import ScriptedEngines, alive, frames, match, picture
from tests.unit.issuer.test_deciding_twice import worker

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.support.issuer_world import World


def asked(world: World) -> Person:
    """Somebody of whom head turns are asked."""
    person = Person(world)
    person.to_document()
    person.upload("document")
    assert person.upload("selfie").json()["state"] == "liveness"
    return person


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_head_turns_are_asked_for_with_a_sentence_each_in_both_languages(still: World) -> None:
    person = asked(still)
    assert person.state()["next"] == "POST liveness, then PUT liveness; or POST liveness/leave-out"
    found = person.ask()
    assert len(found["moves"]) == len(found["text"]) == TURNS
    for move, text in zip(found["moves"], found["text"], strict=True):
        assert {"left": "vänster", "right": "höger"}[move] in text["sv"]
        assert f"to the {move}" in text["en"]
    assert found["frames"] == {
        "least": LEAST_FRAMES, "most": MOST_FRAMES, "bytes_each": MAX_FRAME_BYTES, "bytes_all": 16 << 20,
    }  # fmt: skip


def test_every_series_of_turns_is_drawn_as_often_as_any_other() -> None:
    drawn = [draw(byte) for byte in range(256)]
    assert {drawn.count(moves) for moves in drawn} == {4}
    assert len(set(drawn)) == 2**TURNS == 64


def test_the_frames_are_checked_against_the_moves_that_were_asked_for(world: World) -> None:
    person = asked(world)
    found = person.ask()
    given = frames()
    assert person.turn(found["challenge_id"], *given).json()["state"] in {"deciding", "approved"}
    assert person.settled()["state"] == "approved"
    (answer,) = world.engines.answers
    assert ([str(move) for move in answer.moves], answer.frames) == (found["moves"], tuple(given))


def test_the_evidence_names_each_frame_by_its_digest_and_each_move(world: World) -> None:
    person = asked(world)
    found = person.ask()
    given = frames()
    person.turn(found["challenge_id"], *given)
    person.settled()
    exported = person.call("GET", "/export").json()
    (piece,) = [one for one in exported["onboardings"][0]["evidence"] if one["kind"] == "liveness"]
    assert piece["digests"]["frame-1"] == hashlib.sha256(given[0]).hexdigest()
    assert len(piece["digests"]) == LEAST_FRAMES
    assert [piece["checks"][f"move-{place}"] for place in range(1, TURNS + 1)] == found["moves"]
    held = exported["held"]["liveness"]
    assert (held["moves"], base64.b64decode(held["frames"][-1])) == (found["moves"], given[-1])


def test_a_challenge_is_answered_once(still: World) -> None:
    person = asked(still)
    found = person.ask()
    assert code(person.turn(found["challenge_id"], *frames(3))) == (422, "liveness.frames")
    assert person.turn(found["challenge_id"], *frames()).json()["state"] == "deciding"
    assert code(person.turn(found["challenge_id"], *frames())) == (409, "onboarding.wrong_step")


def test_an_answer_that_is_refused_uses_its_challenge_up(still: World) -> None:
    person = asked(still)
    challenge = person.ask()["challenge_id"]
    twice = frames(LEAST_FRAMES - 1)
    assert code(person.turn(challenge, *twice, twice[0])) == (409, "liveness.replayed")
    assert code(person.turn(challenge, *frames())) == (409, "liveness.expired")


def test_a_new_challenge_takes_the_old_ones_place(still: World) -> None:
    person = asked(still)
    old, new = person.ask()["challenge_id"], person.ask()["challenge_id"]
    assert code(person.turn(old, *frames())) == (409, "liveness.expired")
    assert code(person.turn(new, *frames())) == (409, "liveness.expired")  # that answer used it up
    assert person.turn(person.ask()["challenge_id"], *frames()).status_code == 200


def test_a_challenge_of_another_onboarding_is_none_here(still: World) -> None:
    one, other = asked(still), asked(still)
    one.ask()
    assert code(one.turn(other.ask()["challenge_id"], *frames())) == (409, "liveness.expired")


def test_a_challenge_is_short_lived(still: World) -> None:
    person = asked(still)
    challenge = person.ask()["challenge_id"]
    still.clock.forward(seconds=LIFETIME.total_seconds())
    assert code(person.turn(challenge, *frames())) == (409, "liveness.expired")
    challenge = person.ask()["challenge_id"]
    still.clock.forward(seconds=LIFETIME.total_seconds() - 1)
    assert person.turn(challenge, *frames()).status_code == 200


def test_nobody_asks_until_the_moves_suit_a_recording(still: World) -> None:
    person = asked(still)
    for _ in range(MOST_CHALLENGES):
        person.ask()
    assert code(person.call("POST", "/liveness")) == (429, "liveness.too_often")
    still.clock.forward(days=2)
    assert code(person.call("POST", "/liveness")) == (429, "liveness.too_often")


@pytest.mark.parametrize("who", ["the same person", "another person"])
def test_a_frame_that_was_given_before_is_refused(world: World, who: str) -> None:
    given = frames()
    world.engines.liveness = alive("liveness.not_followed")
    first = asked(world)
    first.turn(first.ask()["challenge_id"], *given)
    assert first.settled()["state"] == "liveness"
    person = first if who == "the same person" else asked(world)
    again = person.turn(person.ask()["challenge_id"], *frames(LEAST_FRAMES), given[7])
    assert code(again) == (409, "liveness.replayed")


def test_a_frame_stays_known_when_its_onboarding_is_erased(still: World) -> None:
    given = frames()
    first, second = asked(still), asked(still)
    assert first.turn(first.ask()["challenge_id"], *given).status_code == 200
    assert first.call("DELETE").status_code == 204
    again = second.turn(second.ask()["challenge_id"], *frames(), given[0])
    assert code(again) == (409, "liveness.replayed")


def _jpeg(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("L", (width, height)).save(out, "JPEG")
    return out.getvalue()


def _png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (320, 240)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        (b"", (415, "liveness.not_an_image")),
        (b"%PDF-1.7", (415, "liveness.not_an_image")),
        (_png(), (415, "liveness.not_an_image")),
        (_jpeg(100, 100), (415, "liveness.not_an_image")),
        (_jpeg(2500, 1700), (413, "liveness.image_bomb")),
        (_jpeg(20_000, 20_000), (413, "liveness.image_bomb")),
        (_jpeg(320, 240) + bytes(MAX_FRAME_BYTES), (413, "liveness.image_bomb")),
    ],
    ids=["empty", "a PDF", "a PNG", "too small", "4.25 megapixels", "400 megapixels", "above 1 MiB"],
)
def test_a_frame_that_is_none_is_refused_and_nothing_changes(
    still: World, bad: bytes, refusal: tuple[int, str]
) -> None:
    person = asked(still)
    challenge = person.ask()["challenge_id"]
    assert code(person.turn(challenge, *frames(), bad)) == refusal
    assert "liveness" not in person.call("GET", "/export").json()["held"]
    assert person.turn(challenge, *frames()).status_code == 200


def test_too_many_frames_and_too_long_an_answer(still: World) -> None:
    person = asked(still)
    challenge = person.ask()["challenge_id"]
    assert code(person.turn(challenge, *frames(MOST_FRAMES + 1))) == (422, "http.body")
    heavy = [frame + bytes(MAX_FRAME_BYTES - len(frame)) for frame in frames()]
    assert code(person.turn(challenge, *heavy)) == (413, "codec.size")
    assert person.turn(challenge, *frames(MOST_FRAMES)).status_code == 200


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"content": b"", "headers": {"content-type": "image/jpeg"}}, (415, "http.media_type")),
        ({"content": b"", "headers": {"content-type": "multipart/form-data"}}, (422, "http.body")),
        (
            {"content": b"--b\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}},
            (422, "http.body"),
        ),
        ({"files": [("frame", b"x")]}, (422, "http.body")),
        ({"files": [("challenge_id", (None, "a")), ("challenge_id", (None, "b"))]}, (422, "http.body")),
        ({"files": [("challenge_id", (None, "a")), ("selfie", b"x")]}, (422, "http.body")),
    ],
    ids=["no form", "no boundary", "cut short", "no challenge", "two challenges", "another field"],
)
def test_an_answer_that_is_no_answer(still: World, options: Any, refusal: tuple[int, str]) -> None:
    person = asked(still)
    person.ask()
    assert code(person.call("PUT", "/liveness", **options)) == refusal


@pytest.mark.parametrize(
    "step",
    [
        lambda person: person.call("POST", "/liveness"),
        lambda person: person.turn("x", *frames()),
        lambda person: person.call("POST", "/liveness/leave-out"),
    ],
    ids=["ask", "answer", "leave out"],
)
def test_head_turns_belong_to_their_step(still: World, step: Callable[[Person], httpx.Response]) -> None:
    person = Person(still)
    person.to_document()
    assert code(step(person)) == (409, "onboarding.wrong_step")


def test_who_cannot_turn_the_head_goes_to_a_person(world: World) -> None:
    person = asked(world)
    person.ask()
    person.call("POST", "/liveness/leave-out")
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["liveness.left_out"]
    assert world.engines.calls == ["read", "compare"]


def test_head_turns_that_failed_may_be_left_out_afterwards(world: World) -> None:
    world.engines.liveness = alive("liveness.not_followed")
    person = asked(world)
    person.turn_head()
    settled = person.settled()
    assert settled["state"] == "liveness"
    assert [reason["code"] for reason in settled["reasons"]] == ["liveness.not_followed"]
    person.call("POST", "/liveness/leave-out")
    assert person.settled()["reasons"][0]["code"] == "liveness.left_out"
    assert "liveness" not in person.call("GET", "/export").json()["held"]


@pytest.mark.parametrize(
    ("finding", "state"),
    [("liveness.flat", "refused"), ("liveness.screen", "review"), ("liveness.still", "liveness")],
)
def test_what_the_engine_finds_decides(world: World, finding: str, state: str) -> None:
    world.engines.liveness = alive(finding)
    person = asked(world)
    person.turn_head()
    assert person.settled()["state"] == state


@pytest.mark.parametrize("left_out", [False, True])
def test_head_turns_that_stand_are_not_asked_for_again(world: World, *, left_out: bool) -> None:
    world.engines.match = replace(match(None), findings=(Finding("face.several"),))
    person = asked(world)
    person.call("POST", "/liveness/leave-out") if left_out else person.turn_head()
    assert person.settled()["state"] == "selfie"
    world.engines.match = match(0.3)
    person.upload("selfie", picture("white"))
    assert person.settled()["state"] == ("review" if left_out else "approved")
    assert world.engines.calls.count("liveness") == (0 if left_out else 2)  # anew, against the new selfie


def test_head_turns_that_failed_are_asked_for_again_with_the_selfie(world: World) -> None:
    world.engines.match = replace(match(None), findings=(Finding("face.several"),))
    world.engines.liveness = alive("liveness.not_followed")
    person = asked(world)
    person.turn_head()
    assert person.settled()["state"] == "selfie"
    assert person.upload("selfie", picture("white")).json()["state"] == "liveness"


def test_without_consent_to_face_comparison_no_head_is_turned(world: World) -> None:
    person = asked(world)
    person.call("DELETE", "/face-consent")
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["face.no_consent"]


def test_consent_withdrawn_takes_the_frames(world: World) -> None:
    person = Person(world).approved()
    assert "liveness" in person.call("GET", "/export").json()["held"]
    person.call("DELETE", "/face-consent")
    exported = person.call("GET", "/export").json()
    assert "liveness" not in exported["held"]
    assert "liveness" not in [piece["kind"] for piece in exported["onboardings"][0]["evidence"]]


def test_a_reviewer_sees_the_frames_and_may_ask_for_new_ones(world: World) -> None:
    world.engines.liveness = alive("liveness.screen")
    person = asked(world)
    for _ in range(MOST_CHALLENGES):
        challenge = person.ask()["challenge_id"]
    given = frames()
    person.turn(challenge, *given)
    assert person.settled()["state"] == "review"
    headers = world.operator(Role.REVIEWER)
    case = world.call("GET", f"/reviews/{person.id}", to="operators", headers=headers).json()
    names = [name for name in case["images"] if name.startswith("frame-")]
    assert names == [f"frame-{place}" for place in range(1, LEAST_FRAMES + 1)]
    path = f"/reviews/{person.id}/images/"
    second = world.call("GET", path + "frame-2", to="operators", headers=headers)
    assert (second.content, second.headers["content-type"]) == (given[1], "image/jpeg")
    for name in ("frame-25", "frame-0", "frame-x", "frame--1", "liveness"):
        answer = world.call("GET", path + name, to="operators", headers=headers)
        assert code(answer) == (404, "review.unknown")
    verdict = {"verdict": "resubmit_liveness", "codes": ["liveness.screen"]}
    decided = world.call("POST", f"/reviews/{person.id}", to="operators", headers=headers, json=verdict)
    assert decided.json()["state"] == "liveness"
    assert person.turn_head().status_code == 200  # the count begins anew


def test_head_turns_whose_frames_went_meanwhile_count_no_longer(still: World) -> None:
    """They were held against an earlier selfie, which may have been somebody else's."""
    person = asked(still)
    person.turn_head()
    blurred = ScriptedEngines()
    blurred.match = replace(match(None), findings=(Finding("face.blurred"),))
    asyncio.run(worker(still, blurred, "one").run_one())
    assert person.upload("selfie", picture("red")).json()["state"] == "deciding"
    with still.ground.env.store.writing() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        tx.vault.drop(session.key_id, LIVENESS)
    asyncio.run(worker(still, ScriptedEngines(), "one").run_one())
    found = person.state()
    assert found["state"] == "liveness"
    assert [reason["code"] for reason in found["reasons"]] == ["liveness.missing"]
