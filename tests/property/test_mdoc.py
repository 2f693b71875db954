"""Whatever is issued is shown as it is, and nothing else is; a random part of it changed is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats import mdoc
from clicid.formats.base import NeedKind, Wanted
from clicid.formats.mdoc.values import to_json
from clicid.verification import Accepted, RefusedWith
from tests.support.mdoc import SESSION, MdocWorld, opened
from tests.support.world import Dice

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name)
SCALARS = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-(2**64), 2**64 - 1),
    st.text(max_size=40),
    st.binary(max_size=300),
    st.dates(date(1, 1, 1)).map(lambda day: Tagged(1004, day.isoformat())),
    st.datetimes().map(lambda at: Tagged(0, at.replace(microsecond=0).isoformat() + "Z")),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=8), st.integers(-100, 100)), inner, max_size=4),
    ),
    max_leaves=8,
)
NAMESPACES = st.dictionaries(
    st.text(min_size=1, max_size=30).map(lambda name: f"test {name}"),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=12),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(NAMESPACES, st.data(), st.booleans())
def test_issue_choose_present_verify(
    elements: dict[str, dict[str, Cbor]], data: st.DataObject, by_mac: bool
) -> None:
    world = MdocWorld(status=None)
    world.elements = elements
    every = [(namespace, name) for namespace, members in elements.items() for name in members]
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True))
    credential = world.credential()
    if by_mac:
        raw = mdoc.present_by_mac(
            credential,
            chosen,
            SESSION,
            agree=lambda key: world.keys.agree(world.holder_ref, key),
            reader=world.keys.public(world.reader_ref),
        )
    else:
        raw = world.presentation(credential, chosen)

    ending = world.check(raw, policy=_lenient(world))

    assert isinstance(ending, Accepted), ending
    expected: dict[str, Any] = {}
    for namespace, name in chosen:
        expected.setdefault(namespace, {})[name] = to_json(elements[namespace][name])
    assert ending.credentials[0].claims.reveal() == expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    world = MdocWorld()
    raw = bytearray(world.presentation())
    good = world.check(bytes(raw))
    assert isinstance(good, Accepted)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))

    ending = world.check(bytes(raw))

    if isinstance(ending, Accepted):
        # What nobody signed and nothing depends on, as a later minor version.
        shown, before = (one.credentials[0].claims.reveal() for one in (ending, good))
        assert all(before[name] == members for name, members in shown.items())
    elif isinstance(ending, Wanted):
        # Of another type, whose accreditation this world's store has never heard of.
        assert [need.kind for need in ending.needs] == [NeedKind.ACCREDITATION]
    else:
        assert isinstance(ending, RefusedWith)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_elements_do_not_move_between_documents(data: st.DataObject) -> None:
    mine, other = MdocWorld(), MdocWorld()
    other.random = Dice("another document")
    response = opened(mine.presentation())
    (namespace,) = response["documents"][0]["issuerSigned"]["nameSpaces"]
    items = response["documents"][0]["issuerSigned"]["nameSpaces"][namespace]
    theirs = opened(other.credential())["nameSpaces"][namespace]
    items[data.draw(st.integers(0, len(items) - 1))] = data.draw(st.sampled_from(theirs))

    ending = mine.check(cbor.dumps(response))

    assert isinstance(ending, RefusedWith)
    assert ending.report.code in {"mdoc.digest", "mdoc.duplicate"}


def _lenient(world: MdocWorld) -> Any:
    return replace(world.policy, allow_without_status=True)
