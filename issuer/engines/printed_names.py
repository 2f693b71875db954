"""A name of the machine readable zone among the printed lines.

A name's line in the zone has no check digit, so the print is the only thing that tells a name misread.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from issuer.engines.capitals import as_written, in_doubt
from issuer.engines.names import begun, may_be_ligature, respaced, restored, separated_as, transliterate
from issuer.engines.separators import APOSTROPHE, HYPHEN, SPACE, plain
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from issuer.engines.text import Line

_NEARLY: Final = 0.72  # likeness from which a printed text is taken for the same field, differently spelt
_MISSPELT: Final = 0.85  # likeness from which a text read as surely as this is the name, misspelt
_SURE: Final = 0.98
_LEAST_MISSPELT: Final = 6  # letters: shorter names are like other words
_LEAST_CUT: Final = 3  # letters: fewer of a cut name fit too many printed words
_IN_NAMES: Final = frozenset((HYPHEN, APOSTROPHE, SPACE))
_MAX_WORDS: Final = 8
_SAME_COLUMN: Final = 2.0  # lines' heights
_NEXT_LINES: Final = 5.0
_CONFIDENT: Final = 0.85
# Names read right on degraded specimens lie below 0.07, mostly 0.01; with a mark lost above 0.09.
_DOUBTED: Final = 0.05
# Hyphens, apostrophes and spaces read right leave less than 0.01 to others; lost ones above 0.025.
_DOUBTED_SEPARATOR: Final = 0.02
# Looked at widely, letters stand apart, and a space before any of them is seen with up to 0.054.
_DOUBTED_SPACE: Final = 0.1
# What states print beside a name, without marks.
_PRINTED_BESIDE: Final = """
surname surnames name names given first last family forename forenames of the holder and
nom noms prenom prenoms et efternamn fornamn och namn etternavn fornavn navn og sukunimi etunimi etunimet ja
familienname nachname vorname vornamen und cognome nome nomi e apellido apellidos nombre nombres y
apelido apelidos sobrenome nomes proprios naam geslachtsnaam voornaam voornamen en nazwisko imie imiona i
prijmeni jmeno jmena priezvisko meno mena prezime ime imena priimek nev csaladi utonev nume prenume si
pavarde vardas uzvards vards perekonnanimi eesnimi nimi soyadi adi mr mrs ms herr frau titular
"""
_LABELS: Final = frozenset(_PRINTED_BESIDE.split())


@dataclass(frozen=True, slots=True)
class NameReader:
    """Finds the zone's names among the printed lines, and notes what it found on the way."""

    lines: Sequence[Line]
    state: str
    again: Callable[[Line], Sequence[Line]]
    findings: list[Finding]

    def read(self, field: str, machine: str, other: str, *, cut: bool) -> str | None:
        """The printed form of one name as people write it; None, and a finding, where there is none.

        Args:
            field: What it is of the document.
            machine: The name in the zone.
            other: The zone's other name, which may stand on the same line.
            cut: Whether the zone's name field was full.
        """
        contradiction = self._contradiction(machine, other, cut=cut)
        if contradiction:
            self.findings.append(Finding(contradiction, field))
            return None
        for line, text in self._candidates():
            first = self._fits(text, machine, cut=cut and text == line.text)
            if first is None or not self._alone(text, line.text, other):
                continue
            if not self._certain(first, line, machine, cut=cut):
                self.findings.append(Finding("document.printed_unread", field))
                return None
            bare = _stripped(text)
            if restored(bare, machine, self.state) not in {bare, None}:
                if not _marks_seen(first, line):  # ARON may be Åron, or AARON with a letter lost
                    self.findings.append(Finding("document.printed_unread", field))
                    return None
                self.findings.append(Finding("document.marks_restored", field))
            if in_doubt(first, self.state):
                self.findings.append(Finding("document.capitals", field))
                return None
            return as_written(first, self.state)
        self.findings.append(self._unread(field, machine))
        return None

    def alone(self, machine: str) -> bool:
        """Whether the zone's only name is the only one in print: one word, and none like it right beneath.

        The two fillers between family and given names may have been read as one, or be missing.
        """
        anchors = [line for line in self.lines if self._fits(line.text, machine, cut=False)]
        return len(machine.split()) == 1 and not any(
            _beneath(anchor, line) and _may_be_name(line.text) for anchor in anchors for line in self.lines
        )

    def _contradiction(self, machine: str, other: str, *, cut: bool) -> str:
        """What is noticed where the name is printed in several ways, as a code; empty where it is not."""
        spelt = {(self._fits(line.text, machine, cut=cut) or "").casefold() for line in self.lines} - {""}
        if len(spelt) > 1:
            return "document.printed_unread"
        misspelt = any(self._otherwise(line, machine, other, cut=cut) for line in self.lines)
        return "document.mrz_mismatch" if misspelt else ""

    def _otherwise(self, line: Line, machine: str, other: str, *, cut: bool) -> bool:
        """Whether a line, surely read, has the zone's name otherwise, whatever another line has."""
        if cut or line.score < _SURE or len(machine) < _LEAST_MISSPELT:
            return False
        spans = (line.text, *_spans(line.text))
        return not any(self._fits(span, machine, cut=False) for span in spans) and any(
            len(_words(span)) == len(machine.split())
            and _likeness(_stripped(span), machine) >= _MISSPELT
            and self._alone(span, line.text, other)
            for span in spans
        )

    def _candidates(self) -> Iterator[tuple[Line, str]]:
        """Whole lines first, then runs of words within them."""
        yield from ((line, line.text) for line in self.lines)
        yield from ((line, span) for line in self.lines for span in _spans(line.text))

    def _fits(self, text: str, machine: str, *, cut: bool) -> str | None:
        """The text as the zone's name in print, marks and spaces put back; None where it is not that name."""
        bare = _stripped(text)
        if not all(letter.isalpha() or letter in _IN_NAMES for letter in bare):
            return None  # a full stop, say, may have been a hyphen
        name = restored(bare, machine, self.state)
        if name is not None:
            return respaced(name, machine)
        # In a full field the last names may be left out.
        return bare if cut and len(machine) >= _LEAST_CUT and begun(bare, machine) else None

    @staticmethod
    def _alone(text: str, whole: str, other: str) -> bool:
        """Whether what stands beside the name on its line is no part of it.

        The zone may have lost a word of a name, and has no check digit that tells. A label, what is no word,
        small letters beside capitals, and the other name may stand there.
        """
        beside = Counter(_words(whole)) - Counter(_words(text))
        others = set(other.split())
        return all(
            not word.isalpha()
            or (text.isupper() and not word.isupper())
            or _bare(word) in _LABELS
            or transliterate(word) in others
            for word in beside
        )

    def _certain(self, first: str, line: Line, machine: str, *, cut: bool) -> bool:
        """Whether the letters' marks and what separates the words can be relied on.

        The zone allows the spaces, and no look at the line saw or suspected another name of the zone's.
        """
        if may_be_ligature(first, self.state) or not separated_as(first, machine, truncated=cut):
            return False
        return not any(
            self._doubted(first, look, machine, cut=cut)
            or self._seen_otherwise(first, look, machine, cut=cut)
            for look in (line, *self.again(line))
        )

    def _doubted(self, first: str, line: Line, machine: str, *, cut: bool) -> bool:
        """Whether, somewhere in the line, what else may stand there makes another name of the zone's.

        A letter that the zone determines leaves no doubt: AA is Å, whichever of A and Å was seen. Nor does a
        space where the zone has no filler.
        """
        chances: dict[tuple[int, float], float] = defaultdict(float)
        for one in line.unread:
            text = line.text[: one.place] + one.letter + line.text[one.place + 1 :]
            spans = (text, *_spans(text))
            names = {self._fits(span, machine, cut=cut and span == text) for span in spans} - {None}
            if first not in names and any(
                separated_as(name, machine, truncated=cut) for name in names if name
            ):
                chances[one.place, _most(one.letter)] += one.chance
        return any(chance > most for (_, most), chance in chances.items())

    def _seen_otherwise(self, first: str, look: Line, machine: str, *, cut: bool) -> bool:
        """Whether a reading of the line gives the name, but with other marks or separators."""
        spans = (look.text, *_spans(look.text))
        seen = {self._fits(span, machine, cut=cut and span == look.text) for span in spans} - {None}
        return bool(seen) and first not in seen

    def _unread(self, field: str, machine: str) -> Finding:
        likeness, nearest = max(
            ((_likeness(text, machine), line) for line, text in self._candidates()),
            key=lambda pair: pair[0],
            default=(0.0, None),
        )
        if nearest is not None and likeness >= _NEARLY and nearest.score >= _CONFIDENT:
            return Finding("document.mrz_mismatch", field, round(likeness, 3))
        return Finding("document.printed_unread", field)


