"""Searching a face among all faces: off by default, with a consent of its own, and gone with it."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from issuer.config import load
from issuer.evidence.ports import FaceDescriptor
from issuer.ground import FACES
from issuer.store.faces import SqlFaces
from issuer.store.person_keys import PersonKeys
from issuer.usecases.onboarding import ENROLLED_FACE
from tests.support import issuer_world
from tests.support.issuer_clients import Person
from tests.support.issuer_config import POLICY, configured
from tests.support.issuer_doubles import FIELDS, match, reading
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from issuer.evidence.ports import DocumentFields
    from tests.support.issuer_world import World

SEARCH = '[face_search]\nmatch_below = 0.4\nnotices = { sv = "sv.txt", en = "en.txt" }\n\n[gas]'
OTHER = replace(FIELDS, number="ZZ0000011", personal_number=None, given_name_mrz="ALVA")
THIRD = replace(OTHER, number="ZZ3", given_name_mrz="ASTRID")
ROWS = int(os.environ.get("CLICID_PROVE_FACES", "500"))


def searching(path: Path) -> Path:
    return configured(path, **{"[gas]": SEARCH})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer that searches."""
    with issuer_world.running(tmp_path, config=searching(tmp_path)) as found:
        yield found


def comes(world: World, fields: DocumentFields = FIELDS, face: float = 0.0, *, agrees: bool = True) -> Person:
    world.engines.reading, world.engines.match = reading(fields), match(0.31, face)
    person = Person(world)
    person.to_document()
    answer = {"policy_version": POLICY, "given": agrees}
    assert person.call("POST", "/face-search-consent", json=answer).status_code == 204
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    person.settled()
    return person


def codes(person: Person) -> tuple[str, ...]:
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return session.codes


def kept(world: World) -> int:
    return len(world.ground.faces.rows())


def test_it_is_off_unless_the_operator_turns_it_on(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        notice = world.call("GET", "/onboarding/face-search-notice?language=sv")
        assert (notice.status_code, notice.json()["code"]) == (404, "onboarding.face_search")
        person = Person(world)
        person.to_document()
        answer = person.call("POST", "/face-search-consent", json={"policy_version": POLICY, "given": True})
        assert (answer.status_code, answer.json()["code"]) == (404, "onboarding.face_search")
        Person(world).approved()
        world.engines.reading = reading(OTHER)
        assert Person(world).approved().state()["enrolled"] is False  # the same face, and nobody looked
        assert not (tmp_path / "data" / FACES).exists()


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('notices = { sv = "sv.txt", en = "en.txt" }', "face_search.match_below"),
        ('match_below = 0.4\nnotices = { sv = "sv.txt" }', "languages"),
        ("match_below = 0.4", "face_search.notices"),
    ],
)
def test_there_is_no_default_threshold_and_no_consent_without_a_text(
    tmp_path: Path, table: str, fault: str
) -> None:
    file = configured(tmp_path, **{"[gas]": f"[face_search]\n{table}\n\n[gas]"})
    with pytest.raises(LocalError, match=fault):
        load(file)


def test_the_person_is_told_what_it_means_in_their_language(world: World) -> None:
    notice = world.call("GET", "/onboarding/face-search-notice?language=sv").json()
    assert notice == {
        "policy_version": POLICY,
        "language": "sv",
        "face_search": "Så behandlar vi dina uppgifter.",
    }


def test_a_face_of_another_person_is_a_sign_of_misuse(world: World) -> None:
    comes(world)
    impostor = comes(world, OTHER, face=0.3)
    assert impostor.state()["state"] == "review"
    assert codes(impostor) == ("enrolled.face_of_another",)
    with world.ground.env.store.reading() as tx:
        (piece,) = [piece for piece in tx.sessions.evidence(impostor.id) if piece.kind == "face_search"]
    assert piece.scores == {"distance": 0.3}
    told = [reason["code"] for reason in impostor.state()["reasons"]]
    assert told == ["onboarding.review"]  # nor is the impostor told
    assert "face_of_another" not in impostor.call("GET", "/export").text


