"""Every committed document in an envelope ends with the reason that its file names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats.base import FormatId
from clicid.formats.data_model import Enveloped, envelope
from tests.support import enveloping, jose, w3c

if TYPE_CHECKING:
    from clicid.keys.public import PublicKey

FORMATS = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE, FormatId.VP_JWT)
VECTORS = enveloping.vectors("vc_jose", FORMATS)


@pytest.mark.parametrize(("form", "vector"), VECTORS, ids=enveloping.ids(VECTORS))
def test_ends_as_the_file_says(form: FormatId, vector: dict[str, Any]) -> None:
    enveloping.ends_as_the_file_says(form, vector)


@pytest.mark.parametrize("form", [FormatId.VC_JWT, FormatId.VC_COSE])
def test_a_credential_alone_is_no_presentation(form: FormatId) -> None:
    enveloping.is_no_presentation(form, jose.credential(form))


@pytest.mark.parametrize(
    ("holder", "code"), [(w3c.HOLDER_KEY, ""), (w3c.STORE.public(w3c.OTHER_REF), "holder.key_mismatch")]
)
def test_envelopes_in_a_presentation_with_a_data_integrity_proof(holder: PublicKey, code: str) -> None:
    forms = (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
    inside = [envelope.wrap(Enveloped(form, jose.credential(form, holder=holder))) for form in forms]
    raw = w3c.presentation([json.dumps(item).encode() for item in inside])

    ending, _ = enveloping.decide(FormatId.LDP_VP, raw)

    assert ending.report.code == code
    assert [section.format for section in ending.report.sections] == [FormatId.LDP_VP, *forms]


def test_there_are_vectors_of_both_kinds() -> None:
    enveloping.are_of_both_kinds(VECTORS, FORMATS, good=2)
