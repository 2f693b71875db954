"""``clicid-issuer face compare``: a line for each pair, however it ends; models are loaded once."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from issuer.cli import app
from sandbox.documents.assets import photograph_of

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {"a", "b", "distance", "verdict", "flags", "seconds"}


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["face", "compare", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def compare(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run(*arguments, "--json")
    return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Three photographs: a person on two days, and another person."""
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg"):
        (tmp_path / name).write_bytes(photograph_of(name))
    return tmp_path


def test_pairs(people: Path) -> None:
    one, again, other = (people / name for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    code, found = compare(one, again, one, other, one, one)
    assert code == 1
    assert all(pair.keys() == MEMBERS for pair in found)
    assert [(pair["verdict"], pair["flags"]) for pair in found] == [
        ("same", []),
        ("other", []),
        ("same", ["face.copy_of_portrait"]),
    ]
    assert (found[0]["a"], found[0]["b"]) == (str(one), str(again))
    assert 0 < found[0]["distance"] < 0.5 < found[1]["distance"]
    assert found[2]["distance"] == 0.0


def test_ends_with_nought_where_every_pair_is_the_same_person(people: Path) -> None:
    code, out, _ = run(people / "obama.jpg", people / "obama2.jpg")
    assert code == 0
    assert "obama2.jpg: same, 0." in out


def test_thresholds_are_the_callers_where_given(people: Path) -> None:
    pair = (people / "obama.jpg", people / "obama2.jpg")
    assert compare(*pair, "--match-below", "0.01")[1][0]["verdict"] == "review"
    assert compare(*pair, "--match-below", "0.01", "--review-up-to", "0.02")[1][0]["verdict"] == "other"


def bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (20_000, 10_000)).save(out, "PNG")
    return out.getvalue()


def without_a_face() -> bytes:
    out = BytesIO()
    Image.effect_noise((600, 600), 40).save(out, "PNG")
    return out.getvalue()


def test_bad_photographs_are_flagged_and_the_next_pair_goes_on(people: Path) -> None:
    bad = {
        "empty.jpg": (b"", "face.not_an_image"),
        "text.jpg": (b"not an image", "face.not_an_image"),
        "cut.jpg": (photograph_of("biden.jpg")[:5_000], "face.not_an_image"),
        "bomb.png": (bomb(), "face.image_bomb"),
        "noise.png": (without_a_face(), "face.none"),
    }
    pairs = []
    for name, (data, _) in bad.items():
        (people / name).write_bytes(data)
        pairs += [people / "obama.jpg", people / name]
    for path in (people / "nowhere.jpg", people):
        pairs += [people / "obama.jpg", path]
    code, found = compare(*pairs, people / "obama.jpg", people / "obama2.jpg")
    assert code == 1
    flags = [flag for _, flag in bad.values()] + ["config.file", "config.file"]
    for pair, flag in zip(found, flags, strict=False):
        assert (pair["distance"], pair["verdict"], pair["flags"]) == (None, "undecided", [flag])
    assert found[-1]["verdict"] == "same"


def test_what_a_photograph_lacks_is_flagged_and_it_is_compared_all_the_same(people: Path) -> None:
    with Image.open(people / "obama2.jpg") as opened:
        opened.convert("RGB").point(lambda value: value // 12).save(people / "dark.jpg")
    found = compare(people / "obama.jpg", people / "dark.jpg")[1][0]
    assert found["flags"] == ["face.too_dark"]
    assert found["distance"] is not None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("obama.jpg",), "photographs come in pairs"),
        (("obama.jpg", "biden.jpg", "--engine", "other"), "engine: Input should be 'dlib'"),
        (("obama.jpg", "biden.jpg", "--match-below", "0.9"), "match_below must not be greater"),
        (("obama.jpg", "biden.jpg", "--folder", "."), "dlib takes no path"),
    ],
)
def test_misuse(people: Path, arguments: tuple[str, ...], says: str) -> None:
    given = [people / one if one.endswith(".jpg") else one for one in arguments]
    code, out, err = run(*given)
    assert (code, out) == (2, "")
    assert says in err


OTHERS = [
    ("insightface", ("--folder", "models")),
    ("yunet-sface", ("--detector", "yunet.onnx", "--recogniser", "sface.onnx")),
]


@pytest.mark.parametrize(("engine", "paths"), OTHERS)
def test_another_engine_wants_thresholds_of_its_own(
    people: Path, engine: str, paths: tuple[str, ...]
) -> None:
    pair = (people / "obama.jpg", people / "biden.jpg")
    for more in ((), ("--match-below", "1"), ("--review-up-to", "1")):
        code, _, err = run(*pair, "--engine", engine, *paths, *more)
        assert code == 2
        assert err.startswith("config.missing")
    assert "match_below: Field required" in run(*pair, "--engine", engine, *paths)[2]


@pytest.mark.parametrize(("engine", "paths"), OTHERS)
def test_another_engine_wants_its_models(people: Path, engine: str, paths: tuple[str, ...]) -> None:
    pair = (people / "obama.jpg", people / "biden.jpg")
    thresholds = ("--match-below", "1", "--review-up-to", "1.2")
    code, _, err = run(*pair, "--engine", engine, *thresholds)
    assert code == 2
    assert f"{engine} takes {paths[0].strip('-')}" in err.replace("detector and", "detector")
    code, _, err = run(*pair, "--engine", engine, *paths, *thresholds)
    assert code == 2
    assert err.startswith("engine.missing")
