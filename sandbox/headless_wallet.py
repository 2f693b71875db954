"""The wallet without a screen: its own use cases in this process, for somebody who agrees to everything.

Test people end in every way, so it also keeps genuine credentials whose time is over: what a verifier
says of those is what one wants to see. The wallet that people use does not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from clicid.ledger.ground import Demands
from clicid.oid4vci.dialogue import Consented
from wallet import words
from wallet.main import create_home, opened
from wallet.usecases import accepting, presenting, showing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.oid4vci.dialogue import ConsentWanted
    from clicid.oid4vp.matching import Picks
    from sandbox.network import Founded
    from sandbox.onboarding_client import Offer
    from wallet.usecases.choosing import Menu
    from wallet.usecases.parts import Parts
    from wallet.usecases.presenting import Question

_LONG_OVER: Final = timedelta(days=366)
_TEXT: Final = words.WORDS[words.Language.EN]


class _Agreeable:
    """Agrees to everything and keeps what the screen would have shown."""

    def __init__(self, tx_code: str = "") -> None:
        self._tx_code = tx_code
        self.seen = ""

    def on_offer(self, offer: ConsentWanted) -> Consented:
        return Consented(tuple(offer.configurations), self._tx_code if offer.tx_code else None)

    def chooses(self, _asker: Question, menu: Menu) -> Picks:
        return menu.preferred

    def consents(self, question: Question) -> bool:
        screen = StringIO()
        _TEXT.describe(Console(file=screen, width=94, emoji=False, highlight=False), question)
        self.seen = screen.getvalue()
        return True

    def insists(self, question: Question) -> bool:
        return self.consents(question)


@dataclass(frozen=True, slots=True)
class HeadlessWallet:
    """A wallet in a folder, with its passphrase in a file beside it."""

    folder: Path

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return (self.folder / "home" / "vault.db").exists()

    def make(self, network_file: Path, founded: Founded, passphrase: str) -> None:
        """Make it for a sandbox's network. Raises as `wallet.main.create_home`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.folder / "passphrase"
        file.touch(0o600)
        file.write_text(passphrase, "utf-8")
        create_home(
            self.folder / "home",
            passphrase,
            network_file=network_file,
            network_digest=founded.digest,
            rpc=[founded.rpc],
            witness=None,
            demands=Demands(proofs=True, witness=False),
            sandbox=True,
            copies=1,
        )

    def accept(self, offer: Offer) -> list[str]:
        """Take an offer; gives the ids of what was kept. Raises as `wallet.usecases.accepting.accept`."""
        with self._opened() as parts:
            rules = replace(parts.policy.rules, leeway=_LONG_OVER)
            lenient = replace(parts, policy=replace(parts.policy, rules=rules))
            kept = accepting.accept(lenient, offer.url, _Agreeable(offer.tx_code))
        return [one.entry for one in kept]

    def present(self, url: str) -> str:
        """Answer a request; gives what the screen would have shown.

        Raises:
            ClicidError: As `wallet.usecases.presenting.present`.
        """
        person = _Agreeable()
        with self._opened() as parts:
            outcome = presenting.present(parts, url, person)
        return f"{person.seen}{_TEXT.presented if outcome.presented else _TEXT.declined}\n"

    def held(self) -> list[dict[str, Any]]:
        """Every credential with its claims, and what the chain says of it now."""
        with self._opened() as parts:
            return [showing.detail(parts, name) for name in parts.records.entries()]

    @contextmanager
    def _opened(self) -> Iterator[Parts]:
        passphrase = (self.folder / "passphrase").read_text("utf-8")
        with opened(self.folder / "home", passphrase) as parts:
            yield parts
