"""What a phone read off a chip: which file is which is told by its tag, never by its name (9303-10 4.6).

Nothing here is verified; `passive.authenticate` does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.chip import tlv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COM: Final = 0x60
SOD: Final = 0x77
_GROUPS: Final = (
    0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70,
)  # fmt: skip
NUMBER: Final = {tag: number for number, tag in enumerate(_GROUPS, 1)}
"""A data group's number by its tag (9303-10 table 38)."""
TAG: Final = {number: tag for tag, number in NUMBER.items()}

MAX_FILES: Final = 18
MAX_BYTES: Final = 131_072
MAX_PORTRAIT_BYTES: Final = 1_048_576
_LARGE: Final = TAG[2]

_TAG_LIST: Final = 0x5C
_LDS_VERSION: Final = 0x5F01
_UNICODE_VERSION: Final = 0x5F36


@dataclass(frozen=True, slots=True)
class ChipFiles:
    """The files of one chip as they were read: nobody vouches for them.

    Args:
        com: EF.COM, or None where it was not read.
        sod: EF.SOD.
        groups: The data groups that were read, whole files, by number.
    """

    com: bytes | None
    sod: bytes
    groups: Mapping[int, bytes]

    def __repr__(self) -> str:
        """Names the files and holds nothing of them: they are personal data."""
        names = ", ".join(name_of(number) for number in sorted(self.groups))
        return f"ChipFiles({names})"


@dataclass(frozen=True, slots=True)
class Common:
    """EF.COM (9303-10 4.6.1): versions, and the groups that the chip says it has. It is never signed."""

    lds_version: str
    unicode_version: str
    groups: frozenset[int]


def name_of(number: int) -> str:
    """A data group's name in reports and reasons."""
    return f"DG{number}"


def sort(files: Iterable[bytes]) -> ChipFiles:
    """Tell the files apart.

    Args:
        files: Whole files in any order, each with its own tag and length.

    Raises:
        Refused: `chip.file` for what is no file of a chip or exceeds the caps, `chip.duplicate` for a file
            that is there twice, `chip.missing` where there is no EF.SOD or no DG1.
    """
    found: dict[int, bytes] = {}
    for place, data in enumerate(files):
        if place == MAX_FILES:
            raise Refused("chip.file", detail="too many files")
        where = f"file {place + 1}"
        tag = tlv.first_tag(data, where)
        name = _name(tag, where)
        if len(data) > (MAX_PORTRAIT_BYTES if tag == _LARGE else MAX_BYTES):
            raise Refused("chip.file", name, "too long")
        tlv.only(data, tag, name)
        if tag in found:
            raise Refused("chip.duplicate", name)
        found[tag] = data
    for tag, name in ((SOD, "SOD"), (TAG[1], "DG1")):
        if tag not in found:
            raise Refused("chip.missing", name)
    groups = {NUMBER[tag]: data for tag, data in found.items() if tag in NUMBER}
    return ChipFiles(found.get(COM), found[SOD], groups)


def _name(tag: int, where: str) -> str:
    if tag in NUMBER:
        return name_of(NUMBER[tag])
    if tag not in {COM, SOD}:
        raise Refused("chip.file", where, f"tag {tag:X} is no file of a travel document")
    return "COM" if tag == COM else "SOD"


def common(com: bytes) -> Common:
    """Read EF.COM.

    Raises:
        Refused: `chip.file` where it is malformed or lists a tag that no data group has.
    """
    parts = tlv.by_tag(tlv.only(com, COM, "COM"), "COM")
    tags = parts.get(_TAG_LIST, b"")
    if not tags or len(set(tags)) != len(tags) or not NUMBER.keys() >= set(tags):
        raise Refused("chip.file", "COM", "the list of data groups")
    return Common(
        _digits(parts, _LDS_VERSION, 4),
        _digits(parts, _UNICODE_VERSION, 6),
        frozenset(NUMBER[tag] for tag in tags),
    )


def _digits(parts: Mapping[int, bytes], tag: int, count: int) -> str:
    value = parts.get(tag, b"")
    if len(value) != count or not value.isdigit():
        raise Refused("chip.file", "COM", "a version")
    return value.decode("ascii")
