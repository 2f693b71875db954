"""The data page of a specimen passport, drawn to the measures of ICAO Doc 9303-4 for a TD3 page."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from clicid.errors import LocalError
from sandbox.documents.assets import font_path
from sandbox.documents.mrz_lines import td3_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from sandbox.documents.person import Person

DOTS_PER_MM: Final = 12
PAGE_MM: Final = (125, 88)
_INK: Final = (40, 30, 30)
_LABEL_INK: Final = (120, 90, 60)
_MRZ_PITCH_MM: Final = 2.54  # ten characters an inch (9303-3 4.6)
_PORTRAIT_MM: Final = (7, 14, 34, 43)  # left, top, width, height


@dataclass(frozen=True, slots=True)
class _Layout:
    """The words of an issuing state's page."""

    title: str
    subtitle: str
    nationality: str
    authority: str
    labels: tuple[str, ...]
    tint: tuple[int, int, int]


_LABELS_EN: Final = (
    "Type/Type", "Code/Code", "Passport No./N° de passeport", "Surname/Nom", "Given names/Prénoms",
    "Nationality/Nationalité", "Date of birth/Date de naissance", "Personal No./N° personnel", "Sex/Sexe",
    "Place of birth/Lieu de naissance", "Date of issue/Date de délivrance", "Authority/Autorité",
    "Date of expiry/Date d'expiration",
)  # fmt: skip
_LABELS_SV: Final = (
    "Typ/Type", "Landkod/Code", "Passnr/Passport No.", "Efternamn/Surname", "Förnamn/Given names",
    "Nationalitet/Nationality", "Födelsedatum/Date of birth", "Personnr/Personal No.", "Kön/Sex",
    "Födelseort/Place of birth", "Utfärdat/Date of issue", "Utfärdande myndighet/Authority",
    "Sista giltighetsdag/Date of expiry",
)  # fmt: skip
_LAYOUTS: Final = {
    "UTO": _Layout(
        "UTOPIA", "PASSPORT  PASSEPORT", "UTOPIAN", "PASSPORT OFFICE", _LABELS_EN, (206, 228, 214)
    ),
    "SWE": _Layout("SVERIGE", "PASS  PASSPORT", "SVENSK", "SPECIMEN", _LABELS_SV, (226, 222, 204)),
}
# Where each label stands (left, top in mm); its value is drawn beneath it.
_PLACES: Final = (
    (46, 10), (62, 10), (84, 10), (46, 16.8), (46, 23.6), (46, 30.4), (46, 37.2), (84, 37.2), (46, 44),
    (62, 44), (46, 50.8), (84, 50.8), (46, 57.6),
)  # fmt: skip


def make_passport(person: Person, portrait: bytes, *, zone: tuple[str, str] | None = None) -> bytes:
    """Draw the page.

    Args:
        person: What it says; the issuing state must have a layout.
        portrait: A photograph of the face, head and shoulders (see `sandbox.documents.portrait`).
        zone: Another machine readable zone than the person's own, to make a bad specimen.

    Returns:
        A PNG of 1500 by 1056 pixels (12 to the millimetre).

    Raises:
        LocalError: ``sandbox.asset_missing`` where the OCR-B font was not fetched;
            ``document.issuing_state`` for a state without a layout.
    """
    layout = _LAYOUTS.get(person.issuing_state)
    if layout is None:
        raise LocalError("document.issuing_state", "issuing_state", "layouts: " + ", ".join(_LAYOUTS))
    page = _paper(layout.tint, seed=sum(person.number.encode()))
    _paste_portrait(page, portrait)
    _print(page, layout.title, (46, 7.5), 4.2, weight=700)
    _print(page, layout.subtitle, (84, 7.5), 2.6, weight=400)
    for label, value, place in zip(layout.labels, _values(person, layout), _PLACES, strict=True):
        if value:
            _print(page, label, (place[0], place[1] + 1.7), 1.55, weight=400, ink=_LABEL_INK)
            _print(page, value, (place[0], place[1] + 4.9), 2.9, weight=500)
    signature = f"{person.given_name} {person.family_name}"
    _print(page, signature, (8, 62.6), 2.6, weight=300, ink=(110, 60, 40), room_mm=33)
    _print_zone(page, zone or td3_lines(person))
    return _png(page)


