"""The Accept and Accept-Language headers (RFC 9110 12.5)."""

from __future__ import annotations

import pytest

from clicid.codec.accept import MAX_CHARS, bare, language, ranges


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", [("", 1.0)]),
        ("a/b", [("a/b", 1.0)]),
        ("A/B ; Q=0.5 , */*", [("a/b", 0.5), ("*/*", 1.0)]),
        ('a/b;p="x";q=0.3;s=1', [('a/b;p="x";s=1', 0.3)]),
        ("a/b;q=0", [("a/b", 0.0)]),
        ("a/b;q=1.999", [("a/b", 1.0)]),
        ("a/b;q=0.1;q=0.9", [("a/b", 0.1)]),
        *((f"a/b;q={weight}", [("a/b", 1.0)]) for weight in ("", "-1", "1e999", "nan", "0.1234", "٠")),
    ],
)
def test_ranges_and_weights(header: str, found: list[tuple[str, float]]) -> None:
    assert ranges(header) == found


def test_what_is_too_long_is_not_read_to_its_end() -> None:
    assert ranges("x" * MAX_CHARS + ",a/b") == [("x" * MAX_CHARS, 1.0)]


def test_a_range_without_its_parameters() -> None:
    assert bare('a/b;p="x";s=1') == "a/b"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("de", "en"),
        ("sv", "sv"),
        ("SV-se, sv;q=0.9, en;q=0.8", "sv"),
        ("de, en;q=0.5, sv;q=0.9", "sv"),
        ("en, sv", "en"),
        ("sv, en", "sv"),
        ("sv;q=0", "en"),
        ("svx", "en"),
    ],
)
def test_the_best_of_the_languages_that_are_known(header: str, expected: str) -> None:
    assert language(header, ("en", "sv")) == expected
