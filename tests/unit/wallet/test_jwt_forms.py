"""A wallet holds `jwt_vc_json` in two forms: that of VC Data Model 1.1, and the envelope of 2.0."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from clicid.formats.base import FormatId
from clicid.verification import Accepted
from tests.support import jose, jwt_vc, w3c
from tests.support.enveloping import CHECKERS, POLICY, at_hand
from tests.support.world import Store
from wallet.usecases import checking

if TYPE_CHECKING:
    from wallet.usecases.parts import Parts

PARTS = cast(
    "Parts",
    SimpleNamespace(contexts=w3c.CONTEXTS, checkers=CHECKERS, policy=POLICY, clock=lambda: w3c.NOW),
)
FORMS = {"the form of 1.1": jwt_vc.credential(), "the envelope of 2.0": jose.credential()}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
def test_each_is_read_under_the_one_name(raw: bytes) -> None:
    ending = checking.judge(PARTS, FormatId.JWT_VC, raw, Store(at_hand()))
    assert isinstance(ending, Accepted), ending.report
    assert ending.credentials[0].claims.reveal() == {"ageOver18": True}
    assert checking.holder_key(PARTS, FormatId.JWT_VC, raw) == w3c.HOLDER_KEY
    assert checking.valid_until(PARTS, FormatId.JWT_VC, raw) == w3c.DAY + timedelta(days=365)
