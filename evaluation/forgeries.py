"""Forged and replayed documents, made of honest specimens: how often it is noticed, and how often falsely."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evaluation.rates import Rate
from evaluation.report import Section, Table
from evaluation.work import engines
from issuer.evidence.decision import TABLE, Outcome
from sandbox.documents import forgery
from sandbox.documents.camera import photograph
from sandbox.documents.retyping import retyped, retyped_in_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from evaluation.labelled import Document
    from evaluation.report import Cell

HONEST: Final = "honest"
_TEXT: Final = """\
Specimens photographed by an imitated camera, honest ones and forged ones. *Stopped* is what is not approved
as it stands: a person looks, another photograph is asked for, or it is refused. That a specimen is one is
left out. The makers are this project's own and know one way of each kind; a forger who knows the signs
will do better."""
_NOT_A_SIGN: Final = "document.specimen"


def _of_page(make: Callable[[bytes, int], bytes]) -> Callable[[Document, int], bytes]:
    return lambda document, seed: make(document.image, seed)


def _photographed(change: Callable[[bytes, int], bytes]) -> Callable[[Document, int], bytes]:
    return lambda document, seed: photograph(change(document.image, seed), seed)


def _lower(document: Document) -> str:
    """The lower line of a specimen's zone, which its maker knows."""
    return document.truth.zone.lines[1] if document.truth.zone else ""


KINDS: Final[Mapping[str, Callable[[Document, int], bytes]]] = {
    HONEST: _of_page(photograph),
    "shown on a screen": _of_page(forgery.on_screen),
    "laser print": _of_page(forgery.printed),
    "inkjet print": _of_page(forgery.inkjet),
    "black and white copy": _of_page(forgery.copied),
    "portrait pasted over": _photographed(forgery.pasted_portrait),
    "portrait pasted in the file": _of_page(
        lambda page, seed: forgery.pasted_portrait(photograph(page, seed), seed)
    ),
    "zone overtyped": _photographed(forgery.overtyped),
    "zone retyped": lambda document, seed: photograph(retyped(document.image, seed, _lower(document)), seed),
    "zone retyped in the file": lambda document, seed: retyped_in_file(
        document.image, seed, _lower(document)
    ),
}
"""How a specimen becomes the photograph that is handed in, by the kind of forgery.

What is retyped says what it said, and a portrait laid over with a soft edge is every other one: of these
kinds nothing but looks can tell.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One specimen, forged in one way."""

    document: Document
    kind: str
    seed: int
    today: date


@dataclass(frozen=True, slots=True)
class Seen:
    """What was noticed."""

    kind: str
    codes: frozenset[str]


def see(job: Job) -> Seen:
    """Make the forgery and read it."""
    image = KINDS[job.kind](job.document, job.seed)
    reading = engines().documents.read([image], today=job.today)
    return Seen(job.kind, frozenset(finding.code for finding in reading.findings) - {_NOT_A_SIGN})


def section(seen: Sequence[Seen]) -> Section:
    """How often each kind was stopped, and by what."""
    stops = sorted({code for one in seen for code in one.codes if _stops(code)})
    stopped: dict[str, list[Cell]] = {}
    for kind in KINDS:
        some = [one for one in seen if one.kind == kind]
        by = Counter(code for one in some for code in one.codes if _stops(code))
        stopped[kind] = [
            Rate(sum(any(map(_stops, one.codes)) for one in some), len(some)),
            ", ".join(f"{code.removeprefix('document.')} {by[code]}" for code in stops if by[code])
            or "nothing",
        ]
    note = (
        f"Of *{HONEST}* ones each is a false alarm; of the others, what is missing to 100 % goes unnoticed."
    )
    columns = ("kind", "stopped", "by")
    return Section(
        "Forged documents", _TEXT, (Table("forgeries", "Stopped, by kind", columns, stopped, note),)
    )


def _stops(code: str) -> bool:
    return TABLE.get(code, Outcome.REVIEW) is not Outcome.APPROVED
