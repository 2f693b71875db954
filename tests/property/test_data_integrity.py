"""Any JSON under the JCS suites, and any order in which the proofs of a document may follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.errors import Refused
from clicid.keys.algorithms import ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import ECDSA_JCS_2019, EDDSA_JCS_2022, EDDSA_RDFC_2022
from tests.support import proofs, w3c

if TYPE_CHECKING:
    from clicid.securing.data_integrity import UnverifiedProof

# A lone surrogate has no form in RFC 8785.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = texts.filter(lambda name: name not in ("proof", "@context"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(names, values, max_size=4)


@given(documents, documents, st.sampled_from([(EDDSA_JCS_2022, ED25519), (ECDSA_JCS_2019, P256)]))
def test_plain_json(document: dict[str, Any], other: dict[str, Any], kind: tuple[str, str]) -> None:
    suite, alg = kind
    secured = proofs.signed(document, proofs.options(suite, alg), alg)
    key = proofs.public(alg)
    assert proofs.verify(secured, key) == document
    if same(document, other):
        return
    with pytest.raises(Refused):
        proofs.verify({**other, "proof": secured["proof"]}, key)


def same(one: Any, other: Any) -> bool:
    """Whether two values have one form in RFC 8785: 1 is 1.0 there, and not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


@st.composite
def chains(draw: st.DrawFn) -> list[tuple[str, list[int]]]:
    """For each of up to five proofs its suite, and which of those before it it follows."""
    count = draw(st.integers(1, 5))
    suites = st.sampled_from([EDDSA_RDFC_2022, EDDSA_JCS_2022])
    return [
        (draw(suites), sorted(draw(st.sets(st.integers(0, index - 1))) if index else set()))
        for index in range(count)
    ]


@settings(max_examples=50)
@given(chains(), st.randoms(use_true_random=False), st.data())
def test_any_chain(chain: list[tuple[str, list[int]]], chance: Any, data: st.DataObject) -> None:
    secured: dict[str, Any] = dict(DOCUMENT)
    for index, (suite, follows) in enumerate(chain):
        options = proofs.options(
            suite, id=f"urn:x:{index}", previous_proof=tuple(f"urn:x:{one}" for one in follows)
        )
        prepare = data_integrity.prepare_another if index else data_integrity.prepare
        prepared = prepare(secured, options, ED25519, w3c.CONTEXTS, profile=Profile.OPEN)
        secured = proofs.completed(prepared)
    members = secured["proof"] if len(chain) > 1 else [secured["proof"]]
    shuffled = list(members)
    # The suites over JSON see in which order the proofs stand that they include; a graph has none.
    if not any(suite == EDDSA_JCS_2022 and len(follows) > 1 for suite, follows in chain):
        chance.shuffle(shuffled)
    assert verified({**secured, "proof": shuffled}) == set(range(len(chain)))
    changed = data.draw(st.integers(0, len(chain) - 1))
    members = [{**one, "nonce": "x"} if index == changed else one for index, one in enumerate(members)]
    bad = {changed} | {index for index, (_, follows) in enumerate(chain) if changed in follows}
    assert verified({**secured, "proof": members}) == set(range(len(chain))) - bad


DOCUMENT = w3c.unsigned()


def verified(secured: dict[str, Any]) -> set[int]:
    """The numbers of the proofs whose own signature is good."""
    parsed = data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.OPEN)
    ends = {int(str(one.proof.id).rpartition(":")[2]): ending(one) for one in parsed.proofs}
    assert set(ends.values()) <= {"", "keys.signature"}
    return {number for number, end in ends.items() if not end}


def ending(proof: UnverifiedProof) -> str:
    try:
        proof.verify(proofs.public(ED25519))
    except Refused as error:
        return error.code
    return ""
