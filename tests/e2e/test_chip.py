"""Passports with a chip at the sandbox's issuer, over real HTTP: good, altered, copied, somebody else's."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from sandbox import people
from sandbox.chips.faults import FAULTS
from sandbox.documents.person import personal_number
from sandbox.enrolling import enrol
from sandbox.onboarding_client import RefusedByIssuerError
from sandbox.setup.country import passport
from tests.support.guides import block
from tests.support.live_network import someone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.chips.chip import World
    from sandbox.network import Network
    from sandbox.onboarding_client import OnboardingClient

pytestmark = pytest.mark.slow

# Nobody else's passport: a second one of the network's `person` would lead to the same person, whose
# transaction codes then go to the telephone confirmed last.
_BORN = date(1990, 5, 9)
HOLDER = replace(
    people.DEMO, number="XC1234567", birth_date=_BORN, personal_number=personal_number(_BORN, "M")
)


@pytest.fixture(scope="module")
def chip(network: Network) -> World:
    """A passport that the sandbox's Sweden made; its portrait is JPEG 2000."""
    return passport(network.folder / "issuer", HOLDER, people.portrait(), clock.now())


@pytest.fixture
def person(network: Network) -> Iterator[OnboardingClient]:
    with someone(network, "+46701740698", "nils@example.com") as client:
        client.begin()
        client.agree(face=True)
        client.confirm_contact()
        yield client


def test_a_passport_read_by_its_chip_is_enough(person: OnboardingClient, chip: World) -> None:
    given = person.give_chip(chip.good.files.values(), chip.active.answer(person.challenge()))
    assert given["state"] == "selfie"
    assert given["chip"]["notes"] == []
    person.show_face(people.selfie(), people.head_turns)
    view = person.decision()
    assert view["state"] == "approved", view
    (onboarding,) = person.export()["onboardings"][-1:]
    kinds = {piece["kind"] for piece in onboarding["evidence"]}
    assert {"chip", "face"} <= kinds
    assert "document" not in kinds
    assert person.offer().configurations


def test_what_the_guide_for_apps_says_to_send(
    network: Network, person: OnboardingClient, chip: World, tmp_path: Path
) -> None:
    """Both curl commands of docs/chips.md, as they stand there."""
    for name, data in chip.good.files.items():
        (tmp_path / name).write_bytes(data)
    session, token = person.session
    place = {"ISSUER": network.founded.identifier, "ID": session, "TOKEN": token}

    def run(beginning: str) -> dict[str, Any]:
        command = block("chips.md", "sh", beginning)
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=os.environ | place, capture_output=True, check=True
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    asked = run("curl -sS -X POST")
    assert asked.keys() == json.loads(block("chips.md", "json", '{"challenge"')).keys()
    (tmp_path / "response").write_bytes(chip.active.answer(bytes.fromhex(asked["challenge"])))
    given = run("curl -sS -X PUT")
    example = json.loads(block("chips.md", "json", '{"chip"'))["chip"]
    assert given["chip"] == example | {"groups": given["chip"]["groups"]}
    assert set(example["groups"]) >= set(given["chip"]["groups"])


def test_a_test_person_enrols_by_the_chip(network: Network) -> None:
    """The credential that the shop sees has the name of DG11."""
    case = people.test_person("swedish_letters")
    ended = enrol(network.folder, network.founded, case, lambda _: nullcontext(), by_chip=True)
    assert ended.as_it_should
    assert ended.identity["family_name"] == case.person.family_name
    assert ended.identity["evidence"]["methods"] == ["chip", "email", "face", "liveness", "phone"]


def test_the_face_of_somebody_else_is_refused(person: OnboardingClient, chip: World) -> None:
    person.give_chip(chip.good.files.values(), chip.active.answer(person.challenge()))
    person.show_face(people.impostor_selfie(), people.head_turns)
    view = person.decision()
    assert (view["state"], [reason["code"] for reason in view["reasons"]]) == (
        "refused",
        ["face.other_person", "liveness.other_person"],
    )


def test_an_altered_portrait_is_refused(person: OnboardingClient, chip: World) -> None:
    altered = FAULTS["altered_portrait"](chip)
    with pytest.raises(RefusedByIssuerError) as told:
        person.give_chip(altered.files.values(), chip.active.answer(person.challenge()))
    assert told.value.code == "chip.group_hash"


def test_a_copied_chip_is_refused(person: OnboardingClient, chip: World) -> None:
    asked = replace(chip, good=replace(chip.good, challenge=person.challenge()))
    copied = FAULTS["cloned_chip"](asked)
    with pytest.raises(RefusedByIssuerError) as told:
        person.give_chip(copied.files.values(), copied.response)
    assert told.value.code == "chip.active_authentication"


def test_a_photograph_of_the_same_passport_agrees_with_its_chip(
    person: OnboardingClient, chip: World
) -> None:
    person.give("document", people.passport_photo(HOLDER, seed=3))
    person.give_chip(chip.good.files.values(), chip.active.answer(person.challenge()))
    person.show_face(people.selfie(), people.head_turns)
    view = person.decision()
    assert view["state"] == "approved", view
    pieces = person.export()["onboardings"][-1]["evidence"]
    (document,) = [piece for piece in pieces if piece["kind"] == "document"]
    assert document["scores"]["portraits"] < 0.55
