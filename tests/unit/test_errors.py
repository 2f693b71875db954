from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from clicid.errors import REASONS, ClicidError, LocalError, Refused, Undecided

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("clicid", "issuer", "wallet", "verifier", "sandbox")
# The endings, and which of their arguments is the code: a RemoteError names its wire code first.
ENDINGS = {"Refused": 0, "Undecided": 0, "LocalError": 0, "RemoteError": 1}


def raised_codes() -> dict[str, str]:
    """Each code written out where one of our errors is made, and a file that does so."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                match node:
                    case ast.Call(func=ast.Name(id=name), args=args) if name in ENDINGS:
                        match args[ENDINGS[name] :]:
                            case [ast.Constant(value=str(code)), *_]:
                                found[code] = str(path.relative_to(ROOT))
    return found


def test_every_code_that_is_raised_has_its_row() -> None:
    codes = raised_codes()
    assert len(codes) > 40
    assert {code: path for code, path in codes.items() if code not in REASONS} == {}


def test_the_table_is_sorted_and_complete() -> None:
    assert list(REASONS) == sorted(REASONS)
    for code, row in REASONS.items():
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", code), code
        assert row.en.endswith("."), code
        assert row.sv.endswith("."), code
        assert row.en != row.sv, code
        assert row.section, code


def test_what_an_error_says() -> None:
    error = Refused("codec.json", "/a/b", "twice")
    assert (error.code, error.where, error.detail) == ("codec.json", "/a/b", "twice")
    assert str(error) == f"codec.json: at /a/b: {REASONS['codec.json'].en} (twice)"
    assert str(Undecided("codec.json")) == f"codec.json: {REASONS['codec.json'].en}"
    assert error.reason is REASONS["codec.json"]


def test_a_code_without_a_row_is_a_bug() -> None:
    with pytest.raises(LookupError):
        Refused("no.such_code")


def test_the_endings_are_kept_apart() -> None:
    for kind in (Refused, Undecided, LocalError):
        assert issubclass(kind, ClicidError)
    assert not issubclass(Refused, Undecided)
    assert not issubclass(Undecided, Refused)
