"""A status list that the issuer signed and published over HTTP: it may only refuse, never accept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.codec import strict_json
from clicid.formats.base import CheckName, FormatId, Line, Need, NeedKind, Unavailable
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.keys.algorithms import P256
from clicid.securing import cose, jws
from clicid.status import token_list_cwt
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.verification import (
    Accepted,
    Ending,
    RefusedWith,
    SignedLists,
    UndecidedWith,
    check,
    signed_lists,
)
from tests.support.world import DID, LIST_URL, NOW, Store, World

if TYPE_CHECKING:
    from clicid.formats.base import Have, Wanted

SIGNED = Need(NeedKind.STATUS_LIST, LIST_URL, DID)
SECOND = int(NOW.timestamp())


def token(world: World, entries: bytes = bytes(4), *, signer: str = "issuer", **changes: Any) -> bytes:
    """A Status List Token; changes are members of its claims or its header's `kid`."""
    header = {"typ": "statuslist+jwt", "alg": "ES256", "kid": changes.pop("kid", f"{DID}#delegate-1")}
    claims: dict[str, Any] = {"sub": LIST_URL, "iat": SECOND, "exp": None, "ttl": None} | changes
    body = StatusListToken(**claims, status_list=TokenStatusList(2, entries))
    prepared = jws.prepare(header, strict_json.dumps(body.payload()))
    ref = world.keys.find(signer)
    assert ref is not None
    return prepared.complete([world.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])


def cwt(world: World, entries: bytes = bytes(4), *, signer: str = "issuer", **changes: Any) -> bytes:
    """The same as a CWT."""
    named = {cose.KID: changes.pop("kid", f"{DID}#delegate-1".encode())}
    claims: dict[str, Any] = {"sub": LIST_URL, "iat": SECOND, "exp": None, "ttl": None} | changes
    body = StatusListToken(**claims, status_list=TokenStatusList(2, entries))
    prepared = token_list_cwt.prepare(body, P256, {name: value for name, value in named.items() if value})
    ref = world.keys.find(signer)
    assert ref is not None
    return prepared.complete([world.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])


def entries(value: int) -> bytes:
    packed = bytearray(4)
    packed[1] = value << 2  # entry 5 of two bits
    return bytes(packed)


def decide(world: World, body: bytes | None, *, age: timedelta = timedelta(0)) -> tuple[Ending, Store]:
    found = Unavailable(NOW, "timeout") if body is None else world.material(body, age=age)
    store = Store({**world.have, SIGNED: found})
    presentation = world.presentation()

    def step(have: Have) -> Ending | Wanted:
        checkers = {FormatId.SD_JWT_VC: SdJwtVcChecker()}
        return check(
            presentation, have, request=world.request, policy=world.policy, checkers=checkers, now=NOW
        )

    return settle(step, store, NOW), store


def line(ending: Ending) -> Line:
    return next(line for line in ending.report.sections[0].lines if line.check is CheckName.STATUS)


@pytest.fixture
def world() -> World:
    world = World()
    world.policy = replace(world.policy, signed_lists=SignedLists.MAY_REFUSE)
    return world


def test_is_asked_for_only_if_the_policy_says_so(world: World) -> None:
    assert SIGNED in decide(world, token(world))[1].asked
    world.policy = replace(world.policy, signed_lists=SignedLists.IGNORED)
    ending, store = decide(world, token(world, entries(1)))
    assert SIGNED not in store.asked
    assert isinstance(ending, Accepted)


def test_a_revocation_in_it_refuses_before_it_is_anchored(world: World) -> None:
    for age in (timedelta(0), timedelta(days=30)):
        ending, _ = decide(world, token(world, entries(1)), age=age)
        assert (type(ending), ending.report.code) == (RefusedWith, "status.revoked")


def test_a_suspension_in_it_refuses_while_it_is_fresh(world: World) -> None:
    ending, _ = decide(world, token(world, entries(2)))
    assert ending.report.code == "status.suspended"
    ending, _ = decide(world, token(world, entries(2)), age=timedelta(days=1))
    assert isinstance(ending, Accepted)


def test_it_never_lifts_what_is_anchored(world: World) -> None:
    for value, code in ((1, "status.revoked"), (2, "status.suspended")):
        other = World()
        other.policy = world.policy
        other.entry(value)
        ending, store = decide(other, token(other))
        assert ending.report.code == code
        assert SIGNED not in store.asked


def test_it_never_makes_up_for_an_anchored_list_that_is_too_old(world: World) -> None:
    status = Need(NeedKind.STATUS, LIST_URL, DID)
    have: Have = {
        **world.have,
        SIGNED: world.material(token(world)),
        status: world.material(world.snapshot.to_bytes(), age=timedelta(days=1)),
    }
    ending = check(
        world.presentation(),
        have,
        request=world.request,
        policy=world.policy,
        checkers={FormatId.SD_JWT_VC: SdJwtVcChecker()},
        now=NOW,
    )

    assert isinstance(ending, UndecidedWith)


def test_its_absence_changes_nothing(world: World) -> None:
    ending, _ = decide(world, None)

    assert isinstance(ending, Accepted)
    assert line(ending).detail == "the signed list could not be had"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signer": "other"}, "keys.signature"),
        ({"kid": f"{DID}#delegate-9"}, "issuer.key_unknown"),
        ({"kid": "did:ethr:0x1:0x" + "cd" * 20 + "#delegate-1"}, "issuer.key_unknown"),
        ({"sub": "https://issuer.example/status/2"}, "status.token_list"),
        ({"exp": SECOND}, "status.token_list"),
        ({"entries": b"\x00"}, "status.index"),
    ],
)
def test_one_that_cannot_be_trusted_changes_nothing(world: World, changes: dict[str, Any], code: str) -> None:
    ending, _ = decide(world, token(world, **({"entries": b"\xff" * 4} | changes)))

    assert isinstance(ending, Accepted)
    assert line(ending).detail == f"the signed list was not used: {code}"


def test_rubbish_changes_nothing(world: World) -> None:
    ending, _ = decide(world, b"rubbish")

    assert isinstance(ending, Accepted)


@pytest.mark.parametrize(("value", "code"), [(0, ""), (1, "status.revoked"), (2, "status.suspended")])
def test_a_cwt_says_the_same(world: World, value: int, code: str) -> None:
    ending, _ = decide(world, cwt(world, entries(value)))
    assert ending.report.code == code
    assert isinstance(ending, RefusedWith if code else Accepted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signer": "holder"}, "keys.signature"),
        ({"kid": None}, "issuer.key_unknown"),
        ({"kid": b"\xff"}, "issuer.key_unknown"),
        ({"kid": b"did:ethr:0x01#delegate-1"}, "issuer.key_unknown"),
        ({"sub": "https://issuer.example/another"}, "status.token_list"),
        ({"exp": SECOND}, "status.token_list"),
    ],
)
def test_a_cwt_that_is_not_the_issuers_is_not_used(world: World, changes: dict[str, Any], code: str) -> None:
    ending, _ = decide(world, cwt(world, entries(1), **changes))
    assert isinstance(ending, Accepted), ending.report
    assert line(ending).detail == f"the signed list was not used: {code}"


def test_claims_and_media_type_of_either_form(world: World) -> None:
    for made, media_type in ((token, "application/statuslist+jwt"), (cwt, "application/statuslist+cwt")):
        raw = made(world, entries(1))
        assert signed_lists.unverified(raw).status_list[5] == 1
        assert signed_lists.media_type(raw) == media_type
