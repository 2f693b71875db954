"""A credential of a known kind is issued as any other: the same bytes, or the same refusal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from clicid.adapters import package_data
from clicid.errors import ClicidError
from clicid.formats.vc_di import issued, prepare_credential
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import hashed
from tests.support import w3c

STATUS = json.dumps(w3c.unsigned()["credentialStatus"])


def credential(contexts: Any, **changes: Any) -> bytes | str:
    document = w3c.unsigned(**changes)
    try:
        return w3c.signed(prepare_credential(w3c.ISSUER, document, contexts, created=w3c.DAY), w3c.ISSUER_REF)
    except ClicidError as error:
        return f"{error.code} {error.where}"


@pytest.fixture
def contexts() -> Any:
    found = package_data.contexts.__wrapped__()
    for _ in range(2):  # A shape that was met once is not compiled yet.
        credential(found)
    assert issued.of(found, Profile.CLOSED).find(w3c.unsigned()) is not None
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "urn:uuid:00000000-0000-4000-8000-000000000001"},
        {"id": "urn:x:1"},
        {"id": "not a URL"},
        {"validFrom": "2026-11-01T00:00:00Z"},
        {"validFrom": "yesterday"},
        {"validFrom": "2036-11-01T00:00:00Z"},
        {"issuer": w3c.HOLDER},
        {"credentialSubject": {"id": "did:key:z6MkOther", "ageOver18": True}},
        {"credentialSubject": {"id": "did:key:", "ageOver18": True}},
        {"credentialSubject": {"ageOver18": False}},
        {"credentialSubject": {"id": w3c.HOLDER, "unknown": "x"}},
        {"credentialStatus": json.loads(STATUS.replace("94567", "7"))},
        {"credentialStatus": json.loads(STATUS.replace("94567", "x"))},
        {"credentialStatus": json.loads(STATUS.replace('"suspension"', '"revocation"'))},
        {"name": 'Ålders"bevis'},
        {"name": "\ud800"},
    ],
)
def test_the_same_as_the_long_way(contexts: Any, changes: dict[str, Any]) -> None:
    long_way = credential(package_data.contexts.__wrapped__(), **changes)
    assert credential(contexts, **changes) == long_way
    assert credential(contexts, **changes) == long_way


def test_what_is_learned_is_bounded(contexts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issued, "_MOST", 3)
    known = issued.of(contexts, Profile.CLOSED)
    for number in range(8):
        name = {"@value": "x", "@language": "sv"} if number % 2 else f"bevis {number}"
        credential(contexts, name=name, validUntil=None if number % 3 else "2027-01-01T00:00:00Z")
        assert len(known._kinds) <= 4
        assert all(len(kind.named) <= 3 for kind in known._kinds.values())


def test_the_options_of_a_day_are_hashed_once_and_few_days_are_remembered(
    contexts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashed, "_MOST_CONFIGURATIONS", 2)
    for day in (0, 1, 2, 0, 3):
        created = w3c.DAY + timedelta(days=day)
        prepared = prepare_credential(w3c.ISSUER, w3c.unsigned(), contexts, created=created)
        fresh = package_data.contexts.__wrapped__()
        expected = prepare_credential(w3c.ISSUER, w3c.unsigned(), fresh, created=created)
        assert prepared.to_be_signed == expected.to_be_signed
        assert len(contexts.compiled["configurations"]) <= 2
