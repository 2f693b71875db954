"""Enveloped credentials and presentations at the VC API: read by the format that the envelope names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats.base import FormatId
from clicid.formats.data_model import Enveloped, envelope
from clicid.rdf.profile import Profile
from clicid.vc_api import messages, verifying
from clicid.verification import Accepted, Policy, RefusedWith, SignedLists, checkers
from tests.support import general, jose, w3c
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.verification import Ending

POLICY = Policy("open", general.RULES, {}, SignedLists.IGNORED, "00" * 32, allow_without_status=True)
CHECKERS = checkers(general.CONTEXTS, profile=Profile.OPEN)
DOCUMENT = jose.unsigned(credentialStatus=None)


def verify(member: str, document: Any, **options: str) -> Ending:
    request = messages.verify(json.dumps({member: document, "options": options}).encode(), member)
    found = verifying.verify(request, {}, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)
    assert isinstance(found, (Accepted, RefusedWith))
    return found


def credential(form: FormatId = FormatId.VC_JWT) -> Enveloped:
    return Enveloped(form, jose.credential(form, document=DOCUMENT))


@pytest.mark.parametrize("form", [FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE])
def test_credentials(form: FormatId) -> None:
    wrapped = envelope.wrap(credential(form))
    found = verify(messages.VERIFIABLE_CREDENTIAL, wrapped)
    assert isinstance(found, Accepted)
    assert found.report.sections[0].format is form


def test_presentations() -> None:
    one = credential()
    raw = jose.presentation([(one.format, one.raw)])
    wrapped = envelope.wrap(Enveloped(FormatId.VP_JWT, raw), kind=envelope.PRESENTATION)
    asked = {"challenge": w3c.BINDING.nonce, "domain": w3c.BINDING.audience}
    found = verify(messages.VERIFIABLE_PRESENTATION, wrapped, **asked)
    assert isinstance(found, Accepted)
    assert [section.format for section in found.report.sections] == [FormatId.VP_JWT, FormatId.VC_JWT]
    other = verify(messages.VERIFIABLE_PRESENTATION, wrapped, **asked | {"challenge": "other"})
    assert isinstance(other, RefusedWith)
    assert other.report.code == "holder.nonce"


def test_an_envelope_in_a_presentation_with_a_proof() -> None:
    raw = general.presentation(envelope.wrap(credential()))
    assert isinstance(verify(messages.VERIFIABLE_PRESENTATION, json.loads(raw)), Accepted)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": "data:application/jwt,e30.e30.e30"}, "/id"),
        ({"id": "data:application/vp+jwt,e30.e30.e30"}, "/id"),
        ({"@context": []}, "/@context"),
        ({"proof": {"type": "DataIntegrityProof"}}, "/proof"),
    ],
)
def test_what_is_no_envelope(changes: dict[str, Any], where: str) -> None:
    with refused("vc.envelope", f"/verifiableCredential{where}"):
        verify(messages.VERIFIABLE_CREDENTIAL, {**envelope.wrap(credential()), **changes})


def test_an_altered_one() -> None:
    wrapped = envelope.wrap(credential())
    wrapped["id"] = str(wrapped["id"])[:-10] + "AAAAAAAAAA"
    found = verify(messages.VERIFIABLE_CREDENTIAL, wrapped)
    assert isinstance(found, RefusedWith)
