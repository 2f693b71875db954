"""Writes machine readable zones of every format, after the layouts: the inverse of the parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuer.engines.mrz_layout import FILLER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.engines.mrz_layout import Layout

VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {
    "<": 0
}


def digit(text: str) -> str:
    total = 0
    for place, character in enumerate(text):
        total += VALUES[character] * [7, 3, 1][place % 3]
    return str(total % 10)


def write(layout: Layout, values: Mapping[str, str]) -> list[str]:
    """The lines for these field texts; what is not given is filler, check digits are worked out."""
    lines = [[FILLER] * layout.width for _ in range(layout.lines)]

    def put(name: str, text: str) -> None:
        field = layout.field(name)
        assert field is not None
        assert len(text) <= field.width
        padded = text.ljust(field.width, FILLER)
        lines[field.line][field.start : field.start + field.width] = padded

    for field in layout.fields:
        if not field.name.endswith(".check"):
            put(field.name, values.get(field.name, ""))
    for field in layout.fields:
        covered = field.name.removesuffix(".check")
        if field.name.endswith(".check") and covered != "composite":
            put(field.name, digit(values.get(covered, "").ljust(_width(layout, covered), FILLER)))
    if layout.composite:
        covered = "".join("".join(lines[line][start:end]) for line, start, end in layout.composite)
        put("composite.check", digit(covered))
    return ["".join(line) for line in lines]


def _width(layout: Layout, name: str) -> int:
    field = layout.field(name)
    assert field is not None
    return field.width
