"""``clicid-issuer chip verify`` on the sandbox's chips: one line for a chip, however it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from issuer.cli import app
from sandbox.chips.faults import maker_named
from tests.support.chips import HOLDER, NOW, world_of

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {
    "verdict", "reasons", "fields", "portrait", "groups", "active_authentication", "signed_at", "signer",
    "country_signer", "links", "algorithms", "skipped",
}  # fmt: skip
AT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def written(folder: Path, maker: str = "good", algorithm: str = "p256-sha256-explicit") -> Path:
    world = world_of(algorithm)
    case = maker_named(maker, world.algorithm)(world)
    trust = {"other.cer": world.other.root.certificate.dump(), "list.ml": case.master_list}
    trust |= {f"{place}.crl": one for place, one in enumerate(case.revocations)}
    active = {"challenge": case.challenge, "response": case.response}
    for name, files in {"chip": dict(case.files), "trust": trust, "active": active}.items():
        (folder / name).mkdir()
        for file, data in files.items():
            (folder / name / file).write_bytes(data)
    return folder


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["chip", "verify", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def verify(folder: Path, *more: object) -> tuple[int, dict[str, Any]]:
    code, out, _ = run(folder / "chip", "--csca", folder / "trust", "--at", AT, "--json", *more)
    assert out.count("\n") == 1
    return code, json.loads(out)


def test_an_authentic_chip(tmp_path: Path) -> None:
    folder = written(tmp_path)
    active = ("--challenge", folder / "active/challenge", "--response", folder / "active/response")
    code, found = verify(folder, *active)
    assert code == 0
    assert found.keys() == MEMBERS
    assert (found["verdict"], found["reasons"], found["skipped"]) == ("authentic", [], [])
    assert found["fields"]["family_name"] == HOLDER.family_name
    assert found["fields"]["birth_date"] == HOLDER.birth_date.isoformat()
    assert found["groups"] == dict.fromkeys(("DG1", "DG2", "DG11", "DG14", "DG15"), "ok")
    assert found["active_authentication"] == "P-256-ECDSA-sha256"
    assert found["signer"]["country"] == found["country_signer"]["country"] == "SE"
    assert found["algorithms"]["signature"] == "ECDSA-sha256"
    assert found["signed_at"] == "2024-03-01T09:30:00Z"


@pytest.mark.parametrize(
    ("maker", "verdict", "code", "groups"),
    [
        ("altered_group", "refused", "chip.group_hash", {"DG1": "failed", "DG2": "ok"}),
        ("extra_group", "refused", "chip.group_unlisted", {"DG1": "ok", "DG11": "unlisted"}),
        ("rewritten_hashes", "refused", "chip.signature", {"DG1": "ok"}),
        ("million_byte_length", "refused", "chip.file", {}),
        ("unknown_country", "undecided", "chip.csca_unknown", {"DG1": "ok"}),
    ],
)
def test_one_that_is_not(tmp_path: Path, maker: str, verdict: str, code: str, groups: dict[str, str]) -> None:
    """Nothing of the person is told, and the members are the same."""
    exit_code, found = verify(written(tmp_path, maker))
    assert exit_code == 1
    assert found.keys() == MEMBERS
    assert (found["verdict"], found["reasons"][0]["code"]) == (verdict, code)
    assert found["reasons"][0]["sv"]
    assert groups.items() <= found["groups"].items()
    assert found["fields"] is found["portrait"] is found["signer"] is None
    assert HOLDER.number not in json.dumps(found)


def test_a_group_that_was_not_read(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "chip/DG11").unlink()
    code, found = verify(folder)
    assert code == 0
    assert found["groups"]["DG11"] == "absent"
    assert found["fields"]["family_name"] == ""


def test_what_whoever_relies_on_it_should_know(tmp_path: Path) -> None:
    folder = written(tmp_path, "no_signing_time")
    for crl in (folder / "trust").glob("*.crl"):
        crl.unlink()
    _, found = verify(folder)
    assert [one["code"] for one in found["reasons"]] == ["chip.crl_missing", "chip.no_signing_time"]
    code, out, _ = run(folder / "chip", "--csca", folder / "trust", "--at", "2034-03-15T00:00:00Z", "--json")
    assert code == 0
    assert json.loads(out)["reasons"][-1]["code"] == "document.expired"


def test_a_clone_is_refused_by_its_answer(tmp_path: Path) -> None:
    folder = written(tmp_path, "cloned_chip")
    active = ("--challenge", folder / "active/challenge", "--response", folder / "active/response")
    code, found = verify(folder, *active)
    assert (code, found["reasons"][0]["code"]) == (1, "chip.active_authentication")
    assert found["fields"] is None


def test_a_master_list_whose_signer_is_pinned(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "trust/other.cer").unlink()
    signer = tmp_path / "signer.cer"
    signer.write_bytes(world_of("p256-sha256-explicit").other.list_signer.certificate.dump())
    for crl in (folder / "trust").glob("*.crl"):
        crl.unlink()
    code, found = verify(folder, "--ml-signer", signer)
    assert (code, found["verdict"]) == (0, "authentic")


def test_for_people(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path, "altered_group") / "chip", "--csca", tmp_path / "trust", "--at", AT)
    assert code == 1
    assert out.splitlines()[:2] == [
        "refused",
        "  chip.group_hash at DG1: A file of the chip is not the one that was signed: it was altered.",
    ]
    assert "  DG1: failed" in out


def test_where_nothing_could_be_checked(tmp_path: Path) -> None:
    folder = written(tmp_path)
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"hello")
    chip, trust = folder / "chip", folder / "trust"
    for arguments, said in (
        ((tmp_path / "nothing", "--csca", trust), "config.file"),
        ((chip, "--csca", tmp_path / "nothing"), "config.file"),
        ((chip, "--csca", rubbish), "chip.master_list"),
        ((chip, "--csca", trust / "list.ml"), "chip.csca_unknown"),
        ((chip, "--csca", trust, "--at", "yesterday"), "codec.time"),
        ((chip, "--csca", trust, "--challenge", rubbish), "config.invalid"),
        ((*[rubbish] * 19, "--csca", trust), "config.file"),
    ):
        code, out, err = run(*arguments, "--json")
        assert (code, out) == (2, "")
        assert said in err
