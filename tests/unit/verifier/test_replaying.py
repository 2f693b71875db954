"""`clicid-verifier`: deciding again on saved bundles, and making keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from clicid.errors import LocalError
from clicid.keys.public import PublicKey
from tests.support.bundles import FOLDER, cases
from tests.support.refusals import refused
from tests.support.verifier_config import GOOD
from verifier.cli import app
from verifier.main import vault_key

if TYPE_CHECKING:
    from pathlib import Path

EXITS = {"accepted": 0, "refused": 1, "undecided": 2}


@pytest.mark.parametrize("name", sorted(cases()))
def test_a_saved_bundle_ends_as_it_ended(name: str) -> None:
    done = CliRunner().invoke(app, ["replay", str(FOLDER / f"{name}.json")])
    report = json.loads(done.stdout)
    wanted = cases()[name]
    assert (report["verdict"], report["code"]) == (wanted.verdict.value, wanted.code)
    assert done.exit_code == EXITS[wanted.verdict.value]


def test_what_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"kind": "something else"}', "utf-8")
    done = CliRunner().invoke(app, ["replay", str(tmp_path / "x.json")])
    assert done.exit_code == 3
    assert "verifier.bundle" in done.stderr


def test_keys_are_made_once(tmp_path: Path) -> None:
    text = GOOD.replace("/etc/clicid/vault.key", "vault.key")
    (tmp_path / "verifier.toml").write_text(text, "utf-8")
    first, second = (
        CliRunner().invoke(app, ["keys", "--config", str(tmp_path / "verifier.toml")]) for _ in "ab"
    )
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout
    assert PublicKey.from_multikey(first.stdout.strip()).algorithm.jose == "ES256"
    assert (tmp_path / "vault.key").stat().st_mode & 0o077 == 0


def test_without_a_configuration_there_is_a_clear_word(tmp_path: Path) -> None:
    for command in ("keys", "serve"):
        done = CliRunner().invoke(app, [command, "--config", str(tmp_path / "verifier.toml")])
        assert done.exit_code == 1
        assert "config.missing" in done.stderr


def test_a_vault_key_that_is_none(tmp_path: Path) -> None:
    with refused("config.file", kind=LocalError):
        vault_key(tmp_path / "vault.key")
    for content in (b"not hexadecimal", b"\xff\xfe"):
        (tmp_path / "vault.key").write_bytes(content)
        with refused("config.invalid", kind=LocalError):
            vault_key(tmp_path / "vault.key")
