"""One set of claims in every format, over HTTP; each judged by code of others and by our own checks."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import cbor2
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
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import base64url, cbor, multicodec
from clicid.did.ethr import EthrRecord
from clicid.errors import LocalError
from clicid.formats import mdoc, vc_di
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Rules, Unavailable
from clicid.formats.mdoc import transcript
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE, PID, PID_DOCTYPE
from clicid.formats.sd_jwt_vc import token, type_metadata
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.ledger.network import NetworkKind
from clicid.oid4vci.metadata import CredentialIssuerMetadata
from clicid.securing import cose
from clicid.status import token_list_cwt
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.anchors import Anchor, leaf
from clicid.trust.iaca import Authority
from clicid.verification import (
    Accepted,
    Policy,
    Request,
    SignedLists,
    check,
    check_credential,
    checkers,
    issuance_digest,
    signed_lists,
)
from issuer import iaca
from issuer.config import load
from issuer.http.published import token_form
from issuer.iaca import Ceremony
from issuer.usecases.lists import CWT, JWT
from tests.support import issuer_mdoc, issuer_world
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import ADDRESS, DID, IDENTIFIER, NOW, VAULT_KEY, network_file
from tests.support.issuer_doubles import FIELDS
from tests.support.issuer_mdoc import MIDNIGHT, VAULT, root
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.support.world import attribute
from tests.unit.issuer.test_review import in_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clicid.formats.base import Have
    from clicid.keys.public import PublicKey
    from clicid.verification import Ending
    from tests.support.issuer_world import World

pytestmark = pytest.mark.filterwarnings("ignore")

IDENTITY = f"{package_data.EXAMPLE}/identity/v1"
AGE = f"{package_data.EXAMPLE}/age/v1"
CONFIGURATIONS = (
    *("ClicIdentity_sdjwt", "ClicIdentity_mdoc", "ClicIdentity_ldp"),
    *("ClicAge_sdjwt", "ClicAge_mdoc", "ClicAge_ldp", "ClicAge_jwt"),
)
OUTBOX = 'kind = "directory"\ndirectory = "outbox"'
SESSION = transcript.openid4vp("x509_hash:abc", "n", "https://verifier.example/r", None)
READING = checkers(
    package_data.contexts(), shipped=package_data.shipped(), documents=package_data.document_types()
)
BINDING = Binding("x509_hash:abc", "n", transcript=SESSION)


class _LongHeaders(joserfc_jws.JWSRegistry):
    """The package's own, with room for a certificate."""

    max_header_length = 4096


