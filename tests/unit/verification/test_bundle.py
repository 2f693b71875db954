"""Bundles: decided again as they were decided, from nothing but themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.errors import LocalError
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Unavailable, Wanted
from clicid.ledger.facts import StatusSnapshot
from clicid.status.rows import list_id
from clicid.verification import (
    Accepted,
    Policy,
    Request,
    SignedLists,
    UndecidedWith,
    Verdict,
    bundle,
    check,
    checkers,
)
from tests.support import bundles
from tests.support.bundles import STATUS
from tests.support.refusals import refused
from tests.support.w3c import CONTEXTS
from tests.support.world import ADDRESS, LIST_URL, NOW, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.formats.base import Have

CHECKERS = checkers(CONTEXTS)
CASES = bundles.cases()
GOOD = CASES["sd_jwt_accepted"].raw


def test_the_files_are_what_the_program_makes() -> None:
    assert {path.stem for path in bundles.FOLDER.glob("*.json")} == set(CASES)
    for name, saved in CASES.items():
        assert bundles.path(name).read_bytes() == saved.raw + b"\n", name


@pytest.mark.parametrize("name", CASES)
def test_a_saved_bundle_ends_as_it_did(name: str) -> None:
    ending = bundle.replay(bundles.path(name).read_bytes(), lambda _: CHECKERS)

    assert (ending.report.verdict, ending.report.code) == (CASES[name].verdict, CASES[name].code)
    assert isinstance(ending, Accepted) == (CASES[name].verdict is Verdict.ACCEPTED)


def again(world: World, raw: bytes, have: Have, **changes: Any) -> None:
    """A check and its replay give one report, and one set of claims."""
    how: dict[str, Any] = {"request": world.request, "policy": world.policy, "now": NOW} | changes
    ending = check(raw, have, checkers=CHECKERS, **how)
    assert not isinstance(ending, Wanted)
    replayed = bundle.replay(bundle.dump(raw, have, **how), lambda _: CHECKERS)
    assert replayed.report == ending.report
    if isinstance(ending, Accepted):
        assert isinstance(replayed, Accepted)
        assert [one.claims.reveal() for one in replayed.credentials] == [
            one.claims.reveal() for one in ending.credentials
        ]


def test_the_report_is_the_same_for_every_policy_and_material() -> None:
    world = World()
    presentation = world.presentation()
    rules = replace(world.rules, issuers=frozenset({world.issuer.did}), allow_test=True)
    policy = replace(
        world.policy, rules=rules, signed_lists=SignedLists.MAY_REFUSE, allow_without_status=True, name=""
    )
    unread = {Need(NeedKind.STATUS_LIST, STATUS.uri, STATUS.subject): Unavailable(NOW, "")}
    again(world, presentation, world.have | unread, policy=policy)
    again(
        world,
        presentation,
        world.have,
        policy=replace(world.policy, rules=replace(rules, issuers=frozenset())),
    )
    again(world, b"", world.have)
    again(world, presentation, world.have, request=replace(world.request, binding=Binding("else", "where")))
    again(world, presentation, world.have, request=replace(world.request, credential_types=frozenset()))


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1)])
def test_what_was_just_fresh_enough_still_is(late: timedelta) -> None:
    world = World()
    now = NOW + timedelta(microseconds=250_000)
    found = world.material(world.snapshot.to_bytes())
    have = world.have | {STATUS: replace(found, as_of=now - world.rules.max_age[NeedKind.STATUS] - late)}
    dumped = bundle.dump(world.presentation(), have, request=world.request, policy=world.policy, now=now)

    assert isinstance(bundle.replay(dumped, lambda _: CHECKERS), UndecidedWith if late else Accepted)


def test_a_list_of_sixteen_million_fits() -> None:
    world = World()
    size = 1 << 24
    snapshot = StatusSnapshot(list_id(ADDRESS, LIST_URL), 1, 2, size, bytes(size // 4))
    again(world, world.presentation(), world.have | {STATUS: world.material(snapshot.to_bytes())})


def test_what_cannot_be_read_back_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def dump(now: datetime) -> bytes:
        return bundle.dump(b"x", world.have, request=world.request, policy=world.policy, now=now)

    with refused("codec.jcs"):
        dump(datetime(9999, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(bundle, "MAX_BYTES", len(dump(NOW)) - 1)
    with refused("verifier.bundle", kind=LocalError):
        dump(NOW)


def _set(*path: str, to: object) -> Callable[[dict[str, Any]], None]:
    def edit(obj: dict[str, Any]) -> None:
        *above, last = path
        place: Any = obj
        for step in above:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[int(last) if isinstance(place, list) else last] = to

    return edit


def _drop(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(obj: dict[str, Any]) -> None:
        del obj[name]

    return edit


def _late(obj: dict[str, Any]) -> None:
    obj["have"] = obj["have"][:1] * 1001


EDITS: dict[str, Callable[[dict[str, Any]], None]] = {
    "another kind": _set("kind", to="verification.other"),
    "another version": _set("version", to=6),
    "no time": _drop("now"),
    "a time before 1970": _set("now", to=-1),
    "a time after 2255": _set("now", to=2**53),
    "a text for a time": _set("now", to="2026"),
    "no presentation": _drop("raw"),
    "loose bits": _set("raw", to="AB"),
    "no request": _drop("request"),
    "an unknown format": _set("request", "format", to="mso_other"),
    "no nonce": _set("request", "nonce", to=""),
    "types that are no texts": _set("request", "credential_types", to=[1]),
    "a policy that is a list": _set("policy", to=[]),
    "an unknown kind of age": _set("policy", "max_age", to={"weather": 1}),
    "a negative age": _set("policy", "max_age", to={"did": -1}),
    "an endless leeway": _set("policy", "leeway", to=10**30),
    "a schema that is no digest": _set("policy", "schemas", to={"urn:x": "00"}),
    "an unknown use of lists": _set("policy", "signed_lists", to="may_accept"),
    "issuers that are a text": _set("policy", "issuers", to="did:key:z6Mk"),
    "a flag that is a text": _set("policy", "allow_test", to="yes"),
    "too much material": _late,
    "material that is a text": _set("have", to=["x"]),
    "an unknown need": _set("have", "0", "kind", to="weather"),
    "a body with padding": _set("have", "0", "body", to="AA=="),
    "material without a source": _set("have", "0", "source", to=None),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_is_no_bundle_is_our_error(edit: Callable[[dict[str, Any]], None]) -> None:
    obj = json.loads(GOOD)
    edit(obj)
    with refused("verifier.bundle", kind=LocalError):
        bundle.replay(json.dumps(obj).encode(), lambda _: CHECKERS)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", GOOD.replace(b'{"have"', b'{"now":1,"have"'), b"\xff"])
def test_bytes_that_are_no_object(raw: bytes) -> None:
    with refused("verifier.bundle", kind=LocalError):
        bundle.replay(raw, lambda _: CHECKERS)


def test_material_that_was_not_saved() -> None:
    obj = json.loads(GOOD)
    obj["have"].pop(0)
    with refused("verifier.bundle", "/have", kind=LocalError):
        bundle.replay(json.dumps(obj).encode(), lambda _: CHECKERS)


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2255, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=36_500))
FOUND = st.builds(Material, st.binary(max_size=64), MOMENTS, MOMENTS, st.text(max_size=9)) | st.builds(
    Unavailable, MOMENTS, st.text(max_size=9)
)
NEEDS = st.builds(Need, st.sampled_from(NeedKind), st.text(min_size=1, max_size=9), st.text(max_size=9))


@given(
    st.binary(max_size=64),
    st.dictionaries(NEEDS, FOUND, max_size=4),
    st.sampled_from(FormatId),
    MOMENTS,
    st.dictionaries(st.sampled_from(NeedKind), LENGTHS),
    st.dictionaries(st.text(max_size=9), st.dictionaries(st.sampled_from(NeedKind), LENGTHS), max_size=2),
    LENGTHS,
)
def test_whatever_is_written_is_read_back(  # noqa: PLR0917 - one argument a strategy
    raw: bytes,
    have: dict[Need, Material | Unavailable],
    form: FormatId,
    now: datetime,
    ages: dict[NeedKind, timedelta],
    type_ages: dict[str, dict[NeedKind, timedelta]],
    leeway: timedelta,
) -> None:
    world = World()
    policy = Policy(
        name=world.policy.name,
        rules=replace(world.rules, max_age=ages, leeway=leeway, type_max_age=type_ages),
        schemas=world.policy.schemas,
        signed_lists=world.policy.signed_lists,
        network=world.policy.network,
    )
    request = Request(form, world.request.binding, world.request.credential_types)
    dumped = bundle.dump(raw, have, request=request, policy=policy, now=now)
    seen: list[tuple[Any, ...]] = []

    def recorded(*args: Any, **how: Any) -> Wanted:
        seen.append((*args, how["request"], how["policy"], how["now"]))
        return Wanted(())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "check", recorded)
        with refused("verifier.bundle", "/have", kind=LocalError):
            bundle.replay(dumped, lambda _: CHECKERS)
    assert seen == [(raw, have, request, policy, now)]
