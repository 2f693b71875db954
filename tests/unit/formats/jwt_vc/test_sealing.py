"""What we issue and present as JWT, and what we do not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from clicid.codec import base64url
from clicid.errors import LocalError, Refused
from clicid.formats import jwt_vc
from clicid.formats.base import FormatId, StatusRef
from clicid.keys.algorithms import BLS12_381_G2
from clicid.verification import issuance_digest
from clicid.verification.formats import checkers, told_by_typ
from tests.support import jose, w3c
from tests.support import jwt_vc as made

CHECKERS = checkers(w3c.CONTEXTS)


def test_each_claim_stands_for_its_member() -> None:
    """VC Data Model 1.1, 6.3.1, and beside it the member itself, for those who read nothing else."""
    header, payload = (json.loads(part) for part in jose.parts(made.credential()))
    inside = payload.pop("vc")
    assert header == {"alg": "EdDSA", "kid": w3c.ISSUER.key_id, "typ": "JWT"}
    assert payload == {
        "iss": w3c.ISSUER.did,
        "sub": w3c.HOLDER,
        "jti": made.ID,
        "nbf": 1795305600,
        "iat": 1795305600,
        "exp": 1826841600,
        "status": {"status_list": {"idx": 94567, "uri": w3c.LIST_URL}},
    }
    assert inside == {
        "@context": ["https://www.w3.org/2018/credentials/v1", w3c.AGE_CONTEXT],
        "id": made.ID,
        "type": ["VerifiableCredential", "ClicAge"],
        "issuer": w3c.ISSUER.did,
        "issuanceDate": "2026-11-22T00:00:00Z",
        "expirationDate": "2027-11-22T00:00:00Z",
        "credentialSubject": {"id": w3c.HOLDER, "ageOver18": True},
    }


def test_a_presentation_is_as_openid4vp_has_it() -> None:
    """B.1.3.1.5."""
    credential = made.credential()
    header, payload = (json.loads(part) for part in jose.parts(made.presentation([credential])))
    now = int(w3c.NOW.timestamp())
    assert header == {"alg": "EdDSA", "kid": w3c.key_id(w3c.HOLDER_REF), "typ": "JWT"}
    assert payload == {
        "iss": w3c.HOLDER,
        "aud": w3c.BINDING.audience,
        "nonce": w3c.BINDING.nonce,
        "nbf": now,
        "iat": now,
        "vp": {
            "@context": ["https://www.w3.org/2018/credentials/v1"],
            "type": ["VerifiablePresentation"],
            "holder": w3c.HOLDER,
            "verifiableCredential": [credential.decode()],
        },
    }


def test_the_status_claim_names_the_place() -> None:
    assert jwt_vc.parse_credential(made.credential(), w3c.CONTEXTS).status == (
        StatusRef(w3c.LIST_URL, 94567),
    )


def test_it_is_anchored_by_the_digest_that_its_holder_finds() -> None:
    raw = made.credential()
    assert issuance_digest(raw, FormatId.JWT_VC, CHECKERS) is not None
    assert issuance_digest(raw, FormatId.JWT_VC, CHECKERS) != issuance_digest(
        made.credential(credential_id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a14"),
        FormatId.JWT_VC,
        CHECKERS,
    )


def test_only_typ_tells_the_forms_apart() -> None:
    old, new = jose.credential(), made.credential()
    lying = jose.jwt({"alg": "EdDSA", "kid": "x", "typ": "vc+jwt"}, jose.parts(new)[1])
    for raw, form in ((old, FormatId.VC_JWT), (new, FormatId.JWT_VC), (lying, FormatId.VC_JWT)):
        assert told_by_typ(FormatId.JWT_VC, raw) is form
    for raw, form in (
        (jose.presentation(), FormatId.VP_JWT),
        (made.presentation(), FormatId.JWT_VP),
        (b"x", FormatId.JWT_VP),
    ):
        assert told_by_typ(FormatId.JWT_VP, raw) is form
    assert told_by_typ(FormatId.SD_JWT_VC, old) is FormatId.SD_JWT_VC
    with pytest.raises(Refused, match=r"vc_jose\.claims"):
        CHECKERS[FormatId.VC_JWT].parse(lying)


def test_no_other_format_of_our_own_types_is_of_version_1_1() -> None:
    """Their steps would look for other dates than it has."""
    document = json.loads(jose.parts(made.credential())[1])["vc"]
    proof = json.loads(w3c.credential())["proof"]
    with pytest.raises(Refused, match=r"codec\.shape: at /(issuance|expiration)Date"):
        CHECKERS[FormatId.LDP_VC].parse(json.dumps(document | {"proof": proof}).encode())
    header = {"alg": "EdDSA", "kid": w3c.ISSUER.key_id, "typ": "vc+jwt"}
    with pytest.raises(Refused, match=r"codec\.shape: at /(issuance|expiration)Date"):
        CHECKERS[FormatId.VC_JWT].parse(jose.jwt(header, document))


def test_what_would_be_refused_is_not_issued() -> None:
    with pytest.raises(Refused, match=r"rdf\.term_unknown"):
        made.credential(subject={"x": 1})
    with pytest.raises(Refused, match=r"keys\.algorithm"):
        jwt_vc.prepare_credential(
            {"ageOver18": True},
            replace(made.sealing(), alg=BLS12_381_G2),
            credential_type="ClicAge",
            more_contexts=[w3c.AGE_CONTEXT],
            contexts=w3c.CONTEXTS,
        )
    with pytest.raises(LocalError, match=r"vc\.seal"):
        made.credential(issuer=replace(w3c.ISSUER, key_id=w3c.key_id(w3c.OTHER_REF)))


def test_what_is_no_presentation_is_not_made() -> None:
    for count in (0, 17):
        with pytest.raises(LocalError, match=r"vc\.seal"):
            made.presentation([b"x"] * count)
    with pytest.raises(Refused, match=r"did\.method"):
        jwt_vc.prepare_presentation([b"x"], "did:web:holder.example", w3c.BINDING, w3c.NOW)


def test_nothing_of_a_person_in_what_is_logged() -> None:
    raw = made.presentation()
    parsed = CHECKERS[FormatId.JWT_VP].parse(raw)
    credential = CHECKERS[FormatId.JWT_VC].parse(made.credential())
    for text in (repr(parsed), repr(credential)):
        assert w3c.BINDING.nonce not in text
        assert "ageOver18" not in text
        assert base64url.encode(b'{"') not in text
