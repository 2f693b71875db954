"""Liveness: series of frames of people who turn their heads, and of attacks, each held against a challenge.

An attack that is not stopped is an error of the attack's kind (APCER), a person's own answer that is
stopped is one too (BPCER), both after ISO/IEC 30107-3. *Stopped* is what is not approved by the table.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from evaluation import plots
from evaluation.rates import Rate
from evaluation.report import Plot, Section, Table
from evaluation.work import engines
from issuer.engines import turning
from issuer.engines.face import clear_faces
from issuer.engines.images import decode
from issuer.evidence.decision import TABLE, Outcome
from issuer.evidence.liveness import TURNS, Answer, Move, check_count
from sandbox.faces.attacks import ATTACKS
from sandbox.faces.turning import turn_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evaluation.labelled import Photograph, Series
    from evaluation.report import Cell

MOST_PEOPLE: Final = 30
REAL: Final = "real series"
TURNED: Final = "head turned (imitated)"
BONA_FIDE: Final = (REAL, TURNED)
_AHEAD: Final = 10.0
"""Degrees of yaw up to which a photographed head can be turned by imitation: it shows both sides."""
_TEXT: Final = f"""\
Each person of the photographs (at most {MOST_PEOPLE}) answers a challenge of {TURNS} turns, and is attacked
in each way. Turning heads and attacks are imitated by this project, from photographs of one person who
looks straight ahead: of a face that is turned already one side is not there to be shown. Only *{REAL}*
are of living people before a camera. An attack kind that was not imitated was not measured, and nothing
here is a certified presentation attack detection (ISO/IEC 30107-3). Frames that are rendered and fed in
past the camera pass."""


@dataclass(frozen=True, slots=True)
class Job:
    """One answer: a real series, or one made from photographs."""

    kind: str
    selfie: bytes
    photograph: bytes
    other: bytes
    frames: tuple[bytes, ...]
    moves: tuple[Move, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found; `made` is False where the answer could not be made of the photograph."""

    kind: str
    made: bool
    codes: tuple[str, ...]

    @property
    def stopped(self) -> bool:
        """Whether it is not approved as it stands."""
        return any(TABLE.get(code, Outcome.REVIEW) is not Outcome.APPROVED for code in self.codes)


def jobs(photographs: Sequence[Photograph], series: Sequence[Series], seed: int) -> list[Job]:
    """Real series as they are; of each person's first photograph a turning head, and every attack."""
    first: dict[str, list[bytes]] = {}
    for one in photographs:
        first.setdefault(one.person, []).append(one.image)
    people = [images for _, images in sorted(first.items())][:MOST_PEOPLE]
    made = [Job(REAL, one.selfie, b"", b"", one.frames, one.moves, seed) for one in series]
    for place, images in enumerate(people):
        moves = tuple(random.Random(seed + place).choices(list(Move), k=TURNS))
        other = people[(place + 1) % len(people)][0]
        made += [
            Job(kind, images[-1], images[0], other, (), moves, seed + place) for kind in (TURNED, *ATTACKS)
        ]
    return made


def check(job: Job) -> Checked:
    """Make the answer where it is not a real one, and check it."""
    try:
        frames = job.frames or _made(job)
    except Refused as refused:
        return Checked(job.kind, made=False, codes=(refused.code,))
    try:
        check_count(frames)
        reading = engines().liveness.check(Answer(job.moves, frames), job.selfie)
    except Refused as refused:
        return Checked(job.kind, made=True, codes=(refused.code,))
    return Checked(job.kind, made=True, codes=tuple(finding.code for finding in reading.findings))


def _made(job: Job) -> tuple[bytes, ...]:
    _looks_ahead(job.photograph)
    if job.kind == TURNED:
        return tuple(turn_head(job.photograph, job.moves, job.seed))
    return tuple(ATTACKS[job.kind](job.photograph, job.moves, job.seed, job.other))


def _looks_ahead(photograph: bytes) -> None:
    """Refuse what no head can be made of: ``face.none``, ``face.several``, ``face.turned``."""
    image, finder = decode(photograph, about="face"), engines().finder
    faces = clear_faces(finder.find(image))
    if len(faces) != 1:
        raise Refused("face.several" if faces else "face.none")
    if abs(turning.yaw(finder.steady_points(image, faces[0]))) > _AHEAD:
        raise Refused("face.turned")


def section(checked: Sequence[Checked], folder: Path) -> Section:
    """BPCER of what people gave, APCER of each kind of attack."""
    made = [one for one in checked if one.made]
    unmade = Counter(f"{one.kind} ({', '.join(one.codes)})" for one in checked if not one.made)
    left_out = ", ".join(f"{which} {count}" for which, count in unmade.most_common()) or "none"
    kinds = list(dict.fromkeys(one.kind for one in made))
    errors = {kind: _error([one for one in made if one.kind == kind]) for kind in kinds}
    rows: dict[str, dict[str, list[Cell]]] = {"bpcer": {}, "apcer": {}}
    for kind, rate in errors.items():
        codes = Counter(code for one in made if one.kind == kind for code in one.codes)
        named = ", ".join(f"{code} {count}" for code, count in codes.most_common()) or "none"
        rows["bpcer" if kind in BONA_FIDE else "apcer"][kind] = [rate, named]
    plots.rates_by_name(
        {
            "BPCER": {kind: rate for kind, rate in errors.items() if kind in BONA_FIDE},
            "APCER": {kind: rate for kind, rate in errors.items() if kind not in BONA_FIDE},
        },
        kinds,
        "own answers stopped (BPCER), attacks not stopped (APCER)",
        folder / "liveness.png",
    )
    told = f"Could not be made of the photograph, and are counted nowhere: {left_out}."
    tables = (
        Table("liveness.bpcer", "People's own answers", ("answer", "BPCER", "findings"), rows["bpcer"]),
        Table("liveness.apcer", "Attacks", ("attack", "APCER", "findings"), rows["apcer"], told),
    )
    return Section("Liveness", _TEXT, tables, (Plot("liveness.png", "Errors of the liveness check by kind"),))


def _error(checked: Sequence[Checked]) -> Rate:
    bona_fide = checked[0].kind in BONA_FIDE
    return Rate(sum(one.stopped is bona_fide for one in checked), len(checked))
