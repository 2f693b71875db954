"""A presentation is decided on by a bundle under the names that queries have for formats."""

from __future__ import annotations

import pytest

from clicid.formats.base import FormatId
from tests.support import jose, jwt_vc, w3c
from tests.support.enveloping import POLICY, at_hand
from tests.support.world import Store
from verifier.usecases import bundling


@pytest.mark.parametrize(
    "raw", [jwt_vc.presentation(), jose.presentation()], ids=["the form of 1.1", "the envelope of 2.0"]
)
def test_a_jwt_is_read_as_its_header_says(raw: bytes) -> None:
    question = bundling.Question(FormatId.JWT_VP, w3c.BINDING.audience, w3c.BINDING.nonce)
    report = bundling.decide(raw, question, Store(at_hand()), POLICY, w3c.NOW)
    assert report["verdict"] == "accepted", report
