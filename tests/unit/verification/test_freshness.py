"""How old material may be: by its kind, and by the type of the credential it is about."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.codec import jcs
from clicid.formats.base import CheckName, NeedKind
from clicid.verification import Checkers, Policy, Verdict, bundle, checkers
from tests.support import w3c
from tests.support.bundles import FOLDER
from tests.support.world import NOW, VCT, World
from tests.unit.verification.test_endings import CHECKERS, decide, line

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
CHECKED = {
    NeedKind.ACCREDITATION: CheckName.ISSUER_KNOWN,
    NeedKind.DID: CheckName.ISSUER_KEY,
    NeedKind.STATUS: CheckName.STATUS,
}


def with_ages(by_kind: dict[NeedKind, timedelta], **by_type: dict[NeedKind, timedelta]) -> World:
    """A world whose material is a minute old; `mine` is its credential's type."""
    world = World()
    types = {VCT if name == "mine" else f"https://{name}.example": ages for name, ages in by_type.items()}
    world.rules = replace(world.rules, max_age={**world.rules.max_age, **by_kind}, type_max_age=types)
    world.policy = replace(world.policy, rules=world.rules)
    return world


@pytest.mark.parametrize("kind", CHECKED)
def test_each_kind_has_its_own_age(kind: NeedKind) -> None:
    ending = decide(with_ages({kind: MINUTE - SECOND}))
    assert (ending.report.verdict, ending.report.code) == (Verdict.UNDECIDED, f"{kind}.too_old")
    found = line(ending, CHECKED[kind])
    assert (found.age, found.allowed) == (MINUTE, MINUTE - SECOND)
    others = {other: SECOND for other in NeedKind if other not in CHECKED}
    assert decide(with_ages({kind: MINUTE, **others})).report.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", CHECKED)
def test_a_type_may_be_held_to_a_stricter_age(kind: NeedKind) -> None:
    ending = decide(with_ages({}, mine={kind: SECOND}))
    assert (ending.report.verdict, ending.report.code) == (Verdict.UNDECIDED, f"{kind}.too_old")
    assert line(ending, CHECKED[kind]).allowed == SECOND
    assert decide(with_ages({}, other={kind: SECOND})).report.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", CHECKED)
def test_a_type_may_be_granted_a_longer_one(kind: NeedKind) -> None:
    ending = decide(with_ages({kind: SECOND}, mine={kind: HOUR}))
    assert ending.report.verdict is Verdict.ACCEPTED
    assert line(ending, CHECKED[kind]).allowed == HOUR
    assert decide(with_ages({kind: SECOND}, other={kind: HOUR})).report.verdict is Verdict.UNDECIDED


def test_kinds_that_a_type_does_not_name_keep_the_general_age() -> None:
    ending = decide(with_ages({NeedKind.STATUS: SECOND}, mine={NeedKind.DID: HOUR}))
    assert ending.report.code == "status.too_old"


def test_every_age_in_a_report_stands_beside_the_one_that_is_allowed() -> None:
    ages = {NeedKind.ACCREDITATION: HOUR, NeedKind.DID: 2 * HOUR, NeedKind.STATUS: 3 * HOUR}
    report: Any = decide(with_ages({}, mine=ages)).report.to_json()
    (section,) = report["sections"]
    told = {row["check"]: (row["age_seconds"], row["allowed_age_seconds"]) for row in section["checks"]}
    assert told["issuer_known"] == (60, 3600)
    assert told["issuer_key"] == (60, 7200)
    assert told["status"] == (60, 10800)
    assert told["validity"] == (None, None)
    assert None not in told["freshness"]


@pytest.mark.parametrize("kind", CHECKED)
def test_a_w3c_credential_goes_by_its_type_too(kind: NeedKind) -> None:
    """A saved check of one, decided again by a policy that is stricter for its type."""
    saved = json.loads((FOLDER / "w3c_accepted.json").read_bytes())
    (credential_type,) = saved["request"]["credential_types"]
    assert bundle.replay(jcs.dumps(saved), _checkers).report.verdict is Verdict.ACCEPTED
    saved["version"] = 2
    saved["policy"]["type_max_age"] = {credential_type: {kind.value: 0}}
    assert bundle.replay(jcs.dumps(saved), _checkers).report.code == f"{kind}.too_old"


def _checkers(_policy: Policy) -> Checkers:
    return checkers(w3c.CONTEXTS)


def test_a_saved_check_keeps_ages_by_type_and_says_that_it_has_them() -> None:
    strict, usual = with_ages({}, mine={NeedKind.STATUS: SECOND}), World()
    for world, version, code in ((strict, 2, "status.too_old"), (usual, 1, "")):
        saved = bundle.dump(
            world.presentation(), world.have, request=world.request, policy=world.policy, now=NOW
        )
        assert f'"version":{version}'.encode() in saved
        assert bundle.replay(saved, lambda _: CHECKERS).report.code == code
