"""The chip in the onboarding, over HTTP: what an app sends, what comes of it, and what is tried with it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import LocalError
from issuer.evidence.evidence import EvidenceKind
from issuer.evidence.ports import DocumentReading, Finding
from issuer.usecases.chip import TRIES
from issuer.usecases.onboarding import CHIP, CHIP_PORTRAIT, READING
from issuer.usecases.profile import fields_from_bytes
from issuer.usecases.records import Role
from sandbox.chips import groups as make
from sandbox.chips.faults import FAULTS
from tests.support import issuer_world
from tests.support.chip_world import asked, changed, give, place, trusting
from tests.support.chips import HOLDER
from tests.support.issuer_clients import Person
from tests.support.issuer_config import configured
from tests.support.issuer_doubles import match, picture, reading

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.evidence.evidence import Evidence
    from issuer.evidence.ports import DocumentFields
    from tests.support.issuer_world import World


def evidence(person: Person, kind: EvidenceKind) -> Evidence:
    with person.world.ground.env.store.reading() as tx:
        return next(piece for piece in tx.sessions.evidence(person.id) if piece.kind is kind)


def decided_on(person: Person) -> DocumentFields:
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        raw = tx.vault.get(session.key_id, READING)
        assert raw is not None
        return fields_from_bytes(raw)


def held(person: Person, name: str) -> bytes | None:
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return tx.vault.get(session.key_id, name)


def codes(view: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in view["reasons"]]


def led_there(person: Person) -> tuple[str, ...]:
    """What a reviewer is told, of which a person does not hear."""
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return session.codes


def of_the_chip(**changes: Any) -> DocumentReading:
    """What a photograph of the same passport reads as."""
    fields = replace(
        reading().fields or decided_on_nothing(),
        number=HOLDER.number,
        family_name=HOLDER.family_name,
        given_name=HOLDER.given_name,
        family_name_mrz="AAKERSTROEM OEBERG",
        given_name_mrz="NILS MAARTEN",
        birth_date=HOLDER.birth_date,
        sex=HOLDER.sex,
        expiry_date=HOLDER.expires,
        **changes,
    )
    return reading(fields)


def decided_on_nothing() -> DocumentFields:
    raise AssertionError


def test_a_chip_alone_is_enough(person: Person) -> None:
    question = asked(person)
    assert len(bytes.fromhex(question["challenge"])) == 8
    assert (question["chip_authentication"], question["expires_in"]) == (None, 600)
    response = place().active.answer(bytes.fromhex(question["challenge"]))
    answer = give(person, place().good.files, active=response)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "selfie"
    told = answer.json()["chip"]
    assert told["groups"] == dict.fromkeys(("DG1", "DG2", "DG11", "DG14", "DG15"), "ok")
    assert told["active_authentication"] == "P-256-ECDSA-sha256"
    assert (told["chip_authentication"], told["notes"]) == (None, [])
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"
    assert person.world.engines.calls == ["compare", "liveness"]
    fields = decided_on(person)
    assert (fields.family_name, fields.given_name) == ("Åkerström-Öberg", "Nils Mårten")
    assert fields.personal_number is not None
    assert fields.personal_number.digits == HOLDER.personal_number


def test_the_portrait_of_the_chip_is_what_the_selfie_is_held_against(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def compare(portrait: bytes, selfie: bytes) -> Any:
        seen.append((portrait, selfie))
        return match(0.3)

    monkeypatch.setattr(person.world.engines, "compare_faces", compare)
    give(person, place().good.files)
    person.upload("selfie", picture("olive"))
    person.turn_head()
    assert person.settled()["state"] == "approved"
    assert seen == [(held(person, CHIP_PORTRAIT), picture("olive"))]
    assert seen[0][0].startswith(b"\xff\xd8\xff")


def test_somebody_elses_face_is_refused(person: Person) -> None:
    person.world.engines.match = match(0.81)
    give(person, place().good.files)
    person.upload("selfie")
    person.turn_head()
    settled = person.settled()
    assert (settled["state"], codes(settled)) == ("refused", ["face.other_person"])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("altered_portrait", "chip.group_hash"),
        ("hidden_key", "chip.com_differs"),
        ("missing_group", "chip.missing"),
        ("self_signed_signer", "chip.self_signed"),
    ],
)
def test_a_chip_that_is_not_authentic_changes_nothing(person: Person, fault: str, code: str) -> None:
    answer = give(person, FAULTS[fault](place()).files)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert person.state()["state"] == "document"
    assert held(person, CHIP) is None
    # The photograph remains a way.
    assert person.upload("document").json()["state"] == "selfie"


def test_what_cannot_be_decided_is_no_refusal(person: Person) -> None:
    elsewhere = give(person, place("p384-sha384").good.files)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (503, "chip.csca_unknown")
    person.world.clock.forward(days=91)
    stale = give(person, place().good.files)
    assert (stale.status_code, stale.json()["code"]) == (503, "chip.crl_stale")
    assert person.state()["state"] == "document"


def test_a_copied_chip_cannot_answer_and_its_question_is_used_up(person: Person) -> None:
    question = bytes.fromhex(asked(person)["challenge"])
    clone = replace(place(), good=replace(place().good, challenge=question))
    copied = FAULTS["cloned_chip"](clone)
    answer = give(person, copied.files, active=copied.response)
    assert (answer.status_code, answer.json()["code"]) == (400, "chip.active_authentication")
    late = give(person, place().good.files, active=place().active.answer(question))
    assert (late.status_code, late.json()["code"]) == (409, "chip.challenge")
    assert person.state()["state"] == "document"


def test_an_answer_counts_for_its_onboarding_and_its_time_only(person: Person) -> None:
    other = Person(person.world)
    other.to_document()
    question = bytes.fromhex(asked(other)["challenge"])
    asked(person)
    answer = give(person, place().good.files, active=place().active.answer(question))
    assert answer.json()["code"] == "chip.active_authentication"
    person.world.clock.forward(minutes=10)
    late = give(other, place().good.files, active=place().active.answer(question))
    assert late.json()["code"] == "chip.challenge"
    unasked = give(person, place().good.files, active=place().active.answer(question))
    assert unasked.json()["code"] == "chip.challenge"


def test_a_chip_that_was_not_asked_is_taken_and_said_to_be_perhaps_a_copy(person: Person) -> None:
    told = give(person, place().good.files).json()["chip"]
    assert [note["code"] for note in told["notes"]] == ["chip.clone_unchecked"]
    assert told["active_authentication"] is told["chip_authentication"] is None


def test_chip_authentication_after_the_files_were_given(person: Person) -> None:
    files = place().good.files
    give(person, files)
    question = asked(person)["chip_authentication"]
    session = place().chip.agree(bytes.fromhex(question["public_key"]))
    response = session.answer(bytes.fromhex(question["command"]), 1, files["EF.COM"][:4])
    told = give(person, files, chip=response).json()["chip"]
    assert told["chip_authentication"] == "brainpoolP256r1-ECDH-AES-128"
    assert told["notes"] == []
    # What the same chip has shown stays shown; another one has shown nothing.
    again = give(person, files).json()["chip"]
    assert again["chip_authentication"] == "brainpoolP256r1-ECDH-AES-128"
    other = give(person, changed(place(), {11: None})).json()["chip"]
    assert [note["code"] for note in other["notes"]] == ["chip.clone_unchecked"]
    # The key of a question is nobody's but ours.
    asked(person)
    assert "chip_challenge" not in person.call("GET", "/export").json()["held"]


def test_an_answer_to_another_key_is_no_chip_authentication(person: Person) -> None:
    files = place().good.files
    assert give(person, files, chip=b"\x90\x00").json()["code"] == "chip.challenge"
    give(person, files)
    first = asked(person)["chip_authentication"]
    session = place().chip.agree(bytes.fromhex(first["public_key"]))
    recorded = session.answer(bytes.fromhex(first["command"]), 1, files["EF.COM"][:4])
    asked(person)
    assert give(person, files, chip=recorded).json()["code"] == "chip.chip_authentication"


def test_a_photograph_beside_the_chip_is_held_against_it(person: Person) -> None:
    person.world.engines.reading = of_the_chip()
    person.upload("document")
    assert give(person, place().good.files).json()["state"] == "selfie"
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"
    assert person.world.engines.calls == ["read", "compare", "compare", "liveness"]
    assert evidence(person, EvidenceKind.DOCUMENT).findings == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"number": "XA7654321"}, "number"), ({"family_name": "Akerström-Öberg"}, "family_name")],
)
def test_a_photograph_that_says_something_else_is_for_a_person(
    person: Person, changes: dict[str, Any], field: str
) -> None:
    read = of_the_chip()
    assert read.fields is not None
    person.world.engines.reading = replace(read, fields=replace(read.fields, **changes))
    person.upload("document")
    give(person, place().good.files)
    person.upload("selfie")
    person.turn_head()
    settled = person.settled()
    assert (settled["state"], codes(settled)) == ("review", ["onboarding.review"])
    assert led_there(person) == ("chip.document_mismatch",)
    found = evidence(person, EvidenceKind.DOCUMENT).findings
    assert [(one.code, one.field) for one in found] == [("chip.document_mismatch", field)]
    found_out = decided_on(person)
    assert (found_out.number, found_out.family_name) == (HOLDER.number, HOLDER.family_name)


def test_another_portrait_on_the_photographed_page_is_for_a_person(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pasted = picture("tan")

    async def compare(_: bytes, other: bytes) -> Any:
        return match(0.8 if other == pasted else 0.3)

    monkeypatch.setattr(person.world.engines, "compare_faces", compare)
    person.world.engines.reading = replace(of_the_chip(), portrait=pasted)
    person.upload("document")
    give(person, place().good.files)
    person.upload("selfie")
    person.turn_head()
    settled = person.settled()
    assert (settled["state"], codes(settled)) == ("review", ["onboarding.review"])
    assert led_there(person) == ("chip.portrait_differs",)


def test_a_photograph_that_cannot_be_read_does_not_matter_beside_a_chip(person: Person) -> None:
    person.world.engines.reading = reading(None, findings=(Finding("document.unreadable"),))
    person.upload("document")
    give(person, place().good.files)
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"


def test_whom_the_operator_trusts_is_read_anew_where_the_files_change(
    chips: World, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Renewed lists count at once; a file that cannot be read takes nothing away."""
    trust, renewed = chips.path / "trust", place("p384-sha384")
    assert give(person, renewed.good.files).json()["code"] == "chip.csca_unknown"
    for name, data in (
        ("2.cer", renewed.country.root.certificate.dump()),
        ("2.crl", renewed.good.revocations[0]),
    ):
        (trust / f".{name}").write_bytes(data)
        (trust / f".{name}").rename(trust / name)
    assert give(person, renewed.good.files).status_code == 200
    (trust / "odd").write_bytes(b"no certificate")
    assert give(person, renewed.good.files).status_code == 200
    assert "what was trusted before stays" in caplog.text
    (trust / "odd").unlink()
    (trust / "2.cer").unlink()
    assert give(person, renewed.good.files).json()["code"] == "chip.csca_unknown"


