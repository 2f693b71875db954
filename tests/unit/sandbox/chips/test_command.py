"""``clicid-sandbox chip``: what is written where, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from clicid.errors import LocalError
from issuer.cli import app as issuer_app
from sandbox import people
from sandbox.chips.command import Wanted, make_chip
from sandbox.chips.faults import FAULTS, VARIANTS, applies, maker_named, said_of
from sandbox.chips.keys import ALGORITHMS
from sandbox.cli import app
from tests.support.chips import HOLDER, NOW, cms_of, openssl, portrait
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

CHALLENGE = bytes.fromhex("0102030405060708")
READ = {"EF.COM", "EF.SOD", "DG1", "DG2", "DG11", "DG14", "DG15"}


def wanted(country: str = "SWE", fault: str = "good", algorithm: str = "p256-sha256") -> Wanted:
    return Wanted(country, fault, algorithm, HOLDER, CHALLENGE)


@pytest.mark.parametrize(
    ("country", "other", "code"), [("SWE", "UTO", b"SE"), ("D", "UTO", b"DE"), ("UTO", "SWE", b"UT")]
)
def test_the_files_of_a_chip_and_what_to_judge_them_by(
    country: str, other: str, code: bytes, tmp_path: Path
) -> None:
    said = make_chip(tmp_path, wanted(country), portrait().image, NOW)
    assert {one.name for one in (tmp_path / "chip").iterdir()} == READ
    assert {one.name for one in (tmp_path / "trust").iterdir()} == {
        f"{other}.cer", f"{other}.crl", f"{country}.crl", "master-list.ml", "master-list.ldif",
    }  # fmt: skip
    assert (tmp_path / "active" / "challenge").read_bytes() == CHALLENGE
    assert (tmp_path / "chip" / "DG1").read_bytes()[5:].startswith(f"P<{country.ljust(3, '<')}".encode())
    sod = tmp_path / "cms"
    sod.write_bytes(cms_of((tmp_path / "chip" / "EF.SOD").read_bytes()))
    shown = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", sod).stdout
    assert b"C=" + code in shown.replace(b" ", b"")
    assert said[0] == f"{country} passport XA1234567 of Nils Mårten Åkerström-Öberg, signed with p256-sha256"


def test_it_says_what_is_wrong(tmp_path: Path) -> None:
    said = make_chip(tmp_path, wanted(fault="altered_group"), portrait().image, NOW)
    assert said[1] == "altered_group: DG1 has another document number than was signed."


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with refused("sandbox.chip", str(tmp_path), kind=LocalError):
        make_chip(tmp_path, wanted(), portrait().image, NOW)
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "asked", [wanted("XYZ"), wanted(fault="bent"), wanted(fault="weak_rsa"), wanted(algorithm="md5")]
)
def test_what_there_is_not_leaves_nothing_behind(asked: Wanted, tmp_path: Path) -> None:
    with refused("sandbox.chip", kind=LocalError):
        make_chip(tmp_path / "out", asked, portrait().image, NOW)
    assert not (tmp_path / "out").exists()


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "portrait", lambda: portrait().image)
    out = str(tmp_path / "out")
    made = CliRunner().invoke(app, ["chip", out, "--fault", "revoked_signer", "--person", "swedish_letters"])
    assert made.exit_code == 0, made.output
    assert "of Örjan Pär Ängström Åsö" in made.output
    assert "revoked_signer: The country's list revokes the document signer." in made.output
    again = CliRunner().invoke(app, ["chip", out])
    assert again.exit_code == 1
    bad = CliRunner().invoke(app, ["chip", out, "--challenge", "12"])
    assert bad.exit_code == 2


@pytest.mark.parametrize(
    ("fault", "code", "exit_code"),
    [
        ("good", "authentic", 0),
        ("altered_group", "chip.group_hash", 1),
        ("cloned_chip", "chip.active_auth", 1),
    ],
)
def test_the_issuers_command_judges_what_it_writes(
    fault: str, code: str, exit_code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "portrait", lambda: portrait().image)
    out = tmp_path / "out"
    asked = ["chip", str(out), "--fault", fault, "--algorithm", "pss-sha256", "--challenge", CHALLENGE.hex()]
    assert CliRunner().invoke(app, asked).exit_code == 0
    active = (
        "--challenge",
        str(out / "active" / "challenge"),
        "--response",
        str(out / "active" / "response"),
    )
    judge = ["chip", "verify", str(out / "chip"), "--csca", str(out / "trust"), *active]
    judged = CliRunner().invoke(issuer_app, judge)
    assert judged.exit_code == exit_code, judged.output
    assert code in judged.output


def test_every_fault_says_in_a_sentence_what_it_is() -> None:
    said = [said_of(maker) for maker in (FAULTS | VARIANTS).values()]
    assert all(one.endswith(".") for one in said)
    assert len(set(said)) == len(said)


def test_a_fault_of_curves_is_none_of_rsa() -> None:
    assert applies("weak_curve", ALGORITHMS["p256-sha256"])
    assert not applies("weak_curve", ALGORITHMS["pss-sha256"])
    with refused("sandbox.chip", "forged_root", kind=LocalError):
        maker_named("forged_root", ALGORITHMS["rsa-sha256"])
