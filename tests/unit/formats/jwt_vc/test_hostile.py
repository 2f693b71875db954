"""Every committed credential and presentation as JWT ends with the reason that its file names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.errors import REASONS
from clicid.formats.base import FormatId, NeedKind, Wanted
from clicid.verification import Accepted, Ending, Request, check, check_credential
from tests.support import jwt_vc, w3c
from tests.support.world import Store
from tests.unit.formats.vc_jose.test_hostile import CHECKERS, POLICY, at_hand

if TYPE_CHECKING:
    from clicid.formats.base import Have

FOLDER = Path(__file__).parents[3] / "vectors" / "jwt_vc"
FORMATS = (FormatId.JWT_VC, FormatId.JWT_VP)
VECTORS: list[tuple[FormatId, dict[str, Any]]] = [
    (form, row) for form in FORMATS for row in json.loads((FOLDER / f"{form.name.lower()}.json").read_bytes())
]


def decide(form: FormatId, raw: bytes) -> tuple[Ending, Store]:
    """As the verifier does for presentations, as a wallet does for a credential."""
    store = Store(at_hand())
    request = Request(form, w3c.BINDING, frozenset({w3c.AGE_TYPE}))

    def step(have: Have) -> Ending | Wanted:
        if form is FormatId.JWT_VC:
            return check_credential(raw, have, format=form, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)
        return check(raw, have, request=request, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)

    return settle(step, store, w3c.NOW), store


@pytest.mark.parametrize(
    ("form", "vector"), VECTORS, ids=[f"{form}-{vector['name']}" for form, vector in VECTORS]
)
def test_ends_as_the_file_says(form: FormatId, vector: dict[str, Any]) -> None:
    ending, store = decide(form, vector["text"].encode())

    code = vector["code"]
    assert ending.report.code == code, ending.report.to_json()
    assert isinstance(ending, Accepted) == (not code)
    if code:
        assert code in REASONS
        assert not any(section.shown for section in ending.report.sections)
    if vector["name"] == "stranger":
        # A stranger's credential makes nobody ask for more than whether he is known.
        assert [need.kind for need in store.asked] == [NeedKind.ACCREDITATION]


def test_a_credential_alone_is_no_presentation() -> None:
    request = Request(FormatId.JWT_VC, w3c.BINDING, frozenset({w3c.AGE_TYPE}))
    ending = check(
        jwt_vc.credential(), at_hand(), request=request, policy=POLICY, checkers=CHECKERS, now=w3c.NOW
    )
    assert not isinstance(ending, Wanted)
    assert ending.report.code == "holder.binding_missing"


def test_there_are_vectors_of_both_kinds() -> None:
    for form in FORMATS:
        codes = [vector["code"] for found, vector in VECTORS if found is form]
        assert codes.count("") >= 6
        assert len(set(codes)) >= 10
    names = [(form, vector["name"]) for form, vector in VECTORS]
    assert len(set(names)) == len(names)
