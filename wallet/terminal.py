"""The person at the terminal: shown who offers or asks for what, and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from clicid.errors import LocalError, Refused
from clicid.oid4vci.dialogue import Consented, ConsentWanted, Declined
from wallet import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from clicid.oid4vp.matching import Choice, Picks
    from wallet.usecases.choosing import Menu, Showing
    from wallet.usecases.presenting import Question


class Terminal:
    """The person at the terminal.

    Args:
        out: Where to write.
        text: In which language.
        yes: Whether they agree to what is offered and to what an asker is registered for, unasked.
        beyond: With `yes`, whether also to what it is not registered for.
        tx_code_file: Where the transaction code stands; None to ask for it.
    """

    def __init__(
        self,
        out: Console,
        text: words.Words,
        *,
        yes: bool,
        beyond: bool = False,
        tx_code_file: Path | None = None,
    ) -> None:
        self._out = out
        self._text = text
        self._yes = yes
        self._beyond = beyond
        self._tx_code_file = tx_code_file

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        """Show who offers what; ask for consent and for the transaction code.

        Raises:
            Refused: `wallet.offer_code` where the code was refused and nobody can give another.
        """
        if offer.retry and (self._yes or self._tx_code_file):
            raise Refused("wallet.offer_code")
        words.say(self._out, self._text.offered.format(issuer=offer.issuer.credential_issuer))
        for configuration in offer.configurations.values():
            name = self._text.name({row.locale or "en": row.name for row in configuration.display})
            words.say(self._out, f"  - {name}")
        if offer.retry:
            self._out.print(self._text.wrong_code)
        if offer.browser:
            words.say(self._out, self._text.browser)
        if not self._yes and not typer.confirm(self._text.accept):
            return Declined()
        return Consented(tuple(offer.configurations), self._tx_code() if offer.tx_code else None)

    def chooses(self, asker: Question, menu: Menu) -> Picks | None:
        """Ask which credentials to answer with; None shows nothing. With `yes`, what the asker likes best."""
        if self._yes:
            return menu.preferred
        self._text.asker(self._out, asker)
        wanted: dict[str, None] = {}
        for one in menu.sets:
            wanted |= dict.fromkeys(self._option(one, menu))
        picks: Picks = {}
        for name in wanted:
            ways = menu.ways[name]
            chosen = ways[:1] if len(ways) == 1 else self._ways(ways, several=name in menu.multiple)
            picks[name] = tuple(showing.candidate for showing in chosen)
        return picks or None

    def consents(self, question: Question) -> bool:
        """Show who asks, for what purpose, and each value."""
        self._text.describe(self._out, question)
        return self._yes or typer.confirm(self._text.show)

    def insists(self, question: Question) -> bool:
        """The same where more is asked for than is registered: it is typed, a bare Enter is no consent."""
        self._text.describe(self._out, question)
        if self._yes:
            return self._beyond
        return bool(typer.prompt(self._text.over_asking_prompt) == self._text.over_asking_word)

    def _option(self, one: Choice, menu: Menu) -> tuple[str, ...]:
        """The credential queries of the option that was chosen of a set; none for one that is left out."""
        if one.required and len(one.options) == 1:
            return one.options[0]
        if not one.options:
            return ()
        self._out.print(self._text.choose_option if one.required else self._text.choose_extra)
        lowest = 1 if one.required else 0
        if not one.required:
            words.say(self._out, f"  0  {self._text.leave_out}")
        for number, names in enumerate(one.options, 1):
            held = (self._text.brief(menu.ways[name][0]) for name in names)
            words.say(self._out, f"  {number}  {'; '.join(held)}")
        (chosen,) = self._numbers(lowest, len(one.options), several=False)
        return one.options[chosen - 1] if chosen else ()

    def _ways(self, ways: Sequence[Showing], *, several: bool) -> list[Showing]:
        self._out.print(self._text.choose_several if several else self._text.choose_one)
        for number, showing in enumerate(ways, 1):
            self._text.way(self._out, number, showing)
        while True:
            found = [ways[number - 1] for number in self._numbers(1, len(ways), several=several)]
            # One credential in two ways would show both, which is neither.
            if len({showing.candidate.held_id for showing in found}) == len(found):
                return found
            self._out.print(self._text.once_only)

    def _numbers(self, lowest: int, highest: int, *, several: bool) -> list[int]:
        """What was typed, until it is a number there is; or several with commas between them."""
        while True:
            typed = typer.prompt(self._text.number, default=str(lowest), type=str)
            texts = [text.strip() for text in typed.split(",")] if several else [typed.strip()]
            if all(text.isascii() and text.isdigit() and len(text) < 4 for text in texts):
                numbers = list(dict.fromkeys(map(int, texts)))
                if all(lowest <= number <= highest for number in numbers):
                    return numbers
            words.say(self._out, self._text.no_such_number.format(lowest=lowest, highest=highest))

    def _tx_code(self) -> str:
        if self._tx_code_file is not None:
            return secret(self._tx_code_file)
        return str(typer.prompt(self._text.tx_code, hide_input=True))


def secret(file: Path) -> str:
    """What stands in a file that holds one secret. LocalError `config.file`."""
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise LocalError("config.file", str(file), error.strerror or "") from error
