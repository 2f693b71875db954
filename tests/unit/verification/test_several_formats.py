"""One presentation with credentials in several formats, each read by the format that it comes in."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.formats.base import CheckName, FormatId, NeedKind, Wanted
from clicid.formats.data_model import Enveloped, envelope
from clicid.formats.data_model.resources import digests
from clicid.formats.data_model.shipped import Shipped
from clicid.formats.vc_di import secure_presentation
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import EDDSA_RDFC_2022, Proof, Purpose
from clicid.verification import Accepted, Policy, RefusedWith, Request, SignedLists, check, checkers
from tests.support import jose, w3c
from tests.support.refusals import refused

RULES = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind})
POLICY = Policy(
    "test", RULES, {w3c.AGE_TYPE: bytes(32)}, SignedLists.IGNORED, "00" * 32, allow_without_status=True
)
REQUEST = Request(FormatId.LDP_VP, w3c.BINDING, frozenset({w3c.AGE_TYPE}))
CHECKERS = checkers(w3c.CONTEXTS)
FORMATS = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)


def document(number: int, holder: str = w3c.HOLDER) -> dict[str, Any]:
    subject: Any = {"id": holder, "ageOver18": True}
    return w3c.unsigned(credentialStatus=None, id=f"urn:x:{number}", credentialSubject=subject)


def presentation(*credentials: Any) -> bytes:
    unsigned: Any = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": w3c.HOLDER,
        "verifiableCredential": list(credentials),
    }
    proof = Proof(
        verification_method=w3c.key_id(w3c.HOLDER_REF),
        purpose=Purpose.AUTHENTICATION,
        cryptosuite=EDDSA_RDFC_2022,
        created=w3c.NOW,
        domain=(w3c.BINDING.audience,),
        challenge=w3c.BINDING.nonce,
    )
    prepared = secure_presentation(unsigned, proof, ED25519, w3c.CONTEXTS, profile=Profile.CLOSED)
    return w3c.signed(prepared, w3c.HOLDER_REF)


def embedded(number: int, holder: str = w3c.HOLDER) -> Any:
    return json.loads(w3c.credential(document(number, holder)))


def enveloped(form: FormatId, number: int, holder: str = w3c.HOLDER) -> Any:
    return envelope.wrap(Enveloped(form, jose.credential(form, document=document(number, holder))))


def decide(raw: bytes, have: Any = None) -> Any:
    given = w3c.have() if have is None else have
    return check(raw, given, request=REQUEST, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)


def test_all_of_them() -> None:
    raw = presentation(embedded(0), *(enveloped(form, number) for number, form in enumerate(FORMATS, 1)))
    found = decide(raw)
    assert isinstance(found, Accepted)
    assert [shown.format for shown in found.credentials] == [FormatId.LDP_VC, *FORMATS]
    assert all(shown.claims.reveal() == {"ageOver18": True} for shown in found.credentials)
    (need,) = w3c.have()
    assert decide(raw, {}) == Wanted((need,))


@pytest.mark.parametrize("at", range(3))
def test_one_of_another_holder_refuses_all(at: int) -> None:
    holders = [w3c.HOLDER] * 3
    holders[at] = w3c.did(w3c.OTHER_REF)
    inside = [embedded(0, holders[0])]
    inside += [enveloped(form, number, holders[number]) for number, form in enumerate(FORMATS[:2], 1)]
    found = decide(presentation(*inside))
    assert isinstance(found, RefusedWith)
    assert found.report.code == "holder.key_mismatch"
    (line,) = [line for line in found.report.sections[1 + at].lines if line.code]
    assert line.check is CheckName.HOLDER_BINDING


def test_every_format_reads_what_a_credential_names_by_what_is_at_hand() -> None:
    context = "https://www.w3.org/ns/credentials/v2"
    sri = "sha256-" + base64.b64encode(bytes(32)).decode()
    related: Any = [{"id": context, "digestSRI": sri}]
    known = checkers(w3c.CONTEXTS, shipped=Shipped({context: digests(b"the context that is used")}))
    raw = w3c.credential({**document(1), "relatedResource": related})
    for form, sealed in (
        (FormatId.LDP_VC, raw),
        *(
            (form, jose.credential(form, document={**document(1), "relatedResource": related}))
            for form in FORMATS
        ),
    ):
        with refused("vc.resource_digest"):
            known[form].parse(sealed)
