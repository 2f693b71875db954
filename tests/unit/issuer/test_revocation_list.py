"""The root's list of revoked certificates: whose it is, and that somebody is told before it runs out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from clicid.errors import LocalError
from issuer.certificates import read_revocations
from issuer.iaca import Ceremony
from tests.support import issuer_world
from tests.support.issuer_mdoc import MIDNIGHT, VAULT, certified, root
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_a_list_of_another_root_is_not_served(tmp_path: Path) -> None:
    stranger = MemoryKeyStore(b"stranger")
    file = tmp_path / "iaca.crl"
    file.write_bytes(Ceremony(stranger, root(vault=stranger)).revocations((), begins=MIDNIGHT, days=90))
    with refused("config.certificate", kind=LocalError):
        read_revocations(file, root())
    file.write_bytes(b"no list")
    with refused("config.certificate", kind=LocalError):
        read_revocations(file, root())
    with refused("config.file", kind=LocalError):
        read_revocations(tmp_path / "none", root())


@pytest.mark.parametrize(("days", "told"), [(10, True), (90, False)])
def test_a_list_that_runs_out_is_told_of_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: int, *, told: bool
) -> None:
    config = certified(tmp_path)
    made = Ceremony(VAULT, root()).revocations((), begins=MIDNIGHT, days=days)
    (tmp_path / "iaca.crl").write_bytes(made)
    with caplog.at_level(logging.WARNING), issuer_world.running(tmp_path, config=config) as world:
        assert world.call("GET", "/certificates/iaca.crl").content == made
    assert ("the list of revoked certificates runs out in 9 days" in caplog.text) == told
