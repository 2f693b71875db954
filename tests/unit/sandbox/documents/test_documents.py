"""Specimens: their machine readable lines, their look, the camera, and the assets behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from clicid.errors import LocalError
from issuer.engines.faces import FaceFinder
from issuer.engines.mrz import parse
from sandbox.documents import assets
from sandbox.documents.camera import GOOD, Camera, photograph, placement
from sandbox.documents.mrz_lines import name_field, td3_lines, with_wrong_check_digit
from sandbox.documents.passport import make_passport
from sandbox.documents.person import Person, personal_number
from sandbox.documents.portrait import cut_portrait
from sandbox.documents.retyping import retyped, retyped_in_file
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

BORN = date(1985, 3, 14)
PERSON = Person("Åkerström", "Erik Östen", BORN, "M", "UT4071852", date(2023, 5, 2), date(2033, 5, 1))


def pixels(image: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(BytesIO(image)).convert("RGB"))


def face_png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (340, 430), (200, 160, 140)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("state", ["UTO", "SWE"])
def test_the_lines_parse_and_all_check_digits_pass(state: str) -> None:
    person = replace(PERSON, issuing_state=state, personal_number=personal_number(BORN, "M"))
    mrz = parse("\n".join(td3_lines(person)))
    assert set(mrz.checks.values()) == {"ok"}
    assert (mrz.surname, mrz.given_names) == ("AAKERSTROEM", "ERIK OESTEN")
    assert (mrz.issuing_state, mrz.nationality, mrz.optional) == (state, state, "850314<2393")


def test_without_a_personal_number_its_check_digit_is_absent() -> None:
    assert parse("\n".join(td3_lines(replace(PERSON, sex="X")))).checks["optional"] == "absent"


def test_the_forger_changes_one_digit() -> None:
    wrong = parse("\n".join(with_wrong_check_digit(td3_lines(PERSON)))).checks
    assert [name for name, check in wrong.items() if check == "failed"] == ["expiry_date", "composite"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_retyped_is_the_zone_lower_line_and_nothing_else(seed: int) -> None:
    page = make_passport(PERSON, face_png())
    before, after = pixels(page).astype(int), pixels(retyped(page, seed, td3_lines(PERSON)[1])).astype(int)
    changed = np.abs(after - before).max(axis=2) > 30
    rows = np.flatnonzero(changed.any(axis=1))
    assert changed.sum() > 500
    assert rows.min() > (73.5 + 2.5) * 12
    assert rows.max() < (73.5 + 7.5) * 12


def test_a_file_is_retyped_where_the_page_lies_in_the_photograph() -> None:
    page, lower = make_passport(PERSON, face_png()), td3_lines(PERSON)[1]
    before, after = (
        pixels(photograph(page, 5)).astype(int),
        pixels(retyped_in_file(page, 5, lower)).astype(int),
    )
    down, across = np.nonzero(np.abs(after - before).max(axis=2) > 90)
    back = np.linalg.inv(placement((1500, 1056), 5)) @ np.stack((across, down, np.ones(len(down))))
    left, top = back[:2] / back[2]
    assert len(down) > 500
    assert np.percentile(top, [1, 99]) == pytest.approx((933, 956), abs=12)
    assert 70 < np.percentile(left, 1) < np.percentile(left, 99) < 1430


@pytest.mark.parametrize(
    ("family_name", "given_name", "field"),
    [
        ("Ek", "Bo", "EK<<BO" + 33 * "<"),
        ("Sukarno", "", "SUKARNO" + 32 * "<"),
        ("Wennerström-Gyllenstierna", "Maria Margareta", "WENNERSTROEM<GYLLENSTIERNA<<MARIA<MARGA"),
        ("A" * 50, "Bo", "A" * 36 + "<<B"),
    ],
)
def test_names_are_cut_but_never_left_out(family_name: str, given_name: str, field: str) -> None:
    assert name_field(family_name, given_name) == field
    assert len(field) == 39


def test_a_page_has_the_measures_of_a_passport() -> None:
    page = pixels(make_passport(PERSON, face_png()))
    assert page.shape == (1056, 1500, 3)
    assert page[300, 200].tolist() != page[100, 200].tolist()
    zone = page[840:970]
    assert zone.min() < 60
    assert page[990:].min() > 150  # nothing is printed below the zone


def test_a_state_without_a_layout_is_refused() -> None:
    with refused("document.issuing_state", kind=LocalError):
        make_passport(replace(PERSON, issuing_state="XXX"), face_png())


def test_the_same_seed_gives_the_same_photograph() -> None:
    small = Camera(size=(300, 220))
    page = make_passport(PERSON, face_png())
    first, second, other = (photograph(page, seed, small) for seed in (1, 1, 2))
    assert first == second
    assert first != other
    assert pixels(first).shape == (220, 300, 3)


def test_the_camera_blurs_and_darkens() -> None:
    page = make_passport(PERSON, face_png())
    sharp = pixels(photograph(page, 1, replace(GOOD, size=(600, 450), noise=0.0)))
    blurred = pixels(photograph(page, 1, replace(GOOD, size=(600, 450), noise=0.0, blur=6.0)))
    dark = pixels(photograph(page, 1, replace(GOOD, size=(600, 450), noise=0.0, light=0.9)))
    assert (
        np.abs(np.diff(blurred.astype(int), axis=1)).mean()
        < np.abs(np.diff(sharp.astype(int), axis=1)).mean()
    )
    assert dark.mean() < sharp.mean()


def test_a_portrait_is_head_and_shoulders() -> None:
    finder = FaceFinder()
    cut = pixels(cut_portrait(assets.photograph_of("biden.jpg"), finder))
    assert cut.shape[0] / cut.shape[1] == pytest.approx(43 / 34, abs=0.01)
    (face,) = finder.find(np.ascontiguousarray(cut))
    assert 0.4 < face.width / cut.shape[1] < 0.75
    with refused("face.none"):
        cut_portrait(face_png(), finder)


def test_missing_assets_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICID_ASSETS", str(tmp_path))
    with refused("sandbox.asset_missing", "OCRB.otf", kind=LocalError):
        assets.font_path()
    with refused("sandbox.asset_missing", "biden.jpg", kind=LocalError):
        assets.photograph_of(assets.IMPOSTOR)
