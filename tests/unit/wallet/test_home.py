"""A wallet's folder: made once, for a network that is believed; opened by its passphrase alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from clicid.errors import LocalError
from clicid.ledger.events import Contract
from clicid.ledger.ground import Demands
from clicid.ledger.network import NetworkKind
from tests.support.issuer_config import network_file, signed_by_root
from tests.support.refusals import refused
from wallet.cli import app
from wallet.main import create_home, opened

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.ledger.network import NetworkFile

PASSPHRASE = "correct horse battery staple"


def make(folder: Path, file: NetworkFile | None = None, *, digest: str = "", sandbox: bool = True) -> Path:
    """Make a wallet for a network; its node is at an address where nobody answers."""
    file = file or network_file()
    (folder / "network.json").write_bytes(file.to_bytes())
    home = folder / "home"
    create_home(
        home,
        PASSPHRASE,
        network_file=folder / "network.json",
        network_digest=digest or file.digest().hex(),
        rpc=["http://127.0.0.1:1"],
        witness=None,
        demands=Demands(proofs=True, witness=False),
        sandbox=sandbox,
    )
    return home


def test_made_once(tmp_path: Path) -> None:
    home = make(tmp_path)
    assert home.stat().st_mode & 0o077 == 0
    with refused("wallet.home", str(home), kind=LocalError):
        make(tmp_path)


def test_what_is_known_can_be_read_without_a_node(tmp_path: Path) -> None:
    home = make(tmp_path)
    with opened(home, PASSPHRASE) as parts:
        assert parts.records.credentials() == []
        assert parts.policy.rules.allow_test
        assert parts.policy.network == network_file().digest().hex()


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    home = make(tmp_path)
    for wrong in (PASSPHRASE + " ", PASSPHRASE.upper(), ""):
        with refused("keystore.locked", kind=LocalError), opened(home, wrong):
            pytest.fail("the vault opened")


def test_a_rotated_network_file_is_taken_and_no_older_one_after_it(tmp_path: Path) -> None:
    home = make(tmp_path)
    second = signed_by_root(replace(network_file(), version=2))
    (home / "network.json").write_bytes(second.to_bytes())
    with opened(home, PASSPHRASE) as parts:
        assert parts.policy.network == second.digest().hex()
    (home / "network.json").write_bytes(network_file().to_bytes())
    with refused("network.rollback"), opened(home, PASSPHRASE):
        pytest.fail("the wallet opened")


def expired() -> NetworkFile:
    """Signed as it should be, and over."""
    return signed_by_root(replace(network_file(), expires=datetime(2020, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("file", "sandbox", "code"),
    [
        (replace(network_file(), signatures=()), True, "network.signature"),
        (expired(), True, "network.expired"),
        (network_file(), False, "network.kind"),
        (network_file(NetworkKind.TEST), True, "network.kind"),
    ],
)
def test_a_network_that_is_not_believed(tmp_path: Path, file: NetworkFile, sandbox: bool, code: str) -> None:
    with refused(code):
        make(tmp_path, file, sandbox=sandbox)
    assert not (tmp_path / "home").exists()


def test_a_network_file_other_than_the_one_whose_digest_was_given(tmp_path: Path) -> None:
    with refused("network.digest", kind=LocalError):
        make(tmp_path, digest="00" * 32)
    assert not (tmp_path / "home").exists()


def test_a_network_file_exchanged_afterwards(tmp_path: Path) -> None:
    home = make(tmp_path)
    other = network_file(addresses=dict.fromkeys(Contract, bytes([8] * 20)))
    (home / "network.json").write_bytes(other.to_bytes())
    with refused("network.rollback"), opened(home, PASSPHRASE):
        pytest.fail("the wallet opened")


@pytest.mark.parametrize(
    "settings", [None, b"", b"{}", b'{"rpc": "x"}', b'{"sandbox": true, "sandbox": false}']
)
def test_a_folder_that_is_no_wallet(tmp_path: Path, settings: bytes | None) -> None:
    home = make(tmp_path)
    if settings is None:
        (home / "wallet.json").unlink()
    else:
        (home / "wallet.json").write_bytes(settings)
    with refused("wallet.home", str(home), kind=LocalError), opened(home, PASSPHRASE):
        pytest.fail("the wallet opened")


# The command line ------------------------------------------------------------------------------------


def run(home: Path, *arguments: str, passphrase: str = PASSPHRASE, text: str = "") -> tuple[int, str, str]:
    """One command, its passphrase in a file."""
    file = home.parent / "passphrase"
    file.write_text(passphrase + "\n", "utf-8")
    command = [*arguments, "--home", str(home), "--passphrase-file", str(file)]
    done = CliRunner().invoke(app, command, input=text)
    return done.exit_code, done.stdout, done.stderr


def test_a_new_wallet_from_the_command_line(tmp_path: Path) -> None:
    file, home = network_file(), tmp_path / "home"
    (tmp_path / "network.json").write_bytes(file.to_bytes())
    network = ("--network", str(tmp_path / "network.json"), "--network-digest")
    node = ("--rpc", "http://127.0.0.1:1", "--unwitnessed", "--sandbox")
    wrong = hashlib.sha256(b"another").hexdigest()
    status, _, told = run(home, "init", *network, wrong, *node)
    assert (status, "[network.digest]" in told) == (1, True)
    status, _, told = run(home, "init", *network, file.digest().hex(), *node[:2], "--sandbox")
    assert (status, "[config.missing]" in told) == (1, True)
    status, out, _ = run(home, "init", *network, file.digest().hex(), *node)
    assert (status, out.strip()) == (0, str(home))
    status, _, told = run(home, "init", *network, file.digest().hex(), *node)
    assert (status, "[wallet.home]" in told) == (1, True)
    for command in ("list", "history"):
        status, out, _ = run(home, command, "--json")
        assert (status, json.loads(out)) == (0, [])


def test_clear_words_and_exits(tmp_path: Path) -> None:
    home = make(tmp_path)
    for arguments, code in (
        (("show", "abc"), "wallet.unknown"),
        (("remove", "abc", "--yes"), "wallet.unknown"),
        (("accept", "https://issuer.example", "--yes"), "codec.url"),
        (("present", "openid4vp://?client_id=openid_federation:x", "--yes"), "oid4vp.client_id"),
        (("block", "https://issuer.example", "--block-id", "x", "--code-file", "/none"), "config.file"),
    ):
        status, _, told = run(home, *arguments)
        assert status == 1, told
        assert f"[{code}]" in told
    status, _, told = run(home, "list", passphrase="wrong")
    assert (status, "[keystore.locked]" in told) == (1, True)
    status, _, told = run(tmp_path / "nowhere", "list")
    assert (status, "[wallet.home]" in told) == (1, True)


def test_an_issuer_that_does_not_answer_leaves_it_undecided(tmp_path: Path) -> None:
    home = make(tmp_path)
    (tmp_path / "code").write_text("1234", "utf-8")
    status, _, told = run(
        home, "block", "http://127.0.0.1:1", "--block-id", "ABCD", "--code-file", str(tmp_path / "code")
    )
    assert (status, "[fetch.failed]" in told) == (2, True)


def test_swedish_is_spoken(tmp_path: Path) -> None:
    home = make(tmp_path)
    _, _, told = run(home, "present", "openid4vp://?client_id=x", "--language", "sv")
    _, _, said = run(home, "present", "openid4vp://?client_id=x")
    assert told != said
