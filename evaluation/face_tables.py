"""What came of the faces, as tables and plots."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from evaluation import face_plots
from evaluation.faces import copies, document_to_live, live_to_live
from evaluation.rates import Measure, Rate, percentile
from evaluation.report import Section, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from evaluation.faces import Look
    from evaluation.rates import Distances
    from evaluation.report import Cell
    from issuer.settings import FaceSettings

_WANTED_FMR: Final = {"none seen": 0.0, "1 in 1000": 0.001, "1 in 100": 0.01}
_TEXT: Final = """\
Two photographs of one person are a *genuine* pair, of two persons an *impostor* pair. A distance below
`match_below` is accepted outright, one above `review_up_to` refused outright; between the two a person
looks. Accepted outright is the false match rate (FMR) where the pair is an impostor's; not accepted is
the false non-match rate (FNMR) where it is genuine (ISO/IEC 19795-1). A photograph that has to be taken
again is compared with nothing: it is counted in the first table and nowhere else. *Document to live*:
portraits printed onto specimen passports, photographed (by an imitated camera) and read back."""
_PAIRS_NOTE: Final = """\
Pairs share photographs and persons; the persons, not the pairs, say how far the rates carry."""


def section(looks: Sequence[Look], documents: Sequence[Look], face: FaceSettings, folder: Path) -> Section:
    """The tables of all photographs and pairs; the plots are written into the folder."""
    kinds = {
        "live to live": live_to_live(looks),
        "document to live": document_to_live(documents, looks),
    }
    tables = (
        _acquired({"live": looks, "portrait off a document": documents}),
        _zones("genuine", {kind: apart.genuine for kind, apart in kinds.items()}, face),
        _zones("impostor", {kind: apart.impostor for kind, apart in kinds.items()}, face),
        _thresholds(kinds, face),
        _copies(documents, looks),
        _seconds(looks),
    )
    return Section("Faces", _TEXT, tables, face_plots.of_faces(kinds, face, folder))


def _acquired(kinds: Mapping[str, Sequence[Look]]) -> Table:
    rows: dict[str, list[Cell]] = {}
    for kind, looks in kinds.items():
        why = Counter(code for one in looks for code in one.codes)
        rows[kind] = [
            Rate(sum(one.seen is None for one in looks), len(looks)),
            Measure(len({one.person for one in looks}), len(looks)),
            ", ".join(f"{code} {count}" for code, count in why.most_common()) or "none",
        ]
    columns = ("photographs", "failed to acquire", "persons", "why")
    return Table("faces.acquired", "Photographs that cannot be compared", columns, rows)


def _zones(kind: str, distances: Mapping[str, NDArray[np.float64]], face: FaceSettings) -> Table:
    """Where the pairs lie between the thresholds, as `issuer.evidence.decision` has them."""
    rows = {}
    for name, apart in distances.items():
        accepted, refused = int((apart < face.match_below).sum()), int((apart > face.review_up_to).sum())
        counts = (accepted, len(apart) - accepted - refused, refused)
        rows[name] = [Rate(count, len(apart)) for count in counts]
    columns = ("pairs", "accepted outright", "a person looks", "refused outright")
    note = _PAIRS_NOTE if kind == "impostor" else ""
    return Table(f"faces.{kind}", f"{kind.capitalize()} pairs at the thresholds", columns, rows, note)


def _thresholds(kinds: Mapping[str, Distances], face: FaceSettings) -> Table:
    """What other thresholds would do: the highest for each false match rate."""
    rows: dict[str, list[Cell]] = {}
    for name, apart in kinds.items():
        for wanted, fmr in _WANTED_FMR.items():
            below = apart.threshold_at(fmr)
            if below is not None:
                rows[f"{name}, FMR {wanted}"] = _at(apart, below)
        rows[f"{name}, match_below"] = _at(apart, face.match_below)
        rows[f"{name}, review_up_to"] = _at(apart, face.review_up_to)
    columns = ("highest threshold for", "distance", "FMR", "FNMR")
    return Table("faces.thresholds", "What the thresholds could be", columns, rows)


def _at(apart: Distances, below: float) -> list[Cell]:
    return [Measure(below, len(apart.impostor)), apart.fmr(below), apart.fnmr(below)]


def _copies(documents: Sequence[Look], looks: Sequence[Look]) -> Table:
    caught, alarms = copies(documents, looks)
    rows = {
        "the photograph that is on the document": [caught],
        "another one of the same person": [alarms],
    }
    columns = ("given as selfie", "noticed as a copy")
    return Table("faces.copies", "The portrait itself given as selfie", columns, rows)


def _seconds(looks: Sequence[Look]) -> Table:
    taken = [one.seconds for one in looks]
    cells = [Measure(percentile(taken, share), len(taken), "s") for share in (0.5, 0.95, 1.0)]
    columns = ("", "median", "95th percentile", "longest")
    rows = {"found, judged and described": cells}
    return Table("faces.seconds", "Seconds of the processor a photograph", columns, rows)
