from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.errors import ClicidError, Refused
from clicid.rdf import flat, iri, safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.support import w3c

FREE = frozenset(("created", "verificationMethod", "challenge", "domain", "expires"))
CONTEXT: list[Any] = ["https://www.w3.org/ns/credentials/v2", w3c.AGE_CONTEXT]


def config(**changes: Any) -> dict[str, Any]:
    members = {
        "@context": CONTEXT,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-11-22T00:00:00Z",
        "verificationMethod": "did:example:a#b",
        "proofPurpose": "assertionMethod",
    }
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def both(node: dict[str, Any], contexts: Contexts = w3c.CONTEXTS) -> tuple[bytes | str, bytes | str]:
    """Each path's bytes, or the code it ends in."""
    ends: list[bytes | str] = []
    for in_full in (False, True):
        try:
            ends.append(
                safe.canonicalize(node, contexts, profile=Profile.CLOSED)
                if in_full
                else flat.canonicalize(node, FREE, contexts, profile=Profile.CLOSED)
            )
        except ClicidError as error:
            ends.append(error.code)
    return ends[0], ends[1]


texts = st.text(max_size=40) | st.sampled_from(
    ["name", "id:x", "urn:clicid:mark:created:", '"\\\n\t\r', "@id"]
)


@given(
    st.fixed_dictionaries(
        {"created": texts, "verificationMethod": texts | texts.map(lambda text: f"did:example:{text}")},
        optional={"challenge": texts, "domain": texts, "expires": texts},
    )
)
def test_the_template_gives_what_the_full_path_gives(values: dict[str, str]) -> None:
    by_template, in_full = both(config(**values))
    if isinstance(in_full, bytes):
        assert by_template == in_full
    else:
        assert by_template in {"rdf.id", "rdf.character"}  # of two faults, either may be named


@pytest.mark.parametrize(
    "changes",
    [
        {"proofPurpose": "authentication"},
        {"proofPurpose": "unknown"},
        {"created": None},
        {"created": 7},
        {"unknown": "x"},
        {"challenge": ["a", "b"]},
        {"domain": {"@value": "x", "@language": "sv"}},
        {"@context": CONTEXT[:1]},
        {"@context": "https://unknown.example/"},
    ],
)
def test_other_forms_end_alike_by_both_paths(changes: dict[str, Any]) -> None:
    by_template, in_full = both(config(**changes))
    assert by_template == in_full


def test_a_value_that_a_context_takes_for_a_prefix_goes_the_full_path() -> None:
    raw = json.dumps(
        {
            "@context": {
                "did": {"@id": "urn:x:rewritten/", "@prefix": True},
                "who": {"@id": "urn:x:who", "@type": "@id"},
            }
        }
    ).encode()
    contexts = Contexts({"urn:x:c": raw}, {"urn:x:c": hashlib.sha256(raw).hexdigest()})
    node: Any = {"@context": "urn:x:c", "who": "urn:x:me"}
    free = frozenset({"who"})
    assert (
        flat.canonicalize(node, free, contexts, profile=Profile.CLOSED)
        == b"_:c14n0 <urn:x:who> <urn:x:me> .\n"
    )
    with pytest.raises(Refused, match=r"rdf\.id"):
        flat.canonicalize({**node, "who": "did:me"}, free, contexts, profile=Profile.CLOSED)


def test_the_cache_of_templates_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "_MAX_TEMPLATES", 2)
    raw = b'{"@context": {"text": "urn:x:text", "more": "urn:x:more"}}'
    contexts = Contexts({"urn:x:c": raw}, {"urn:x:c": hashlib.sha256(raw).hexdigest()})
    for fixed in ("a", "b", "c"):
        node: Any = {"@context": "urn:x:c", "text": "t", "more": fixed}
        assert flat.canonicalize(
            node, frozenset({"text"}), contexts, profile=Profile.CLOSED
        ) == safe.canonicalize(node, contexts, profile=Profile.CLOSED)
        assert len(contexts.templates) <= 2


@given(st.text(max_size=20))
def test_whatever_counts_as_an_iri_stays_inside_its_brackets(text: str) -> None:
    whole = f"urn:x:{text}"
    if iri.is_absolute(whole):
        assert not set('<> \n\r\t"{}|^`\\') & set(whole)
