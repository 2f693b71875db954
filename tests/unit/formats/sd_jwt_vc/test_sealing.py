"""Issuing and presenting: what is hidden, what is shown, and what order and number must not tell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import base64url
from clicid.errors import LocalError, Refused
from clicid.formats.base import Binding, Checked, CheckName, Outcome, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker, prepare_presentation, token
from clicid.formats.sd_jwt_vc.recognised import NEVER_SELECTIVE
from clicid.securing.sd_jwt import combined, disclosure
from clicid.securing.sd_jwt.reveal import MAX_NESTING, reveal
from clicid.securing.sd_jwt.selection import resolve
from clicid.verification import Accepted, check_credential
from tests.support.world import BINDING, CLAIMS, DID, NOW, VCT, Dice, World

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json


def payload(credential: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64url.decode(credential.decode().split("~")[0].split(".")[1]))
    return found


def revealed(raw: bytes) -> dict[str, Any]:
    parsed = token.parse(raw)
    return dict(token.reveal(parsed).claims)


def test_header_and_open_claims_are_those_of_the_specification() -> None:
    world = World()
    raw = world.credential()
    header = json.loads(base64url.decode(raw.decode().split(".")[0]))

    assert header["typ"] == "dc+sd-jwt"
    assert header["alg"] == "ES256"
    assert header["kid"] == f"{DID}#delegate-1"
    assert len(header["x5c"]) == 2
    assert set(payload(raw)) == {
        "_sd", "_sd_alg", "iss", "iat", "nbf", "exp", "vct", "cnf", "status",
    }  # fmt: skip


def test_without_certificates_there_is_no_x5c() -> None:
    header = json.loads(base64url.decode(World().credential(x5c=()).decode().split(".")[0]))

    assert "x5c" not in header


def test_all_claims_come_back() -> None:
    assert {name: value for name, value in revealed(World().credential()).items() if name in CLAIMS} == CLAIMS


def test_claims_named_always_stand_open() -> None:
    world = World()
    world.claims["test_credential"] = True
    world.claims["document"] = {"type": "passport"}

    found = payload(world.credential(always=frozenset({"test_credential", "document"})))

    assert found["test_credential"] is True
    assert found["document"] == {"type": "passport"}


def test_the_number_of_digests_says_little() -> None:
    many, few = World(), World()
    few.claims = {"given_name": "Å"}

    assert len(payload(many.credential())["_sd"]) == len(payload(few.credential())["_sd"]) == 8
    few.claims = {}
    assert "_sd" not in payload(few.credential())


def test_order_says_nothing() -> None:
    world = World()
    raw = world.credential().decode()
    digests = payload(raw.encode())["_sd"]
    shown = [disclosure.digest_of(item) for item in raw.split("~")[1:-1]]

    assert digests == sorted(digests)
    assert shown == sorted(shown)


def test_a_salt_is_never_used_twice() -> None:
    first, second = World(random=Dice("a")), World(random=Dice("b"))
    salts = [
        json.loads(base64url.decode(item))[0]
        for world in (first, second)
        for item in world.credential().decode().split("~")[1:-1]
    ]

    assert len(set(salts)) == len(salts) == 16
    with pytest.raises(Refused, match=r"sd_jwt\.disclosure"):
        disclosure.make(b"short", "name", 1)


@pytest.mark.parametrize("name", ["iss", "iat", "exp", "cnf", "vct", "status", "_sd", "...", "_sd_alg"])
def test_registered_names_are_no_claims(name: str) -> None:
    world = World()
    world.claims[name] = "x"

    with pytest.raises(LocalError, match=r"sd_jwt\.seal"):
        world.credential()


def test_reserved_names_inside_claims_are_refused() -> None:
    world = World()
    world.claims["document"] = [{"_sd": []}]

    with pytest.raises(LocalError, match=r"sd_jwt\.seal"):
        world.credential()


def shown(*paths: list[str | int | None]) -> dict[str, Any]:
    raw = World().presentation(disclose=paths)
    return {name: value for name, value in revealed(raw).items() if name in CLAIMS}


def test_nothing_chosen_shows_nothing() -> None:
    assert shown() == {}


def test_an_object_comes_with_all_that_is_in_it() -> None:
    assert shown(["document"]) == {"document": CLAIMS["document"]}


def test_a_member_comes_without_its_siblings() -> None:
    assert shown(["document", "type"]) == {"document": {"type": "passport"}}


@pytest.mark.parametrize("path", [["methods"], ["methods", None], ["methods", 1]])
def test_an_array_is_shown_as_a_whole(path: list[str | int | None]) -> None:
    assert shown(path) == {"methods": CLAIMS["methods"]}


@pytest.mark.parametrize(
    "path",
    [[], ["nobody"], ["methods", 2], ["methods", -1], ["methods", "x"], ["given_name", "x"], [0], [None]],
)
def test_a_path_that_leads_nowhere_is_refused(path: list[str | int | None]) -> None:
    with pytest.raises(Refused, match=r"sd_jwt\.path"):
        shown(path)


def test_paths_select_as_in_dcql() -> None:
    claims: Json = {"a": [{"b": 1}, {"b": 2}, {"c": 3}]}

    assert resolve(claims, ["a", None, "b"]) == [("a", 0, "b"), ("a", 1, "b")]
    assert resolve(claims, ["a", 2]) == [("a", 2)]


def test_a_presentation_is_not_presented_again() -> None:
    world = World()
    raw = world.presentation()

    with pytest.raises(Refused, match=r"sd_jwt\.structure"):
        prepare_presentation(raw, [], BINDING, NOW)


def test_values_stay_out_of_reprs() -> None:
    world = World()
    prepared = prepare_presentation(world.credential(), [["family_name"]], BINDING, NOW)
    parsed = token.parse(world.presentation())

    for text in (repr(prepared), repr(parsed), repr(token.reveal(parsed))):
        assert "Öhrn" not in text
        assert base64url.encode("Öhrn".encode())[:-1] not in text
    assert "n-0S6" not in repr(parsed.combined.key_binding)


def checked(world: World, raw: bytes, binding: Binding | None) -> Checked | Wanted:
    checker = SdJwtVcChecker()
    return checker.check(checker.parse(raw), world.have, rules=world.rules, binding=binding, now=NOW)


def outcome(found: Checked | Wanted) -> tuple[CheckName, Outcome, str]:
    assert isinstance(found, Checked)
    last = [line for line in found.lines if line.outcome is not Outcome.NOT_REACHED][-1]
    return last.check, last.outcome, last.code


def test_inside_a_presentation_the_proved_key_must_be_the_holders() -> None:
    world = World()
    raw = world.credential()
    holder, other = (world.keys.public(ref) for ref in (world.holder_ref, world.other_ref))

    assert outcome(checked(world, raw, replace(BINDING, holder_key=holder))) == (
        CheckName.DISCLOSURES,
        Outcome.PASSED,
        "",
    )
    assert outcome(checked(world, raw, replace(BINDING, holder_key=other))) == (
        CheckName.HOLDER_BINDING,
        Outcome.FAILED,
        "holder.key_mismatch",
    )


def test_inside_a_presentation_an_unbound_credential_fails() -> None:
    world = World()
    whole = token.parse(world.credential())
    parsed = whole._replace(registered=whole.registered._replace(holder=None))
    bound = replace(BINDING, holder_key=world.keys.public(world.holder_ref))

    found = SdJwtVcChecker().check(parsed, world.have, rules=world.rules, binding=bound, now=NOW)

    assert outcome(found) == (CheckName.HOLDER_BINDING, Outcome.FAILED, "holder.binding_missing")
    with pytest.raises(Refused, match=r"holder\.binding_missing"):
        # A credential for nobody cannot be presented.
        prepare_presentation(unbound(), [], BINDING, NOW)


def unbound() -> bytes:
    from tests.support.sd_jwt_vectors import payload as edited
    from tests.support.sd_jwt_vectors import reissued

    return reissued(edited(cnf=None)).encode()


def test_at_rest_there_is_no_holder_binding() -> None:
    world = World()
    found = checked(world, world.credential(), None)

    assert isinstance(found, Checked)
    names = [line.check for line in found.lines]
    assert CheckName.HOLDER_BINDING not in names
    assert CheckName.NONCE not in names
    assert found.claims is not None
    assert found.claims.reveal() == CLAIMS


def test_at_rest_a_presentation_is_refused() -> None:
    world = World()

    assert outcome(checked(world, world.presentation(), None)) == (
        CheckName.STRUCTURE,
        Outcome.FAILED,
        "sd_jwt.structure",
    )


def test_a_wallet_checks_what_it_received() -> None:
    world = World()
    ending = check_credential(
        world.credential(),
        world.have,
        format=SdJwtVcChecker().format,
        policy=world.policy,
        checkers={SdJwtVcChecker().format: SdJwtVcChecker()},
        now=NOW,
    )

    assert isinstance(ending, Accepted)
    assert ending.credentials[0].credential_type == VCT
    assert ending.credentials[0].claims.reveal() == CLAIMS


def test_arrays_and_objects_may_hide_in_each_other() -> None:
    inner = disclosure.make(Dice()(16), None, "SE")
    outer = disclosure.make(Dice("o")(16), "nationalities", [{"...": inner.digest}, {"...": "decoy"}, "DE"])

    full = reveal({"_sd": [outer.digest]}, [inner, outer], never_selective=NEVER_SELECTIVE)

    assert full.claims == {"nationalities": ["SE", "DE"]}
    assert reveal({"_sd": [outer.digest]}, [outer], never_selective=NEVER_SELECTIVE).claims == {
        "nationalities": ["DE"]
    }
    with pytest.raises(Refused, match=r"sd_jwt\.disclosure_unused"):
        reveal({"_sd": [outer.digest]}, [inner], never_selective=NEVER_SELECTIVE)


@pytest.mark.parametrize(
    ("payload_claims", "items", "code"),
    [
        ({"a": [{"...": 1}]}, [], "sd_jwt.digest"),
        ({"a": [{"...": "x", "b": 1}]}, [], "sd_jwt.digest"),
        ({"a": [{"...": "x"}, {"...": "x"}]}, [], "sd_jwt.digest_duplicate"),
        ({"_sd": ["x"], "a": [{"...": "x"}]}, [], "sd_jwt.digest_duplicate"),
        ({"a": {"_sd_alg": "sha-256"}}, [], "sd_jwt.claim_name"),
        ({"_sd": ["x"] * 5000}, [], "sd_jwt.digest"),
    ],
)
def test_malformed_places(payload_claims: dict[str, Any], items: list[Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        reveal(payload_claims, items, never_selective=NEVER_SELECTIVE)

    assert caught.value.code == code


def test_a_member_does_not_pass_for_an_element() -> None:
    item = disclosure.make(Dice()(16), "name", 1)

    with pytest.raises(Refused, match=r"sd_jwt\.disclosure"):
        reveal({"a": [{"...": item.digest}]}, [item], never_selective=NEVER_SELECTIVE)


def test_nesting_through_disclosures_is_capped() -> None:
    items = [disclosure.make(Dice("0")(16), "a", 1)]
    for depth in range(MAX_NESTING + 1):
        items.append(disclosure.make(Dice(f"{depth + 1}")(16), "a", {"_sd": [items[-1].digest]}))

    with pytest.raises(Refused, match=r"codec\.size"):
        reveal({"_sd": [items[-1].digest]}, items, never_selective=NEVER_SELECTIVE)


def test_size_and_number_are_capped() -> None:
    with pytest.raises(Refused, match=r"codec\.size"):
        token.parse(b"a" * (combined.MAX_BYTES + 1))
    with pytest.raises(Refused, match=r"sd_jwt\.structure"):
        token.parse(b"~" * (combined.MAX_DISCLOSURES + 3))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5).filter(lambda name: name[:1] not in {"_", "."}), inner, max_size=3
        )
    ),
    max_leaves=8,
)
NAMES = st.text(min_size=1, max_size=8).filter(
    lambda name: name[0] not in {"_", "."} and name not in NEVER_SELECTIVE | {"iat"}
)


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.data())
def test_whatever_is_sealed_comes_back_and_what_is_not_chosen_does_not(
    claims: dict[str, Any], data: st.DataObject
) -> None:
    world = World()
    world.claims = claims
    raw = world.credential()
    assert {name: value for name, value in revealed(raw).items() if name in claims} == claims

    chosen = data.draw(st.sets(st.sampled_from(sorted(claims)))) if claims else set()
    found = revealed(world.presentation(raw, [[name] for name in sorted(chosen)]))

    assert {name for name in found if name in claims} == chosen
    assert all(found[name] == claims[name] for name in chosen)
