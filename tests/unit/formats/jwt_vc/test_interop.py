"""Credentials and presentations as JWT between this code and joserfc and jwcrypto, both ways."""

from __future__ import annotations

import json
import uuid
import warnings
from typing import Any

import pytest
from joserfc import jws as joserfc_jws

from clicid.formats.base import Checked, FormatId, Outcome
from clicid.keys.algorithms import ALGORITHMS
from clicid.verification.formats import checkers
from tests.support import jose, jwt_vc, w3c
from tests.support.memory_keystore import SIGNING
from tests.unit.formats.vc_jose.test_interop import joserfc_key, private, theirs

CHECKERS = checkers(w3c.CONTEXTS)
V1 = "https://www.w3.org/2018/credentials/v1"
NOW = int(w3c.NOW.timestamp())


def passed(form: FormatId, raw: bytes, alg: str, **binding: Any) -> Checked:
    checker = CHECKERS[form]
    found = checker.check(
        checker.parse(raw), jose.have(alg), rules=w3c.RULES, binding=binding.get("binding"), now=w3c.NOW
    )
    assert isinstance(found, Checked)
    assert {line.outcome for line in found.lines} == {Outcome.PASSED}, found.lines
    return found


@pytest.mark.parametrize("alg", SIGNING)
def test_our_credential_is_read_by_others(alg: str) -> None:
    key = joserfc_key(private(jose.REFS[alg]), alg)
    algs = [ALGORITHMS[alg].jose]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = joserfc_jws.deserialize_compact(jwt_vc.credential(alg), key, algorithms=algs)
    assert json.loads(found.payload)["vc"]["@context"][0] == V1


@pytest.mark.parametrize("alg", SIGNING)
@pytest.mark.parametrize("library", ["joserfc", "jwcrypto"])
def test_a_credential_as_the_standard_has_it_is_read_by_us(alg: str, library: str) -> None:
    """The shape of the example in OpenID4VP B.1.3.1.2: what has a claim stands in the claim alone."""
    identity = jose.identity(alg)
    payload = {
        "iss": identity.did,
        "nbf": NOW - 3600,
        "exp": NOW + 3600,
        "jti": f"urn:uuid:{uuid.UUID(int=7)}",
        "sub": w3c.HOLDER,
        "vc": {
            "@context": [V1, w3c.AGE_CONTEXT],
            "type": ["VerifiableCredential", "ClicAge"],
            "credentialSubject": {"ageOver18": True},
        },
    }
    header = {"alg": ALGORITHMS[alg].jose, "kid": identity.key_id, "typ": "JWT"}
    raw = theirs(header, json.dumps(payload).encode(), jose.REFS[alg], alg)[library]
    checked = passed(FormatId.JWT_VC, raw, alg)
    assert checked.claims is not None
    assert checked.claims.reveal() == {"ageOver18": True}
    assert CHECKERS[FormatId.JWT_VC].parse(raw).opened.document == {
        **payload["vc"],  # type: ignore[dict-item]  # the one object above
        "issuer": identity.did,
        "id": payload["jti"],
        "issuanceDate": "2026-11-22T11:00:00Z",
        "expirationDate": "2026-11-22T13:00:00Z",
        "credentialSubject": {"id": w3c.HOLDER, "ageOver18": True},
    }


@pytest.mark.parametrize("library", ["joserfc", "jwcrypto"])
def test_a_presentation_as_the_standard_has_it_is_read_by_us(library: str) -> None:
    """The shape of the example in OpenID4VP B.1.3.1.5."""
    payload = {
        "iss": w3c.HOLDER,
        "jti": f"urn:uuid:{uuid.UUID(int=8)}",
        "aud": w3c.BINDING.audience,
        "nbf": NOW,
        "iat": NOW,
        "exp": NOW + 300,
        "nonce": w3c.BINDING.nonce,
        "vp": {
            "@context": [V1],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [jwt_vc.credential().decode()],
        },
    }
    alg = w3c.HOLDER_KEY.algorithm.name
    header = {"alg": "EdDSA", "kid": w3c.key_id(w3c.HOLDER_REF), "typ": "JWT"}
    raw = theirs(header, json.dumps(payload).encode(), w3c.HOLDER_REF, alg)[library]
    checked = passed(FormatId.JWT_VP, raw, alg, binding=w3c.BINDING)
    assert [inner.format for inner in checked.nested] == [FormatId.JWT_VC]
