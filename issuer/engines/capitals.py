"""Names printed in capitals, in the capitals and small letters that people write them with.

Each word begins with a capital, and so does what stands after a hyphen or after the apostrophe of O', L', N',
M', Dell', Dall' and Sant'; a number of II to VIII after a name stays. Where families differ (van der Berg and
Van der Berg, Mcdonald and McDonald, d'Arc and D'Arc) the print does not tell, and the name is in doubt.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from issuer.engines.separators import APOSTROPHE, HYPHEN, SPACE, plain

# Written with a small letter by some and with a capital by others, where another word follows.
_PARTICLES: Final = frozenset(
    """
    a af al av bin bint d da dal dalla das de degli dei del della den der des di do dos du e el en het i ibn
    la las le los och op t te ten ter the und upp van vanden vander ver vom von y zu zum zur
    """.split()  # noqa: SIM905
)
# After which a capital follows; an apostrophe elsewhere may stand within a word (Ma'ayan) or begin one.
_BEFORE_APOSTROPHE: Final = frozenset(("O", "L", "N", "M", "DELL", "DALL", "SANT"))
_NUMBERS: Final = frozenset(("II", "III", "IV", "VII", "VIII"))  # VI is a name
_MAC_STATES: Final = frozenset(
    ("AUS", "CAN", "GBD", "GBN", "GBO", "GBP", "GBR", "GBS", "IRL", "NZL", "USA", "ZAF")
)
_MC: Final = re.compile(r"MC[^\W\d_]{2}")
_MAC: Final = re.compile(r"MAC[^\W\d_]{3}")
_TURKISH: Final = frozenset(("AZE", "TUR"))
_WORDS: Final = re.compile(f"([{SPACE}{HYPHEN}])")


def as_written(printed: str, state: str) -> str:
    """A name printed in capitals as people write it, where they agree (`in_doubt`): Åkerström.

    A name that is printed with small letters stays as it is.

    Args:
        printed: As printed.
        state: The issuing state: in Turkey and Azerbaijan the small letter of I is ı.
    """
    name = _tidy(printed)
    if not _in_capitals(name):
        return name
    pieces = _WORDS.split(name)
    last = len(pieces) - 1
    return "".join(
        piece
        if 0 < place == last and piece in _NUMBERS and pieces[place - 1] == SPACE
        else _word(piece, state)
        for place, piece in enumerate(pieces)
    )


def in_doubt(printed: str, state: str) -> bool:
    """Whether some who bear a name printed in capitals write it otherwise than others."""
    name = _tidy(printed)
    if not _in_capitals(name):
        return False
    words = [word for word in _WORDS.split(name) if word not in {SPACE, HYPHEN, ""}]
    return any(word.lower() in _PARTICLES for word in words[:-1]) or any(
        _MC.match(word)
        or (state in _MAC_STATES and _MAC.match(word))
        or any(before not in _BEFORE_APOSTROPHE for before in _before_apostrophes(word))
        for word in words
    )


def _tidy(printed: str) -> str:
    return SPACE.join(plain(unicodedata.normalize("NFC", printed)).split())


def _in_capitals(name: str) -> bool:
    capital = name.replace("ß", "ẞ")  # whose capital few print
    return capital == capital.upper()


def _before_apostrophes(word: str) -> list[str]:
    """What stands before each apostrophe that a letter follows."""
    pieces = word.split(APOSTROPHE)
    return [before for before, after in pairwise(pieces) if after]


def _word(word: str, state: str) -> str:
    pieces = word.split(APOSTROPHE)
    begins = [True, *(before in _BEFORE_APOSTROPHE or len(before) == 1 for before in pieces[:-1])]
    return APOSTROPHE.join(
        piece[:1] + _small(piece[1:], state) if start else _small(piece, state)
        for piece, start in zip(pieces, begins, strict=True)
    )


def _small(letters: str, state: str) -> str:
    turkish = letters.replace("I", "ı") if state in _TURKISH else letters
    return turkish.replace("İ", "i").lower()
