"""The wallet as people use it: its command line, a process of its own for each command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import LocalError

if TYPE_CHECKING:
    from sandbox.network import Founded

# So that what it shows can be quoted with an indent in a hundred columns.
_COLUMNS: Final = 94


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it printed."""

    status: int
    out: str
    error: str

    def rows(self) -> Any:
        """The JSON it printed."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class WalletClient:
    """One wallet in one folder."""

    home: Path
    passphrase_file: Path

    def init(self, folder: Path, founded: Founded) -> None:
        """Make the wallet for a network.

        Raises:
            LocalError: `sandbox.service` with the wallet's own words.
        """
        said = self.run(
            "init",
            *("--network", str(folder / "network.json"), "--network-digest", founded.digest),
            # One copy of each: what is revoked in front of people is what they are shown next.
            *("--rpc", founded.rpc, "--unwitnessed", "--sandbox", "--copies", "1"),
        )
        if said.status:
            raise LocalError("sandbox.service", "wallet init", said.error[-400:])

    def register(self, provider: str, code: str) -> Said:
        """Have a wallet provider attest the wallet from now on, by a code that it gave out."""
        with _secret(code) as path:
            return self.run("register", provider, "--code-file", str(path))

    def accept(self, offer: str, tx_code: str) -> Said:
        """Take an offer."""
        with _secret(tx_code) as path:
            return self.run("accept", offer, "--tx-code-file", str(path), "--yes", "--json")

    def present(self, url: str, *, language: str = "en") -> Said:
        """Answer a request; what the person is shown is in `out`."""
        return self.run("present", url, "--yes", "--language", language)

    def choose(self, url: str, *typed: str) -> Said:
        """Answer a request by typing; what was typed stands in `out` where a terminal shows it."""
        said = self.run("present", url, "--language", "en", typed=typed)
        lines = iter(typed)
        shown = re.sub(r"\]: ", lambda prompt: f"{prompt[0]}{next(lines)}\n", said.out, count=len(typed))
        return replace(said, out=shown)

    def held(self) -> list[dict[str, Any]]:
        """What it holds."""
        rows: list[dict[str, Any]] = self.run("list", "--json").rows()
        return rows

    def history(self) -> list[dict[str, Any]]:
        """What happened."""
        rows: list[dict[str, Any]] = self.run("history", "--json").rows()
        return rows

    def run(self, command: str, *arguments: str, typed: tuple[str, ...] = ()) -> Said:
        """Run one command, and type these lines where it asks."""
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [
                *(sys.executable, "-m", "wallet.cli", command, *arguments),
                *("--home", str(self.home), "--passphrase-file", str(self.passphrase_file)),
            ],
            capture_output=True,
            input="".join(f"{line}\n" for line in typed),
            text=True,
            check=False,
            env=_environment(),
        )
        return Said(done.returncode, done.stdout, done.stderr)


def new_wallet(folder: Path, network_folder: Path, founded: Founded, passphrase: str) -> WalletClient:
    """Make a wallet with its passphrase in a file, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase_file = folder / "passphrase"
    passphrase_file.touch(0o600)
    passphrase_file.write_text(passphrase, "utf-8")
    client = WalletClient(folder / "home", passphrase_file)
    client.init(network_folder, founded)
    return client


class _secret:  # noqa: N801 - reads as a block
    """A secret in a file for one command: a command line can be seen by others on the machine."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __enter__(self) -> Path:
        self._file = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".secret", delete=True)
        self._file.write(self._value)
        self._file.flush()
        return Path(self._file.name)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"COLUMNS": str(_COLUMNS)}
