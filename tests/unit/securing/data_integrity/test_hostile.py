"""Documents of every suite, a set and chains, as files, and patches that make them wrong.

`code` and `where` say how each must end, whichever of the documents it is done to. The keys are
those of the documents as they were made: whose a key is, the formats find out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.did import key as did_key
from clicid.errors import Refused
from clicid.securing import data_integrity
from clicid.securing.data_integrity import SUITES
from tests.support import proofs
from tests.support.patching import patched

if TYPE_CHECKING:
    from clicid.keys.public import PublicKey

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "data_integrity"
SECURED: dict[str, Any] = json.loads((VECTORS / "secured.json").read_text(encoding="utf-8"))
HOSTILE: list[dict[str, Any]] = json.loads((VECTORS / "hostile.json").read_text(encoding="utf-8"))


def keys(name: str) -> list[PublicKey]:
    """The keys of a document's proofs, from the did:key of each."""
    value = SECURED[name]["proof"]
    methods = [one["verificationMethod"] for one in (value if isinstance(value, list) else [value])]
    return [did_key.document(method.partition("#")[0]).methods[0].key for method in methods]


@pytest.mark.parametrize("name", SECURED)
def test_unpatched_they_are_good(name: str) -> None:
    proofs.verify(SECURED[name], *keys(name))


def test_every_suite_is_among_them() -> None:
    assert {suite for suite, _ in proofs.SUITES} == {name.partition(" ")[0] for name in SECURED} & set(SUITES)
    assert sum(len(row["of"]) for row in HOSTILE) >= 1200


def verify(secured: dict[str, Any], known: list[PublicKey]) -> None:
    parsed = proofs.parse(secured)
    data_integrity.verify(parsed, known[: len(parsed.proofs)])


@pytest.mark.parametrize("row", HOSTILE, ids=[row["what"] for row in HOSTILE])
def test_refused_for_what_it_is(row: dict[str, Any]) -> None:
    for name in row["of"]:
        with pytest.raises(Refused) as caught:
            verify(patched(SECURED[name], row["patch"]), keys(name))
        assert (caught.value.code, caught.value.where) == (row["code"], row["where"]), name