def test_the_persons_own_face_is_none(world: World) -> None:
    first = comes(world)
    again = comes(world, face=0.1)
    assert again.state()["state"] == "approved"
    assert again.person_id() == first.person_id()
    assert kept(world) == 1


def test_a_stranger_is_nobody(world: World) -> None:
    comes(world)
    assert comes(world, OTHER, face=0.4).state()["state"] == "approved"  # at the threshold is not below it
    assert kept(world) == 2


def test_who_does_not_agree_is_neither_kept_nor_searched(world: World) -> None:
    comes(world, agrees=False)
    assert kept(world) == 0
    assert comes(world, OTHER).state()["state"] == "approved"  # nobody to be found
    assert comes(world, THIRD, agrees=False).state()["state"] == "approved"  # found by nobody
    assert kept(world) == 1


def test_who_is_not_asked_has_not_agreed(world: World) -> None:
    Person(world).approved()
    assert kept(world) == 0


def test_the_latest_answer_counts_also_over_onboardings(world: World) -> None:
    comes(world)
    assert kept(world) == 1
    comes(world, agrees=False)
    assert kept(world) == 0
    person = Person(world)
    person.to_document()
    for given in (True, False):
        answer = {"policy_version": POLICY, "given": given}
        assert person.call("POST", "/face-search-consent", json=answer).status_code == 204
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"
    assert kept(world) == 0


def test_it_cannot_be_agreed_to_without_face_comparison_or_after_the_decision(world: World) -> None:
    person = Person(world)
    body = {"policy_version": POLICY, "given": True}
    assert person.call("POST", "/face-search-consent", json=body).json()["code"] == "onboarding.wrong_step"
    person.to_document(consent=False)
    assert person.call("POST", "/face-search-consent", json=body).json()["code"] == "onboarding.wrong_step"
    approved = comes(world)
    assert approved.call("POST", "/face-search-consent", json=body).json()["code"] == "onboarding.wrong_step"
    old = {"policy_version": "2019-01", "given": True}
    assert person.call("POST", "/face-search-consent", json=old).json()["code"] == "onboarding.policy_version"


@pytest.mark.parametrize("path", ["/face-search-consent", "/face-consent", ""])
def test_the_row_goes_with_either_consent_and_with_the_person(world: World, path: str) -> None:
    person = comes(world)
    assert person.call("GET", "/export").json()["face_searched"] is True
    assert person.call("DELETE", path).status_code in {200, 204}
    assert kept(world) == 0
    assert comes(world, OTHER).state()["state"] == "approved"
    if path:
        exported = person.call("GET", "/export").json()
        assert exported["face_searched"] is False
        assert exported["onboardings"][0]["consents"][-1]["withdrawn_at"]


def test_a_withdrawal_leaves_face_comparison_as_it_was(world: World) -> None:
    person = comes(world)
    person.call("DELETE", "/face-search-consent")
    assert ENROLLED_FACE in person.call("GET", "/export").json()["held"]
    assert person.state()["face_consent"] is True


def test_a_withdrawal_while_the_case_waits_takes_what_was_found(world: World) -> None:
    comes(world)
    waits = comes(world, OTHER, face=0.3)
    waits.call("DELETE", "/face-search-consent")
    with world.ground.env.store.reading() as tx:
        assert "face_search" not in {piece.kind for piece in tx.sessions.evidence(waits.id)}
    assert waits.state()["state"] == "review"


def test_a_restored_backup_brings_nobody_back(tmp_path: Path) -> None:
    config, faces = searching(tmp_path), tmp_path / "data" / FACES
    with issuer_world.running(tmp_path, config=config) as world:
        withdrawn, erased, stays = comes(world), comes(world, OTHER, face=9.0), comes(world, THIRD, face=20.0)
        for name in (FACES, "issuer.sqlite"):
            with sqlite3.connect(tmp_path / "data" / name) as live, sqlite3.connect(tmp_path / name) as copy:
                live.backup(copy)
        withdrawn.call("DELETE", "/face-search-consent")
        erased.call("DELETE")
        assert kept(world) == 1
    for name in (FACES, "issuer.sqlite"):
        for old in (tmp_path / "data").glob(f"{name}-*"):
            old.unlink()
        shutil.copy(tmp_path / name, tmp_path / "data" / name)
    # Unreadable at once, before anything is tidied: the rows' keys are no part of the backup.
    with issuer_world.running(tmp_path, config=config, background=False) as world:
        assert kept(world) == 3
        face = FaceDescriptor("scripted", "1", (0.0, 0.0))
        near = world.ground.faces.nearest(face, 100.0)
        assert [one.person_id for one in near] == [stays.person_id()]
    with issuer_world.running(tmp_path, config=config) as world:
        world.until(lambda: kept(world) == 1)
    assert faces.exists()


