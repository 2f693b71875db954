"""Base and derived documents as files, and patches of document or proof value that make them wrong.

`stage` says who gets the document: a verifier a derived one (or a base one), its holder a base one (or
a derived one). The keys are those of the documents as they were made, and the holder has its secrets.
`value` patches the proof value as `tests.support.disclosures` takes it apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from tests.support import disclosures
from tests.support.disclosures import Issued
from tests.support.patching import patched

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "data_integrity"
DOCUMENTS: dict[str, Any] = json.loads((VECTORS / "disclosed.json").read_text(encoding="utf-8"))
HOSTILE: list[dict[str, Any]] = json.loads((VECTORS / "hostile_disclosure.json").read_text(encoding="utf-8"))
STAGES = {
    "verify": ("verify", "derived"),
    "verify of base": ("verify", "base"),
    "receive": ("receive", "base"),
    "receive of derived": ("receive", "derived"),
}


@pytest.fixture(scope="module")
def issued() -> dict[str, Issued]:
    return {name: Issued(*kind) for name, kind in disclosures.KINDS.items()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_unpatched_they_are_good(name: str, issued: dict[str, Issued]) -> None:
    base, derived = DOCUMENTS[name]["base"], DOCUMENTS[name]["derived"]
    issued[name].received(base).verify(issued[name].key)
    disclosures.verify(derived, issued[name].key)
    value = derived["proof"]["proofValue"]
    assert disclosures.closed(disclosures.opened(value)) == value


def test_every_suite_and_feature_is_among_them() -> None:
    assert DOCUMENTS.keys() == disclosures.KINDS.keys()
    assert sum(len(row["of"]) for row in HOSTILE) >= 850


def taken(issued: Issued, stage: str, document: dict[str, Any]) -> None:
    if stage == "verify":
        disclosures.verify(document, issued.key)
    else:
        issued.received(document).verify(issued.key)


@pytest.mark.parametrize("row", HOSTILE, ids=[f"{row['stage']}: {row['what']}" for row in HOSTILE])
def test_refused_for_what_it_is(row: dict[str, Any], issued: dict[str, Issued]) -> None:
    stage, which = STAGES[row["stage"]]
    for name in row["of"]:
        document = patched(DOCUMENTS[name][which], row.get("patch", []))
        if "value" in row:
            opened = disclosures.opened(document["proof"]["proofValue"])
            document["proof"]["proofValue"] = disclosures.closed(patched(opened, row["value"]))
        with pytest.raises(Refused) as caught:
            taken(issued[name], stage, document)
        assert (caught.value.code, caught.value.where) == (row["code"], row["where"]), name