def test_a_chip_is_judged_so_often_in_an_hour_and_no_more(person: Person) -> None:
    asked(person)
    bad = changed(place(), {1: None})
    answers = [give(person, bad).status_code for _ in range(TRIES)]
    assert answers == [400] * (TRIES - 1) + [429]
    assert person.call("POST", "/chip/challenge").json()["code"] == "onboarding.too_often"
    person.world.clock.forward(hours=1)
    assert give(person, place().good.files).status_code == 200


def test_a_name_that_only_the_zone_has_is_the_printed_one_or_a_persons_business(person: Person) -> None:
    plain = changed(place(), {11: None})
    give(person, plain)
    person.upload("selfie")
    person.turn_head()
    settled = person.settled()
    assert (settled["state"], codes(settled)) == ("review", ["issuing.profile"])
    assert decided_on(person).family_name is None

    second = Person(person.world)
    second.to_document()
    person.world.engines.reading = of_the_chip()
    second.upload("document")
    give(second, plain)
    second.upload("selfie")
    second.turn_head()
    assert second.settled()["state"] == "approved"
    assert decided_on(second).family_name == "Åkerström-Öberg"


def test_without_consent_a_person_decides_by_the_portrait_of_the_chip(chips: World) -> None:
    person = Person(chips)
    person.to_document(consent=False)
    assert give(person, place().good.files).json()["state"] == "deciding"
    assert person.settled()["state"] == "review"
    assert chips.engines.calls == []
    case = chips.call("GET", f"/reviews/{person.id}", to="operators", headers=chips.operator(Role.REVIEWER))
    assert "chip_portrait" in case.text