_LONG = _LongHeaders(algorithms=["ES256"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer of mdocs, and of the documents that only a sandbox issues."""
    with issuer_mdoc.running(tmp_path, test_documents=True) as found:
        yield found


class Holder:
    """A wallet, and the key of each copy that it got."""

    def __init__(self, world: World, *configurations: str) -> None:
        self.world = world
        person = Person(world).approved()
        self.person_id = person.person_id()
        self.wallet = Wallet(world, person.offer(configurations=list(configurations))["credential_offer"])
        assert self.wallet.redeem().status_code == 200

    def get(self, configuration: str) -> Any:
        answer = self.wallet.credential(configuration, key=configuration)
        assert answer.status_code == 200, answer.text
        (one,) = answer.json()["credentials"]
        return one["credential"]

    @property
    def keys(self) -> MemoryKeyStore:
        return self.wallet.keys

    def shown(self, configuration: str, raw: bytes, *elements: tuple[str, str]) -> bytes:
        """A DeviceResponse with these elements."""
        prepared = mdoc.prepare_presentation(raw, elements, SESSION)
        (operation,) = prepared.to_be_signed
        ref = self.keys.find(configuration)
        assert ref is not None
        return prepared.complete([self.keys.sign(ref, operation.message, operation.alg)])


def issuer_signed(text: str) -> Any:
    return cbor2.loads(base64url.decode(text))


def security(text: str) -> Any:
    """The mobile security object, as others read it."""
    payload: Any = cbor2.loads(issuer_signed(text)["issuerAuth"][2])
    return cbor2.loads(payload.value)


def material(world: World, body: bytes) -> Material:
    now = world.clock()
    return Material(body, now, now - timedelta(minutes=1), "chain 1 block 100")


def policy(der: bytes, *types: str) -> Policy:
    """What a verifier holds: the root, and that the DID issues under it."""
    rules = Rules(
        issuers=None,
        max_age=dict.fromkeys(NeedKind, timedelta(hours=1)),
        leeway=timedelta(seconds=30),
        key_binding_max_age=timedelta(minutes=5),
        allow_test=True,
        authorities={Authority.load(der): DID},
    )
    return Policy("test", rules, dict.fromkeys(types, bytes(32)), SignedLists.IGNORED, "00" * 32)


def have(world: World, text: str, *types: str, ca_digest: bytes | None = None) -> Have:
    """What stands on chain: the accreditations, and the list that the document names."""
    entry = security(text)["status"]["status_list"]
    snapshot = StatusSnapshot(list_id(ADDRESS, entry["uri"]), 1, 2, 131_072, bytes(32_768))
    listed = {Need(NeedKind.STATUS, entry["uri"], DID): material(world, snapshot.to_bytes())}
    return {**listed, **on_chain(world, types, ca_digest=ca_digest)}


def on_chain(
    world: World, types: tuple[str, ...], *, ca_digest: bytes | None = None
) -> dict[Need, Material | Unavailable]:
    """The issuer's accreditations."""
    now, found = int(world.clock().timestamp()), dict[Need, Material | Unavailable]()
    for uri in types:
        right = Accreditation(
            did=DID,
            type_id=type_id(uri),
            schema_digest=bytes(32),
            valid_from=now - 86_400,
            valid_until=now + 86_400 * 600,
            withdrawn_at=None,
            keeps_anchored=False,
            identifier=IDENTIFIER,
            ca_digest=ca_digest or Authority.load(root()).key_digest,
        )
        found[Need(NeedKind.ACCREDITATION, uri, DID)] = material(world, right.to_bytes())
    return found


def decided(world: World, text: str, raw: bytes, doctype: str, **changes: Any) -> Ending:
    """What a verifier of ours decides of a response."""
    ending = check(
        raw,
        changes.get("have", have(world, text, doctype)),
        request=Request(FormatId.DEVICE_RESPONSE, BINDING, frozenset({doctype})),
        policy=changes.get("policy", policy(root(), doctype)),
        checkers=READING,
        now=changes.get("now", world.clock()),
    )
    assert not hasattr(ending, "needs"), ending
    return ending


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


def at_rest(world: World, credential: Any, *, ca_digest: bytes | None = None) -> Ending:
    """How a check of a credential by itself ends."""
    if isinstance(credential, dict):
        form, raw = FormatId.LDP_VC, vc_di.whole(json.dumps(credential).encode(), package_data.contexts())
    elif "~" in credential:
        form, raw = FormatId.SD_JWT_VC, credential.encode()
    elif "." in credential:
        form, raw = FormatId.JWT_VC, credential.encode()
    else:
        form, raw = FormatId.MDOC, base64url.decode(credential)
    found = {
        **on_chain(world, (IDENTITY, AGE), ca_digest=ca_digest),
        **{
            Need(NeedKind.STATUS, f"{IDENTIFIER}/status/{name}", DID): material(
                world,
                StatusSnapshot(
                    list_id(ADDRESS, f"{IDENTIFIER}/status/{name}"), 1, 2, 131_072, bytes(32_768)
                ).to_bytes(),
            )
            for name in ("a", "b")
        },
        Need(NeedKind.DID, DID): material(world, did_record(world).to_bytes()),
    }
    ending = check_credential(
        raw,
        found,
        format=form,
        policy=policy(root(), IDENTITY, AGE),
        checkers=READING,
        now=world.clock(),
    )
    assert not hasattr(ending, "needs"), ending
    return ending


def did_record(world: World) -> EthrRecord:
    """The issuer's DID on chain, with both credential keys."""
    now, record = world.clock(), EthrRecord(DID, ADDRESS)
    for name in ("data-integrity", "sd-jwt"):
        key = world.ground.keystore.public(KeyRef(name))
        value = multicodec.encode(key.algorithm.multicodec, key.raw)
        record = attribute(record, value, valid_to=now + timedelta(days=9), at=now - timedelta(days=9))
    return record


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


def test_a_status_list_goes_out_as_jwt_or_cwt(world: World) -> None:
    text = Holder(world).get("ClicAge_mdoc")
    entry = security(text)["status"]["status_list"]
    path = entry["uri"].removeprefix(IDENTIFIER)
    wanted = {"accept": token_list_cwt.MEDIA_TYPE}
    answer = world.call("GET", path, headers=wanted)
    assert answer.headers["content-type"] == token_list_cwt.MEDIA_TYPE
    assert answer.headers["vary"] == "Accept"
    assert world.call("GET", path, headers=wanted).content == answer.content  # built once a change
    token = token_list_cwt.parse(answer.content)
    claims = token_list_cwt.claims(token.unverified_payload)
    assert (claims.sub, claims.status_list[entry["idx"]]) == (entry["uri"], 0)
    # By the root alone, as others do; and by the DID, as our verifiers do.
    signer = leaf([token.header[cose.X5CHAIN]], [Anchor.load(root())], now=world.clock())  # type: ignore[list-item]
    cose.verify(token, signer.key)
    assert (token.key_id or b"").decode().startswith(DID)
    again = world.call("GET", path, headers=wanted | {"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    jwt = world.call("GET", path)
    assert jwt.headers["content-type"].startswith("application/statuslist+jwt")
    header = json.loads(base64url.decode(jwt.text.split(".")[0]))
    (certificate,) = (base64.b64decode(one) for one in header["x5c"])
    assert leaf([certificate], [Anchor.load(root())], now=world.clock()).key == signer.key
    assert jwt.headers["etag"] != answer.headers["etag"]


def test_who_knows_the_root_by_its_name_alone_believes_the_list(world: World) -> None:
    """A verifier that follows no chain: the list's signer is under the root, and may sign lists."""
    known = Authority.load(root())
    rules = replace(policy(root()).rules, authorities={known: ""})
    url = f"{IDENTIFIER}/status/a"
    for accept in (token_list_cwt.MEDIA_TYPE, "application/statuslist+jwt"):
        raw = world.call("GET", "/status/a", headers={"accept": accept}).content
        claims = signed_lists.verified(raw, url, known.name, {}, rules=rules, now=world.clock())
        assert claims.sub == url
    other = Authority.load(root(vault=MemoryKeyStore(b"another")))
    with refused("issuer.unknown"):
        signed_lists.verified(
            raw, url, other.name, {}, rules=replace(rules, authorities={other: ""}), now=world.clock()
        )


def test_offers_made_before_there_were_mdocs_are_redeemed_after(tmp_path: Path) -> None:
    """And one for an mdoc, whose signer is configured no more, is answered as any unknown one."""
    file = issuer_mdoc.certified(tmp_path)
    with_signer = file.read_text()
    start, end = with_signer.index("[keys.document_signer]"), with_signer.index("[issuing]")
    without = with_signer[:start] + with_signer[end:]
    file.write_text(without)
    with issuer_world.running(tmp_path, config=file) as world:
        person = Person(world).approved()
        url = person.offer(configurations=["ClicAge_sdjwt"])["credential_offer"]
        code = world.mailbox.last("transaction")
    file.write_text(with_signer)
    with issuer_world.running(tmp_path, config=file) as world:
        wallet = Wallet(world, url)
        assert wallet.redeem(code).status_code == 200
        assert wallet.credential("ClicAge_sdjwt").status_code == 200
        person.world = world
        url = person.offer(configurations=["ClicAge_mdoc"])["credential_offer"]
        code = world.mailbox.last("transaction")
    file.write_text(without)
    with issuer_world.running(tmp_path, config=file) as world:
        wallet = Wallet(world, url)
        wallet.redeem(code)
        answer = wallet.credential("ClicAge_mdoc")
        assert (answer.status_code, answer.json()["error"]) == (400, "unknown_credential_configuration")


def test_a_revocation_is_in_both_forms_of_the_list(world: World) -> None:
    holder = Holder(world)
    entry = security(holder.get("ClicAge_mdoc"))["status"]["status_list"]
    path = entry["uri"].removeprefix(IDENTIFIER)
    wanted = {"accept": token_list_cwt.MEDIA_TYPE}
    before = world.call("GET", path, headers=wanted)
    with world.ground.env.store.writing() as tx:
        (copy,) = tx.issuance.copies_of_person(holder.person_id)
        tx.statuses.set_flags(copy.list_id, copy.index, 1)
    after = world.call("GET", path, headers=wanted)
    claims = token_list_cwt.claims(token_list_cwt.parse(after.content).unverified_payload)
    assert claims.status_list[entry["idx"]] == 1
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JWT),
        ("*/*", JWT),
        ("text/html", JWT),
        ("application/statuslist+jwt", JWT),
        ("application/statuslist+cwt", CWT),
        ("Application/StatusList+CWT;q=0.5", CWT),
        ("application/statuslist+jwt, application/statuslist+cwt", JWT),
        ("application/statuslist+jwt;q=0.5, application/statuslist+cwt", CWT),
        ("application/statuslist+cwt, */*", CWT),
        ("application/statuslist+cwt;q=0.1, */*", JWT),
        ("application/statuslist+cwt;q=0", JWT),
        ("application/statuslist+cwt;q=nonsense", CWT),
        ("application/statuslist+cwt;q=1e999, " + "," * 1000, CWT),
    ],
)
def test_whose_accept_gets_which_form(accept: str, form: str) -> None:
    assert token_form(accept) == form


@pytest.mark.parametrize(
    ("name", "doctype", "namespace"), [("TestPid_mdoc", PID_DOCTYPE, PID), ("TestMdl_mdoc", MDL_DOCTYPE, MDL)]
)
def test_a_sandbox_issues_documents_of_states_marked_test(
    world: World, name: str, doctype: str, namespace: str
) -> None:
    holder = Holder(world, name)
    text = holder.get(name)
    document = MobileDocument(docType=doctype, issuerSigned=issuer_signed(text), deviceSigned={})
    assert document.verify([x509.load_der_x509_certificate(root())], verify_hashes=True) is True
    marked = (f"{namespace}.UT", "test_credential")
    raw = holder.shown(
        name,
        base64url.decode(text),
        marked,
        *((namespace, element) for element in ("family_name", "birth_date", "issuing_country", "sex")),
    )
    ending = decided(world, text, raw, doctype)
    assert isinstance(ending, Accepted), ending
    shown = ending.credentials[0].claims.reveal()
    assert shown[marked[0]] == {"test_credential": True}
    assert shown[namespace]["issuing_country"] == "UT"  # of no state
    strict = policy(root(), doctype)
    ending = decided(
        world, text, raw, doctype, policy=replace(strict, rules=replace(strict.rules, allow_test=False))
    )
    assert ending.report.code == "policy.test_credential"


def test_nobody_is_offered_a_test_document_who_does_not_name_it(world: World) -> None:
    for person in (Person(world).approved(), in_review(world)):
        assert set(person.offer()["credential_configuration_ids"]) == set(CONFIGURATIONS)


def test_test_documents_are_refused_outside_a_sandbox(tmp_path: Path) -> None:
    file = issuer_mdoc.certified(tmp_path, test_documents=True)
    file.write_text(
        file.read_text()
        .replace("sandbox = true", "sandbox = false")
        .replace('"http://127.0.0.1:8401"', '"https://issuer.example"')
        .replace(OUTBOX, 'kind = "http"\nurl = "https://sms.example"\ntoken_file = "vault.key"')
    )
    with refused("config.invalid", where=str(file), kind=LocalError):
        load(file)
    load_text = file.read_text().replace("test_documents = true", "test_documents = false")
    file.write_text(load_text)
    load(file)


def test_test_documents_are_refused_on_another_chain_than_a_sandboxs(tmp_path: Path) -> None:
    file = issuer_mdoc.certified(tmp_path, test_documents=True)
    network = network_file(NetworkKind.TEST)
    (tmp_path / "network.json").write_bytes(network.to_bytes())
    file.write_text(re.sub(r'digest = ".*"', f'digest = "{network.digest().hex()}"', file.read_text()))
    with (
        refused("config.sandbox", where="issuing.test_documents", kind=LocalError),
        issuer_world.running(tmp_path),
    ):
        pass


def test_test_documents_are_refused_under_a_root_of_a_state(tmp_path: Path) -> None:
    with (
        refused("config.certificate", where="keys.document_signer", kind=LocalError),
        issuer_mdoc.running(tmp_path, country="SE", test_documents=True),
    ):
        pass


def test_a_document_is_signed_within_its_signers_certificate(tmp_path: Path) -> None:
    """Times are rounded to the day; a certificate may have been made at noon."""
    with issuer_mdoc.running(tmp_path, begins=NOW - timedelta(hours=2)) as world:
        text = Holder(world).get("ClicAge_mdoc")
        times = security(text)["validityInfo"]
        assert times["signed"] == times["validFrom"] == NOW - timedelta(hours=2)
        assert isinstance(at_rest(world, text), Accepted)


def test_no_document_outlives_its_signers_certificate(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        found = security(Holder(world).get("ClicAge_mdoc"))["validityInfo"]
        assert found["validUntil"] == MIDNIGHT + timedelta(days=40)
        assert security(Holder(world).get("ClicAge_mdoc"))["docType"] == AGE


def test_no_mdoc_is_issued_once_its_signers_certificate_has_ended(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        world.clock.forward(minutes=41 * 24 * 60)
        holder = Holder(world)
        answer = holder.wallet.credential("ClicAge_mdoc")
        assert (answer.status_code, answer.json()["code"]) == (503, "mdoc.signer_expired")
        assert holder.get("ClicAge_sdjwt")  # the others go on


def test_a_verifier_refuses_a_document_whose_signers_certificate_has_ended(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        holder = Holder(world)
        text = holder.get("ClicAge_mdoc")
        raw = holder.shown("ClicAge_mdoc", base64url.decode(text), (AGE, "age_over_18"))
        assert isinstance(decided(world, text, raw, AGE), Accepted)
        world.clock.forward(minutes=41 * 24 * 60)
        assert decided(world, text, raw, AGE).report.code == "mdoc.signer_expired"


def test_a_verifier_refuses_a_root_that_is_not_the_one_on_chain(world: World) -> None:
    holder = Holder(world)
    text = holder.get("ClicAge_mdoc")
    raw = holder.shown("ClicAge_mdoc", base64url.decode(text), (AGE, "age_over_18"))
    other = have(world, text, AGE, ca_digest=bytes(32))
    assert decided(world, text, raw, AGE, have=other).report.code == "issuer.certificate"


def _signer(path: Path, made: bytes) -> None:
    (path / "signer.pem").write_bytes(iaca.to_pem(made))


def _of_another_root(path: Path, key: PublicKey) -> None:
    vault = MemoryKeyStore(b"another")
    _signer(path, Ceremony(vault, root(vault=vault)).signer(key, begins=MIDNIGHT, days=90))


def _without_its_usage(path: Path, key: PublicKey) -> None:
    _signer(path, Ceremony(VAULT, root()).issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=90))


def _of_another_key(path: Path, _: PublicKey) -> None:
    other = VAULT.public(VAULT.find("other") or VAULT.generate(P256, "other"))
    _signer(path, Ceremony(VAULT, root()).signer(other, begins=MIDNIGHT, days=90))


def _root_is_no_root(path: Path, _: PublicKey) -> None:
    (path / "iaca.pem").write_bytes((path / "signer.pem").read_bytes())


def _no_list(path: Path, _: PublicKey) -> None:
    (path / "iaca.crl").write_bytes((path / "iaca.pem").read_bytes())


def _chain_of_another_root(path: Path, _: PublicKey) -> None:
    vault = MemoryKeyStore(b"another")
    with AskarKeyStore.open(path / "keys.vault", VAULT_KEY) as store:
        key = store.public(KeyRef("sd-jwt"))
    made = Ceremony(vault, root(vault=vault)).issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=90)
    (path / "issuer.pem").write_bytes(iaca.to_pem(made))


@pytest.mark.parametrize(
    "spoil",
    [
        _of_another_root,
        _without_its_usage,
        _of_another_key,
        _root_is_no_root,
        _no_list,
        _chain_of_another_root,
    ],
)
def test_an_issuer_does_not_start_with_certificates_that_do_not_fit(
    tmp_path: Path, spoil: Callable[[Path, PublicKey], None]
) -> None:
    file = issuer_mdoc.certified(tmp_path)
    with AskarKeyStore.open(tmp_path / "keys.vault", VAULT_KEY) as store:
        key = store.public(KeyRef(issuer_mdoc.SIGNER))
    spoil(tmp_path, key)
    with refused("config.certificate", kind=LocalError), issuer_world.running(tmp_path, config=file):
        pass


def test_an_issuer_without_a_document_signer_offers_no_mdoc(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        offered = world.call("GET", "/.well-known/openid-credential-issuer").json()
        names = offered["credential_configurations_supported"]
        assert not [name for name in names if name.endswith("_mdoc")]
        assert world.call("GET", "/certificates/iaca.cer").status_code == 404
        answer = Person(world).approved().call("POST", "/offers", json={"configurations": ["ClicAge_mdoc"]})
        assert answer.json()["code"] == "oid4vci.configuration"
