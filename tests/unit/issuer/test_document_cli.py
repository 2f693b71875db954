"""``clicid-issuer document read``: a line for each file in the order given, however it ends."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from issuer import document_cli, given_files
from issuer.cli import app
from issuer.evidence.ports import DocumentFields
from sandbox.documents.mrz_lines import td3_lines, with_wrong_check_digit
from tests.support.specimens import PERSON, photographed

MEMBERS = {"file", "format", "fields", "check_digits", "flags", "seconds"}
FIELDS = {field.name for field in fields(DocumentFields)}


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["document", "read", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def read(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run(*arguments, "--json")
    return code, [json.loads(line) for line in out.splitlines()]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (20_000, 10_000)).save(out, "PNG")
    return out.getvalue()


def blank() -> bytes:
    out = BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    return out.getvalue()


def test_a_document(tmp_path: Path) -> None:
    path = written(tmp_path / "good.jpg", photographed())
    code, (found,) = read(path)
    assert code == 0
    assert found.keys() == MEMBERS
    assert found["fields"].keys() == FIELDS
    assert (found["file"], found["format"], found["check_digits"]) == (str(path), "TD3", "ok")
    assert found["fields"]["family_name"] == PERSON.family_name
    assert found["fields"]["birth_date"] == PERSON.birth_date.isoformat()
    assert found["fields"]["personal_number"]["digits"] == PERSON.personal_number
    assert found["flags"] == ["document.specimen:issuing_state"]
    assert found["seconds"] > 0


def test_bad_files_have_a_line_each_and_the_next_is_read_all_the_same(tmp_path: Path) -> None:
    bad = {
        "empty.jpg": (b"", "document.not_an_image"),
        "text.jpg": (b"not an image", "document.not_an_image"),
        "cut.jpg": (photographed()[:20_000], "document.not_an_image"),
        "page.pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "document.not_an_image"),
        "bomb.png": (bomb(), "document.image_bomb"),
        "blank.png": (blank(), "document.unreadable"),
    }
    paths = [written(tmp_path / name, data) for name, (data, _) in bad.items()]
    nowhere, folder = tmp_path / "nowhere\x1b.jpg", tmp_path
    code, found = read(nowhere, folder, *paths, written(tmp_path / "good.jpg", photographed()))
    assert code == 1
    assert [one["file"] for one in found] == [
        str(one) for one in (nowhere, folder, *paths, tmp_path / "good.jpg")
    ]
    expected = ["config.file", "config.file", *(code for _, code in bad.values())]
    for one, flag in zip(found, expected, strict=False):
        assert one.keys() == MEMBERS
        assert (one["format"], one["check_digits"]) == (None, "absent")
        assert one["fields"] == dict.fromkeys(FIELDS)
        assert one["flags"][0] == flag
    assert (found[-1]["format"], found[-1]["check_digits"]) == ("TD3", "ok")


def test_a_check_digit_that_fails(tmp_path: Path) -> None:
    image = photographed(zone=with_wrong_check_digit(td3_lines(PERSON)))
    code, (found,) = read(written(tmp_path / "wrong.jpg", image))
    assert code == 1
    assert found["check_digits"] == "failed"
    assert "document.check_digit:expiry_date" in found["flags"]


def test_the_same_for_people(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path / "good\x1b.jpg", photographed()), tmp_path / "nowhere.jpg")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == f"{tmp_path}/good\\u{{1b}}.jpg: TD3, check digits ok"
    assert "  family_name: Åkerström" in lines
    assert "  noticed: document.specimen:issuing_state" in lines
    assert lines[-2:] == [f"{tmp_path}/nowhere.jpg: no zone, check digits absent", "  noticed: config.file"]


@pytest.mark.parametrize("arguments", [(), ("--jason", "a.jpg")])
def test_misuse(arguments: tuple[str, ...]) -> None:
    code, out, _ = run(*arguments)
    assert (code, out) == (2, "")


def test_a_name_that_is_no_text_and_a_library_that_falls_over_lose_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = written(Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.jpg")), b"not an image")
    falls, blank_page = written(tmp_path / "falls.png", blank()), written(tmp_path / "blank.png", blank())
    really = given_files.head_of

    def read_bytes(path: Path, limit: int) -> bytes:
        if path == falls:
            raise RuntimeError("a bug of a library")
        return really(path, limit)

    monkeypatch.setattr(document_cli, "head_of", read_bytes)
    code, found = read(odd, falls, blank_page)
    assert code == 1
    assert [one["file"] for one in found] == [f"{tmp_path}/odd\\xff.jpg", str(falls), str(blank_page)]
    assert [one["flags"][0] for one in found] == [
        "document.not_an_image",
        "engine.lost",
        "document.unreadable",
    ]


@pytest.mark.timeout(60)
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    _, (found,) = read(tmp_path / "pipe.jpg")
    assert found["flags"] == ["document.not_an_image"]


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x" * 1000)
    os.close(writing)
    try:
        assert given_files.head_of(Path(f"/dev/fd/{reading}"), 2000) == b"x" * 1000
    finally:
        os.close(reading)


def test_what_a_name_says_to_a_terminal_is_spelt_out_in_json_too(tmp_path: Path) -> None:
    path = tmp_path / "a\x9b2J\u2028b.jpg"
    code, out, _ = run(path, "--json")
    assert code == 1
    assert [line.isprintable() for line in out.splitlines()] == [True]
    assert json.loads(out)["file"] == str(path)
