"""What is an IRI (RFC 3987 2.2), as far as a graph may have it."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.rdf import iri

CHARACTERS = (
    "aZ09-._~:/?#[]@!$&'()*+,;=%<>{}|\\^` "
    "\u00a0\u00e5\u2028\u3000\ue000\ufdd0\ufffe\U0001f642\U0001fffe\U000f0000"
)


def is_for_others(text: str) -> bool:
    try:
        return len(list(ox.parse(f"<urn:s> <urn:p> <{text}> .".encode(), format=ox.RdfFormat.N_QUADS))) == 1
    except (SyntaxError, ValueError):
        return False


@given(st.text(CHARACTERS, max_size=12) | st.text(max_size=12))
def test_every_iri_of_ours_is_one_for_others(text: str) -> None:
    for scheme in ("urn:", "https://", "https://a.example/", "https://[::1]", "x:"):
        whole = scheme + "".join(char for char in text if not "\ud800" <= char <= "\udfff")
        if iri.is_absolute(whole):
            assert is_for_others(whole)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a11",
            "did:key:z6Mk#z6Mk",
            "mailto:a@b.example",
            "urn:x:åäö漢",
        ),
        *(
            "https://user:pass@a.example:8443/a/b;c=d?e=f&g#h/i?j",
            "https://[2001:db8::1]/",
            "HTTPS://A.example",
        ),
        *("data:application/vc+sd-jwt,abc~", "urn:x:%C3%A5", "https://a.example", "https:a/b"),
    ],
)
def test_iris(text: str) -> None:
    assert iri.is_absolute(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a",
            "/a",
            "//a.example",
            "#a",
            "_:a",
            "x:",
            "1x:a",
            "urn:a b",
            "urn:a\n",
            "urn:<a>",
            "urn:a%",
            "urn:%g0",
        ),
        *(
            "urn:a#b#c",
            "urn:[a]",
            "https://[::g]/",
            "https://a:b:c/",
            "https://a@b@c/",
            "https://a:x/",
            "urn:\ufffe",
        ),
        *("urn:\ue000", "urn:\u2028", "urn:\ud800", f"urn:{'a' * 2048}"),
        # What JavaScript takes for blanks: jsonld.js drops a statement with one of these in an IRI.
        *(f"urn:a{chr(code)}b" for code in (*range(9, 14), 32, 160, 0x1680, *range(0x2000, 0x200B))),
        *(f"urn:a{chr(code)}b" for code in (0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)),
    ],
)
def test_no_iris(text: str) -> None:
    assert not iri.is_absolute(text)
