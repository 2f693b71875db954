"""One set of claims in every format, over HTTP; each judged by code of others and by our own checks."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from pymdoccbor.mdoc.verifier import MobileDocument
from sd_jwt.verifier import SDJWTVerifier

from clicid.adapters import package_data
from clicid.codec import base64url, cbor
from clicid.formats.base import FormatId
from clicid.formats.sd_jwt_vc import token, type_metadata
from clicid.oid4vci.metadata import CredentialIssuerMetadata
from clicid.trust.anchors import Anchor, leaf
from clicid.verification import Accepted, issuance_digest
from tests.support import issuer_mdoc
from tests.support.issued_formats import (
    AGE,
    CONFIGURATIONS,
    IDENTITY,
    READING,
    Holder,
    at_rest,
    decided,
    issuer_signed,
    security,
)
from tests.support.issuer_config import DID, IDENTIFIER
from tests.support.issuer_doubles import FIELDS
from tests.support.issuer_mdoc import root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World

pytestmark = pytest.mark.filterwarnings("ignore")


class _LongHeaders(joserfc_jws.JWSRegistry):
    """The package's own, with room for a certificate."""

    max_header_length = 4096


_LONG = _LongHeaders(algorithms=["ES256"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer of mdocs, and of the documents that only a sandbox issues."""
    with issuer_mdoc.running(tmp_path, test_documents=True) as found:
        yield found


def test_the_metadata_name_every_configuration_by_its_format(world: World) -> None:
    raw = world.call("GET", "/.well-known/openid-credential-issuer").content
    found = CredentialIssuerMetadata.parse(raw, issuer=IDENTIFIER).configurations
    assert set(CONFIGURATIONS) < set(found)
    one = found["ClicIdentity_mdoc"]
    assert (one.format, one.doctype, one.signing_algs) == ("mso_mdoc", IDENTITY, (-7,))
    assert (one.binding_methods, one.proof_algs) == (("cose_key",), {"jwt": ("ES256",)})
    assert (IDENTITY, "family_name") in {claim.path for claim in one.claims}
    jwt = json.loads(raw)["credential_configurations_supported"]["ClicAge_jwt"]
    assert jwt["credential_definition"] == {"type": ["VerifiableCredential", "ClicAge"]}
    assert jwt["credential_signing_alg_values_supported"] == ["ES256"]
    for name, each in found.items():
        assert {one.locale for one in each.display} == {"en", "sv-SE"}, name
        assert each.claims, name
        for claim in each.claims:
            assert {one.locale for one in claim.display} == {"en", "sv-SE"}, claim.path
    assert found["ClicAge_ldp"].claims[0].path == ("credentialSubject", "ageOver13")


@pytest.mark.parametrize(("name", "vct"), [("ClicIdentity_sdjwt", IDENTITY), ("ClicAge_sdjwt", AGE)])
def test_an_sd_jwt_vc_is_as_its_published_type_says(world: World, name: str, vct: str) -> None:
    parsed = token.parse(Holder(world).get(name).encode())
    assert (parsed.credential_type, parsed.integrity[:7]) == (vct, "sha384-")
    found = type_metadata.collect(vct, parsed.integrity, package_data.type_metadata())
    assert isinstance(found, type_metadata.TypeMetadata)
    type_metadata.check(found, token.reveal(parsed))


def test_one_set_of_claims_is_in_every_format(world: World) -> None:
    holder = Holder(world)
    sd_jwt = SDJWTVerifier(
        holder.get("ClicIdentity_sdjwt"), lambda *_: sd_jwt_key(world)
    ).get_verified_payload()
    document = package_data.document_types()[IDENTITY]
    namespaces = issuer_signed(holder.get("ClicIdentity_mdoc"))["nameSpaces"]
    elements = {
        name: {item["elementIdentifier"]: item["elementValue"] for item in map(opened, items)}
        for name, items in namespaces.items()
    }
    claims = document.to_claims(elements)
    assert claims["family_name"] == FIELDS.family_name
    assert claims == {name: value for name, value in sd_jwt.items() if name in claims}
    assert set(sd_jwt) - set(claims) == {
        *("iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "status"),
    }
    ldp = holder.get("ClicIdentity_ldp")["credentialSubject"]
    assert ldp["familyName"] == claims["family_name"]
    assert ldp["document"]["documentNumber"] == claims["document"]["number"]  # type: ignore[call-overload, index]
    assert len({key for key in ldp if key != "id"}) == len(claims)


def opened(tagged: Any) -> Any:
    return cbor.loads(tagged.value, tags=frozenset((0, 24, 1004)), any_order=True)


def texts(jwk: dict[str, Any]) -> dict[str, str | list[str]]:
    return {name: str(value) for name, value in jwk.items()}


def sd_jwt_key(world: World) -> Any:
    """The issuer's key, as the keys of SD-JWT VCs are published."""
    (key,) = world.call("GET", "/.well-known/jwt-vc-issuer").json()["jwks"]["keys"]
    return JWK(**key)


def test_every_copy_has_its_own_key_index_and_id(world: World) -> None:
    holder = Holder(world)
    entries, keys = set[object](), set[object]()
    for name in ("ClicIdentity_mdoc", "ClicAge_mdoc", "ClicIdentity_sdjwt", "ClicAge_jwt"):
        credential = holder.get(name)
        if name.endswith("_mdoc"):
            found = security(credential)
            entry = found["status"]["status_list"]
            entries.add((entry["uri"], entry["idx"]))
            keys.add(bytes(found["deviceKeyInfo"]["deviceKey"][-2]))
        else:
            payload = json.loads(base64url.decode(credential.split(".")[1]))
            entries.add(str(payload["status"]))
            keys.add(str(payload.get("cnf") or payload["sub"]))
    assert len(entries) == len(keys) == 4
    with world.ground.env.store.reading() as tx:
        copies = tx.issuance.copies_of_person(holder.person_id)
    assert len({copy.id for copy in copies}) == len({(c.list_id, c.index) for c in copies}) == 4


@pytest.mark.parametrize(("name", "doctype"), [("ClicIdentity_mdoc", IDENTITY), ("ClicAge_mdoc", AGE)])
def test_others_read_our_mdocs(world: World, name: str, doctype: str) -> None:
    text = Holder(world).get(name)
    document = MobileDocument(docType=doctype, issuerSigned=issuer_signed(text), deviceSigned={})
    assert document.verify([x509.load_der_x509_certificate(root())], verify_hashes=True) is True
    assert security(text)["docType"] == doctype


def test_our_verifier_accepts_what_we_issue_over_http(world: World) -> None:
    holder = Holder(world)
    text = holder.get("ClicIdentity_mdoc")
    raw = holder.shown(
        "ClicIdentity_mdoc", base64url.decode(text), (IDENTITY, "family_name"), (IDENTITY, "birth_date")
    )
    ending = decided(world, text, raw, IDENTITY)
    assert isinstance(ending, Accepted), ending
    assert FIELDS.birth_date is not None
    assert ending.credentials[0].claims.reveal() == {
        IDENTITY: {"family_name": FIELDS.family_name, "birth_date": FIELDS.birth_date.isoformat()}
    }
    assert ending.credentials[0].issuer == DID


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_each_format_is_accepted_at_rest(world: World, name: str) -> None:
    """As a wallet looks at what it received: by what is on chain, and a root that `x5c` leaves out."""
    ending = at_rest(world, Holder(world).get(name))
    assert isinstance(ending, Accepted), ending.report


@pytest.mark.parametrize("name", ["ClicIdentity_sdjwt", "ClicIdentity_mdoc", "ClicAge_jwt"])
def test_no_format_is_accepted_under_another_root_than_the_one_on_chain(world: World, name: str) -> None:
    ending = at_rest(world, Holder(world).get(name), ca_digest=bytes(32))
    assert ending.report.code == "issuer.certificate"


def test_an_mdoc_is_anchored_by_the_digest_that_its_holder_finds(world: World) -> None:
    raw = base64url.decode(Holder(world).get("ClicAge_mdoc"))
    digest = issuance_digest(raw, FormatId.MDOC, READING)
    assert digest is not None
    with world.ground.env.store.reading() as tx:
        assert digest in {one for one, _ in tx.issuance.waiting_leaves(10)}


def test_times_are_rounded_to_the_day_and_within_the_certificate(world: World) -> None:
    found = security(Holder(world).get("ClicAge_mdoc"))["validityInfo"]
    assert {found[name].isoformat()[10:] for name in ("signed", "validFrom", "validUntil")} == {
        "T00:00:00+00:00"
    }
    assert found["validUntil"] - found["validFrom"] == timedelta(days=365)


def test_a_jwt_is_read_by_others_with_the_key_of_its_certificate(world: World) -> None:
    text = Holder(world).get("ClicAge_jwt")
    header = json.loads(base64url.decode(text.split(".")[0]))
    (certificate,) = (base64.b64decode(one) for one in header["x5c"])
    signer = leaf([certificate], [Anchor.load(root())], now=world.clock())
    key = ECKey.import_key(texts(signer.key.to_jwk()))
    payload = json.loads(joserfc_jws.deserialize_compact(text, key, registry=_LONG).payload)
    inside = payload["vc"]
    assert payload["iss"] == inside["issuer"] == DID
    assert inside["@context"][0] == "https://www.w3.org/2018/credentials/v1"
    assert inside["type"] == ["VerifiableCredential", "ClicAge"]
    assert inside["credentialSubject"]["ageOver18"] is True
    assert payload["sub"] == inside["credentialSubject"]["id"]
    assert payload["jti"] == inside["id"]
    assert set(payload["status"]["status_list"]) == {"idx", "uri"}
    assert signer.uris == {IDENTIFIER, DID}
    assert (header["typ"], header["kid"].partition("#")[0]) == ("JWT", DID)


def test_a_stranger_checks_each_format_by_the_root_alone(world: World) -> None:
    """Nothing of ours: the certificate in the credential, the root as it is published, and X.509."""
    answer = world.call("GET", "/certificates/iaca.cer")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pkix-cert")
    anchor = x509.load_der_x509_certificate(answer.content)
    assert world.call("GET", "/certificates/iaca.pem").content == anchor.public_bytes(Encoding.PEM)
    holder = Holder(world)
    leaves = {}
    for name in ("ClicIdentity_sdjwt", "ClicAge_jwt"):
        header = json.loads(base64url.decode(holder.get(name).split(".")[0]))
        leaves[name] = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    auth = issuer_signed(holder.get("ClicIdentity_mdoc"))["issuerAuth"]
    leaves["mdoc"] = x509.load_der_x509_certificate(auth[1][33])
    for name, certificate in leaves.items():
        certificate.verify_directly_issued_by(anchor)
        (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        url = point.full_name[0].value
        listed = x509.load_der_x509_crl(world.call("GET", url.removeprefix(IDENTIFIER)).content)
        assert listed.is_signature_valid(anchor.public_key()), name  # type: ignore[arg-type]
        assert listed.get_revoked_certificate_by_serial_number(certificate.serial_number) is None
    names = leaves["ClicIdentity_sdjwt"].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [IDENTIFIER, DID]
    public = leaves["ClicIdentity_sdjwt"].public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert sd_jwt_key(world).export_to_pem() == pem
