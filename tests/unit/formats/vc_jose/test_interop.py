"""Envelopes between this code and joserfc, jwcrypto and the `sd-jwt` package, both ways."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import sd_jwt.holder
from cryptography.hazmat.primitives import serialization
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey
from jwcrypto import jws as jwcrypto_jws
from jwcrypto.jwk import JWK
from py_arkworks_bls12381 import Scalar
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from clicid.formats.base import Checked, FormatId, Outcome
from clicid.formats.vc_jose import EnvelopedVcChecker, EnvelopedVpChecker
from clicid.keys.algorithms import ALGORITHMS, P256
from clicid.verification.formats import checkers
from tests.support import jose, w3c
from tests.support.jose_vectors import selected
from tests.support.memory_keystore import SIGNING

if TYPE_CHECKING:
    from clicid.formats.base import Binding
    from clicid.keys.store import KeyRef

CHECKERS = checkers(w3c.CONTEXTS)


def private(ref: KeyRef) -> bytes:
    """A key's PKCS #8 in PEM: only so that another library can sign."""
    _, key = w3c.STORE._entry(ref)
    assert not isinstance(key, Scalar)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def joserfc_key(pem: bytes, alg: str) -> Any:
    return OKPKey.import_key(pem) if ALGORITHMS[alg].kty == "OKP" else ECKey.import_key(pem)


def passed(form: FormatId, raw: bytes, alg: str, binding: Binding | None = None) -> Checked:
    checker = CHECKERS[form]
    checked = checker.check(checker.parse(raw), jose.have(alg), rules=w3c.RULES, binding=binding, now=w3c.NOW)
    assert isinstance(checked, Checked)
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}, checked.lines
    return checked


def theirs(header: dict[str, Any], payload: bytes, ref: KeyRef, alg: str) -> dict[str, bytes]:
    """The same JWS by either library."""
    pem = private(ref)
    jose_alg = ALGORITHMS[alg].jose
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = joserfc_jws.serialize_compact(
            header, payload, joserfc_key(pem, alg), algorithms=[jose_alg]
        ).encode()
        second = jwcrypto_jws.JWS(payload)
        second.allowed_algs = [jose_alg]
        second.add_signature(JWK.from_pem(pem), protected=json.dumps(header))
    return {"joserfc": first, "jwcrypto": second.serialize(compact=True).encode()}


def read_by_others(raw: bytes, ref: KeyRef, alg: str) -> None:
    pem = private(ref)
    jose_alg = ALGORITHMS[alg].jose
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = joserfc_jws.deserialize_compact(raw, joserfc_key(pem, alg), algorithms=[jose_alg])
        second = jwcrypto_jws.JWS()
        second.allowed_algs = [jose_alg]
        second.deserialize(raw.decode(), JWK.from_pem(pem))
    assert found.payload == second.payload
    assert json.loads(found.payload)["@context"][0] == "https://www.w3.org/ns/credentials/v2"


@pytest.mark.parametrize("alg", SIGNING)
def test_our_credential_is_read_by_others(alg: str) -> None:
    read_by_others(jose.credential(alg=alg, holder=w3c.HOLDER_KEY), jose.REFS[alg], alg)


@pytest.mark.parametrize("alg", SIGNING)
@pytest.mark.parametrize("library", ["joserfc", "jwcrypto"])
def test_a_credential_by_others_is_read_by_us(alg: str, library: str) -> None:
    header = {"alg": ALGORITHMS[alg].jose, "kid": jose.identity(alg).key_id, "typ": "vc+jwt"}
    payload = json.dumps({**jose.unsigned(alg), "iat": int(w3c.DAY.timestamp())}).encode()

    raw = theirs(header, payload, jose.REFS[alg], alg)[library]

    checked = passed(FormatId.VC_JWT, raw, alg)
    assert checked.claims is not None
    assert checked.claims.reveal() == {"ageOver18": True}


@pytest.mark.parametrize("alg", SIGNING)
def test_presentations_both_ways(alg: str) -> None:
    holder = jose.REFS[alg]
    ours = jose.presentation(ref=holder)
    read_by_others(ours, holder, alg)
    passed(FormatId.VP_JWT, ours, alg, w3c.BINDING)

    header, payload = (json.loads(part) for part in jose.parts(ours))
    for raw in theirs(header, json.dumps(payload).encode(), holder, alg).values():
        checked = passed(FormatId.VP_JWT, raw, alg, w3c.BINDING)
        assert [inner.format for inner in checked.nested] == [FormatId.VC_JWT]
        assert checked.nested[0].raw == jose.credential()


def test_our_sd_jwt_is_read_by_the_package() -> None:
    raw = selected(jose.credential(FormatId.VC_SD_JWT, P256, holder=w3c.HOLDER_KEY))
    issuer_key = JWK.from_pem(private(jose.REFS[P256]))
    # The package knows no EdDSA in its key binding by default: the issuer's part alone.
    issued = raw.rpartition(b"~")[0].decode() + "~"

    verifier = SDJWTVerifier(issued, lambda *_: issuer_key)

    payload = verifier.get_verified_payload()
    assert payload["credentialSubject"] == {"id": w3c.HOLDER, "ageOver18": True}


def test_the_packages_sd_jwt_is_read_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    second = int(w3c.NOW.timestamp())
    monkeypatch.setattr(sd_jwt.holder, "time", lambda: second)
    holder_key = w3c.STORE.public(jose.P256_HOLDER)
    document: dict[Any, Any] = jose.unsigned(P256)
    subject = document["credentialSubject"]
    assert isinstance(subject, dict)
    document["credentialSubject"] = {"id": subject["id"], SDObj("ageOver18"): True}
    issuer = SDJWTIssuer(
        {**document, "iat": second},
        JWK.from_pem(private(jose.REFS[P256])),
        JWK.from_json(json.dumps(holder_key.to_jwk())),
        add_decoy_claims=True,
        extra_header_parameters={"typ": "vc+sd-jwt", "kid": jose.identity(P256).key_id},
    )
    holder = SDJWTHolder(issuer.sd_jwt_issuance)
    holder.create_presentation(
        {"credentialSubject": {"ageOver18": True}},
        w3c.BINDING.nonce,
        w3c.BINDING.audience,
        JWK.from_pem(private(jose.P256_HOLDER)),
        "ES256",
    )

    checked = passed(FormatId.VC_SD_JWT, holder.sd_jwt_presentation.encode(), P256, w3c.BINDING)

    assert checked.claims is not None
    assert checked.claims.reveal() == {"ageOver18": True}


def test_every_envelope_has_its_checker() -> None:
    for form in (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE):
        assert isinstance(CHECKERS[form], EnvelopedVcChecker)
    for form in (FormatId.VP_JWT, FormatId.VP_COSE):
        assert isinstance(CHECKERS[form], EnvelopedVpChecker)
