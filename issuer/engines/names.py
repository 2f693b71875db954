"""Names on travel documents: printed letters against the machine readable A to Z.

ICAO Doc 9303-3 section 6 A recommends a transliteration for each national letter and allows others; a
printed name *agrees* with a machine readable one where any of them (and, in a full name field, the
truncation of section 4.6) leads from one to the other.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from issuer.engines.separators import APOSTROPHE, FORMS, HYPHEN, SPACE

MAX_NAME: Final = 120

# The recommended form first, then others that states use.
_LETTERS: Final[dict[str, tuple[str, ...]]] = {
    "Å": ("AA", "A"),
    "Ä": ("AE", "AXX", "A"),
    "Æ": ("AE",),
    "Ö": ("OE", "OXX", "O"),
    "Ø": ("OE", "O"),
    "Ü": ("UE", "UXX", "U"),
    "Ñ": ("N", "NXX"),
    "ß": ("SS",),
    "ẞ": ("SS",),
    "Þ": ("TH",),
    "Ð": ("D",),
    "Đ": ("D", "DJ"),
    "Ł": ("L",),
    "Œ": ("OE",),
    "Ĳ": ("IJ",),
    "Ŋ": ("N",),
    "Ħ": ("H",),
    "Ŧ": ("T",),
    "ĸ": ("Q", "K"),
    "ı": ("I",),
    "ſ": ("S",),
}
_PAIRS: Final = {"AA": "Å", "AE": "Ä", "OE": "Ö", "UE": "Ü"}
_PAIRS_WEST: Final = {"AE": "Æ", "OE": "Ø"}
_WEST_NORDIC: Final = frozenset({"DNK", "FRO", "GRL", "ISL", "NOR"})
_WEST_NORDIC_LETTERS: Final = frozenset("ÆØÅÞÐ")
_DROPPED: Final = frozenset(FORMS[APOSTROPHE] + ".,")
_SPACES: Final = frozenset(FORMS[SPACE] + FORMS[HYPHEN])
_SEPARATORS: Final = _SPACES.union(FORMS[APOSTROPHE])


def forms(letter: str) -> tuple[str, ...]:
    """The A to Z forms of one printed character, recommended first; empty where it has none."""
    upper = letter if letter in _LETTERS else letter.upper()
    if upper in _LETTERS:
        return _LETTERS[upper]
    if upper in _DROPPED:
        return ("",)
    if upper in _SPACES:
        return (" ",)
    base = "".join(c for c in unicodedata.normalize("NFD", upper) if not unicodedata.combining(c))
    return (base,) if base.isascii() and base.isalpha() else ()


def transliterate(name: str) -> str:
    """A printed name in A to Z and single spaces, each letter in its recommended form."""
    spelt = "".join((forms(letter) or ("",))[0] for letter in unicodedata.normalize("NFC", name))
    return " ".join(spelt.split())


def agrees(printed: str, machine: str, *, truncated: bool = False) -> bool:
    """Whether a printed name and the machine readable one are the same name.

    Args:
        printed: As printed, any letters and case.
        machine: From the machine readable zone: A to Z, words separated by one space.
        truncated: Whether the zone's name field was full, so that names may be cut or left out.
    """
    words = _words(printed)
    wanted = machine.split()
    if not words or not wanted or len(printed) > MAX_NAME:
        return False
    if not truncated:
        # The hyphen of a double name may have become a filler or nothing: compare without spaces.
        return len("".join(wanted)) in _ends("".join(words), "".join(wanted), {0})
    position = 0
    for word in words:
        if position < len(wanted) and _begins(word, wanted[position]):
            position += 1
    return position == len(wanted)


def begun(printed: str, machine: str) -> bool:
    """Whether the machine readable name is the printed one cut: some words shortened, the last left out.

    `agrees` allows other words to be left out as well, which states may do; one that reading took for part
    of the name would go unnoticed there.
    """
    words, wanted = _words(printed), machine.split()
    return (
        0 < len(wanted) <= len(words)
        and len(printed) <= MAX_NAME
        and all(_begins(word, cut) for word, cut in zip(words, wanted, strict=False))
    )


def restored(printed: str, machine: str, state: str) -> str | None:
    """A printed name with the marks put back that reading lost, where the zone leaves no doubt of them.

    One printed letter for which the zone has two (A for AA, AE, OE, UE) can only be Å, Ä, Ö or Ü, or in
    Denmark, Norway and Iceland Æ or Ø.

    Returns:
        The name, the given one where no mark was lost; None where the names differ in more than marks.
    """
    if agrees(printed, machine):
        return printed
    pairs = _PAIRS | (_PAIRS_WEST if state in _WEST_NORDIC else {})
    target = machine.replace(" ", "")
    # For every place in the zone's name that can be reached, one spelling that leads there.
    spelt: dict[int, str] = {0: ""}
    for letter in unicodedata.normalize("NFC", printed)[:MAX_NAME]:
        base = unicodedata.normalize("NFD", letter)[0].upper()
        options = [(form.strip(), letter) for form in forms(letter)]
        options += [(pair, mark) for pair, mark in pairs.items() if base == pair[0]]
        reached: dict[int, str] = {}
        for place, so_far in spelt.items():
            for form, character in options:
                if target.startswith(form, place):
                    reached.setdefault(place + len(form), so_far + _in_case_of(letter, character))
        spelt = reached
    return spelt.get(len(target))


def _in_case_of(letter: str, character: str) -> str:
    return character.lower() if letter.islower() else character


def may_be_ligature(printed: str, state: str) -> bool:
    """Whether a name read with AE may be printed with Æ, which readers take apart: where people write it.

    That is in some states, and everywhere in names that have another letter of those states.
    """
    upper = printed.upper()
    return "AE" in upper and (state in _WEST_NORDIC or not _WEST_NORDIC_LETTERS.isdisjoint(upper))


def respaced(printed: str, machine: str) -> str:
    """A printed name with the spaces put back that reading lost, where the machine readable name has them."""
    ends = _word_ends(machine)
    letters: list[str] = []
    reached = {0}
    for letter in printed:
        at_end = bool(letters) and bool(reached & ends)
        if at_end and not _SEPARATORS & {letters[-1], letter}:
            letters.append(SPACE)
        letters.append(letter)
        reached = _ends(letter, machine.replace(" ", ""), reached)
    return "".join(letters)


def separated_as(printed: str, machine: str, *, truncated: bool = False) -> bool:
    """Whether the separators of a printed name can be right, by the machine readable one.

    A space is a filler there: where there is none, an apostrophe may have been read as a space (not looked at
    where the name field was full, and words may be left out). No two separators stand beside each other.
    """
    ends = _word_ends(machine)
    reached = {0}
    before = SPACE
    for letter in printed:
        if letter in _SEPARATORS and before in _SEPARATORS:
            return False
        if letter in FORMS[SPACE] and not truncated and not reached & ends:
            return False
        reached = _ends(letter, machine.replace(" ", ""), reached)
        before = letter
    return True


def _word_ends(machine: str) -> set[int]:
    """After how many letters a word of the machine readable name ends, the last one apart."""
    words = machine.split()
    return {sum(map(len, words[:count])) for count in range(1, len(words))}


def _words(printed: str) -> list[str]:
    name = unicodedata.normalize("NFC", printed)
    spaced = "".join(" " if letter in _SPACES else letter for letter in name)
    return spaced.split()


def _ends(printed: str, machine: str, starts: set[int]) -> set[int]:
    """Where in `machine` one can be after spelling out all of `printed`."""
    reached = starts
    for letter in printed:
        reached = {
            place + len(form.strip())
            for place in reached
            for form in forms(letter)
            if machine.startswith(form.strip(), place)
        }
    return reached


def _begins(word: str, cut: str) -> bool:
    """Whether the machine readable `cut` is the printed `word` or a beginning of it."""
    reached = {0}
    for letter in word:
        if len(cut) in reached:
            return True
        reached = {
            place + len(form)
            for place in reached
            for form in forms(letter)
            if cut.startswith(form, place) or (place < len(cut) and form.startswith(cut[place:]))
        }
        if any(place >= len(cut) for place in reached):
            return True
    return len(cut) in reached