def _most(letter: str) -> float:
    """The chance up to which what may stand in place of a letter is not thought of."""
    if letter.isalpha():
        return _DOUBTED
    return _DOUBTED_SPACE if len(letter) > 1 and letter[0] == SPACE else _DOUBTED_SEPARATOR


def _beneath(anchor: Line, line: Line) -> bool:
    """Whether a line begins where another does, at most a few lines farther down."""
    along, down = anchor.corners[1] - anchor.corners[0], anchor.corners[3] - anchor.corners[0]
    way = line.corners[0] - anchor.corners[0]
    right, below = way @ along / max(1.0, anchor.length), way @ down / max(1.0, anchor.height)
    return bool(abs(right) <= _SAME_COLUMN * anchor.height and 0 < below <= _NEXT_LINES * anchor.height)


def _may_be_name(text: str) -> bool:
    words = _words(_stripped(text))
    return all(word.replace(HYPHEN, "").replace(APOSTROPHE, "").isalpha() for word in words) and not all(
        _bare(word) in _LABELS for word in words
    )


def _stripped(text: str) -> str:
    """A text with one form of each separator, without what may stand around a name."""
    return SPACE.join(plain(text).strip(" .,:;").split())


def _marks_seen(name: str, line: Line) -> bool:
    """Whether the recogniser saw some mark on each letter of a line on which the name has one."""
    letters = list(line.text)
    for one in sorted(line.unread, key=lambda one: one.chance):
        if len(one.letter) == 1 and one.letter.isalpha():
            letters[one.place] = one.letter
    text = "".join(letters)
    wanted = _letters(name)
    return any(
        len(seen) == len(wanted) and all(a == b or not a.isascii() for a, b in zip(seen, wanted, strict=True))
        for seen in map(_letters, (text, *_spans(text)))
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFC", text.upper()) if letter.isalpha())


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s/:,]+", text.strip()) if word]


def _bare(word: str) -> str:
    """A word in small letters without marks and without what ends it."""
    spelt = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in spelt if letter.isalpha() and not unicodedata.combining(letter))


def _spans(text: str) -> Iterator[str]:
    """Runs of words within a line: a label or another field may stand before or after a value."""
    words = _words(text)
    if 1 < len(words) <= _MAX_WORDS:
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                if end - start < len(words):
                    yield " ".join(words[start:end])


def _likeness(text: str, machine: str) -> float:
    return SequenceMatcher(None, transliterate(text), machine, autojunk=False).ratio()
