"""HAIP 1.0 6.1 where a credential is judged: signers by `x5c` without the root, of credentials and lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import instant, strict_json
from clicid.formats.base import FormatId
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.securing import jws
from clicid.status import token_list
from clicid.trust import x5c
from clicid.trust.anchors import Anchor
from clicid.verification import Accepted, RefusedWith, check, signed_lists
from tests.support.refusals import refused
from tests.support.world import DID, LIST_URL, NOW, World
from tests.support.x509 import Party, issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.formats.base import Wanted
    from clicid.verification import Ending


@pytest.fixture
def world() -> World:
    """A verifier with the switch on, which knows the issuer's root."""
    made = World()
    made.rules = replace(made.rules, haip=True, anchors={Anchor.load(made.x5c[1]): DID})
    made.policy = replace(made.policy, rules=made.rules)
    return made


def decide(world: World, chain: Sequence[bytes]) -> Ending | Wanted:
    return check(
        world.presentation(world.credential(x5c=tuple(chain))),
        world.have,
        request=world.request,
        policy=world.policy,
        checkers={FormatId.SD_JWT_VC: SdJwtVcChecker()},
        now=NOW,
    )


def test_a_credential_whose_chain_ends_below_its_root_is_accepted(world: World) -> None:
    ending = decide(world, world.x5c[:1])
    assert isinstance(ending, Accepted), ending


@pytest.mark.parametrize("bad", ["none", "root", "alone"])
def test_one_without_a_chain_with_its_root_or_vouching_for_itself_is_refused(world: World, bad: str) -> None:
    me = Party("me", 91)
    alone = issue(me, me, key=world.keys.public(world.issuer_ref))
    chain = {"none": (), "root": world.x5c, "alone": (alone,)}[bad]
    ending = decide(world, chain)
    assert isinstance(ending, RefusedWith)
    assert ending.report.code == "issuer.certificate"
    if bad != "alone":
        free = replace(world.policy, rules=replace(world.rules, haip=False))
        world.policy = free
        assert isinstance(decide(world, chain), Accepted), "without the switch"


def a_list(world: World, chain: Sequence[bytes]) -> bytes:
    claims = token_list.StatusListToken(
        sub=LIST_URL,
        iat=instant.to_numeric_date(NOW),
        exp=None,
        ttl=None,
        status_list=token_list.TokenStatusList(2, bytes(4)),
    )
    header: dict[str, Any] = {"typ": token_list.TYP, "alg": "ES256", "kid": world.issuer.key_id}
    if chain:
        header["x5c"] = x5c.to_header(chain)
    return world.signed(jws.prepare(header, strict_json.dumps(claims.payload())), world.issuer_ref)


def read(world: World, raw: bytes) -> Any:
    return signed_lists.authentic(raw, LIST_URL, DID, world.have, rules=world.policy.rules, now=NOW)


def test_a_status_list_has_its_signers_certificate(world: World) -> None:
    assert read(world, a_list(world, world.x5c[:1])).sub == LIST_URL


@pytest.mark.parametrize("bad", ["none", "root", "another's"])
def test_a_list_without_it_with_the_root_or_with_anothers_is_refused(world: World, bad: str) -> None:
    root = Party("root", 92)
    chain = {"none": (), "root": world.x5c, "another's": (issue(Party("me", 93), root),)}[bad]
    raw = a_list(world, chain)
    with refused("issuer.certificate", "/x5c"):
        read(world, raw)
    world.policy = replace(world.policy, rules=replace(world.rules, haip=False))
    assert read(world, raw).sub == LIST_URL, "without the switch"