def test_turning_it_off_lets_go_of_all(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, config=searching(tmp_path)) as world:
        comes(world)
    text = (tmp_path / "issuer.toml").read_text().replace(SEARCH, "[gas]")
    (tmp_path / "issuer.toml").write_text(text)
    with issuer_world.running(tmp_path) as world:
        world.until(lambda: kept(world) == 0)


def test_a_row_whose_onboarding_was_not_committed_belongs_to_nobody(world: World) -> None:
    world.ground.faces.put("0" * 32, FaceDescriptor("scripted", "1", (0.0, 0.0)))
    assert comes(world).state()["state"] == "approved"
    world.application.services.privacy.recover()
    assert "0" * 32 not in world.ground.faces.rows()
    assert kept(world) == 1


@pytest.fixture
def faces(tmp_path: Path) -> SqlFaces:
    store = MemoryKeyStore(b"faces")
    keys = PersonKeys(tmp_path / "keys", store, store.generate(P256, "wrapping"), secrets.token_bytes)
    return SqlFaces(tmp_path / "faces", keys)


def described(values: np.ndarray[tuple[int], np.dtype[np.float64]], version: str = "1") -> FaceDescriptor:
    return FaceDescriptor("e", version, tuple(values.tolist()))


def test_a_face_is_compared_with_its_like_only(faces: SqlFaces) -> None:
    faces.put("a", described(np.zeros(4)))
    faces.put("b", described(np.zeros(4), "2"))
    faces.put("c", FaceDescriptor("another", "1", (0.0,) * 4))
    assert [near.person_id for near in faces.nearest(described(np.zeros(4)), 1.0)] == ["a"]


def test_rows_are_sealed_and_bound_to_their_person(faces: SqlFaces, tmp_path: Path) -> None:
    values = np.array([1.5, 2.5, 3.5, 4.5])
    faces.put("a", described(values))
    faces.put("b", described(values + 9))
    assert values.tobytes()[:8] not in (tmp_path / "faces").read_bytes()
    with sqlite3.connect(tmp_path / "faces") as connection:
        connection.execute("DELETE FROM face WHERE person_id = 'b'")
        connection.execute("UPDATE face SET person_id = 'b'")
    connection.close()
    with pytest.raises(Refused, match=r"store\.sealed"):
        faces.nearest(described(values), 1.0)


def test_a_dropped_row_leaves_no_bytes(faces: SqlFaces, tmp_path: Path) -> None:
    faces.put("a", described(np.ones(4)))
    with sqlite3.connect(tmp_path / "faces") as connection:
        (body,) = connection.execute("SELECT body FROM face").fetchone()
    connection.close()
    faces.drop("a")
    faces.drop("a")
    assert all(body not in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.slow
def test_a_search_finds_the_nearest_of_many(faces: SqlFaces, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(7)
    many = chance.normal(size=(ROWS, 128))
    for number, values in enumerate(many):
        faces.put(f"person-{number}", described(values))
    wanted = many[ROWS // 2] + 0.01
    begun = time.process_time()
    near = faces.nearest(described(wanted), 14.0)
    spent = time.process_time() - begun
    distances = np.linalg.norm(many - wanted, axis=1)
    assert near[0].person_id == f"person-{ROWS // 2}"
    assert len(near) == int((distances < 14.0).sum())
    assert near[0].distance == pytest.approx(distances.min())
    with capsys.disabled():
        rate = spent / ROWS * 10_000
        print(f"\nproved: a face searched among {ROWS} in {spent:.2f} s of CPU, {rate:.1f} s per 10,000")
