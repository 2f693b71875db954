"""Selective disclosure: any part of a document, shown by both suites, has its statements and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.errors import Refused
from clicid.rdf import safe, selection, selective
from clicid.rdf.profile import Profile
from tests.support import disclosures, w3c
from tests.support.disclosures import KINDS, Issued

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT: dict[str, Any] = disclosures.document()
ISSUED = {name: Issued(*kind) for name, kind in KINDS.items()}


def places(value: Any, where: str = "") -> Iterator[str]:
    """The JSON pointers of all values in a document."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        below = f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield below
        yield from places(child, below)


# A language-tagged text is signed as a whole.
POINTERS = sorted(place for place in places(DOCUMENT) if not place.startswith(("/name/", "/@context/")))


@given(st.lists(st.sampled_from(POINTERS), max_size=6), st.sampled_from(sorted(KINDS)))
@settings(max_examples=60)
def test_any_part_verifies(pointers: list[str], kind: str) -> None:
    issued = ISSUED[kind]
    derived = issued.derived(pointers)
    shown = disclosures.verify(derived, issued.key)
    assert statements(shown) <= statements(DOCUMENT)


def statements(document: Any) -> set[bytes]:
    """Those whose nodes have names, with the others' labels left out."""
    nquads = safe.canonicalize(dict(document), w3c.CONTEXTS, profile=Profile.CLOSED)
    return {line for line in nquads.splitlines() if b"_:" not in line}


@given(st.lists(st.sampled_from(POINTERS), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_pointers_says_nothing(pointers: list[str], chance: Any) -> None:
    shuffled = chance.sample(pointers, len(pointers))
    assert selection.select(DOCUMENT, shuffled) == selection.select(DOCUMENT, pointers)


@given(st.lists(st.sampled_from(POINTERS), min_size=1, max_size=4), st.sampled_from(POINTERS))
def test_more_pointers_select_more(pointers: list[str], another: str) -> None:
    whole = selective.separate(
        DOCUMENT, w3c.CONTEXTS, selective.shuffled_labels, bytes(32), profile=Profile.CLOSED
    )
    fewer, more = whole.part(pointers), whole.part([*pointers, another])
    assert set(fewer.indexes) | set(whole.part([another]).indexes) == set(more.indexes)


@given(st.text("/~01a", max_size=12))
def test_a_pointer_has_one_reading(text: str) -> None:
    try:
        tokens = selection.parse(text)
    except Refused:
        return
    written = "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)
    assert written == text
