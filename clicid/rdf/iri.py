"""The IRIs and literals that canonical N-Quads can carry without being read differently."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from clicid.errors import Refused
from clicid.rdf.limits import MAX_DATA_URL, MAX_IRI

# RFC 3987 2.2, whole: what another processor takes for no IRI, it drops with the statement it stands in. Of
# its characters those are left out that are blanks somewhere. A blank node label (_:x) does not match:
# a document may not name its own.
_UCS: Final = "".join(
    (
        "\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff",
        "\uf900-\ufdcf\ufdf0-\ufefe\uff00-\uffef",
        *(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)),
        "\U000e1000-\U000efffd",
    )
)
_NAME: Final = rf"A-Za-z0-9._~!$&'()*+,;={_UCS}-"


def _of(more: str) -> str:
    return rf"(?:[{more}{_NAME}]++|%[0-9A-Fa-f]{{2}})"


_AUTHORITY: Final = rf"(?:{_of(':')}*+@)?(?:\[([0-9A-Fa-f:.]+)\]|{_of('')}*+)(?::[0-9]{{0,5}})?"
_ABSOLUTE: Final = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?=.)(?://{_AUTHORITY}(?:/{_of('/:@')}*+)?|(?!//){_of('/:@')}*+)"
    rf"(?:\?{_of('/?:@')}*+)?(?:#{_of('/?:@')}*+)?"
)
# Canonical N-Quads writes these as escapes that not all processors know; a lone surrogate has no UTF-8.
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# RFC 5646 2.1, langtag: some processors drop a text whose tag is not well-formed.
_LANGUAGE: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII,
)


def is_absolute(text: str) -> bool:
    """Whether the text is an absolute IRI of at most `MAX_IRI` characters, and no blank node label.

    Data URLs may have `MAX_DATA_URL`: whole credentials are in them (VC Data Model 2.0 4.13.1).
    """
    longest = MAX_DATA_URL if text.startswith("data:") else MAX_IRI
    match = _ABSOLUTE.fullmatch(text) if len(text) <= longest else None
    return match is not None and (match[1] is None or _is_address(match[1]))


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def check_literal(text: str, where: str) -> None:
    """Refuse (`rdf.character`) a literal that has no plain form in canonical N-Quads."""
    if _UNFIT.search(text):
        raise Refused("rdf.character", where)


def is_language(tag: str) -> bool:
    """Whether a tag is well-formed by BCP 47, in lower case as the graph has it."""
    return _LANGUAGE.fullmatch(tag) is not None