def test_consent_withdrawn_takes_files_and_portrait_along(person: Person) -> None:
    give(person, place().good.files)
    assert held(person, CHIP) == b"".join(place().good.files.values())
    person.call("DELETE", "/face-consent")
    assert held(person, CHIP) is held(person, CHIP_PORTRAIT) is None
    assert person.settled()["state"] == "review"


def test_files_are_exported_and_go_when_the_contest_period_is_over(person: Person) -> None:
    give(person, place().good.files)
    exported = person.call("GET", "/export").json()["held"]
    assert base64.b64decode(exported["chip"]) == b"".join(place().good.files.values())
    assert exported["chip_reading"]["number"] == HOLDER.number
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"
    person.world.clock.forward(days=31)
    person.world.application.services.privacy.let_go()
    with person.world.ground.env.store.reading() as tx:
        names = {name for name, _, _ in tx.vault.all(person.person_id())}
    assert not {name for name in names if name.startswith("chip")}


def test_what_is_kept_as_evidence_has_no_name_and_no_image(person: Person) -> None:
    give(person, place().good.files)
    found = evidence(person, EvidenceKind.CHIP)
    assert {"SOD", "COM", "DG1", "DG2", "signer", "country_signer"} <= found.digests.keys()
    assert found.checks["signature"] == "ECDSA-sha256"
    with person.world.ground.env.store.reading() as tx:
        stored = repr(tx.sessions.evidence(person.id))
    assert not [word for word in ("kerstr", "AAKER", HOLDER.number, HOLDER.personal_number) if word in stored]


