"""Signed issuer metadata: whom a wallet believes, and each reason why it does not (OpenID4VCI 12.2.3)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Refused
from clicid.oid4vci import signed_metadata
from clicid.oid4vci.metadata import CredentialIssuerMetadata
from clicid.oid4vci.signed_metadata import Signers
from clicid.trust import x5c
from tests.support import attesting
from tests.support.attesting import ALGS, INSTANCE, MINUTE, ROOT, SIGNER
from tests.support.refusals import refused
from tests.support.world import DAY, NOW
from tests.support.x509 import issue

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "oid4vci" / "signed_metadata.json").read_text())
ISSUER = "https://issuer.example"
KEY_ID = "did:example:issuer#key-1"
METADATA: dict[str, Json] = {
    "credential_issuer": ISSUER,
    "credential_endpoint": f"{ISSUER}/credential",
    "credential_configurations_supported": {},
}
SIGNERS = Signers(attesting.BY_ROOT.roots, {KEY_ID: attesting.instance()})


def prepared(**changes: Any) -> Any:
    said: dict[str, Any] = {"issuer": ISSUER, "alg": "ES256", "kid": "", "now": NOW, "lifetime": DAY}
    said["chain"] = (issue(SIGNER, ROOT, names=[ISSUER]),)
    return signed_metadata.prepare(METADATA, **said | changes)


def verify(jwt: str, signers: Signers = SIGNERS, algs: tuple[str, ...] = ALGS) -> bytes:
    rules: dict[str, Any] = {"issuer": ISSUER, "algs": algs, "now": NOW, "max_age": timedelta(hours=1)}
    return signed_metadata.verify(jwt, signers=signers, leeway=MINUTE, **rules)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    by_did = vector.get("by") == "did"
    made = prepared(kid=KEY_ID, chain=()) if by_did else prepared()
    header, payload = attesting.opened(made)
    if "names" in vector:
        header["x5c"] = x5c.to_header([issue(SIGNER, ROOT, names=vector["names"])])
    jwt = attesting.bent(header, payload, vector, INSTANCE if by_did else None)
    if "code" not in vector:
        assert json.loads(verify(jwt)) == METADATA
        return
    with refused(vector["code"], vector.get("where", "")):
        verify(jwt)


def test_what_is_signed_is_read_as_what_is_not() -> None:
    raw = verify(attesting.sign(prepared()))
    assert CredentialIssuerMetadata.parse(raw, issuer=ISSUER).credential_endpoint == f"{ISSUER}/credential"


def test_whose_metadata_these_are_is_for_the_issuer_to_say_and_not_for_the_metadata() -> None:
    header, payload = attesting.opened(
        signed_metadata.prepare(
            METADATA | {"sub": "https://evil.example", "iat": 1, "exp": 2, "iss": "x"},
            issuer=ISSUER,
            alg="ES256",
            kid=KEY_ID,
            chain=(),
            now=NOW,
            lifetime=DAY,
        )
    )
    assert header["kid"] == KEY_ID
    assert (payload["sub"], payload["iss"], payload["iat"]) == (ISSUER, ISSUER, int(NOW.timestamp()))


def test_a_wallet_that_knows_nobody_believes_nobody() -> None:
    for jwt in (attesting.sign(prepared()), attesting.sign(prepared(kid=KEY_ID, chain=()), INSTANCE)):
        with pytest.raises(Refused) as caught:
            verify(jwt, Signers(()))
        assert caught.value.code in {"issuer.unknown", "oid4vci.metadata_signer"}


def test_an_algorithm_that_the_wallet_does_not_take() -> None:
    with refused("keys.algorithm", "/alg"):
        verify(attesting.sign(prepared()), algs=("EdDSA",))
