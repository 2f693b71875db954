"""What a JSON-LD processor drops before it is hashed: each an attack on a signature that still fits.

The vector files hold one signed credential and presentation, and patches that leave the signature
alone. `plain` says how a straightforward verifier ends, so that an attack that is none cannot stand
here unnoticed; `code` and `where` say how ours must.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.formats.vc_di import parse_credential, parse_presentation
from clicid.rdf.profile import Profile
from tests.support import plain_verifier, w3c
from tests.support.patching import patched

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "vc_di"
PARSERS: dict[str, Any] = {"credential": parse_credential, "presentation": parse_presentation}


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


CASES: list[tuple[str, dict[str, Any]]] = [
    (name, row) for name in PARSERS for row in load(f"{name}_silent_drops")
]
each = pytest.mark.parametrize(("name", "row"), CASES, ids=[f"{name}: {row['what']}" for name, row in CASES])


@pytest.mark.parametrize("name", PARSERS)
def test_unpatched_they_are_good(name: str) -> None:
    assert plain_verifier.verdict(load(name)) == "accepts"
    PARSERS[name](json.dumps(load(name)).encode(), w3c.CONTEXTS)


def test_the_vectors_are_what_is_sealed_today() -> None:
    """Signatures are deterministic: another byte here would be another format on the wire."""
    assert json.loads(w3c.credential()) == load("credential")
    assert json.loads(w3c.presentation()) == load("presentation")


@each
def test_refused_for_what_it_is(name: str, row: dict[str, Any]) -> None:
    document = patched(load(name), row["patch"])
    with pytest.raises(Refused) as caught:
        PARSERS[name](json.dumps(document).encode(), w3c.CONTEXTS)
    assert (caught.value.code, caught.value.where) == (row["code"], row["where"])


@each
def test_the_straightforward_verifier(name: str, row: dict[str, Any]) -> None:
    assert plain_verifier.verdict(patched(load(name), row["patch"])) == row["plain"]


def test_most_of_them_deceive_the_straightforward_verifier() -> None:
    assert sum(row["plain"] == "accepts" for _, row in CASES) >= 45


TEXTS = load("texts")


@pytest.mark.parametrize("row", TEXTS, ids=[row["what"] for row in TEXTS])
def test_texts_that_no_two_readers_read_alike(row: dict[str, Any]) -> None:
    """Names given twice, numbers that no double holds, nesting without end: JSON itself cannot say them."""
    text = (VECTORS / "credential.json").read_text(encoding="utf-8")
    assert text.count(row["replace"]) == 1
    raw = text.replace(row["replace"], row["with"]).encode("utf-8", "surrogatepass")
    for profile in Profile:
        with pytest.raises(Refused) as caught:
            parse_credential(raw, w3c.CONTEXTS, profile=profile)
        if row["code"].startswith("codec.") or profile is Profile.CLOSED:
            assert (caught.value.code, caught.value.where) == (row["code"], row["where"])
