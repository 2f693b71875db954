"""Attacks on the seams between formats, lists and chain: none leads to an acceptance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.did import key as did_key
from clicid.formats.base import CheckName, FormatId, Need, NeedKind, Outcome, StatusRef
from clicid.ledger.facts import StatusSnapshot
from clicid.status.rows import list_id
from clicid.verification import Accepted, Request, check, check_credential
from tests.support.asking import AGE_TYPE, CHECKERS, Holder
from tests.support.world import ADDRESS, BINDING, DID, LIST_URL, VCT, Store, World

if TYPE_CHECKING:
    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending

ELSEWHERE = "https://issuer.example/status/2"


def present(
    world: World, raw: bytes, have: Any = None, form: FormatId = FormatId.SD_JWT_VC
) -> tuple[Ending, Store]:
    store = Store(world.have if have is None else have)
    request = Request(form, BINDING, frozenset({VCT, AGE_TYPE}))

    def step(have: Have) -> Ending | Wanted:
        return check(raw, have, request=request, policy=world.policy, checkers=CHECKERS, now=world.now)

    return settle(step, store, world.now), store


def lines(ending: Ending) -> dict[CheckName, str]:
    (section, *_) = ending.report.sections
    return {line.check: line.code for line in section.lines if line.outcome is not Outcome.PASSED}


@pytest.mark.parametrize("asked", [FormatId.LDP_VP, FormatId.LDP_VC])
def test_an_sd_jwt_is_not_read_as_json_ld(asked: FormatId) -> None:
    world = World()
    ending, store = present(world, world.presentation(), form=asked)
    assert ending.report.code.split(".")[0] in {"codec", "vc"}
    assert store.asked == []


@pytest.mark.parametrize("held", ["age", "id"])
def test_a_credential_at_rest_is_no_presentation(held: str) -> None:
    holder = Holder()
    raw = holder.holdings[held].raw
    for form in FormatId:
        if form not in CHECKERS:
            continue
        ending, _ = present(holder.world, raw, {**holder.have}, form)
        assert not isinstance(ending, Accepted), form


def test_json_ld_is_not_read_as_an_sd_jwt() -> None:
    holder = Holder()
    ending, store = present(holder.world, holder.holdings["age"].raw)
    assert lines(ending)[CheckName.STRUCTURE]
    assert store.asked == []


def test_whose_did_is_their_own_key_is_nobody_however_well_they_sign() -> None:
    world = World()
    mine = did_key.create(world.keys.public(world.issuer_ref))
    key_id = f"{mine}#{mine.removeprefix('did:key:')}"
    forged = world.credential(did=mine, key_id=key_id, x5c=())
    ending, store = present(world, world.presentation(forged))
    assert ending.report.code == "issuer.not_accredited"
    assert store.asked == [Need(NeedKind.ACCREDITATION, VCT, mine)]
    # Nor with the accreditation of another, handed over by a store that is mistaken.
    need = Need(NeedKind.ACCREDITATION, VCT, mine)
    stolen = {**world.have, need: world.material(world.accreditation.to_bytes())}
    assert present(world, world.presentation(forged), stolen)[0].report.code == "issuer.not_accredited"


def test_a_key_of_another_did_signs_for_nobody() -> None:
    world = World()
    other = DID[:-1] + ("1" if DID[-1] != "1" else "2")
    forged = world.credential(key_id=f"{other}#delegate-1")
    ending, _ = present(world, world.presentation(forged))
    assert not isinstance(ending, Accepted)
    assert ending.report.code.startswith(("issuer.", "sd_jwt."))


@pytest.mark.parametrize(
    "url",
    [
        ELSEWHERE,
        LIST_URL + "/",
        LIST_URL + "?",
        LIST_URL.upper(),
        LIST_URL.replace("https", "http"),
        LIST_URL + "/revocation",
    ],
)
def test_an_address_nearly_that_of_a_list_is_that_of_no_list(url: str) -> None:
    world = World(status=StatusRef(url, 5))
    ending, _ = present(world, world.presentation())
    assert not isinstance(ending, Accepted)
    assert ending.report.code in {"status.unanchored", "status.unavailable", "codec.url"}


def test_a_clean_list_does_not_stand_in_for_the_one_that_is_named() -> None:
    world = World(status=StatusRef(ELSEWHERE, 5))
    clean = world.material(world.snapshot.to_bytes())
    ending, _ = present(
        world, world.presentation(), {**world.have, Need(NeedKind.STATUS, ELSEWHERE, DID): clean}
    )
    assert ending.report.code == "status.unavailable"
    # Nor the list that a stranger opened under the same address.
    strangers = StatusSnapshot(list_id(b"\x66" * 20, ELSEWHERE), 3, 2, 16, bytes(4))
    have = {**world.have, Need(NeedKind.STATUS, ELSEWHERE, DID): world.material(strangers.to_bytes())}
    assert present(world, world.presentation(), have)[0].report.code == "status.unavailable"
    own = replace(strangers, list_id=list_id(ADDRESS, ELSEWHERE))
    have = {**world.have, Need(NeedKind.STATUS, ELSEWHERE, DID): world.material(own.to_bytes())}
    assert isinstance(present(world, world.presentation(), have)[0], Accepted)


@pytest.mark.parametrize("width", [1, 4, 8])
def test_a_list_of_another_width_shifts_no_entry_onto_anothers(width: int) -> None:
    # Entry 5 of two bits is revoked; in a list of another width its bits lie elsewhere.
    world = World()
    position = 5 * width
    entries = bytearray(16)
    entries[position >> 3] |= 1 << (position & 7)
    world.snapshot = StatusSnapshot(
        list_id(ADDRESS, LIST_URL), 3, width, 16, bytes(entries[: 16 * width // 8])
    )
    assert present(world, world.presentation())[0].report.code == "status.revoked"


def test_without_one_of_accreditation_key_or_status_there_is_no_acceptance() -> None:
    world = World()
    raw = world.presentation()
    assert isinstance(present(world, raw)[0], Accepted)
    for need in world.have:
        without = {one: found for one, found in world.have.items() if one != need}
        assert not isinstance(present(world, raw, without)[0], Accepted), need.kind


def test_what_the_issuer_says_of_itself_without_a_certificate_is_held_against_the_chain() -> None:
    world = World()
    without = world.credential(x5c=())
    assert isinstance(present(world, world.presentation(without))[0], Accepted)
    named = world.credential(x5c=(), identifier="https://issuer.example.evil.example")
    assert present(world, world.presentation(named))[0].report.code == "issuer.identifier"


def test_a_stolen_presentation_is_no_credential_at_rest() -> None:
    world = World()

    def step(have: Have) -> Ending | Wanted:
        return check_credential(
            world.presentation(),
            have,
            format=FormatId.SD_JWT_VC,
            policy=world.policy,
            checkers=CHECKERS,
            now=world.now,
        )

    assert settle(step, Store(world.have), world.now).report.code == "sd_jwt.structure"
