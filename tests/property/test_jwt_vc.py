"""An altered JWT is refused; what is issued comes back; a claim and a member that differ never pass."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.errors import Refused
from clicid.formats.base import FormatId, Validity
from tests.support import enveloping, jwt_vc, w3c
from tests.support.jwt_vc_vectors import inside

if TYPE_CHECKING:
    from clicid.formats.base import Checked

GOOD = {FormatId.JWT_VC: jwt_vc.credential(), FormatId.JWT_VP: jwt_vc.presentation()}
SECONDS = st.integers(0, 10 * 365 * 86_400)


def passes(form: FormatId, raw: bytes) -> Checked | None:
    """What the checker made of it, if every line passed."""
    return enveloping.passes(form, raw, w3c.BINDING if form is FormatId.JWT_VP else None)


def test_unaltered_they_pass() -> None:
    assert all(passes(form, raw) for form, raw in GOOD.items())


@settings(max_examples=400)
@given(st.sampled_from(sorted(GOOD)), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_altered_in_any_byte(form: FormatId, where: float, change: int) -> None:
    assert passes(form, enveloping.altered(GOOD[form], where, change)) is None


@settings(max_examples=100)
@given(st.booleans(), SECONDS, st.integers(1, 10**8))
def test_what_is_issued_comes_back(adult: bool, since: int, life: int) -> None:
    begins = w3c.NOW - timedelta(seconds=since)
    ends = w3c.NOW + timedelta(seconds=life + 61)
    raw = jwt_vc.credential(subject={"ageOver18": adult}, validity=Validity(begins, ends))
    found = passes(FormatId.JWT_VC, raw)
    assert found is not None
    assert found.claims is not None
    assert found.claims.reveal() == {"ageOver18": adult}


@settings(max_examples=100)
@given(st.sampled_from(("nbf", "exp", "iss", "sub", "jti")), st.integers(1, 10**9), st.text(max_size=20))
def test_a_claim_that_differs_from_its_member_is_refused(claim: str, number: int, text: str) -> None:
    value: Any = number if claim in ("nbf", "exp") else f"did:example:{text}"
    with pytest.raises(Refused, match=r"jwt_vc\.claims"):
        enveloping.CHECKERS[FormatId.JWT_VC].parse(inside(GOOD[FormatId.JWT_VC], "vc", {}, {claim: value}))
