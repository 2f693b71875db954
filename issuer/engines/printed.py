"""The printed zone against the machine readable one, field by field.

A name's line in the machine readable zone has no check digit, so the print is the only thing that tells
a name misread. What cannot be found in print is not held against a document, names apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.capitals import as_written, in_doubt
from issuer.engines.mrz import Check, Mrz, check_digit, parse
from issuer.engines.mrz_layout import FILLER
from issuer.engines.names import begun, may_be_ligature, respaced, restored, separated_as, transliterate
from issuer.engines.separators import APOSTROPHE, HYPHEN, SPACE, plain
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from issuer.engines.text import Line

_NEARLY: Final = 0.72  # likeness from which a printed text is taken for the same field, differently spelt
_LEAST_NUMBER: Final = 5  # characters: shorter numbers are found in print by chance
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
_MONTHS: Final = {
    month: number
    for number, months in enumerate(
        (
            "JAN GEN STY TAM ENE", "FEB FEV LUT HEL", "MAR MRZ MAC MAA", "APR AVR KWI HUH ABR",
            "MAY MAI MAJ TOU MAG", "JUN JUIN CZE KES GIU", "JUL JUIL LIP HEI LUG", "AUG AOU SIE ELO AGO",
            "SEP WRZ SYY SET", "OCT OKT PAZ LOK OTT", "NOV LIS NOE", "DEC DEZ GRU JOU DIC",
        ),
        start=1,
    )
    for month in months.split()
}  # fmt: skip
# One of the two separators may be lost in reading; without any, it is a number.
_NUMERIC_DATE: Final = re.compile(
    r"(?<!\d)(?=\S*?[ .,/-])(\d{1,2})[ .,/-]{0,2}(\d{2})[ .,/-]{0,2}(\d{4})(?!\d)"
)
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})[ .-](\d{2})[ .-](\d{2})(?!\d)")
_WORD_DATE: Final = re.compile(r"(?<!\d)(\d{1,2})\s*([A-Z]{3,9})[A-Z /.]{0,12}?\s*(\d{4}|\d{2})(?!\d)")
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
_LOOKALIKES: Final = str.maketrans("OQDIZSGB", "00012568")


@dataclass(frozen=True, slots=True)
class Printed:
    """What the printed zone says: names as people write them (None where unread), and differences."""

    family_name: str | None
    given_name: str | None
    findings: tuple[Finding, ...]


def compare(
    mrz: Mrz,
    lines: Sequence[Line],
    *,
    birth: date | None,
    expiry: date | None,
    again: Callable[[Line], Sequence[Line]],
) -> Printed:
    """Compare the printed lines with the machine readable zone.

    Args:
        mrz: The zone.
        lines: All other lines that were read off the document.
        birth: The zone's birth date.
        expiry: The zone's expiry date.
        again: Reads a line anew, cut out in other ways: a name whose marks come and go between the
            readings is not taken for read.
    """
    findings: list[Finding] = []
    cut = mrz.names_truncated
    name = _NameReader(lines, mrz.issuing_state, again, findings)
    family = name.read("family_name", mrz.surname, mrz.given_names, cut=cut)
    given: str | None = ""
    if mrz.given_names or cut:  # none in a full field: they were left out of it
        given = name.read("given_name", mrz.given_names, mrz.surname, cut=cut)
    elif not name.alone(mrz.surname):
        findings += (
            Finding("document.printed_unread", "family_name"),
            Finding("document.printed_unread", "given_name"),
        )
        family = given = None
    findings += _number(mrz.number, lines)
    printed = [day for line in lines for day in dates(line.text)]
    for field, day in (("birth_date", birth), ("expiry_date", expiry)):
        if day is not None and len(set(printed)) >= 3 and not any(_same_day(day, other) for other in printed):
            findings.append(Finding("document.mrz_mismatch", field))
    return Printed(family, given, tuple(findings))


def in_print(number: str, lines: Sequence[Line]) -> bool:
    """Whether a document number stands in a printed line, character for character."""
    return len(number) >= _LEAST_NUMBER and any(number in "".join(line.text.split()) for line in lines)


def settle_number(mrz: Mrz, lines: Sequence[Line]) -> Mrz:
    """Where the number's check digit fails: the zone with the number as printed, if only look-alikes differ.

    A number takes letters and digits, so that its type does not tell O from 0 or Z from 2. The print does,
    and it counts only where the check digit then agrees with it.
    """
    field = mrz.layout.field("number")
    if mrz.checks["number"] is not Check.FAILED or field is None or len(mrz.number) < _LEAST_NUMBER:
        return mrz
    wanted = mrz.number.translate(_LOOKALIKES)
    for line in lines:
        text = _letters_and_digits(line.text)
        start = text.translate(_LOOKALIKES).find(wanted)
        if start < 0:
            continue
        printed = text[start : start + len(wanted)].ljust(field.width, FILLER)
        rows = list(mrz.lines)
        rows[field.line] = (
            rows[field.line][: field.start] + printed + rows[field.line][field.start + field.width :]
        )
        try:
            settled = parse("\n".join(rows))
        except Refused:
            continue
        if settled.checks["number"] is Check.OK:
            return settled
    return mrz


def names_missing(printed: Printed) -> bool:
    """Whether reading the lines anew may help: a name was not found in print as it is in the zone."""
    return printed.family_name is None or printed.given_name is None


@dataclass(frozen=True, slots=True)
class _NameReader:
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
        spelt = {(self._fits(line.text, machine, cut=cut) or "").casefold() for line in self.lines} - {""}
        if len(spelt) > 1:  # printed in two spellings: which of them the name is, a person says
            self.findings.append(Finding("document.printed_unread", field))
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
        chances: dict[tuple[int, bool], float] = defaultdict(float)
        for one in line.unread:
            text = line.text[: one.place] + one.letter + line.text[one.place + 1 :]
            spans = (text, *_spans(text))
            names = {self._fits(span, machine, cut=cut and span == text) for span in spans} - {None}
            if first not in names and any(
                separated_as(name, machine, truncated=cut) for name in names if name
            ):
                chances[one.place, one.letter.isalpha()] += one.chance
        return any(
            chance > (_DOUBTED if is_letter else _DOUBTED_SEPARATOR)
            for (_, is_letter), chance in chances.items()
        )

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


def _number(number: str, lines: Sequence[Line]) -> Iterator[Finding]:
    """A printed number that is nearly the zone's, but not it.

    Look-alikes count as the same, but for those that the check digit cannot tell apart: 25 for ZS.
    """
    wanted = _packed(number)
    packed = [(_packed(line.text), line.score) for line in lines]
    if len(wanted) < _LEAST_NUMBER:
        return
    if spelt := [
        _spelt(line.text, wanted) for line, (text, _) in zip(lines, packed, strict=True) if wanted in text
    ]:
        if number not in spelt and check_digit(number) in {check_digit(one) for one in spelt}:
            yield Finding("document.mrz_mismatch", "number")
        return
    likeness = max(
        (
            SequenceMatcher(None, text, wanted, autojunk=False).ratio()
            for text, score in packed
            if len(text) == len(wanted) and score >= _CONFIDENT
        ),
        default=0.0,
    )
    if likeness >= _NEARLY:
        yield Finding("document.mrz_mismatch", "number", round(likeness, 3))


def _packed(text: str) -> str:
    return _letters_and_digits(text).translate(_LOOKALIKES)


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.upper() if character.isascii() and character.isalnum())


def _spelt(text: str, packed: str) -> str:
    """The part of a text that is this when look-alikes are the same, as it is spelt."""
    whole = _letters_and_digits(text)
    start = whole.translate(_LOOKALIKES).index(packed)
    return whole[start : start + len(packed)]


def dates(text: str) -> Iterator[tuple[int, int, int]]:
    """The dates in a printed line as (year, month, day); a two-digit year stays below 100."""
    # AOÛT and MÄRZ without their marks.
    spelt = "".join(c for c in unicodedata.normalize("NFD", text.upper()) if not unicodedata.combining(c))
    for day, month, year in _NUMERIC_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for year, month, day in _ISO_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for day, word, year in _WORD_DATE.findall(spelt):
        month_number = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
        if month_number:
            yield from _valid(int(year), month_number, int(day))


def _valid(year: int, month: int, day: int) -> Iterator[tuple[int, int, int]]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield year, month, day


def _same_day(day: date, printed: tuple[int, int, int]) -> bool:
    year, month, number = printed
    return (day.month, day.day) == (month, number) and year in {day.year, day.year % 100}
