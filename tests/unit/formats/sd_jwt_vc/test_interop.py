"""Whole SD-JWT VCs with key binding, between this code and the `sd-jwt` package, both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sd_jwt.holder
from cryptography.hazmat.primitives import serialization
from jwcrypto.jwk import JWK
from py_arkworks_bls12381 import Scalar
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from clicid.formats.base import Checked, FormatId, Outcome
from clicid.formats.sd_jwt_vc import SdJwtVcChecker, token
from tests.support.world import AUDIENCE, BINDING, CLAIMS, IDENTIFIER, LIST_URL, NONCE, NOW, VCT, World

if TYPE_CHECKING:
    import pytest

    from clicid.keys.store import KeyRef


def private(world: World, ref: KeyRef) -> JWK:
    _, key = world.keys._entry(ref)
    assert not isinstance(key, Scalar)
    return JWK.from_pem(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def test_our_presentation_is_read_by_the_package() -> None:
    world = World()
    issuer_key = private(world, world.issuer_ref)

    verifier = SDJWTVerifier(world.presentation().decode(), lambda *_: issuer_key, AUDIENCE, NONCE)

    claims = verifier.get_verified_payload()
    assert {name for name in CLAIMS if name in claims} == {"family_name", "age_over_18"}
    assert claims["vct"] == VCT


def test_the_packages_presentation_is_read_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    second = int(NOW.timestamp())
    monkeypatch.setattr(sd_jwt.holder, "time", lambda: second)
    claims: dict[Any, Any] = {SDObj(name): value for name, value in CLAIMS.items()}
    issuer = SDJWTIssuer(
        claims
        | {
            "iss": IDENTIFIER,
            "vct": VCT,
            "exp": second + 1000,
            "status": {"status_list": {"idx": 5, "uri": LIST_URL}},
        },
        private(world, world.issuer_ref),
        JWK.from_json(json.dumps(world.keys.public(world.holder_ref).to_jwk())),
        add_decoy_claims=True,
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": world.issuer.key_id},
    )
    holder = SDJWTHolder(issuer.sd_jwt_issuance)
    holder.create_presentation(
        {"given_name": True, "document": True}, NONCE, AUDIENCE, private(world, world.holder_ref), "ES256"
    )

    checker = SdJwtVcChecker()
    checked = checker.check(
        checker.parse(holder.sd_jwt_presentation.encode()),
        world.have,
        rules=world.rules,
        binding=BINDING,
        now=NOW,
    )

    assert isinstance(checked, Checked)
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert checked.claims is not None
    assert checked.claims.reveal() == {name: CLAIMS[name] for name in ("given_name", "document")}
    assert checker.format is FormatId.SD_JWT_VC
    assert token.TYP == "dc+sd-jwt"
