"""Answers that never reach the wallet: what it may ask for once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.authorization import AGE, CodeWallet, error, granted, issuing
from tests.support.issuer_clients import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def test_a_wallet_renews_with_the_token_that_it_has_when_the_answer_was_lost(world: World) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world, attested=True))
    kept = wallet.refresh_token
    assert wallet.refresh().status_code == 200
    assert wallet.refresh(kept).status_code == 200
    assert wallet.credential(AGE).status_code == 200
    # Now it has been used, and whoever comes with the earlier one has a copy.
    assert error(wallet.refresh(kept)) == (400, "invalid_grant")
    assert error(wallet.refresh()) == (400, "invalid_grant")
