"""`make bench`: prints one table and writes `build/bench.json`, a row a figure.

Every document is distinct and each contender sees it once; times are of the processor, in this run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import batch, catching_up, gas, http, whole
from benchmarks.bbs import BbsContests
from benchmarks.disclosure import DisclosureContests
from benchmarks.documents import Issuer
from benchmarks.jose import JoseContests
from benchmarks.mdoc import MdocContests
from benchmarks.measure import machine, race
from benchmarks.sd_jwt_vc import SdJwtContests
from benchmarks.w3c import W3cContests
from benchmarks.w3c_shapes import UnseenContests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measure import Figure, Outcome, Row

ROOT: Final = Path(__file__).resolve().parents[1]
HONESTLY: Final = """\
Ratios are ClicID's time divided by the other's, medians of this run: below 1 ClicID is faster.
"without" is what that one leaves out and ClicID does. The whole check is timed: parsing, accreditation,
DID record, key, signatures, dates, holder, disclosures, schema, status in a list of 131,072, and report;
all material is at hand, no network. The W3C credentials of one contest have one shape, which is compiled
by then, as a verifier's shapes are after the first customers; PyLD knows nothing of the kind. Where a
shape was never seen before, every document has another, and the verifier starts with none."""


def main() -> int:
    """Measure everything; 0 when it is written."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="distinct documents an operation")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json")
    arguments = parser.parse_args()
    begun = time.monotonic()
    where = machine()
    print(f"{where}; {arguments.count} distinct documents an operation\n")
    outcomes = []
    issuer = Issuer()
    unseen = UnseenContests(issuer, arguments.count)
    for outcome in _outcomes(issuer, unseen, arguments.count):
        outcomes.append(outcome)
        print("\n".join(_lines(outcome)), end="\n\n", flush=True)
    on_chain = gas.figures()
    print("Gas on chain (py-evm, Prague)", *map(_gas_line, on_chain), "", HONESTLY, sep="\n")
    over_http = [*http.figures(arguments.count, where), *whole.figures(-(-arguments.count // 8), where)]
    print("Over HTTP", *map(_http_line, over_http), "", sep="\n")
    in_batch = [*unseen.rows(where), *batch.figures(25 * arguments.count, where)]
    print("Shapes and batches", *map(_http_line, in_batch), "", sep="\n")
    following = catching_up.figures(where)
    print("Following the chain", *map(_http_line, following), "", sep="\n")
    rows = [
        *(row for outcome in outcomes for row in outcome.rows(where)),
        *over_http,
        *in_batch,
        *following,
        *on_chain,
    ]
    _write(arguments.out, rows)
    print(f"\n{len(rows)} rows in {arguments.out}, {time.monotonic() - begun:.0f} s")
    return 0


def _outcomes(issuer: Issuer, unseen: UnseenContests, count: int) -> Iterator[Outcome]:
    for contests in (
        SdJwtContests(issuer, count),
        MdocContests(issuer, count),
        JoseContests(issuer, count),
        W3cContests(issuer, count),
        unseen,
        DisclosureContests(issuer, count),
        BbsContests(count),
    ):
        for contest in contests.contests():
            yield race(contest, count)


def _lines(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.contest.what}"
    yield f"  {'':70} {'median':>9} {'best':>9}  ClicID is"
    yield _line(outcome.ours)
    for peer in outcome.peers:
        ratio = outcome.ours.timing.median / peer.timing.median
        yield f"{_line(peer)}  {ratio:6.2f} x"
        if peer.less:
            yield f"      without: {peer.less}"


def _line(figure: Figure) -> str:
    name = f"{figure.name} {figure.version}".strip()
    return f"  {name[:70]:70} {figure.timing.median:6.0f} µs {figure.timing.best:6.0f} µs"


def _gas_line(row: Row) -> str:
    return f"  {row.what:70} {row.value:12,.1f}"


def _http_line(row: Row) -> str:
    beside = f"  {row.ratio:6.2f} x {row.peer}" if row.ratio is not None else ""
    return f"  {row.what:70} {row.value:9.2f} {row.unit}{beside}"


def _write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
