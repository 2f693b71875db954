"""Every committed document in an envelope ends with the reason that its file names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.errors import REASONS
from clicid.formats.base import FormatId, Material, Need, NeedKind, Wanted
from clicid.formats.data_model import Enveloped, envelope
from clicid.ledger.facts import StatusSnapshot
from clicid.verification import (
    Accepted,
    Ending,
    Policy,
    Request,
    SignedLists,
    check,
    check_credential,
    checkers,
)
from tests.support import jose, w3c
from tests.support.world import Store

if TYPE_CHECKING:
    from clicid.formats.base import Have
    from clicid.keys.public import PublicKey

FOLDER = Path(__file__).parents[3] / "vectors" / "vc_jose"
FORMATS = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE, FormatId.VP_JWT)
VECTORS: list[tuple[FormatId, dict[str, Any]]] = [
    (form, row) for form in FORMATS for row in json.loads((FOLDER / f"{form.name.lower()}.json").read_bytes())
]
CHECKERS = checkers(w3c.CONTEXTS)
RULES = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind})
POLICY = Policy("vectors", RULES, {w3c.AGE_TYPE: bytes(32)}, SignedLists.IGNORED, "00" * 32)
SIZE = 1 << 17


def at_hand() -> dict[Need, Material]:
    """The issuer's accreditation, and its empty list."""
    found = jose.have()
    (material,) = found.values()
    snapshot = StatusSnapshot(bytes(32), 1, 2, SIZE, bytes(SIZE // 4))
    need = Need(NeedKind.STATUS, w3c.LIST_URL, w3c.ISSUER.did)
    return {**found, need: replace(material, body=snapshot.to_bytes())}


def decide(form: FormatId, raw: bytes) -> tuple[Ending, Store]:
    """As the verifier does for presentations, as a wallet does for what is none."""
    store = Store(at_hand())
    request = Request(form, w3c.BINDING, frozenset({w3c.AGE_TYPE}))

    def step(have: Have) -> Ending | Wanted:
        if form in (FormatId.VC_JWT, FormatId.VC_COSE):
            return check_credential(raw, have, format=form, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)
        return check(raw, have, request=request, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)

    return settle(step, store, w3c.NOW), store


@pytest.mark.parametrize(
    ("form", "vector"), VECTORS, ids=[f"{form}-{vector['name']}" for form, vector in VECTORS]
)
def test_ends_as_the_file_says(form: FormatId, vector: dict[str, Any]) -> None:
    raw = vector["text"].encode() if "text" in vector else bytes.fromhex(vector["hex"])

    ending, store = decide(form, raw)

    code = vector["code"]
    assert ending.report.code == code, ending.report.to_json()
    assert isinstance(ending, Accepted) == (not code)
    if code:
        assert code in REASONS
        assert not any(section.shown for section in ending.report.sections)
    if vector["name"] == "stranger":
        # A stranger's credential makes nobody ask for more than whether he is known.
        assert [need.kind for need in store.asked] == [NeedKind.ACCREDITATION]


@pytest.mark.parametrize("form", [FormatId.VC_JWT, FormatId.VC_COSE])
def test_a_credential_alone_is_no_presentation(form: FormatId) -> None:
    request = Request(form, w3c.BINDING, frozenset({w3c.AGE_TYPE}))

    ending = check(
        jose.credential(form),
        at_hand(),
        request=request,
        policy=POLICY,
        checkers=CHECKERS,
        now=w3c.NOW,
    )

    assert not isinstance(ending, Wanted)
    assert ending.report.code == "holder.binding_missing"


@pytest.mark.parametrize(
    ("holder", "code"), [(w3c.HOLDER_KEY, ""), (w3c.STORE.public(w3c.OTHER_REF), "holder.key_mismatch")]
)
def test_envelopes_in_a_presentation_with_a_data_integrity_proof(holder: PublicKey, code: str) -> None:
    forms = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
    inside = [envelope.wrap(Enveloped(form, jose.credential(form, holder=holder))) for form in forms]
    raw = w3c.presentation([json.dumps(item).encode() for item in inside])

    ending, _ = decide(FormatId.LDP_VP, raw)

    assert ending.report.code == code
    assert [section.format for section in ending.report.sections] == [FormatId.LDP_VP, *forms]


def test_there_are_vectors_of_both_kinds() -> None:
    for form in FORMATS:
        codes = [vector["code"] for found, vector in VECTORS if found is form]
        assert codes.count("") >= 2
        assert len(set(codes)) >= 10
    names = [(form, vector["name"]) for form, vector in VECTORS]
    assert len(set(names)) == len(names)
