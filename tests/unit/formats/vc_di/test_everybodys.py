"""Everybody's credentials: proofs of others beside the issuer's, and texts with a base direction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.formats.base import Accredited, CheckName, FormatId, NeedKind
from clicid.keys.algorithms import ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import ECDSA_RDFC_2019, EDDSA_JCS_2022, EDDSA_RDFC_2022
from clicid.verification import Accepted, Policy, SignedLists, check_credential, checkers
from tests.support import proofs, w3c

if TYPE_CHECKING:
    from clicid.verification import Ending

CONTEXTS = package_data.open_contexts()
RULES = replace(
    w3c.RULES,
    max_age={kind: timedelta(hours=1) for kind in NeedKind},
    accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER,
)
POLICY = Policy("open", RULES, {}, SignedLists.IGNORED, "", allow_without_status=True)
OTHER = w3c.did(proofs.REFS[P256])
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": w3c.ISSUER.did,
    "credentialSubject": {"id": "did:example:alice", "name": "Alice"},
}


def sign(document: dict[str, Any], suite: str = EDDSA_RDFC_2022, alg: str = ED25519, **more: Any) -> Any:
    add = data_integrity.prepare_another if "proof" in document else data_integrity.prepare
    prepared = add(document, proofs.options(suite, alg, **more), alg, CONTEXTS, profile=Profile.OPEN)
    return json.loads(w3c.signed(prepared, proofs.REFS[alg]))


def decide(document: dict[str, Any], profile: Profile = Profile.OPEN) -> Ending:
    raw = json.dumps(document).encode()
    known = checkers(CONTEXTS, profile=profile)
    ending = check_credential(raw, {}, format=FormatId.LDP_VC, policy=POLICY, checkers=known, now=w3c.NOW)
    assert not hasattr(ending, "needs")
    return ending


def test_a_notary_may_sign_before_the_issuer_and_after() -> None:
    before = sign(sign(DOCUMENT, ECDSA_RDFC_2019, P256, id="urn:uuid:1"), previous_proof=("urn:uuid:1",))
    after = sign(sign(DOCUMENT), ECDSA_RDFC_2019, P256)
    for document in (before, after):
        assert isinstance(decide(document), Accepted)


def test_proofs_of_others_alone_say_nothing() -> None:
    document = sign(DOCUMENT, ECDSA_RDFC_2019, P256)
    assert decide(document).report.code == "issuer.key_unknown"


def test_every_proof_must_verify_whoever_made_it() -> None:
    document = sign(sign(DOCUMENT), ECDSA_RDFC_2019, P256)
    document["proof"][1]["created"] = "2026-11-21T00:00:00Z"
    assert decide(document).report.code == "issuer.signature"


def test_a_type_of_ours_has_its_issuers_proofs_only() -> None:
    unsigned = w3c.unsigned(credentialStatus=None)
    document = sign(sign(unsigned), ECDSA_RDFC_2019, P256)
    ending = decide(document, Profile.CLOSED)
    assert ending.report.code == "issuer.key_unknown"
    (section,) = ending.report.sections
    assert [line.check for line in section.lines if line.code] == [CheckName.ISSUER_KEY]


DIRECTED = {**DOCUMENT, "name": {"@value": "مثال", "@language": "ar", "@direction": "rtl"}}


@pytest.mark.parametrize("suite", [EDDSA_JCS_2022, EDDSA_RDFC_2022])
def test_a_base_direction_is_signed(suite: str) -> None:
    document = sign(DIRECTED, suite)
    assert isinstance(decide(document), Accepted)
    document["name"]["@direction"] = "ltr"
    assert decide(document).report.code == "issuer.signature"
    del document["name"]["@direction"]
    assert decide(document).report.code == "issuer.signature"


def test_what_would_not_be_read_is_not_signed_either() -> None:
    redefining = {**DOCUMENT, "@context": [*DOCUMENT["@context"], {"VerifiableCredential": "urn:x:y"}]}
    with pytest.raises(Refused) as error:
        sign(redefining, EDDSA_JCS_2022)
    assert error.value.code.startswith("rdf.")


def test_a_credential_inside_another_is_not_shown_as_one_by_itself() -> None:
    """Which node a document begins with is in no statement: both have one graph, and so one signature."""
    inner = w3c.unsigned(evidence="urn:x:outer")
    contexts = inner.pop("@context")
    outer: dict[str, Any] = {
        "id": "urn:x:outer",
        "type": ["VerifiableCredential", "urn:x:Membership"],
        "issuer": w3c.ISSUER.did,
        "credentialSubject": {"id": "did:example:alice"},
    }
    signed = sign({"@context": contexts, **outer, "evidence": inner})
    assert decide(signed).report.code == "rdf.root"
    turned = {
        "@context": contexts,
        **inner,
        "evidence": {**outer, "evidence": inner["id"]},
        "proof": signed["proof"],
    }
    report = decide(turned, Profile.CLOSED).report
    assert report.code == "rdf.root"
    assert [line.where for section in report.sections for line in section.lines if line.code] == [
        "/evidence/type"
    ]
