"""Fetching assets: what is there is left alone, what is missing is named, what is not pinned is refused."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.documents.assets import folder
from tools import fetch_assets
from tools.fetch_assets import MissingAssetError, fits, main

if TYPE_CHECKING:
    from collections.abc import Callable


def pip_leaving(files: dict[str, bytes]) -> Callable[..., str]:
    """A `run` in pip's place that leaves a source archive with these files."""

    def run(*command: str) -> str:
        with tarfile.open(Path(command[-1]) / "people-1.tar.gz", "w:gz") as archive:
            for name, body in files.items():
                info = tarfile.TarInfo(f"people-1/tests/test_images/{name}")
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
        return ""

    return run


def test_what_is_there_and_right_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*command: str) -> str:
        raise AssertionError(command)

    monkeypatch.setattr(fetch_assets, "run", run)
    assert main(folder()) == 0


def test_photographs_are_taken_out_of_the_archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pinned = {name: (folder() / "people" / name).read_bytes() for name in fetch_assets.PEOPLE_SHA256}
    monkeypatch.setattr(
        fetch_assets, "run", pip_leaving(pinned | {"../../evil.jpg": b"x", "other.jpg": b"y"})
    )
    fetch_assets.fetch_people(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(pinned)


def test_another_photograph_under_the_same_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetch_assets, "run", pip_leaving(dict.fromkeys(fetch_assets.PEOPLE_SHA256, b"x")))
    with pytest.raises(MissingAssetError, match="biden"):
        fetch_assets.fetch_people(tmp_path)


def test_what_cannot_be_had_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*command: str) -> str:
        raise MissingAssetError(f"{command[0]} failed")

    monkeypatch.setattr(fetch_assets, "run", run)
    monkeypatch.setattr(fetch_assets, "INSTALLED_FONT", tmp_path / "none.otf")
    assert main(tmp_path) == 1
    said = capsys.readouterr().err
    assert "Missing: the test photographs" in said
    assert "Missing: the OCR-B font" in said
    assert "apt-get install fonts-ocr-b" in said


def test_an_installed_font_is_copied_only_if_it_is_the_pinned_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "OCRB.otf"
    monkeypatch.setattr(fetch_assets, "INSTALLED_FONT", folder() / "ocr-b" / "OCRB.otf")
    fetch_assets.fetch_font(target)
    assert fits(target, fetch_assets.FONT_SHA256)
    target.write_bytes(b"another font")
    assert not fits(target, fetch_assets.FONT_SHA256)


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(MissingAssetError, match="no such place"):
        fetch_assets.run("sh", "-c", "echo no such place >&2; exit 3")
    with pytest.raises(MissingAssetError, match="could not be run"):
        fetch_assets.run("there-is-no-such-command")
