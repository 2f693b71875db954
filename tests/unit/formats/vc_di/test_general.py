"""Everybody's documents under the open profile: what is sealed and read, and what is neither."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.errors import ClicidError, LocalError
from clicid.formats.base import Accredited, Binding, Checked, CheckName, FormatId, HolderBound, Outcome
from clicid.formats.data_model import Version, resources
from clicid.formats.data_model.json_schema import DIALECT, Schemas
from clicid.formats.data_model.shipped import Shipped
from clicid.formats.vc_di import LdpVcChecker, parse_credential, secure_credential, secure_presentation
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import EDDSA_JCS_2022, EDDSA_RDFC_2022, Purpose
from clicid.status.entry import BitstringEntry
from clicid.verification import Accepted, Policy, RefusedWith, SignedLists, check_credential
from tests.support import general, model_rows, w3c
from tests.support.patching import patched
from tests.support.refusals import refused

OPEN = model_rows.load("open")
BASE = {**OPEN["base"], "issuer": w3c.ISSUER.did}
TERMS = {"type": "urn:x:Terms", "id": "did:example:terms"}


def check(raw: bytes, checker: LdpVcChecker = general.CREDENTIALS, **given: Any) -> Checked:
    arguments: dict[str, Any] = {"rules": general.RULES, "binding": None, "now": w3c.NOW} | given
    checked = checker.check(checker.parse(raw), {}, **arguments)
    assert isinstance(checked, Checked)
    return checked


def ending(checked: Checked) -> tuple[CheckName, str]:
    """The one line that did not pass."""
    (line,) = [line for line in checked.lines if line.outcome in {Outcome.FAILED, Outcome.UNDECIDED}]
    assert checked.claims is None
    return line.check, line.code


def reveal(checked: Checked) -> dict[str, Any]:
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert checked.claims is not None
    return checked.claims.reveal()


@pytest.mark.parametrize("row", OPEN["accepted"], ids=lambda row: row["what"])
def test_sealed_read_and_handed_out_whole(row: dict[str, Any]) -> None:
    document = patched(BASE, row["patch"])
    said = {name: value for name, value in document.items() if name != "@context"}
    assert reveal(check(general.credential(document))) == said


@pytest.mark.parametrize("row", OPEN["refused"], ids=lambda row: row["what"])
def test_neither_sealed_nor_read(row: dict[str, Any]) -> None:
    document = patched(BASE, row["patch"])
    with refused(row["code"], row["where"]):
        general.credential(document)
    proof = json.loads(general.credential(BASE))["proof"]
    with refused(row["code"], row["where"]):
        general.CREDENTIALS.parse(json.dumps({**document, "proof": proof}).encode())


# What the data model allows and JSON-LD does not, or our own reading of it.
EXCEPTIONS = {
    "the base context alone": "rdf.type",
    "a context that takes a vocabulary away": "rdf.context_written",
    'type: ["VerifiableCredential", "\\u00c5ldersbevis"]': "rdf.type",
    'name: {"@value": "a", "@language": "x-own-tongue"}': "rdf.language",
    'name: {"@value": "a", "@language": "i-klingon"}': "rdf.language",
    "a member nobody knows: JSON-LD decides": "rdf.term_unknown",
}
MODEL = model_rows.load("credential")


@pytest.mark.parametrize("row", MODEL["accepted"], ids=lambda row: row["what"])
def test_what_the_data_model_allows(row: dict[str, Any]) -> None:
    document = patched(MODEL["base"], row.get("patch", []))
    issuer = document["issuer"]
    document |= {"issuer": {**issuer, "id": w3c.ISSUER.did} if isinstance(issuer, dict) else w3c.ISSUER.did}
    document.pop("proof", None)
    document.pop("credentialStatus", None)
    if row["what"] in EXCEPTIONS:
        with refused(EXCEPTIONS[row["what"]]):
            general.credential(document)
        return
    raw = general.credential(document)
    assert general.CREDENTIALS.parse(raw).subjects


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("credential"))
def test_what_the_data_model_forbids_is_not_sealed(document: Any, code: str, where: str) -> None:
    with refused(code, where):
        general.credential(document)


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("credential"))
def test_nor_read(document: Any, code: str, where: str) -> None:
    """One place says it to both sides; only what 1.1 is, is known when it is read."""
    proof = json.loads(general.credential())["proof"]
    raw = json.dumps({"proof": proof, **document}).encode()
    contexts = document.get("@context")
    if isinstance(contexts, list) and contexts[:1] == [Version.V1_1]:
        code, where = "vc.validity", "/issuanceDate"
    with refused(code, where):
        general.CREDENTIALS.parse(raw)
    with pytest.raises(ClicidError):
        parse_credential(raw, general.CONTEXTS)


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("presentation"))
def test_nor_presented(document: Any, code: str, where: str) -> None:
    proof = general.proof(purpose=Purpose.AUTHENTICATION)
    with refused(code, where):
        secure_presentation(document, proof, ED25519, general.CONTEXTS, profile=Profile.OPEN)


def test_types_of_their_own() -> None:
    none = check(general.credential(general.document()))
    assert none.credential_type == "https://www.w3.org/2018/credentials#VerifiableCredential"
    several = general.document(type=["urn:x:B", "VerifiableCredential", "urn:x:A"])
    assert check(general.credential(several)).credential_type == "urn:x:B"
    rules = replace(general.RULES, accredited=Accredited.REQUIRED)
    for document in (several, general.document()):
        found = ending(check(general.credential(document), rules=rules))
        assert found == (CheckName.ISSUER_KNOWN, "vc.type")


@pytest.mark.parametrize("issuer", ["https://issuer.example/", "urn:x:issuer", "did:example:other"])
def test_the_issuer_must_control_the_key(issuer: str) -> None:
    document = {**json.loads(general.credential()), "issuer": issuer}
    found = check(json.dumps(document).encode())
    assert ending(found) == (CheckName.ISSUER_KEY, "issuer.key_unknown")
    assert found.issuer == issuer


def test_a_key_that_an_issuer_who_is_no_did_would_have() -> None:
    """Nothing here vouches for what a web address says of its keys."""
    document = {**json.loads(general.credential()), "issuer": "https://issuer.example/"}
    document["proof"]["verificationMethod"] = "https://issuer.example/#key-1"
    assert ending(check(json.dumps(document).encode())) == (CheckName.ISSUER_KEY, "issuer.key_unknown")


def test_1_1_is_verified() -> None:
    document = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2"],
        "type": ["VerifiableCredential"],
        "issuer": w3c.ISSUER.did,
        "issuanceDate": "2026-11-01T00:00:00Z",
        "expirationDate": "2026-12-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:anna"},
    }
    prepared = general.data_integrity_prepare(document)
    raw = w3c.signed(prepared, w3c.ISSUER_REF)
    assert reveal(check(raw))["issuanceDate"] == "2026-11-01T00:00:00Z"
    late = w3c.NOW + timedelta(days=30)
    assert ending(check(raw, now=late)) == (CheckName.VALIDITY, "validity.expired")
    with refused("vc.context", "/@context/0"):
        general.credential(document)
    with refused("codec.shape", "/issuanceDate"):
        parse_credential(raw, general.CONTEXTS)


def test_a_set_of_proofs_must_verify_whole() -> None:
    first = general.credential()
    both = general.credential(json.loads(first), EDDSA_JCS_2022)
    assert [proof["cryptosuite"] for proof in json.loads(both)["proof"]] == [EDDSA_RDFC_2022, EDDSA_JCS_2022]
    reveal(check(both))
    for index in (0, 1):
        document = json.loads(both)
        document["proof"][index]["created"] = "2026-11-21T00:00:00Z"
        found = check(json.dumps(document).encode())
        assert ending(found) == (CheckName.ISSUER_SIGNATURE, "issuer.signature")


def test_a_chain_of_proofs_must_verify_whole() -> None:
    name = "urn:uuid:0d4e6f1c-1111-4222-8333-444455556666"
    first = general.credential(id=name)
    chain = json.loads(general.credential(json.loads(first), previous_proof=(name,)))
    reveal(check(json.dumps(chain).encode()))
    alone = {**chain, "proof": chain["proof"][1]}
    with refused("proof.previous", "/proof/previousProof"):
        general.CREDENTIALS.parse(json.dumps(alone).encode())


def test_every_proof_is_by_its_signer_and_for_assertions() -> None:
    """Another may sign beside the issuer, and never for it."""
    document = json.loads(general.credential(json.loads(general.credential()), EDDSA_JCS_2022))
    document["proof"][1]["verificationMethod"] = w3c.key_id(w3c.OTHER_REF)
    found = check(json.dumps(document).encode())
    assert ending(found) == (CheckName.ISSUER_SIGNATURE, "issuer.signature")
    alone = json.dumps({**document, "proof": document["proof"][1:]}).encode()
    assert ending(check(alone)) == (CheckName.ISSUER_KEY, "issuer.key_unknown")
    document["proof"][1]["proofPurpose"] = "authentication"
    with refused("proof.purpose", "/proof/1/proofPurpose"):
        general.CREDENTIALS.parse(json.dumps(document).encode())


def test_every_proof_holds_now() -> None:
    over = general.credential(json.loads(general.credential()), expires=w3c.DAY + timedelta(hours=1))
    assert ending(check(over)) == (CheckName.VALIDITY, "validity.expired")
    later = general.credential(json.loads(general.credential()), created=w3c.NOW + timedelta(hours=1))
    assert ending(check(later)) == (CheckName.VALIDITY, "validity.not_yet")


def test_a_credential_that_answers_by_itself() -> None:
    raw = general.credential(challenge="n", domain=("a.example", "b.example"))
    for binding in (
        general.NO_BINDING,
        Binding("b.example", "n"),
        Binding("", "n"),
        Binding("a.example", ""),
    ):
        reveal(check(raw, binding=binding))
    assert ending(check(raw, binding=Binding("c.example", "n"))) == (CheckName.AUDIENCE, "holder.audience")
    assert ending(check(raw, binding=Binding("a.example", "m"))) == (CheckName.NONCE, "holder.nonce")
    strict = replace(general.RULES, holder=HolderBound.REQUIRED)
    found = check(raw, binding=Binding("a.example", "n"), rules=strict)
    assert ending(found) == (CheckName.HOLDER_BINDING, "holder.binding_missing")


LOGO = "https://issuer.example/logo.png"
SCHEMA = "https://issuer.example/schema.json"
SHIPPED = Shipped(
    {LOGO: resources.digests(b"logo")},
    Schemas(
        {
            SCHEMA: json.dumps(
                {"$schema": DIALECT, "properties": {"credentialSubject": {"required": ["name"]}}}
            ).encode()
        }
    ),
)
KNOWING = LdpVcChecker(general.CONTEXTS, profile=Profile.OPEN, shipped=SHIPPED)


def related(raw: bytes, url: str = LOGO) -> dict[str, Any]:
    (digest,) = [one for one in resources.digests(raw) if one.algorithm == "sha384"]
    return {"relatedResource": {"id": url, "digestMultibase": "u" + _multihash(digest.value)}}


def _multihash(digest: bytes) -> str:
    from clicid.codec import base64url

    return base64url.encode(bytes([0x20, len(digest)]) + digest)


def test_related_resources_at_hand_are_held_against_their_digests() -> None:
    other = related(b"other")
    raw = general.credential(general.document(**other))
    with refused("vc.resource_digest", "/relatedResource"):
        KNOWING.parse(raw)
    with refused("vc.resource_digest", "/relatedResource"):
        general.credential(general.document(**other), shipped=SHIPPED)
    reveal(check(raw))
    reveal(check(general.credential(general.document(**related(b"logo")), shipped=SHIPPED), KNOWING))
    elsewhere = general.document(**related(b"other", "https://elsewhere.example/"))
    reveal(check(general.credential(elsewhere, shipped=SHIPPED), KNOWING))


def test_schemas_that_are_named() -> None:
    fits = general.document(
        credentialSchema=[{"id": SCHEMA, "type": "JsonSchema"}],
        credentialSubject={"id": "did:example:anna", "name": "Anna"},
    )
    line = check(general.credential(fits, shipped=SHIPPED), KNOWING).schema
    assert line is not None
    assert line.outcome is Outcome.PASSED
    wrong = {**fits, "credentialSubject": {"id": "did:example:anna"}}
    with refused("vc.schema_mismatch", "/credentialSubject"):
        general.credential(wrong, shipped=SHIPPED)
    line = check(general.credential(wrong), KNOWING).schema
    assert line is not None
    assert (line.outcome, line.code) == (Outcome.FAILED, "vc.schema_mismatch")
    unknown = {
        **fits,
        "credentialSchema": [*fits["credentialSchema"], {"id": "urn:x:1", "type": "urn:x:Shape"}],
    }
    line = check(general.credential(unknown, shipped=SHIPPED), KNOWING).schema
    assert line is not None
    assert (line.outcome, line.code) == (Outcome.UNDECIDED, "vc.schema_unavailable")
    assert check(general.credential(), KNOWING).schema is None


@pytest.mark.parametrize(
    ("subject", "schema", "accepted", "code"),
    [
        ({"id": "did:example:anna", "name": "Anna"}, SCHEMA, True, ""),
        ({"id": "did:example:anna", "name": "Anna"}, "urn:x:1", True, ""),
        ({"id": "did:example:anna"}, SCHEMA, False, "vc.schema_mismatch"),
    ],
    ids=["fits", "not at hand", "does not fit"],
)
def test_the_reports_line(subject: dict[str, Any], schema: str, accepted: bool, code: str) -> None:
    document = general.document(
        credentialSubject=subject, credentialSchema={"id": schema, "type": "JsonSchema"}
    )
    policy = Policy("open", general.RULES, {}, SignedLists.IGNORED, "00" * 32, allow_without_status=True)
    found = check_credential(
        general.credential(document),
        {},
        format=FormatId.LDP_VC,
        policy=policy,
        checkers={FormatId.LDP_VC: KNOWING},
        now=w3c.NOW,
    )
    assert isinstance(found, Accepted if accepted else RefusedWith)
    assert found.report.code == code
    (line,) = [line for line in found.report.sections[0].lines if line.check is CheckName.SCHEMA]
    assert (line.outcome is Outcome.PASSED, line.code) == (accepted, code)
    assert ("not at hand" in line.detail) == (schema != SCHEMA)


@pytest.mark.parametrize(
    ("identity", "options", "where"),
    [
        (replace(w3c.ISSUER, did=w3c.HOLDER), {}, "/issuer"),
        (replace(w3c.ISSUER, key_id=w3c.key_id(w3c.OTHER_REF)), {}, ""),
        (w3c.ISSUER, {"verification_method": w3c.key_id(w3c.OTHER_REF)}, ""),
        (w3c.ISSUER, {"purpose": Purpose.AUTHENTICATION}, ""),
    ],
)
def test_what_an_issuer_cannot_seal(identity: Any, options: dict[str, Any], where: str) -> None:
    with refused("vc.seal", where, kind=LocalError):
        secure_credential(
            identity,
            general.document(),
            general.proof(**options),
            ED25519,
            general.CONTEXTS,
            profile=Profile.OPEN,
        )


@pytest.mark.parametrize(
    ("holder", "options", "where"),
    [
        ("did:example:other", {"purpose": Purpose.AUTHENTICATION}, "/holder"),
        (w3c.ISSUER.did, {"purpose": Purpose.ASSERTION_METHOD}, ""),
    ],
)
def test_what_a_holder_cannot_present(holder: str, options: dict[str, Any], where: str) -> None:
    document: Any = {"@context": [general.BASE], "type": "VerifiablePresentation", "holder": holder}
    with refused("vc.seal", where, kind=LocalError):
        secure_presentation(
            document, general.proof(**options), ED25519, general.CONTEXTS, profile=Profile.OPEN
        )


def test_terms_of_use_are_for_everybodys_documents_alone() -> None:
    with refused("codec.shape", "/termsOfUse"):
        parse_credential(general.credential(general.document(termsOfUse=TERMS)), general.CONTEXTS)


def test_several_subjects_of_a_type_of_ours() -> None:
    subjects: Any = [{"id": w3c.HOLDER, "ageOver18": True}, {"id": "did:example:bo", "ageOver65": True}]
    checker = LdpVcChecker(w3c.CONTEXTS)
    raw = w3c.credential(w3c.unsigned(credentialSubject=subjects))
    checked = checker.check(checker.parse(raw), w3c.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)
    assert isinstance(checked, Checked)
    assert reveal(checked) == {"credentialSubject": subjects}
    many = [{"id": f"urn:x:{number}", "ageOver18": True} for number in range(17)]
    with refused("vc.subject", "/credentialSubject"):
        checker.parse(json.dumps({**json.loads(raw), "credentialSubject": many}).encode())


STATUS = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "suspension",
    "statusListIndex": "7",
    "statusListCredential": "https://issuer.example/lists/1",
}


def test_status_entries_of_everybody() -> None:
    several = [STATUS, {**STATUS, "statusPurpose": "revocation", "statusListIndex": "8"}]
    found = check(general.credential(general.document(credentialStatus=several))).status
    assert found == (
        BitstringEntry("suspension", 7, STATUS["statusListCredential"], where="/credentialStatus/0"),
        BitstringEntry("revocation", 8, STATUS["statusListCredential"], where="/credentialStatus/1"),
    )
    unknown = {"type": "urn:x:Status", "id": "urn:x:1"}
    raw = general.credential(general.document(credentialStatus=[STATUS, unknown]))
    with refused("status.entry", "/credentialStatus/1/type"):
        general.CREDENTIALS.parse(raw)
    late = check(
        general.credential(general.document(credentialStatus=STATUS)), now=w3c.DAY - timedelta(days=1)
    )
    assert late.status == ()
