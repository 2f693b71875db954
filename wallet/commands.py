"""What the wallet's commands share: their options, the wallet that they open, and how they print."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from clicid.errors import ClicidError, Undecided
from clicid.visible import visible
from wallet import words
from wallet.main import opened
from wallet.main import taking as locked
from wallet.terminal import secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.usecases.parts import Parts

# What others wrote is printed letter by letter: `:key:` in a DID is no picture, `[red]` no colour.
out = Console(highlight=False, emoji=False)

Home = Annotated[Path, typer.Option("--home", envvar="CLICID_WALLET_HOME", help="The wallet's folder.")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file with the passphrase; asked for when absent.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Language = Annotated[words.Language, typer.Option("--language", envvar="CLICID_LANGUAGE", help="en or sv.")]


@contextmanager
def errors(language: words.Language = words.Language.EN) -> Iterator[None]:
    """Ends the command with the error's own words instead of a trace: 1 for refused, 2 for undecided."""
    try:
        yield
    except ClicidError as error:
        sentence = error.reason.sv if language is words.Language.SV else error.reason.en
        place = f" ({error.where})" if error.where else ""
        typer.secho(visible(f"{sentence}{place} [{error.code}]"), fg="red", err=True)
        raise typer.Exit(2 if isinstance(error, Undecided) else 1) from error


@contextmanager
def unlocked(
    home: Path, passphrase_file: Path | None, language: words.Language = words.Language.EN
) -> Iterator[Parts]:
    """The wallet, opened; errors as `errors`."""
    with errors(language), opened(home, ask_passphrase(passphrase_file)) as parts:
        yield parts


@contextmanager
def taking_alone(
    home: Path, passphrase_file: Path | None, language: words.Language = words.Language.EN
) -> Iterator[Parts]:
    """The wallet, opened, and nobody else takes credentials meanwhile."""
    with unlocked(home, passphrase_file, language) as parts, locked(home):
        yield parts


def ask_passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """The passphrase, from its file or from the person."""
    if file is None:
        return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
    return secret(file)


def print_rows(
    rows: list[dict[str, Any]], *, as_json: bool, language: words.Language = words.Language.EN
) -> None:
    """Rows for a person, or as JSON."""
    if as_json:
        out.print_json(json.dumps(rows), ensure_ascii=True)
        return
    for number, row in enumerate(rows):
        if number:
            out.print()
        _tell(row)
        if row.get("on_chain") is False:
            words.say(out, words.WORDS[language].no_chain, style="yellow")


def _tell(row: dict[str, Any], indent: str = "") -> None:
    """A line for each member, what is nested moved in."""
    for name, value in row.items():
        head = f"{indent}[bold]{escape(visible(name))}[/]"
        if isinstance(value, dict):
            out.print(head, emoji=False)
            _tell(value, indent + "  ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            out.print(f"{head}  {escape(visible(text))}", emoji=False, soft_wrap=True)
