"""Every committed credential and presentation as JWT ends with the reason that its file names."""

from __future__ import annotations

from typing import Any

import pytest

from clicid.formats.base import FormatId
from tests.support import enveloping, jwt_vc

FORMATS = (FormatId.JWT_VC, FormatId.JWT_VP)
VECTORS = enveloping.vectors("jwt_vc", FORMATS)


@pytest.mark.parametrize(("form", "vector"), VECTORS, ids=enveloping.ids(VECTORS))
def test_ends_as_the_file_says(form: FormatId, vector: dict[str, Any]) -> None:
    enveloping.ends_as_the_file_says(form, vector)


def test_a_credential_alone_is_no_presentation() -> None:
    enveloping.is_no_presentation(FormatId.JWT_VC, jwt_vc.credential())


def test_there_are_vectors_of_both_kinds() -> None:
    enveloping.are_of_both_kinds(VECTORS, FORMATS, good=6)
