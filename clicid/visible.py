"""Text of others' making, for a terminal or a log line.

A claim, a name in somebody's metadata or a member's name may hold what a terminal obeys (escape
sequences), what makes a second line of one, or what turns the direction of writing: each would let
its author speak in our voice. Such characters are shown by their number and do nothing.
"""

from __future__ import annotations

import os
import unicodedata
from typing import Final

# Letters of Persian and of Indic scripts are joined and kept apart by these two; they draw nothing.
_JOINERS: Final = "\u200c\u200d"


def visible(text: str) -> str:
    r"""The same text on one line; what does not print as its code point, ``\u{...}``."""
    return text if text.isprintable() else "".join(map(_shown, text))


def path_text(path: os.PathLike[str]) -> str:
    r"""A path as text that any encoder takes: bytes of its name that are no UTF-8 as ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _shown(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    # The spaces of other widths count as not printable, but are just spaces.
    return " " if unicodedata.category(char) == "Zs" else f"\\u{{{ord(char):x}}}"
