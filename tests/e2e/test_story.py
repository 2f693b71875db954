"""The demo as users run it: one command, and what it leaves in build/demo.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from issuer.evidence.decision import MATCH_BELOW, REVIEW_UP_TO
from tests.support.live import lines

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(photographs: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What the demo printed, and wrote."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "demo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        timeout=280,
        check=False,
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output[-3000:] + done.stderr.decode()[-3000:]
    assert list(folder.glob("clicid-demo-*")) == [], "the network's folder is left behind"
    body: dict[str, Any] = json.loads((folder / "build" / "demo.json").read_text("utf-8"))
    return output, body


def measured(body: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = body["steps"][number - 1]["measured"]
    return found


def verdicts(body: dict[str, Any], number: int) -> list[tuple[str, str]]:
    return [(report["verdict"], report["code"]) for report in body["steps"][number - 1]["reports"]]


def test_a_row_a_step_all_done(told: tuple[str, dict[str, Any]]) -> None:
    _, body = told
    assert body["failure"] == ""
    assert [row["step"] for row in body["steps"]] == list(range(1, 9))
    assert all(row["passed"] and row["title"] for row in body["steps"])
    spent = sum(row["seconds"] for row in body["steps"])
    assert 0 < spent <= body["seconds"] + 0.1


def test_the_wallet_is_attested(told: tuple[str, dict[str, Any]]) -> None:
    output, body = told
    assert measured(body, 4)["attestations"] > 0
    assert "it attested the wallet, and was not told to which issuer" in output


def test_five_roles_have_keys_of_their_own(told: tuple[str, dict[str, Any]]) -> None:
    found = measured(told[1], 1)
    assert len(set(found["accounts"].values())) == len(found["accounts"]) == 4
    assert len(bytes.fromhex(found["network"])) == 32


def test_faces_were_measured(told: tuple[str, dict[str, Any]]) -> None:
    found = measured(told[1], 2)
    assert 0 < found["genuine_distance"] < MATCH_BELOW
    assert found["impostor_distance"] > REVIEW_UP_TO
    assert found["copy_likeness"] > 0.9


def test_who_is_not_the_person_is_not_approved(told: tuple[str, dict[str, Any]]) -> None:
    found = measured(told[1], 3)
    endings = {name: row["state"] for name, row in found.items() if isinstance(row, dict) and "state" in row}
    assert endings["an unreadable photograph"] == "document"
    assert endings["a selfie of someone else"] == "refused"
    assert endings["a warped copy of the portrait"] == "refused"
    assert endings["no consent to face comparison"] == "review"


def test_what_the_wallet_holds(told: tuple[str, dict[str, Any]]) -> None:
    held = {(row["format"], row["type"].split("/")[-2]) for row in measured(told[1], 4)["held"]}
    assert held == {
        *((form, kind) for form in ("dc+sd-jwt", "mso_mdoc", "ldp_vc") for kind in ("identity", "age")),
        ("jwt_vc_json", "age"),
    }


@pytest.mark.parametrize("number", [5, 6])
def test_presentations_are_accepted_with_and_without_the_issuer(
    told: tuple[str, dict[str, Any]], number: int
) -> None:
    _, body = told
    assert verdicts(body, number) == [("accepted", "")] * {5: 4, 6: 2}[number]
    for report in body["steps"][number - 1]["reports"]:
        assert {line["outcome"] for line in lines(report)} == {"passed"}
    shown = [
        section["shown"]
        for report in body["steps"][number - 1]["reports"]
        for found in report["presentations"].values()
        for section in found[0]["sections"]
        if section["shown"]
    ]
    assert [name for name in shown[0] if name != "test_credential"] == ["age_over_18", "family_name"]


def test_every_format_is_shown(told: tuple[str, dict[str, Any]]) -> None:
    reports = told[1]["steps"][4]["reports"]
    shown = [
        section["format"]
        for report in reports
        for found in report["presentations"].values()
        for section in found[0]["sections"]
        if section["shown"]
    ]
    assert shown == ["dc+sd-jwt", "ldp_vc", "mso_mdoc", "jwt_vc_json"]


def test_the_person_chooses(told: tuple[str, dict[str, Any]]) -> None:
    output, body = told
    assert list(body["steps"][4]["reports"][-1]["presentations"]) == ["age_jwt"], (
        "not what the shop likes best"
    )
    _, menu, rest = output.partition("There are several ways to answer:")
    assert menu
    assert "Number [1]: 2" in rest


def test_revoked_and_blocked(told: tuple[str, dict[str, Any]]) -> None:
    _, body = told
    found = set(verdicts(body, 7))
    assert found == {("refused", "status.revoked"), ("refused", "status.suspended")}
    assert 0 < measured(body, 7)["revocation_seconds"] < 60
    assert 0 < measured(body, 7)["block_seconds"] < 60


def test_no_verification_called_the_issuer(told: tuple[str, dict[str, Any]]) -> None:
    output, body = told
    assert body["issuer_calls"] == 0
    assert body["verifications"] >= 7
    assert "calls made to the issuer" in output


def test_no_claim_value_stands_in_a_report(told: tuple[str, dict[str, Any]]) -> None:
    reports = json.dumps([row["reports"] for row in told[1]["steps"]], ensure_ascii=False)
    assert "family_name" in reports
    assert "Åkerström" not in reports
