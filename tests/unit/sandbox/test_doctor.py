"""The doctor says what is there, and what to do about what is not."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from sandbox import checkup, doctor
from sandbox.doctor import examine, show
from sandbox.documents import assets
from sandbox.finding import Finding
from sandbox.network import Founded
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {one.what: one for one in findings}


def test_where_everything_is_installed_nothing_that_is_needed_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "SHA256", {})
    found = examine(tmp_path)
    assert {one.what for one in found if one.needed and not one.good} == set()
    assert by_name(found)["RapidOCR: what it says"].state.endswith(".onnx")
    assert by_name(found)["sandbox"].remedy == "to start one: clicid-sandbox up"
    assert not by_name(found)["sandbox"].needed


def test_a_package_that_is_missing_ends_the_looking_at_what_stands_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("typer", "no-such-package"))
    found = by_name(examine(tmp_path))
    assert found["typer"].good
    assert (found["no-such-package"].good, found["no-such-package"].needed) == (False, True)
    assert "requirements/runtime.txt" in found["no-such-package"].remedy
    assert "sandbox" not in found


def test_it_looks_for_every_package_that_is_required() -> None:
    lines = (ROOT / "requirements" / "runtime.in").read_text("utf-8").splitlines()
    named = (re.match(r"[A-Za-z0-9_-]+", line) for line in lines)
    assert {found.group() for found in named if found} == set(doctor.PACKAGES)


def test_assets_are_held_against_their_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICID_ASSETS", str(tmp_path))
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "biden.jpg").write_bytes(b"somebody else")
    found = by_name(examine(tmp_path))
    assert (found["people/biden.jpg"].state, found["people/biden.jpg"].good) == ("another file", False)
    assert (found["people/obama.jpg"].state, found["people/obama.jpg"].good) == ("not fetched", False)


def test_the_digests_are_those_that_are_fetched_by() -> None:
    fetching = runpy.run_path(str(ROOT / "tools" / "fetch_assets.py"), run_name="fetch_assets")
    fetched = {f"people/{name}": digest for name, digest in fetching["PEOPLE_SHA256"].items()}
    assert fetched | {"ocr-b/OCRB.otf": fetching["FONT_SHA256"]} == assets.SHA256


@pytest.mark.parametrize(
    ("good", "needed", "healthy"), [(True, True, True), (False, False, True), (False, True, False)]
)
def test_only_what_is_needed_makes_it_fail(*, good: bool, needed: bool, healthy: bool) -> None:
    out = StringIO()
    finding = Finding("chalk", "white", good=good, needed=needed, remedy="buy some")
    assert show([finding], Console(file=out, width=100)) is healthy
    assert ("chalk: buy some" in out.getvalue()) is not good


def test_it_imports_none_of_what_it_looks_for() -> None:
    heavy = ("cv2", "dlib", "rapidocr", "onnxruntime", "aries_askar", "fastapi", "sqlalchemy", "httpx", "eth")
    code = f"import sys, sandbox.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_sandbox_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "read_founded", lambda _: Founded(1, 2, 3, "d1ge57", ""))
    network, sandbox = checkup.sandbox(tmp_path)
    assert network.state == "d1ge57"
    assert "not running" in sandbox.state
    assert not sandbox.needed
