"""`make eval`: runs the engines over labelled images and writes report.md and report.json with plots."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import machine
from evaluation import document_tables, face_tables, forgeries, liveness
from evaluation.conditions import CONDITIONS
from evaluation.documents import Job, read, with_formats
from evaluation.faces import Job as FaceJob
from evaluation.faces import first_of_each, look, look_on_document
from evaluation.labelled import LabelError, read_folders
from evaluation.report import Report
from evaluation.specimens import persons, specimens
from evaluation.work import each, engines
from issuer.config import face_settings
from sandbox.documents.assets import GENUINE, photograph_of
from sandbox.documents.portrait import cut_portrait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from evaluation.labelled import Document, Labelled, Photograph
    from evaluation.report import Section
    from issuer.settings import FaceSettings

ROOT: Final = Path(__file__).resolve().parents[1]
_SEED: Final = 9303


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate; 0 when the report is written, 2 where there is nothing to evaluate."""
    asked = _parser().parse_args(arguments)
    try:
        labelled = read_folders(asked.images)
    except LabelError as error:
        print(f"make eval: {error}", file=sys.stderr)
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    report = _evaluate(labelled, asked)
    for page in report.write(asked.out):
        print(page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    default = Path(os.environ.get("CLICID_SAMPLES") or ROOT.parent / "shared" / "samples")
    parser.add_argument(
        "--images", type=Path, nargs="+", default=[default], help="folders of labelled images"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "eval", help="where the report goes")
    parser.add_argument("--specimens", type=int, default=20, help="how many specimen passports are drawn")
    parser.add_argument(
        "--conditions", nargs="+", choices=CONDITIONS, default=CONDITIONS, help="of documents"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="side by side, a core each"
    )
    return parser


def _evaluate(labelled: Labelled, asked: argparse.Namespace) -> Report:
    begun, today = time.monotonic(), datetime.now(UTC).date()
    face = face_settings({})
    portrait = cut_portrait(photograph_of(GENUINE[0]), engines().finder)
    drawn = list(specimens(persons(asked.specimens, _SEED, today), portrait))
    sections = []
    if labelled.documents or drawn:
        sections.append(_documents(labelled.documents, drawn, asked, today))
    if drawn:
        sections.append(_forgeries(drawn, asked, today))
    if labelled.photographs:
        sections.append(_faces(labelled.photographs, asked, face, today))
    if labelled.photographs or labelled.series:
        jobs = liveness.jobs(labelled.photographs, labelled.series, _SEED)
        sections.append(liveness.section(each(liveness.check, jobs, "Liveness", asked.processes), asked.out))
    people = {photograph.person for photograph in labelled.photographs}
    facts = {
        "date": f"{today:%Y-%m-%d}",
        "machine": machine(),
        "images of documents": f"{len(labelled.documents)}",
        "specimens drawn": f"{asked.specimens}",
        "photographs of faces": f"{len(labelled.photographs)} of {len(people)} people",
        "minutes it took": f"{(time.monotonic() - begun) / 60:.1f}",
    }
    thresholds = {"match_below": face.match_below, "review_up_to": face.review_up_to}
    return Report(facts, thresholds, tuple(sections))


def _documents(
    given: Sequence[Document], drawn: Sequence[Document], asked: argparse.Namespace, today: date
) -> Section:
    documents = [("given", one) for one in given] + [("specimens", one) for one in drawn]
    jobs = [
        Job(document, source, condition, _SEED + place, today)
        for place, (source, document) in enumerate(documents)
        for condition in asked.conditions
    ]
    reads = with_formats(each(read, jobs, "Documents", asked.processes))
    return document_tables.section(reads, asked.out)


def _forgeries(drawn: Sequence[Document], asked: argparse.Namespace, today: date) -> Section:
    jobs = [
        forgeries.Job(document, kind, _SEED + place, today)
        for place, document in enumerate(drawn)
        for kind in forgeries.KINDS
    ]
    return forgeries.section(each(forgeries.see, jobs, "Forgeries", asked.processes))


def _faces(
    photographs: Sequence[Photograph], asked: argparse.Namespace, face: FaceSettings, today: date
) -> Section:
    holders = persons(len(photographs), _SEED, today)
    jobs = [
        FaceJob(photograph, place, holder, today)
        for place, (photograph, holder) in enumerate(zip(photographs, holders, strict=True))
    ]
    looks = each(look, jobs, "Faces", asked.processes)
    documents = each(look_on_document, first_of_each(jobs), "Portraits", asked.processes)
    return face_tables.section(looks, documents, face, asked.out)


if __name__ == "__main__":
    sys.exit(main())