def test_the_same_chip_twice_is_the_same_person(chips: World) -> None:
    people = []
    for _ in range(2):
        person = Person(chips)
        person.to_document()
        give(person, place().good.files)
        person.upload("selfie")
        person.turn_head()
        assert person.settled()["state"] == "approved"
        people.append(person.person_id())
    assert people[0] == people[1]


def test_a_chip_is_taken_where_a_document_is_and_nowhere_else(chips: World) -> None:
    person = Person(chips)
    assert give(person, place().good.files).json()["code"] == "onboarding.wrong_step"
    assert person.call("POST", "/chip/challenge").json()["code"] == "onboarding.wrong_step"
    person.to_document()
    give(person, place().good.files)
    assert give(person, place().good.files).json()["state"] == "selfie"
    person.upload("selfie")
    assert give(person, place().good.files).json()["state"] == "liveness"
    person.turn_head()
    person.settled()
    assert give(person, place().good.files).json()["code"] == "onboarding.wrong_step"


def test_an_expired_passport_is_refused(tmp_path: Path) -> None:
    old = changed(place(), {1: make.zone_of(replace(HOLDER, expires=HOLDER.expires.replace(year=2025)))})
    with trusting(tmp_path, place()) as world:
        person = Person(world)
        person.to_document()
        told = give(person, old).json()["chip"]
        assert "document.expired" in [note["code"] for note in told["notes"]]
        person.upload("selfie")
        person.turn_head()
        settled = person.settled()
        assert (settled["state"], codes(settled)) == ("refused", ["document.expired"])


def test_without_country_signers_no_chip_is_read(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        person = Person(world)
        person.to_document()
        for answer in (give(person, place().good.files), person.call("POST", "/chip/challenge")):
            assert (answer.status_code, answer.json()["code"]) == (404, "chip.not_offered")


def test_country_signers_that_cannot_be_read_are_refused_at_start(tmp_path: Path) -> None:
    config = configured(tmp_path)
    config.write_text(config.read_text() + '\n[chip]\ncsca = ["nowhere"]\n')
    with (
        pytest.raises(LocalError, match=r"config\.file: at .*nowhere"),
        issuer_world.running(tmp_path, config=config),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"content": b"x", "headers": {"content-type": "image/jpeg"}}, 415, "http.media_type"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422, "http.body"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 422, "http.body"),
        ({"files": [("file", ("a", bytes(3 << 20)))]}, 413, "codec.size"),
        ({"files": [("file", ("a", b"a"))] * 21}, 422, "http.body"),
        ({"files": [("other", ("a", b"a"))]}, 422, "http.body"),
        ({"files": [("active_authentication", ("a", b"a"))] * 2}, 422, "http.body"),
        ({"files": [("file", ("a", b"a")), ("chip_authentication", ("a", bytes(5000)))]}, 422, "http.body"),
        ({"files": [("file", ("a", b"a"))], "data": {"file": "text"}}, 400, "chip.file"),
        ({"files": [("file", ("a", b"a"))]}, 400, "chip.file"),
        ({"files": [("file", ("a", b""))]}, 400, "chip.file"),
    ],
)
def test_forms_that_are_none(person: Person, options: dict[str, Any], status: int, code: str) -> None:
    answer = person.call("PUT", "/chip", **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert person.state()["state"] == "document"