def _values(person: Person, layout: _Layout) -> tuple[str, ...]:
    number = person.personal_number
    return (
        "P",
        person.issuing_state,
        person.number,
        person.family_name.upper(),
        person.given_name.upper(),
        layout.nationality,
        _day(person.birth_date),
        f"{number[:8]}-{number[8:]}" if number else "",
        person.sex,
        person.birth_place,
        _day(person.issued),
        layout.authority,
        _day(person.expires),
    )


def _day(day: date) -> str:
    # ICAO 9303-3 3.1: day, month in letters, year; the letters are English here whatever the locale.
    months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
    return f"{day.day:02} {months[(day.month - 1) * 4 :][:3]} {day.year}"


def _paper(tint: tuple[int, int, int], seed: int) -> NDArray[np.uint8]:
    """Tinted paper with fine waves, as security printing has, and the word SPECIMEN large and pale."""
    width, height = (side * DOTS_PER_MM for side in PAGE_MM)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = (seed % 17) / 3
    waves = np.sin(across / 19 + 3 * np.sin(down / 61 + phase)) + np.sin(
        down / 13 + 4 * np.sin(across / 83 - phase)
    )
    page = np.array(tint, np.float32) + 7 * waves[..., None] + np.array((8, 4, -8), np.float32)
    page[int(height * 0.73) :] = page[int(height * 0.73) :] * 0.35 + 0.65 * 244
    sheet = Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))
    word = Image.new("L", (width, height), 0)
    ImageDraw.Draw(word).text(
        (width * 0.40, height * 0.35), "SPECIMEN", fill=34, font=ImageFont.load_default(150)
    )
    sheet.paste((205, 60, 60), mask=word.rotate(18, center=(width * 0.6, height * 0.45)))
    return np.array(sheet)


def _paste_portrait(page: NDArray[np.uint8], portrait: bytes) -> None:
    left, top, width, height = (side * DOTS_PER_MM for side in _PORTRAIT_MM)
    with Image.open(BytesIO(portrait)) as photograph:
        face = photograph.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    # Printed by ink: paler, less coloured, with the paper showing through a little.
    ink = np.array(face, np.float32)
    ink = 0.72 * ink + 0.28 * ink.mean(axis=2, keepdims=True)
    under = page[top : top + height, left : left + width].astype(np.float32)
    page[top : top + height, left : left + width] = np.clip(0.9 * ink + 0.1 * under + 4, 0, 255).astype(
        np.uint8
    )


def _print(
    page: NDArray[np.uint8],
    text: str,
    place: tuple[float, float],
    size_mm: float,
    *,
    weight: int,
    ink: tuple[int, int, int] = _INK,
    room_mm: float = 76,
) -> None:
    """Print text with its baseline's left end at `place` (mm) in OpenCV's own sans-serif face."""
    left, base = (round(side * DOTS_PER_MM) for side in place)
    size = round(size_mm * DOTS_PER_MM)
    face = cv2.FontFace("sans")
    room = min(room_mm * DOTS_PER_MM, page.shape[1] - left - 3 * DOTS_PER_MM)
    wide = cv2.getTextSize((10**5, 10**3), text, (0, 0), face, size, weight)[2]
    if wide > room:  # long names are printed smaller
        size = int(size * room / wide)
    cv2.putText(page, text, (left, base), ink, face, size, weight)


def _print_zone(page: NDArray[np.uint8], lines: Sequence[str]) -> None:
    """Two lines of OCR-B, every character at its pitch (9303-4 figure 5)."""
    font = ImageFont.truetype(str(font_path()), round(3.45 * DOTS_PER_MM))
    sheet = Image.fromarray(page)
    draw = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        base = (73.5 + row * 6.35) * DOTS_PER_MM
        for column, character in enumerate(line):
            left = (6.6 + column * _MRZ_PITCH_MM) * DOTS_PER_MM
            draw.text((left, base), character, fill=(24, 22, 26), font=font, anchor="ls")
    page[:] = np.array(sheet)


def _png(page: NDArray[np.uint8]) -> bytes:
    out = BytesIO()
    Image.fromarray(page).save(out, "PNG")
    return out.getvalue()
