"""SD-JWT VCs between this code and @sd-jwt/sd-jwt-vc, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats import sd_jwt_vc
from clicid.formats.base import Checked, Outcome
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from tests.support.foreign import ForeignError, private_jwk, x5c
from tests.support.world import (
    AUDIENCE,
    BINDING,
    CLAIMS,
    IDENTIFIER,
    LIST_URL,
    NONCE,
    NOW,
    VCT,
    World,
    chain_of,
)

if TYPE_CHECKING:
    from tests.support.foreign import Party

SECOND = int(NOW.timestamp())
FRAME: dict[str, Any] = {"_sd": list(CLAIMS), "_sd_decoy": 2, "document": {"_sd": ["number"]}}


def checked(world: World, raw: bytes) -> Checked:
    """What our checker makes of a presentation."""
    checker = SdJwtVcChecker()
    found = checker.check(checker.parse(raw), world.have, rules=world.rules, binding=BINDING, now=NOW)
    assert isinstance(found, Checked)
    return found


@pytest.fixture
def issued(documents: Party) -> tuple[World, str]:
    """A credential as the package issues it with our issuer's key, nested and with decoys."""
    world = World()
    claims = {
        **CLAIMS,
        "iss": IDENTIFIER,
        "iat": SECOND - 10,
        "exp": SECOND + 1000,
        "vct": VCT,
        "cnf": {"jwk": world.keys.public(world.holder_ref).to_jwk()},
        "status": {"status_list": {"idx": 5, "uri": LIST_URL}},
    }
    header = {"kid": world.issuer.key_id, "x5c": x5c(*world.x5c)}
    key = private_jwk(world.keys, world.issuer_ref)
    raw = documents("issueSdJwt", claims=claims, frame=FRAME, header=header, issuer=key)
    return world, raw


@pytest.mark.interop("sd-jwt-vc verifies what we present")
def test_the_package_reads_what_we_issue_and_present(documents: Party) -> None:
    world = World()
    trusted = x5c(world.x5c[1])
    raw = world.presentation(disclose=(["family_name"], ["document", "number"], ["methods"])).decode()

    found = documents("checkSdJwt", raw=raw, trusted=trusted, nonce=NONCE, now=SECOND)

    claims = found["payload"]
    assert {name: claims[name] for name in CLAIMS if name in claims} == {
        "family_name": "Öhrn",
        "document": {"number": "AA0000000"},
        "methods": ["mrz", "face"],
    }
    assert claims["vct"] == VCT
    assert found["kb"]["payload"]["aud"] == AUDIENCE


@pytest.mark.interop("sd-jwt-vc verifies what we present")
@pytest.mark.parametrize("fault", ["nonce", "another holder", "claim left out", "root"])
def test_the_package_refuses_what_is_not_right(documents: Party, fault: str) -> None:
    world = World()
    trusted, raw = x5c(world.x5c[1]), world.presentation().decode()
    if fault == "another holder":
        stolen = sd_jwt_vc.prepare_presentation(world.credential(), [["family_name"]], BINDING, NOW)
        raw = world.signed(stolen, world.other_ref).decode()
    if fault == "claim left out":
        jwt, _, rest = raw.split("~", 2)
        raw = f"{jwt}~{rest}"
    if fault == "root":
        trusted = x5c(chain_of(world.keys.public(world.issuer_ref).to_spki(), scalar=8)[1])
    nonce = "another nonce" if fault == "nonce" else NONCE
    with pytest.raises(ForeignError):
        documents("checkSdJwt", raw=raw, trusted=trusted, nonce=nonce, now=SECOND)


@pytest.mark.interop("sd-jwt-vc issues and presents to us")
def test_we_read_what_the_package_issues_and_presents(documents: Party, issued: tuple[World, str]) -> None:
    world, raw = issued
    shown = documents(
        "presentSdJwt",
        raw=raw,
        frame={"given_name": True, "document": {"number": True}},
        holder=private_jwk(world.keys, world.holder_ref),
        audience=AUDIENCE,
        nonce=NONCE,
        now=SECOND,
    )

    found = checked(world, shown.encode())

    assert {line.outcome for line in found.lines} == {Outcome.PASSED}
    assert found.claims is not None
    assert found.claims.reveal() == {
        "given_name": "Åsa Märta",
        "document": {"type": "passport", "number": "AA0000000"},
    }


@pytest.mark.interop("sd-jwt-vc issues, we present")
def test_we_present_what_the_package_issues(documents: Party, issued: tuple[World, str]) -> None:
    world, raw = issued
    shown = world.presentation(raw.encode(), disclose=(["age_over_18"],)).decode()

    said = documents("checkSdJwt", raw=shown, trusted=x5c(world.x5c[1]), nonce=NONCE, now=SECOND)
    found = checked(world, shown.encode())

    assert said["payload"]["age_over_18"] is True
    assert "family_name" not in said["payload"]
    assert found.claims is not None
    assert found.claims.reveal() == {"age_over_18": True}


@pytest.mark.interop("sd-jwt-vc issues and presents to us")
def test_we_refuse_what_the_package_presents_by_another_key(
    documents: Party, issued: tuple[World, str]
) -> None:
    world, raw = issued
    shown = documents(
        "presentSdJwt",
        raw=raw,
        frame={"given_name": True},
        holder=private_jwk(world.keys, world.other_ref),
        audience=AUDIENCE,
        nonce=NONCE,
        now=SECOND,
    )
    codes = {line.code for line in checked(world, shown.encode()).lines if line.outcome is Outcome.FAILED}
    assert codes == {"holder.signature"}
