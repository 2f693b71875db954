"""The two steps all formats share: each outcome, one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.did import jwk
from clicid.did import key as did_key
from clicid.formats import issuer
from clicid.formats.base import (
    Accredited,
    Have,
    HolderBound,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    Unavailable,
    Wanted,
)
from clicid.formats.issuer import ANYBODY, Keyed, Known, issuer_key, issuer_known
from clicid.ledger.facts import ABSENT
from tests.support.webvh import NOW as WEBVH_NOW
from tests.support.webvh import Controller
from tests.support.world import ADDRESS, DID, NOW, VCT, World, attribute

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Rules

ACCREDITED = Need(NeedKind.ACCREDITATION, VCT, DID)
KEYS = Need(NeedKind.DID, DID)
GIVER = "did:ethr:0x1:0x" + "77" * 20
KEY_ID = f"{DID}#delegate-1"
DAY = timedelta(days=1)


def known(world: World, have: Have | None = None, rules: Rules | None = None) -> Known | Line | Wanted:
    return issuer_known(DID, VCT, world.have if have is None else have, rules=rules or world.rules, now=NOW)


def keyed(world: World, have: Have | None = None, key_id: str = KEY_ID) -> Keyed | Line | Wanted:
    return issuer_key(key_id, DID, world.have if have is None else have, rules=world.rules, now=NOW)


def line(found: Known | Keyed | Line | Wanted) -> tuple[Outcome, str]:
    assert isinstance(found, Line)
    return found.outcome, found.code


def test_an_accredited_issuer_is_known() -> None:
    found = known(World())

    assert isinstance(found, Known)
    assert found.line.outcome is Outcome.PASSED
    assert found.line.age == timedelta(minutes=1)
    assert found.line.source == "chain 1 block 100"


def test_wants_the_accreditation_first() -> None:
    assert known(World(), have={}) == Wanted((ACCREDITED,))


def test_a_policys_list_narrows_and_asks_nobody() -> None:
    world = World()
    listed = replace(world.rules, issuers=frozenset({DID}))
    others = replace(world.rules, issuers=frozenset({GIVER}))

    assert isinstance(known(world, rules=listed), Known)
    assert known(world, have={}, rules=listed) == Wanted((ACCREDITED,))
    assert line(known(world, have={}, rules=others)) == (Outcome.FAILED, "issuer.unknown")


def test_what_cannot_be_read_is_undecided() -> None:
    gone = known(World(), have={ACCREDITED: Unavailable(NOW, "node down")})

    assert line(gone) == (Outcome.UNDECIDED, "accreditation.unavailable")
    assert isinstance(gone, Line)
    assert gone.detail == "node down"


def test_what_the_store_garbled_is_undecided() -> None:
    world = World()
    garbled = known(world, have={ACCREDITED: world.material(b"{}")})

    assert line(garbled) == (Outcome.UNDECIDED, "accreditation.unavailable")


def test_what_the_chain_does_not_say_is_refused() -> None:
    world = World()

    assert line(known(world, have={ACCREDITED: world.material(ABSENT)})) == (
        Outcome.FAILED,
        "issuer.not_accredited",
    )


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(hours=1), ""),
        (timedelta(hours=1, seconds=1), "accreditation.too_old"),
        (timedelta(seconds=-30), ""),
        (timedelta(seconds=-31), "clock.behind"),
    ],
)
def test_age_is_now_minus_as_of(age: timedelta, code: str) -> None:
    world = World()
    body = world.accreditation.to_bytes()
    # Obtained a year ago or just now: it does not matter.
    found = known(world, have={ACCREDITED: Material(body, NOW - 365 * DAY, NOW - age, "chain")})

    if not code:
        assert isinstance(found, Known)
        return
    assert line(found) == (Outcome.UNDECIDED, code)
    assert isinstance(found, Line)
    assert found.age == age


def test_a_kind_without_a_largest_age_allows_none() -> None:
    world = World()

    assert line(known(world, rules=replace(world.rules, max_age={}))) == (
        Outcome.UNDECIDED,
        "accreditation.too_old",
    )


def delegated(world: World, giver: object = None) -> Have:
    own = replace(world.accreditation, delegated_by=GIVER)
    have = {**world.have, ACCREDITED: world.material(own.to_bytes())}
    body = giver.to_bytes() if hasattr(giver, "to_bytes") else ABSENT
    return have | {Need(NeedKind.ACCREDITATION, VCT, GIVER): world.material(body)}


def test_a_right_passed_on_holds_while_the_givers_does() -> None:
    world = World()
    giver = replace(world.accreditation, did=GIVER)
    have = delegated(world, giver)

    assert isinstance(known(world, have=have), Known)
    assert known(world, have={ACCREDITED: have[ACCREDITED]}) == Wanted(
        (Need(NeedKind.ACCREDITATION, VCT, GIVER),)
    )
    withdrawn = delegated(world, replace(giver, withdrawn_at=1))
    assert line(known(world, have=withdrawn)) == (Outcome.FAILED, "issuer.accreditation_withdrawn")
    assert line(known(world, have=delegated(world))) == (Outcome.FAILED, "issuer.not_accredited")


def test_a_right_is_passed_on_once_only() -> None:
    world = World()
    giver = replace(world.accreditation, did=GIVER, delegated_by=DID)

    assert line(known(world, have=delegated(world, giver))) == (Outcome.FAILED, "issuer.not_accredited")


def test_a_key_of_the_did_is_found() -> None:
    world = World()
    found = keyed(world)

    assert isinstance(found, Keyed)
    assert found.key == world.keys.public(world.issuer_ref)
    assert found.line.age == timedelta(minutes=1)


def test_wants_the_did() -> None:
    assert keyed(World(), have={}) == Wanted((KEYS,))


def test_did_that_cannot_be_read_is_undecided() -> None:
    world = World()

    assert line(keyed(world, have={KEYS: Unavailable(NOW, "down")})) == (Outcome.UNDECIDED, "did.unavailable")
    assert line(keyed(world, have={KEYS: world.material(b"null")})) == (Outcome.UNDECIDED, "did.unavailable")
    stale = {KEYS: world.material(b"null", age=DAY)}
    assert line(keyed(world, have=stale)) == (Outcome.UNDECIDED, "did.too_old")


def test_a_key_that_may_be_one_of_too_many_is_undecided() -> None:
    world = World()
    more = replace(world.record, dropped=True)
    assert isinstance(keyed(world, have={KEYS: world.material(more.to_bytes())}), Keyed)
    found = keyed(world, {KEYS: world.material(more.to_bytes())}, f"{DID}#delegate-9")
    assert line(found) == (Outcome.UNDECIDED, "did.unavailable")


@pytest.mark.parametrize(
    "key_id",
    [
        f"{DID}#delegate-9",
        f"{DID}#controller",
        f"{DID}#",
        f"{DID}",
        f"{DID}/a#delegate-1",
        "",
        "x#delegate-1",
    ],
)
def test_keys_the_document_does_not_have(key_id: str) -> None:
    assert line(keyed(World(), key_id=key_id)) == (Outcome.FAILED, "issuer.key_unknown")


def test_material_about_another_did_is_no_material() -> None:
    world = World()
    other = replace(world.record, did="did:ethr:0x2:0x" + ADDRESS.hex())

    assert line(keyed(world, have={KEYS: world.material(other.to_bytes())})) == (
        Outcome.FAILED,
        "issuer.key_unknown",
    )


def revoked(world: World) -> bytes:
    key = world.record.keys[0]
    return attribute(world.record, key.value, valid_to=NOW - 9 * DAY, at=NOW - DAY).to_bytes()


def test_bad_news_about_keys_has_no_age() -> None:
    world = World()
    off = world.record.with_owner(bytes(20)).to_bytes()
    for age in (timedelta(0), 365 * DAY):
        assert line(keyed(world, have={KEYS: world.material(revoked(world), age=age)})) == (
            Outcome.FAILED,
            "issuer.key_revoked",
        )
        assert line(keyed(world, have={KEYS: world.material(off, age=age)})) == (
            Outcome.FAILED,
            "issuer.deactivated",
        )


def test_good_news_about_keys_ages() -> None:
    world = World()
    body = world.record.to_bytes()

    assert line(keyed(world, have={KEYS: world.material(body, age=DAY)})) == (
        Outcome.UNDECIDED,
        "did.too_old",
    )
    # A key that is not there may have been set since.
    assert line(keyed(world, have={KEYS: world.material(body, age=DAY)}, key_id=f"{DID}#delegate-9")) == (
        Outcome.UNDECIDED,
        "did.too_old",
    )


def test_a_retired_key_is_over() -> None:
    world = World()
    key = world.record.keys[0]
    record = replace(world.record, keys=(replace(key, valid_to=int((NOW - DAY).timestamp())),))

    assert line(keyed(world, have={KEYS: world.material(record.to_bytes())})) == (
        Outcome.FAILED,
        "issuer.key_expired",
    )


def test_methods_that_are_their_own_document_want_nothing() -> None:
    world = World()
    key = world.keys.public(world.ed_ref)
    first = did_key.create(key)
    second = jwk.create(key)
    for did, key_id in ((first, f"{first}#{key.to_multikey()}"), (second, f"{second}#0")):
        found = issuer_key(key_id, did, {}, rules=world.rules, now=NOW)
        assert isinstance(found, Keyed)
        assert found.key == key
    broken = issuer_key("did:key:z6Mk#x", "did:key:z6Mk", {}, rules=world.rules, now=NOW)
    assert isinstance(broken, Line)
    assert broken.outcome is Outcome.FAILED


def test_a_policy_may_let_anybody_be_the_issuer_and_the_line_says_so() -> None:
    world = World()
    rules = replace(world.rules, accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER)
    found = known(world, {}, rules)
    assert isinstance(found, Known)
    assert found.accreditation is None
    assert (found.line.outcome, found.line.detail) == (Outcome.PASSED, ANYBODY)
    listed = known(world, {}, replace(rules, issuers=frozenset({"did:key:z6MkOther"})))
    assert isinstance(listed, Line)
    assert listed.code == "issuer.unknown"


def test_nothing_in_a_policy_lets_anybody_be_the_issuer_unless_it_says_so() -> None:
    assert World().rules.accredited is Accredited.REQUIRED
    assert World().rules.holder is HolderBound.REQUIRED


AGES = st.sampled_from([timedelta(minutes=1), timedelta(hours=1, seconds=1)])
SECONDS = st.integers(-3, 3).map(lambda number: timedelta(seconds=number))


@given(
    now=SECONDS,
    age=AGES | st.sampled_from([timedelta(hours=1), timedelta(-1)]),
    changes=st.fixed_dictionaries(
        {},
        optional={
            "valid_from": SECONDS.map(lambda off: int((NOW + off).timestamp())),
            "valid_until": SECONDS.map(lambda off: int((NOW + off).timestamp())) | st.just(2**53 - 1),
            "withdrawn_at": st.none() | st.just(int(NOW.timestamp())),
            "delegated_by": st.sampled_from(["", GIVER]),
            "did": st.sampled_from([DID, GIVER]),
            "type_id": st.sampled_from([bytes(32)]),
        },
    ),
)
def test_what_is_usual_is_what_the_steps_say(now: timedelta, age: timedelta, changes: dict[str, Any]) -> None:
    world = World()
    at = NOW + now
    body = replace(world.accreditation, **changes).to_bytes()
    have: Have = {ACCREDITED: world.material(body, age=age)}
    usual = issuer._usually_known(DID, VCT, have, world.rules, at)
    steps = issuer._accredited(DID, VCT, have, rules=world.rules, now=at)
    assert usual is None or usual == steps
    if not changes and age == timedelta(minutes=1):
        assert usual is not None


@given(
    now=SECONDS,
    age=AGES,
    until=SECONDS,
    ended=st.booleans(),
    deactivated=st.booleans(),
    key_id=st.sampled_from([KEY_ID, f"{DID}#delegate-2", f"{DID}#controller"]),
    did=st.sampled_from([DID, GIVER]),
)
def test_the_usual_key_is_the_key_that_the_steps_find(
    *, now: timedelta, age: timedelta, until: timedelta, ended: bool, deactivated: bool, key_id: str, did: str
) -> None:
    world = World()
    at = NOW + now
    key = replace(world.record.keys[0], valid_to=int((NOW + until).timestamp()))
    key = replace(key, ended_at=int(NOW.timestamp()) if ended else None)
    record = replace(world.record, did=did, keys=(key, *world.record.keys[1:]), deactivated=deactivated)
    have: Have = {KEYS: world.material(record.to_bytes(), age=age)}
    usual = issuer._usual_key(key_id, DID, have, world.rules, at)
    assert usual is None or usual == issuer._by_material(key_id, DID, have, world.rules, at)


def test_the_usual_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    assert issuer._usual_key(KEY_ID, DID, world.have, world.rules, NOW) == keyed(world)
    monkeypatch.setattr(issuer, "_usual_key", lambda *_: None)
    monkeypatch.setattr(issuer, "_usually_known", lambda *_: None)
    assert isinstance(keyed(world), Keyed)
    assert isinstance(known(world), Known)


def webvh_line(controller: Controller, name: str = "a", *, at: datetime = WEBVH_NOW) -> Keyed | Line | Wanted:
    did = controller.did
    have = {Need(NeedKind.DID, did): Material(controller.files.to_bytes(), at, at, "https://issuer.example")}
    return issuer_key(f"{did}#{name}", did, have, rules=World().rules, now=WEBVH_NOW)


def test_an_issuer_with_a_history_on_the_web() -> None:
    controller = Controller().create()
    found = webvh_line(controller)
    assert isinstance(found, Keyed)
    assert found.key == controller.key("a")
    assert found.line.source == "https://issuer.example"
    assert line(webvh_line(controller, "b")) == (Outcome.FAILED, "issuer.key_unknown")
    assert line(webvh_line(controller, at=WEBVH_NOW - 2 * DAY)) == (Outcome.UNDECIDED, "did.too_old")
    controller.update(controller.state("b", did=controller.did))
    assert line(webvh_line(controller)) == (Outcome.FAILED, "issuer.key_revoked")
    assert isinstance(webvh_line(controller, "b"), Keyed)
    controller.update(deactivated=True, updateKeys=[])
    assert line(webvh_line(controller, "b")) == (Outcome.FAILED, "issuer.deactivated")


def test_a_log_that_does_not_hold_decides_nothing() -> None:
    controller = Controller().create().update(signer="thief")
    found = webvh_line(controller)
    assert line(found) == (Outcome.UNDECIDED, "did.unavailable")
    assert isinstance(found, Line)
    assert "did.log_proof" in found.detail


@pytest.mark.parametrize("code", ["did.forked", "did.rolled_back"])
def test_a_log_that_contradicts_what_was_seen_is_told_as_such(code: str) -> None:
    controller = Controller().create()
    have = {Need(NeedKind.DID, controller.did): Unavailable(WEBVH_NOW, code)}
    found = issuer_key(f"{controller.did}#a", controller.did, have, rules=World().rules, now=WEBVH_NOW)
    assert line(found) == (Outcome.UNDECIDED, code)
