"""Documents: what is read under which conditions, what of it is wrong, and what becomes of names.

A document counts as *read* where a zone was found and no check digit failed, which is where the issuer
goes on with it. Where its label is known, a field that was read otherwise is an error.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from evaluation.conditions import make
from evaluation.work import engines
from issuer.engines.capitals import as_written
from issuer.engines.mrz import birth_date, expiry_date
from issuer.evidence.decision import TABLE, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from evaluation.labelled import Document, Truth
    from issuer.engines.mrz import Mrz
    from issuer.evidence.ports import DocumentFields, DocumentReading

_NAMES: Final = ("family_name", "given_name")


@dataclass(frozen=True, slots=True)
class Job:
    """One document under one condition."""

    document: Document
    source: str
    condition: str
    seed: int
    today: date


class Ending(StrEnum):
    """What the issuer does with a name whose print is known."""

    RIGHT = "right"
    """It is the print's, and nothing stops it."""
    WRONG = "wrong"
    """It is another than the print's, and nothing stops it."""
    FLAGGED = "flagged"
    """There is a name, right or not, and a finding sends it to a person."""
    LEFT = "left"
    """There is none: the person gives it, and a person looks at it."""


@dataclass(frozen=True, slots=True)
class Name:
    """What became of one name.

    Args:
        misread: The zone's name was read otherwise than it stands there.
        zone_right: Taking the zone's name, in capitals as people write them, would have been right.
        ending: What the issuer does.
    """

    misread: bool
    zone_right: bool
    ending: Ending


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a job; no name and no number stands in it.

    Args:
        name: The document's.
        source: What kind of images it is of.
        condition: What was done to it.
        format: As labelled, else as read; empty where it is neither.
        read: Whether a zone was read with no check digit failed.
        labelled: Whether the zone's true content is known.
        wrong: The fields that were read otherwise than they stand there.
        names: What became of the names whose print is known.
        codes: The findings' codes.
        seconds: Of the processor.
    """

    name: str
    source: str
    condition: str
    format: str
    read: bool
    labelled: bool
    wrong: tuple[str, ...]
    names: tuple[Name, ...]
    codes: tuple[str, ...]
    seconds: float


def read(job: Job) -> Read:
    """Make the condition, read the document, and hold what was read against the label."""
    image = make(job.condition, job.document.image, job.seed)
    begun = time.process_time()
    try:
        reading = engines().documents.read([image], today=job.today)
    except Refused as refused:
        return _record(job, None, (refused.code,), time.process_time() - begun)
    seconds = time.process_time() - begun
    return _record(job, reading, tuple(sorted({finding.code for finding in reading.findings})), seconds)


def with_formats(reads: Sequence[Read]) -> list[Read]:
    """The same; a format that is not known becomes the one that the document was mostly read as."""
    seen: dict[tuple[str, str], Counter[str]] = {}
    for one in reads:
        if one.format:
            seen.setdefault((one.source, one.name), Counter())[one.format] += 1
    return [
        one
        if one.format or (one.source, one.name) not in seen
        else replace(one, format=seen[one.source, one.name].most_common(1)[0][0])
        for one in reads
    ]


def _record(job: Job, reading: DocumentReading | None, codes: tuple[str, ...], seconds: float) -> Read:
    truth = job.document.truth
    fields = reading.fields if reading else None
    sound = reading is not None and fields is not None and "failed" not in reading.check_digits.values()
    return Read(
        name=job.document.name,
        source=job.source,
        condition=job.condition,
        format=truth.format or (fields.format if fields else ""),
        read=sound,
        labelled=truth.zone is not None,
        wrong=tuple(_wrong(fields, truth.zone, job.today)) if sound and fields and truth.zone else (),
        names=tuple(_names(reading, truth)) if sound and reading else (),
        codes=codes,
        seconds=seconds,
    )


def _wrong(fields: DocumentFields, zone: Mrz, today: date) -> Iterator[str]:
    truth = {
        "format": zone.layout.name,
        "issuing_state": zone.issuing_state,
        "number": zone.number,
        "family_name_mrz": zone.surname,
        "given_name_mrz": zone.given_names,
        "nationality": zone.nationality,
        "birth_date": birth_date(zone.birth_date, today),
        "sex": zone.sex,
        "expiry_date": expiry_date(zone.expiry_date, today),
    }
    yield from (name for name, value in truth.items() if getattr(fields, name) != value)


def _names(reading: DocumentReading, truth: Truth) -> Iterator[Name]:
    for field in _NAMES:
        printed: str | None = getattr(truth, field)
        if printed is None or reading.fields is None:
            continue
        from_zone: str = getattr(reading.fields, f"{field}_mrz")
        there = (
            {"family_name": truth.zone.surname, "given_name": truth.zone.given_names} if truth.zone else {}
        )
        yield Name(
            misread=from_zone != there.get(field, from_zone),
            zone_right=as_written(from_zone, reading.fields.issuing_state) == printed,
            ending=_ending(reading, field, printed),
        )


def _ending(reading: DocumentReading, field: str, printed: str) -> Ending:
    name: str | None = getattr(reading.fields, field)
    if name is None:
        return Ending.LEFT
    stops = (
        TABLE.get(finding.code, Outcome.REVIEW) for finding in reading.findings if finding.field == field
    )
    if any(outcome is not Outcome.APPROVED for outcome in stops):
        return Ending.FLAGGED
    return Ending.RIGHT if name == printed else Ending.WRONG
