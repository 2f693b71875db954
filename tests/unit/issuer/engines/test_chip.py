"""What is taken from an authentic chip: names where they are in their own letters, numbers that are sound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from issuer.chip import certificates, crl, csca
from issuer.engines.chip import TrustingJudge
from issuer.evidence.ports import ChipAnswers
from sandbox.chips import groups as make
from tests.support.chip_files import dg11
from tests.support.chip_world import changed, place
from tests.support.chips import HOLDER, NOW
from tests.support.refusals import refused

if TYPE_CHECKING:
    from issuer.evidence.ports import ChipReading
    from sandbox.documents.person import Person


def judged(holder: Person = HOLDER, details: bytes | None = None) -> ChipReading:
    where = place()
    root, revoked = where.country.root.certificate.dump(), where.good.revocations[0]
    store = csca.store_of([certificates.read(root, "")], [crl.read(revoked, "")])
    files = changed(where, {1: make.zone_of(holder), 11: details or make.details(holder)})
    return TrustingJudge(lambda: store).judge(list(files.values()), ChipAnswers(), now=NOW)


def named(family_name: str, given_name: str) -> Person:
    return replace(HOLDER, family_name=family_name, given_name=given_name)


@pytest.mark.parametrize(
    ("family_name", "given_name", "written", "found"),
    [
        ("Åkerström", "Nils", "ÅKERSTRÖM<<NILS", ("Åkerström", "Nils")),
        ("Åkerström", "Nils Mårten", "Åkerström<<Nils<Mårten", ("Åkerström", "Nils Mårten")),
        ("Lindqvist", "Karl", "LINDQVIST<<KARL", ("Lindqvist", "Karl")),
        # One letter that the zone has not shows whose letters these are: Noel is no Nöl.
        ("Åberg", "Noel", "ÅBERG<<NOEL", ("Åberg", "Noel")),
        # The zone's own A to Z again: behind it may be Åkerström, and Nöl.
        ("Åkerström", "Nils", "AAKERSTROEM<<NILS", (None, None)),
        ("Lind", "Noel", "LIND<<NOEL", (None, None)),
        # Another name, half a name, other letters than ours.
        ("Åkerström", "Nils", "ÅKERLUND<<NILS", (None, None)),
        ("Åkerström", "Nils", "ÅKERSTRÖM", (None, None)),
        ("Petrov", "Ivan", "ПЕТРОВ<<ИВАН", (None, None)),
    ],
)
def test_whose_letters_a_name_has(
    family_name: str, given_name: str, written: str, found: tuple[str | None, str | None]
) -> None:
    reading = judged(named(family_name, given_name), dg11(written, HOLDER.personal_number))
    assert (reading.fields.family_name, reading.fields.given_name) == found
    assert reading.fields.family_name_mrz
    assert reading.findings == ()


def test_a_personal_number_of_dg11_where_the_zone_has_none_and_one_that_differs() -> None:
    names = "Åkerström-Öberg<<Nils<Mårten"
    bare = replace(HOLDER, personal_number="")
    number = judged(bare, dg11(names, HOLDER.personal_number)).fields.personal_number
    assert number is not None
    assert number.digits == HOLDER.personal_number
    wrong = HOLDER.personal_number[:-1] + str((int(HOLDER.personal_number[-1]) + 1) % 10)
    for holder in (bare, HOLDER):
        reading = judged(holder, dg11(names, wrong))
        assert [one.code for one in reading.findings] == ["document.personal_number"]
        assert (reading.fields.personal_number is None) == (holder is bare)


def test_a_chip_without_its_portrait_is_not_enough() -> None:
    where = place()
    root, revoked = where.country.root.certificate.dump(), where.good.revocations[0]
    store = csca.store_of([certificates.read(root, "")], [crl.read(revoked, "")])
    files = [data for name, data in where.good.files.items() if name != "DG2"]
    with refused("chip.missing", "DG2"):
        TrustingJudge(lambda: store).judge(files, ChipAnswers(), now=NOW)
