"""The sandbox's own countries stand in a folder; passports made later are below the signers there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from issuer import trusting
from issuer.chip import files, passive
from sandbox.setup.country import STATES, TRUST, passport, settle
from tests.support.chips import HOLDER, NOW, portrait

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("state", STATES)
def test_a_passport_made_later_is_below_the_signer_that_was_founded(tmp_path: Path, state: str) -> None:
    settle(tmp_path, NOW)
    store, skipped = trusting.load([tmp_path / TRUST], [], now=NOW)
    made = passport(tmp_path, replace(HOLDER, issuing_state=state), portrait().image, NOW)
    read = files.sort(made.good.files.values())
    document = passive.authenticate(read, store, now=NOW)
    assert (document.zone.issuing_state, document.notes, skipped) == (state, (), ())
    assert document.portrait is not None
    assert document.portrait.kind.value == "image/jp2"
