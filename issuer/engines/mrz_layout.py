"""Where what stands in a machine readable zone, and which characters may stand there.

ICAO Doc 9303, part 4 (TD3), part 5 (TD1), part 6 (TD2), part 7 (MRV-A, MRV-B).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

FILLER: Final = "<"
LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS: Final = frozenset("0123456789")


class Kind(Enum):
    """What may stand at a position, the filler apart."""

    LETTER = LETTERS
    DIGIT = DIGITS
    EITHER = LETTERS | DIGITS
    SEX = frozenset("MFX")

    @property
    def allowed(self) -> frozenset[str]:
        """The characters of this kind, with the filler."""
        return self.value | {FILLER}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its line, first column, width, and what may stand in it."""

    name: str
    line: int
    start: int
    width: int
    kind: Kind

    def of(self, lines: tuple[str, ...]) -> str:
        """Its text in a zone of these lines."""
        return lines[self.line][self.start : self.start + self.width]


@dataclass(frozen=True, slots=True)
class Layout:
    """A format of document.

    Args:
        name: ``TD1``, ``TD2``, ``TD3``, ``MRV-A`` or ``MRV-B``.
        lines: How many lines.
        width: Characters in a line.
        fields: All fields, check digits included; a check digit's field is named ``<field>.check``.
        composite: The spans (line, start, end) under the composite check digit, in order.
    """

    name: str
    lines: int
    width: int
    fields: tuple[Field, ...]
    composite: tuple[tuple[int, int, int], ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, where the format has it."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def names(self) -> Field:
        """The field of the names, which every format has."""
        return next(field for field in self.fields if field.name == "names")


def _upper(width: int) -> tuple[Field, ...]:
    return (
        Field("document_code", 0, 0, 2, Kind.LETTER),
        Field("issuing_state", 0, 2, 3, Kind.LETTER),
        Field("names", 0, 5, width - 5, Kind.LETTER),
    )


def _lower() -> tuple[Field, ...]:
    return (
        Field("number", 1, 0, 9, Kind.EITHER),
        Field("number.check", 1, 9, 1, Kind.DIGIT),
        Field("nationality", 1, 10, 3, Kind.LETTER),
        Field("birth_date", 1, 13, 6, Kind.DIGIT),
        Field("birth_date.check", 1, 19, 1, Kind.DIGIT),
        Field("sex", 1, 20, 1, Kind.SEX),
        Field("expiry_date", 1, 21, 6, Kind.DIGIT),
        Field("expiry_date.check", 1, 27, 1, Kind.DIGIT),
    )


TD1: Final = Layout(
    "TD1", 3, 30,
    (
        Field("document_code", 0, 0, 2, Kind.LETTER),
        Field("issuing_state", 0, 2, 3, Kind.LETTER),
        Field("number", 0, 5, 9, Kind.EITHER),
        Field("number.check", 0, 14, 1, Kind.DIGIT),
        Field("optional", 0, 15, 15, Kind.EITHER),
        Field("birth_date", 1, 0, 6, Kind.DIGIT),
        Field("birth_date.check", 1, 6, 1, Kind.DIGIT),
        Field("sex", 1, 7, 1, Kind.SEX),
        Field("expiry_date", 1, 8, 6, Kind.DIGIT),
        Field("expiry_date.check", 1, 14, 1, Kind.DIGIT),
        Field("nationality", 1, 15, 3, Kind.LETTER),
        Field("optional_2", 1, 18, 11, Kind.EITHER),
        Field("composite.check", 1, 29, 1, Kind.DIGIT),
        Field("names", 2, 0, 30, Kind.LETTER),
    ),
    ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
)  # fmt: skip

TD2: Final = Layout(
    "TD2", 2, 36,
    (
        *_upper(36),
        *_lower(),
        Field("optional", 1, 28, 7, Kind.EITHER),
        Field("composite.check", 1, 35, 1, Kind.DIGIT),
    ),
    ((1, 0, 10), (1, 13, 20), (1, 21, 35)),
)  # fmt: skip

TD3: Final = Layout(
    "TD3", 2, 44,
    (
        *_upper(44),
        *_lower(),
        Field("optional", 1, 28, 14, Kind.EITHER),
        Field("optional.check", 1, 42, 1, Kind.DIGIT),
        Field("composite.check", 1, 43, 1, Kind.DIGIT),
    ),
    ((1, 0, 10), (1, 13, 20), (1, 21, 43)),
)  # fmt: skip

MRV_A: Final = Layout("MRV-A", 2, 44, (*_upper(44), *_lower(), Field("optional", 1, 28, 16, Kind.EITHER)))
MRV_B: Final = Layout("MRV-B", 2, 36, (*_upper(36), *_lower(), Field("optional", 1, 28, 8, Kind.EITHER)))

LAYOUTS: Final = (TD1, TD2, TD3, MRV_A, MRV_B)


def layout_of(count: int, width: int, first: str) -> Layout | None:
    """The format with that many lines of that width; a first character V makes it a visa (9303-7 4.2)."""
    visa = first == "V"
    for layout in LAYOUTS:
        if (layout.lines, layout.width) == (count, width) and layout.name.startswith("MRV") == visa:
            return layout
    return None
