"""Images are sealed while they are kept, go on the policy's day, and leave a file that still checks."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from issuer.evidence import file
from issuer.evidence.checking import Follows, Input, check
from issuer.usecases.operators import OperatorAccounts
from issuer.usecases.records import Role
from tests.support.issuer_clients import SECRETS, Person
from tests.support.issuer_doubles import match, picture

if TYPE_CHECKING:
    from tests.support.issuer_world import World

DAYS: Final = 30
REVIEW_DAYS: Final = 90
IMAGES: Final = {"document": "navy", "document_back": "maroon", "selfie": "olive", "portrait": "tan"}
KEPT: Final = {*IMAGES, "liveness"}


def onboarded(world: World) -> Person:
    person = Person(world)
    person.to_document()
    assert person.upload("document", picture(IMAGES["document"])).status_code == 200
    assert person.upload("document/back", picture(IMAGES["document_back"])).status_code == 200
    assert person.upload("selfie", picture(IMAGES["selfie"])).status_code == 200
    person.turn_head()
    return person


def held(person: Person) -> set[str]:
    return set(person.call("GET", "/export").json()["held"]) & KEPT


def stored(world: World) -> bytes:
    return b"".join(path.read_bytes() for path in (world.path / "data").rglob("*") if path.is_file())


def test_no_byte_of_an_image_lies_in_the_clear(world: World) -> None:
    person = onboarded(world)
    assert person.settled()["state"] == "approved"
    assert held(person) == KEPT
    body = stored(world)
    assert b"\xff\xd8\xff" not in body  # how every JPEG begins
    assert b"JFIF" not in body
    for colour in IMAGES.values():
        image = picture(colour)
        assert not [at for at in range(0, len(image) - 32, 16) if image[at : at + 32] in body]


def test_images_are_there_one_second_before_the_policys_day_and_gone_on_it(world: World) -> None:
    person = onboarded(world)
    assert person.settled()["state"] == "approved"
    world.clock.forward(days=DAYS, seconds=-1)
    world.application.services.privacy.let_go()
    assert held(person) == KEPT
    world.clock.forward(seconds=1)
    world.application.services.privacy.let_go()
    assert held(person) == set()


def test_images_go_on_their_day_where_another_onboarding_cannot_be_erased(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, person = Person(world), onboarded(world)
    left.to_document()
    assert person.settled()["state"] == "approved"
    world.clock.forward(days=DAYS + 1)
    privacy = world.application.services.privacy
    with monkeypatch.context() as hindered:
        hindered.setattr(world.ground.env.sealer, "erase", _hindered)
        with pytest.raises(OSError, match="full"):
            privacy.let_go()
    assert held(person) == set()
    privacy.let_go()
    assert left.call("GET").status_code == 404


def _hindered(_key_id: str) -> None:
    raise OSError("the disk is full")


def test_what_is_left_without_the_images_can_still_be_checked(world: World) -> None:
    person = onboarded(world)
    person.settled()
    world.clock.forward(days=DAYS)
    world.application.services.privacy.let_go()
    (kept,) = person.call("GET", "/export").json()["onboardings"][0]["files"]
    found = file.EvidenceFile.model_validate(kept)
    given = {"document": picture("navy"), "selfie": picture("olive")}
    checked = check(found, given)
    assert checked.follows is Follows.YES
    assert set(checked.inputs.values()) == {Input.SAME}
    with world.ground.env.store.reading() as tx:
        rows = tx.audit.page(0, 100)
    assert [row.detail for row in rows if found.digest() in row.detail]


def test_a_case_that_waits_for_a_reviewer_keeps_its_images_until_it_can_no_longer_be_contested(
    world: World,
) -> None:
    world.engines.match = match(0.58)
    person = onboarded(world)
    assert person.settled()["state"] == "review"
    world.clock.forward(days=DAYS + 5)
    world.application.services.privacy.let_go()
    assert held(person) == KEPT
    token = OperatorAccounts(world.ground.env).add("anna", [Role.REVIEWER], by="test")
    answer = world.call(
        "POST",
        f"/reviews/{person.id}",
        to="operators",
        headers={"authorization": f"Bearer {token}"},
        json={"verdict": "approve"},
    )
    assert answer.status_code == 200, answer.text
    for passed, kept in ((timedelta(days=DAYS, seconds=-1), KEPT), (timedelta(seconds=1), set())):
        world.clock.time += passed
        world.application.services.privacy.let_go()
        assert held(person) == kept


def test_a_case_that_nobody_decides_goes_whole_on_the_policys_day(world: World) -> None:
    world.engines.match = match(0.58)
    person, later = onboarded(world), Person(world)
    assert person.settled()["state"] == "review"
    world.clock.forward(days=REVIEW_DAYS, seconds=-10)
    later.to_decision()
    assert later.settled()["state"] == "review"
    world.application.services.privacy.let_go()
    assert held(person) == KEPT
    world.clock.forward(seconds=20)
    world.application.services.privacy.let_go()
    assert person.call("GET").status_code == 404
    assert later.state()["state"] == "review"


def test_a_log_at_its_fullest_holds_no_image_no_name_no_number_and_no_code(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = onboarded(world)
    person.settled()
    person.call("PUT", "/names", json={"given_name": "Åsa", "family_name": "Öhrnström"})
    person.upload("document", picture("navy"))
    person.offer()
    # httpx is the person's browser here, whose log is not ours.
    ours = [row for row in caplog.records if not row.name.startswith("httpx")]
    log = "\n".join(f"{row.getMessage()} {row.args!r} {row.exc_text or ''}" for row in ours)
    assert len(ours) > 10
    codes = [one["code"] for one in world.mailbox.sent]
    assert len(codes) == 3
    for secret in (*SECRETS, *codes, person.token, "JFIF", r"\xff\xd8", "/9j/"):
        assert secret not in log, secret
