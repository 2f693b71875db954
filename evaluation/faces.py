"""Faces: which photographs can be compared at all, and how far apart the pairs are.

*Live to live*: two photographs, both taken as selfies are. *Document to live*: the first photograph of a
person becomes the portrait of a specimen passport, which is printed, photographed and read as an issuer
reads it; what the reader cut out is compared with other photographs. The photograph on a document is
never compared with itself: that is a copy, and counted as such.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clicid.errors import Refused
from evaluation.rates import Distances, Rate
from evaluation.work import engines, matcher
from issuer.engines.face import apart, copy_findings, likeness_of
from sandbox.documents.camera import photograph
from sandbox.documents.passport import make_passport
from sandbox.documents.portrait import cut_portrait

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from evaluation.labelled import Photograph
    from issuer.engines.face import Seen
    from sandbox.documents.person import Person


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one photograph.

    Args:
        person: Whose face it is, by its label.
        photograph: The place of the photograph it comes from.
        seen: The face; None where there is none that may be compared.
        codes: Why not.
        seconds: Of the processor.
    """

    person: str
    photograph: int
    seen: Seen | None
    codes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """A photograph, its place, and the specimen it becomes the portrait of."""

    photograph: Photograph
    place: int
    holder: Person
    today: date


def look(job: Job) -> Look:
    """See a photograph as a selfie is seen: what has to be taken again is not compared."""
    begun = time.process_time()
    try:
        seen = matcher().look(job.photograph.image)
    except Refused as refused:
        return _look(job, None, (refused.code,), begun)
    codes = tuple(finding.code for finding in seen.findings)
    return _look(job, None if codes else seen, codes, begun)


def look_on_document(job: Job) -> Look:
    """Print the photograph onto a specimen, photograph that, read it, and see the portrait cut out."""
    try:
        portrait = cut_portrait(job.photograph.image, engines().finder)
    except Refused as refused:
        return _look(job, None, (refused.code,), time.process_time())
    page = photograph(make_passport(job.holder, portrait), job.place)
    begun = time.process_time()
    reading = engines().documents.read([page], today=job.today)
    if reading.portrait is None:
        return _look(job, None, ("document.portrait_missing",), begun)
    seen = matcher().printed(reading.portrait)
    missing = () if seen.descriptor else ("document.portrait_missing",)
    return _look(job, None if missing else seen, missing, begun)


def _look(job: Job, seen: Seen | None, codes: tuple[str, ...], begun: float) -> Look:
    return Look(job.photograph.person, job.place, seen, codes, time.process_time() - begun)


def first_of_each(jobs: Iterable[Job]) -> list[Job]:
    """The first photograph of each person."""
    first: dict[str, Job] = {}
    for job in jobs:
        first.setdefault(job.photograph.person, job)
    return list(first.values())


def live_to_live(looks: Sequence[Look]) -> Distances:
    """All pairs of two photographs, each pair once."""
    return _distances(itertools.combinations(_comparable(looks), 2))


def document_to_live(documents: Sequence[Look], looks: Sequence[Look]) -> Distances:
    """Every portrait against every photograph but the one it was made of."""
    pairs = itertools.product(_comparable(documents), _comparable(looks))
    return _distances((one, other) for one, other in pairs if one.photograph != other.photograph)


def _comparable(looks: Sequence[Look]) -> list[Look]:
    return [one for one in looks if one.seen is not None]


def _distances(pairs: Iterable[tuple[Look, Look]]) -> Distances:
    genuine: list[float] = []
    impostor: list[float] = []
    for one, other in pairs:
        distance = apart(one.seen, other.seen) if one.seen and other.seen else None
        if distance is not None:
            (genuine if one.person == other.person else impostor).append(distance)
    return Distances(np.array(genuine), np.array(impostor))


def copies(documents: Sequence[Look], looks: Sequence[Look]) -> tuple[Rate, Rate]:
    """How often a portrait's own photograph is noticed as a copy of it, and another of the same person."""
    own: list[bool] = []
    others: list[bool] = []
    for document, live in itertools.product(_comparable(documents), _comparable(looks)):
        if document.person == live.person and document.seen and live.seen:
            copied = bool(copy_findings(likeness_of(document.seen, live.seen) or 0.0))
            (own if document.photograph == live.photograph else others).append(copied)
    return Rate(sum(own), len(own)), Rate(sum(others), len(others))
