"""The benchmark measures what it says, and each of its contenders does the work."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from benchmarks.measure import Contender, Contest, Figure, Row, Timing, race
from tests.support.small_benchmarks import ON_CHAIN

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = ["id", "what", "value", "unit", "peer", "peer_version", "ratio", "machine"]


def busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_each_input_is_met_once_and_one_more_before_the_clock_runs() -> None:
    met: list[tuple[str, int]] = []
    ours = Contender("ours", "ours", "1", lambda number: met.append(("ours", number)))
    peer = Contender("peer", "peer", "2", lambda number: met.append(("peer", number)))
    race(Contest("x", "x", ours, (peer,)), 25)
    assert met[:2] == [("ours", 25), ("peer", 25)]
    assert sorted(met[2:]) == sorted((who, number) for who in ("ours", "peer") for number in range(25))


def test_the_ratio_is_ours_by_theirs_in_this_run() -> None:
    ours = Contender("clicid", "ClicID", "", lambda _: busy(0.004))
    peer = Contender("slow", "Slow", "1.2", lambda _: busy(0.012), "all checks")
    elsewhere = Figure("far", "Far", "3", "", Timing(8000.0, 8000.0))
    outcome = race(Contest("x.y", "work", ours, (peer,), (elsewhere,)), 5)
    rows = {row.id: row for row in outcome.rows("a machine")}

    assert set(rows) == {
        f"x.y.{statistic}.{side}.{key}"
        for statistic in ("median", "best")
        for side in ("beside", "of")
        for key in ("slow", "far")
    }
    beside = rows["x.y.median.beside.slow"]
    assert (beside.peer, beside.peer_version, beside.machine) == (
        "Slow (without all checks)",
        "1.2",
        "a machine",
    )
    assert beside.ratio == pytest.approx(beside.value / rows["x.y.median.of.slow"].value, abs=0.001)
    assert beside.ratio is not None
    assert 0.2 < beside.ratio < 0.6
    assert beside.value == pytest.approx(4000, rel=0.5)
    assert rows["x.y.best.beside.far"].ratio == pytest.approx(
        rows["x.y.best.beside.far"].value / 8000, abs=0.001
    )
    assert rows["x.y.best.of.far"].ratio is None


def test_without_a_peer_there_is_no_ratio() -> None:
    ours = Contender("clicid", "ClicID", "", lambda _: None)
    median, best = race(Contest("x.y", "work", ours, ()), 5).rows("a machine")
    assert (median.id, best.id) == ("x.y.median", "x.y.best")
    assert (median.what, median.peer, median.ratio) == ("work: ClicID", "", None)


@pytest.mark.slow
def test_every_contender_does_its_work_and_the_rows_are_written(tmp_path: Path) -> None:
    out = tmp_path / "build" / "bench.json"
    command = [sys.executable, "-m", "tests.support.small_benchmarks", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    printed = done.stdout
    rows = json.loads(out.read_text())
    assert [field.name for field in fields(Row)] == MEMBERS
    assert all(list(row) == MEMBERS for row in rows)
    assert rows[-1] == asdict(ON_CHAIN)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    beside = {(row["id"].rsplit(".", 3)[0], row["id"].rsplit(".", 1)[1]) for row in rows if row["peer"]}
    sd_jwt = ("verify", "verify_bare", "issue", "present")
    mobile = ("verify", "issue", "present")
    jose = ("verify_eddsa", "issue_eddsa", "verify_es256", "issue_es256")
    w3c = ("verify", "verify_twelve", "verify_unseen", "verify_presentation", "issue", "present")
    disclosing = ("verify", "derive", "issue")
    signing = ("bbs-signatures", "pairing-crypto")
    in_node = {
        *((f"bbs.{what}", peer) for what in ("verify", "derive", "sign") for peer in signing),
        *((f"w3c.{what}", "vc") for what in ("verify", "verify_twelve", "issue")),
        *((f"ecdsa_sd.{what}", "ecdsa-sd-2023-cryptosuite") for what in disclosing),
        *((f"bbs_2023.{what}", "bbs-2023-cryptosuite") for what in disclosing),
    }
    assert in_node <= beside or "without the peers of" in printed
    assert beside - in_node == {
        *((f"sd_jwt.{what}", peer) for what in sd_jwt for peer in ("sd-jwt", "floor")),
        *((f"mdoc.{what}", "floor") for what in mobile),
        *((f"jose.{what}", peer) for what in jose for peer in ("joserfc", "floor")),
        *((f"w3c.{what}", peer) for what in w3c for peer in ("pyld", "floor")),
        *((f"bbs.{what}", "floor") for what in ("verify", "verify_pseudonym", "derive", "sign")),
        ("sd_jwt.verify", "aws-lc"),
        ("sd_jwt.verify_bare", "aws-lc"),
        ("ecdsa_sd.verify", "floor"),
        ("ecdsa_sd.issue", "floor"),
        ("w3c.verify", "didkit"),
        ("w3c.verify", "libsodium"),
        ("w3c.verify_twelve", "libsodium"),
        ("w3c.issue", "didkit"),
        ("w3c", "gain"),
        ("chain", "catch_up"),
        ("chain", "bit"),
        ("http", "presentation"),
        ("http", "sd_jwt"),
        ("http", "mdoc"),
    }
    assert all((row["ratio"] is None) == (row["peer"] == "") for row in rows)
    assert f"{len(rows)} rows in {out}" in printed
    assert "a revocation" in printed
