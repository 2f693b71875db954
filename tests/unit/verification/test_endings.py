"""The three endings, and every way a check of a presentation can end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clicid.adapters.gather import settle
from clicid.errors import LocalError
from clicid.formats.base import (
    CheckName,
    Claims,
    FormatId,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    StatusRef,
    Unavailable,
    Wanted,
)
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.ledger.facts import ABSENT
from clicid.verification import Accepted, Ending, RefusedWith, Shown, UndecidedWith, check, check_credential
from clicid.verification.endings import SEAL
from tests.support.world import CLAIMS, DID, LIST_URL, NOW, VCT, Store, World

if TYPE_CHECKING:
    from clicid.formats.base import Have

CHECKERS = {FormatId.SD_JWT_VC: SdJwtVcChecker()}
STATUS = Need(NeedKind.STATUS, LIST_URL, DID)
KEYS = Need(NeedKind.DID, DID)
ACCREDITED = Need(NeedKind.ACCREDITATION, VCT, DID)
SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "report.schema.json").read_bytes())
DAY = timedelta(days=1)


def step(world: World, have: Have, raw: bytes | None = None) -> Ending | Wanted:
    token = world.presentation() if raw is None else raw
    return check(token, have, request=world.request, policy=world.policy, checkers=CHECKERS, now=NOW)


def decide(world: World, have: Have | None = None, raw: bytes | None = None) -> Ending:
    token = world.presentation() if raw is None else raw
    store = Store(world.have if have is None else have)
    ending = settle(lambda found: step(world, found, token), store, NOW)
    jsonschema.validate(
        ending.report.to_json(), SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return ending


def outcomes(ending: Ending) -> dict[CheckName, Outcome]:
    return {line.check: line.outcome for line in ending.report.sections[0].lines}


def line(ending: Ending, name: CheckName) -> Line:
    return next(line for line in ending.report.sections[0].lines if line.check is name)


def test_a_good_presentation_is_accepted() -> None:
    ending = decide(World())

    assert isinstance(ending, Accepted)
    assert ending.credentials[0].claims.reveal() == {
        name: CLAIMS[name] for name in ("family_name", "age_over_18")
    }
    assert list(outcomes(ending)) == list(CheckName)
    assert set(outcomes(ending).values()) == {Outcome.PASSED}


def test_asks_in_order_and_once_for_each() -> None:
    world = World()
    store = Store(world.have)

    settle(lambda have: step(world, have), store, NOW)

    assert store.asked == [ACCREDITED, KEYS, STATUS]


def test_what_is_at_hand_is_there_when_it_is_looked_for() -> None:
    world = World()
    rounds: list[Ending | Wanted] = []

    def counting(have: Have) -> Ending | Wanted:
        rounds.append(step(world, have))
        assert list(have) == [ACCREDITED, KEYS, STATUS]
        return rounds[-1]

    settle(counting, Store(world.have), NOW)

    assert len(rounds) == 1


def test_the_report_names_what_was_shown_and_no_value() -> None:
    ending = decide(World())
    text = json.dumps(ending.report.to_json(), ensure_ascii=False)

    assert ending.report.sections[0].shown == ("age_over_18", "family_name")
    for secret in ("Öhrn", "Åsa", "n-0S6", "1990-02-28"):
        assert secret not in text
    assert isinstance(ending, Accepted)
    assert "Öhrn" not in repr(ending)
    assert "Öhrn" not in str(ending.credentials[0].claims)


def test_only_this_room_makes_an_acceptance() -> None:
    report = decide(World()).report

    for seal in (None, object(), "SEAL"):
        with pytest.raises(LocalError, match=r"verification\.seal"):
            Accepted(report, (), seal)
    with pytest.raises(LocalError):
        replace(Accepted(report, (), SEAL), credentials=(Shown(FormatId.LDP_VC, "", "", Claims({})),), seal=1)


@pytest.mark.parametrize(
    ("need", "code"),
    [
        (ACCREDITED, "accreditation.unavailable"),
        (KEYS, "did.unavailable"),
        (STATUS, "status.unavailable"),
    ],
)
def test_an_outage_is_no_forgery(need: Need, code: str) -> None:
    world = World()

    ending = decide(world, world.have | {need: Unavailable(NOW, "node down")})

    assert isinstance(ending, UndecidedWith)
    assert ending.report.code == code
    assert ending.report.sections[0].shown == ()


@pytest.mark.parametrize(
    ("need", "code"),
    [(ACCREDITED, "accreditation.too_old"), (KEYS, "did.too_old"), (STATUS, "status.too_old")],
)
def test_what_is_too_old_is_undecided_with_its_age(need: Need, code: str) -> None:
    world = World()
    found = world.have[need]
    assert isinstance(found, Material)

    ending = decide(world, world.have | {need: replace(found, as_of=NOW - timedelta(hours=2))})

    assert isinstance(ending, UndecidedWith)
    assert ending.report.code == code
    fresh = line(ending, CheckName.FRESHNESS)
    assert fresh.outcome is Outcome.UNDECIDED
    assert fresh.age == timedelta(hours=2)


def test_freshness_tells_the_oldest_material() -> None:
    world = World()
    old = world.material(world.record.to_bytes(), age=timedelta(minutes=50))

    ending = decide(world, world.have | {KEYS: replace(old, source="chain 1 block 7")})

    fresh = line(ending, CheckName.FRESHNESS)
    assert (fresh.age, fresh.source) == (timedelta(minutes=50), "chain 1 block 7")


def test_a_forgery_makes_nobody_call() -> None:
    world = World()
    jwt, rest = world.presentation().split(b"~", 1)
    head, body, signature = jwt.split(b".")
    forged = b".".join([head, body, signature[::-1]]) + b"~" + rest
    store = Store(world.have)

    ending = settle(lambda have: step(world, have, forged), store, NOW)

    assert isinstance(ending, RefusedWith)
    assert STATUS not in store.asked


def test_steps_after_the_one_that_failed_were_not_reached() -> None:
    world = World()
    world.request = replace(world.request, binding=replace(world.request.binding, nonce="another"))
    ending = decide(world)

    assert ending.report.code == "holder.nonce"
    found = outcomes(ending)
    assert found[CheckName.HOLDER_BINDING] is Outcome.PASSED
    assert found[CheckName.NONCE] is Outcome.FAILED
    for name in (
        CheckName.AUDIENCE,
        CheckName.DISCLOSURES,
        CheckName.POLICY,
        CheckName.SCHEMA,
        CheckName.STATUS,
    ):
        assert found[name] is Outcome.NOT_REACHED


def test_a_type_that_was_not_asked_for_is_refused() -> None:
    world = World()
    world.request = replace(world.request, credential_types=frozenset({"https://schemas.example/age/v1"}))

    ending = decide(world)

    assert ending.report.code == "policy.type"
    assert isinstance(ending, RefusedWith)


@pytest.mark.parametrize(("schemas", "code"), [({}, "schema.unknown"), ({VCT: bytes(32)}, "schema.mismatch")])
def test_the_schema_must_be_the_accredited_one(schemas: dict[str, bytes], code: str) -> None:
    world = World()
    world.policy = replace(world.policy, schemas=schemas)

    ending = decide(world)

    assert (type(ending), ending.report.code) == (RefusedWith, code)


@pytest.mark.parametrize(
    "claims", [{"test_credential": True}, {"test_credential": "no"}, {"testCredential": True}]
)
def test_test_credentials_need_a_policy_that_says_so(claims: dict[str, Any]) -> None:
    world = World()
    world.claims |= claims
    raw = world.presentation(world.credential(always=frozenset(claims)))

    assert decide(world, raw=raw).report.code == "policy.test_credential"
    world.policy = replace(world.policy, rules=replace(world.rules, allow_test=True))
    assert isinstance(decide(world, raw=raw), Accepted)


@pytest.mark.parametrize("age", [timedelta(minutes=1), 365 * DAY])
def test_a_revocation_counts_however_old(age: timedelta) -> None:
    world = World()
    for value in (1, 3):
        world.entry(value)
        have = world.have | {STATUS: world.material(world.snapshot.to_bytes(), age=age)}
        ending = decide(world, have)
        assert (type(ending), ending.report.code) == (RefusedWith, "status.revoked")
        assert line(ending, CheckName.STATUS).age == age


def test_a_suspension_counts_while_it_is_fresh() -> None:
    world = World()
    world.entry(2)
    stale = world.material(world.snapshot.to_bytes(), age=DAY)

    assert decide(world).report.code == "status.suspended"
    assert isinstance(decide(world, world.have | {STATUS: stale}), UndecidedWith)


def test_a_neighbours_revocation_changes_nothing() -> None:
    world = World()
    world.snapshot = replace(world.snapshot, entries=b"\xff\xf3\xff\xff")

    assert isinstance(decide(world), Accepted)


def test_a_value_without_meaning_is_refused() -> None:
    world = World()
    world.snapshot = replace(world.snapshot, width=4, entries=bytes([0, 0, 0x40, 0, 0, 0, 0, 0]))

    assert decide(world).report.code == "status.value"


def test_an_index_outside_the_list_is_refused() -> None:
    world = World()
    world.status = StatusRef(LIST_URL, 16)

    assert (type(decide(world)), decide(world).report.code) == (RefusedWith, "status.index")


@pytest.mark.parametrize(
    ("body", "code"), [(ABSENT, "status.unanchored"), (b"garbled", "status.unavailable")]
)
def test_a_list_that_is_not_there_is_undecided(body: bytes, code: str) -> None:
    world = World()

    ending = decide(world, world.have | {STATUS: world.material(body)})

    assert (type(ending), ending.report.code) == (UndecidedWith, code)


def test_a_list_that_is_not_there_in_old_material_is_too_old() -> None:
    world = World()

    assert (
        decide(world, world.have | {STATUS: world.material(ABSENT, age=DAY)}).report.code == "status.too_old"
    )


def test_material_about_another_list_is_no_material() -> None:
    world = World()
    world.snapshot = replace(world.snapshot, list_id=bytes(32))

    ending = decide(world)

    assert (type(ending), ending.report.code) == (UndecidedWith, "status.unavailable")


def test_a_list_in_trouble_is_undecided_but_its_bits_count() -> None:
    world = World()
    world.snapshot = replace(world.snapshot, trouble="status.digest_mismatch")

    assert (type(decide(world)), decide(world).report.code) == (UndecidedWith, "status.digest_mismatch")
    stale = world.material(world.snapshot.to_bytes(), age=DAY)
    assert decide(world, world.have | {STATUS: stale}).report.code == "status.too_old"
    world.entry(1)
    assert decide(world).report.code == "status.revoked"


def without_status(world: World) -> bytes:
    from tests.support.sd_jwt_vectors import bound, payload, reissued

    return bound(reissued(payload(status=None))).encode()


def test_a_credential_that_can_never_be_revoked_needs_a_policy_that_says_so() -> None:
    world = World()
    raw = without_status(world)

    assert decide(world, raw=raw).report.code == "status.missing"
    world.policy = replace(world.policy, allow_without_status=True)
    ending = decide(world, raw=raw)
    assert isinstance(ending, Accepted)
    assert "no status" in line(ending, CheckName.STATUS).detail


def test_malformed_input_is_refused_without_a_walk() -> None:
    for raw in (b"", b"\xff", b"~", b"{}", b"a.b.c~"):
        store = Store({})
        world = World()
        ending = settle(lambda have, raw=raw, world=world: step(world, have, raw), store, NOW)  # type: ignore[misc]
        assert isinstance(ending, RefusedWith)
        assert store.asked == []
        assert line(ending, CheckName.FRESHNESS).outcome is Outcome.NOT_REACHED


def test_a_format_without_a_checker_is_our_mistake() -> None:
    world = World()
    with pytest.raises(LocalError, match=r"verification\.format"):
        check_credential(b"{}", {}, format=FormatId.LDP_VC, policy=world.policy, checkers=CHECKERS, now=NOW)


def test_the_loop_ends() -> None:
    world = World()
    asked: list[int] = []

    def insatiable(have: Have) -> Ending | Wanted:
        asked.append(len(have))
        return Wanted((Need(NeedKind.DID, str(len(have))),))

    with pytest.raises(LocalError, match=r"verification\.rounds"):
        settle(insatiable, Store(world.have), NOW)
    assert asked == [0, 1, 2, 3, 4, 5]


def test_time_of_the_check_is_the_callers() -> None:
    world = World()
    later = check(
        world.presentation(),
        world.have,
        request=world.request,
        policy=world.policy,
        checkers=CHECKERS,
        now=NOW + timedelta(days=400),
    )

    assert isinstance(later, UndecidedWith)
    assert later.report.checked_at == NOW + timedelta(days=400)
