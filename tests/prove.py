"""The long proofs at full size: every fuzz target for a stated time, and the slow proofs by their knobs.

Usage: ``python -m tests.prove [--fuzz-seconds N] [--only NAME ...]``. Resumable: what `build/prove.json`
already shows as passed for this commit is not run again. Two processes at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz import TARGETS

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "prove.json"

# Tests that grow with a number in the environment, and the number that makes them long proofs. By far the
# longest is first: the others run beside it.
LONG = {
    "hostile-shapes": ("tests/unit/formats/vc_di", {"CLICID_PROVE_HOSTILE": "1000000"}, "hostile_shapes"),
    "properties": ("tests", {"HYPOTHESIS_PROFILE": "prove"}, "hypothesis or property"),
    "chain-kills": ("tests/unit/sandbox", {"CLICID_PROVE_KILLS": "200"}, "kill"),
    "follower-kills": ("tests/unit/adapters", {"CLICID_PROVE_KILLS": "200"}, "kill"),
    "catching-up": (
        "tests/unit/adapters",
        {"CLICID_PROVE_CHANGES": "1000000", "CLICID_PROVE_EVENTS": "100000"},
        "caught_up or somebody_filled",
    ),
    "anchoring-kills": ("tests/unit/issuer", {"CLICID_PROVE_KILLS": "200"}, "killed_worker"),
    "face-search": ("tests/unit/issuer/test_face_search.py", {"CLICID_PROVE_FACES": "10000"}, "of_many"),
    "proofing-queue": (
        "tests/unit/issuer/test_proofing_load.py",
        {"CLICID_PROVE_ONBOARDINGS": "100", "CLICID_PROVE_PROOFING_KILLS": "20"},
        "killed_worker",
    ),
    "proofing-cost": (
        "tests/unit/issuer/test_proofing_load.py",
        {"CLICID_PROVE_ONBOARDINGS": "10"},
        "takes_less",
    ),
    "full-list": ("tests/unit/issuer", {"CLICID_PROVE_ENTRIES": "10000000"}, "nearly_full"),
    "many-revoked": ("tests/unit/issuer", {"CLICID_PROVE_REVOKED": "100000"}, "thousand"),
    "cut-off": ("tests/unit/verifier/test_no_network.py", {"CLICID_PROVE_CUT_OFF": "10000"}, ""),
    "reorganisations": ("tests/unit/adapters", {"CLICID_PROVE_REORGS": "1000"}, "no_reorganisation_shows"),
    "revocation-latency": (
        "tests/unit/adapters",
        {"CLICID_PROVE_REVOCATIONS": "1000"},
        "refused_within_a_block",
    ),
    "differential": ("tests/differential", {"CLICID_PROVE_DOCUMENTS": "100000"}, ""),
    "chip-matrix": ("tests/unit/issuer/chip/test_matrix.py", {"CLICID_PROVE_CHIPS": "1"}, ""),
    "ethr-resolver": ("tests/e2e/test_ethr_resolver.py", {"CLICID_ETHR_CHANGES": "200"}, "every_version"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One proof: what ran, for how long, and how it ended."""

    commit: str
    proof: str
    passed: bool
    seconds: float
    what: str


def main() -> int:
    """Run what is not proven yet for this commit; 0 when all of it passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fuzz-seconds", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    rows = {row.proof: row for row in _earlier() if row.commit == commit and row.passed}
    jobs = [f"long:{name}" for name in LONG] + [f"fuzz:{name}" for name in TARGETS]
    wanted = [job for job in jobs if job not in rows and (not arguments.only or job in arguments.only)]
    print(
        f"{len(wanted)} proofs to run, {len(rows)} done before; {arguments.fuzz_seconds} s a fuzz target",
        flush=True,
    )
    with ThreadPoolExecutor(2) as pool:
        for run in as_completed(pool.submit(_run, job, commit, arguments.fuzz_seconds) for job in wanted):
            row = run.result()
            rows[row.proof] = row
            OUT.parent.mkdir(exist_ok=True)
            OUT.write_text(json.dumps([asdict(each) for each in rows.values()], indent=1) + "\n")
            print(
                f"{'passed' if row.passed else 'FAILED'}  {row.proof:32} {row.seconds:7.1f} s  {row.what}",
                flush=True,
            )
    failed = [row.proof for row in rows.values() if not row.passed]
    print(
        f"{len(rows) - len(failed)} passed, {len(failed)} failed"
        + (": " + ", ".join(failed) if failed else "")
    )
    return 1 if failed else 0


def _earlier() -> list[Row]:
    return [Row(**row) for row in json.loads(OUT.read_text())] if OUT.exists() else []


def _run(job: str, commit: str, fuzz_seconds: int) -> Row:
    kind, name = job.split(":", 1)
    start = time.monotonic()
    if kind == "fuzz":
        corpus = ROOT / "build" / "fuzz" / name
        command = [sys.executable, "-m", "tests.fuzz.run", name, str(fuzz_seconds), str(corpus)]
        environment: dict[str, str] = {}
    else:
        path, environment, only = LONG[name]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rP",  # what a proof printed, for its log and for `_what`
            "--timeout=7200",
            path,
            *(["-k", only] if only else []),
        ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    log = ROOT / "build" / "prove" / f"{kind}-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout + done.stderr)
    return Row(
        commit,
        job,
        done.returncode == 0,
        round(time.monotonic() - start, 1),
        _what(kind, done.stdout + done.stderr),
    )


def _what(kind: str, output: str) -> str:
    if kind == "fuzz":
        found = re.search(r"number_of_executed_units:\s*(\d+)", output)
        return f"{found[1]} inputs" if found else "no figure; see the log"
    lines = [line for line in output.splitlines() if " passed" in line or " failed" in line]
    told = re.findall(r"^proved: (.*)$", output, re.MULTILINE)
    return "; ".join([lines[-1].strip("= ") if lines else "no figure; see the log", *told])


if __name__ == "__main__":
    sys.exit(main())
