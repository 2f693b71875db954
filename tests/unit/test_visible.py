"""What others wrote can neither command a terminal nor speak in our voice."""

from __future__ import annotations

import pytest

from clicid.errors import Refused
from clicid.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Åsa Märta Öhrn-Ōé 李", "Åsa Märta Öhrn-Ōé 李"),
        ("\x1b]0;bank\x07", "\\u{1b}]0;bank\\u{7}"),
        ("\x9b2J", "\\u{9b}2J"),
        ("Eve\n  Registered purpose: none", "Eve\\u{a}  Registered purpose: none"),
        ("a\rb\tc\u2028d", "a\\u{d}b\\u{9}c\\u{2028}d"),
        ("\u202eknab", "\\u{202e}knab"),
        ("\ufeff\u2066x", "\\u{feff}\\u{2066}x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("12\u00a0kr", "12 kr"),
        ("\ud800", "\\u{d800}"),
    ],
)
def test_what_does_not_print_is_shown_by_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert len(visible(text).splitlines()) == 1


def test_an_error_is_one_line_whatever_a_stranger_named_a_member() -> None:
    said = str(Refused("codec.shape", "/x\n2026-01-01 INFO clicid.issuer approved\x1b[1A"))
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said
