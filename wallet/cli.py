"""``clicid-wallet``: init, accept, list, show, anchor, present, history, block, remove, serve, and names."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from clicid.errors import REASONS, ClicidError, LocalError, Refused, Undecided
from clicid.ledger.ground import Demands
from clicid.oid4vci.acceptance import Consented, ConsentWanted, Declined
from clicid.visible import visible
from wallet import words
from wallet.main import create_home, opened
from wallet.store.records import BlockingCode
from wallet.usecases import accepting, blocking, naming, presenting, proving, showing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.usecases.parts import Parts
    from wallet.usecases.presenting import Question

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Your credentials, and who sees what of them."
)
# What others wrote is printed letter by letter: `:key:` in a DID is no picture, `[red]` no colour.
out = Console(highlight=False, emoji=False)

Home = Annotated[Path, typer.Option("--home", envvar="CLICID_WALLET_HOME", help="The wallet's folder.")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file with the passphrase; asked for when absent.")
]
CredentialId = Annotated[str, typer.Argument(help="Its id from `list`, or how that begins.")]
Yes = Annotated[bool, typer.Option("--yes", help="Consent without being asked.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Language = Annotated[words.Language, typer.Option("--language", envvar="CLICID_LANGUAGE", help="en or sv.")]


class Terminal:
    """The person at the terminal; with `yes`, one who agrees to everything."""

    def __init__(self, text: words.Words, *, yes: bool, tx_code_file: Path | None = None) -> None:
        self._text = text
        self._yes = yes
        self._tx_code_file = tx_code_file

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        """Show who offers what; ask for consent and for the transaction code.

        Raises:
            Refused: `wallet.offer_code` where the code was refused and nobody can give another.
        """
        if offer.retry and (self._yes or self._tx_code_file):
            raise Refused("wallet.offer_code")
        words.say(out, self._text.offered.format(issuer=offer.issuer.credential_issuer))
        for configuration in offer.configurations.values():
            name = self._text.name({row.locale or "en": row.name for row in configuration.display})
            words.say(out, f"  - {name}")
        if offer.retry:
            out.print(self._text.wrong_code)
        if not self._yes and not typer.confirm(self._text.accept):
            return Declined()
        return Consented(tuple(offer.configurations), self._tx_code() if offer.tx_code else None)

    def consents(self, question: Question) -> bool:
        """Show who asks, for what purpose, and each value."""
        self._text.describe(out, question)
        # Over-asking has to be answered on purpose: a bare Enter is no consent.
        if question.over_asking and not self._yes:
            return bool(typer.prompt(self._text.over_asking_prompt) == self._text.over_asking_word)
        return self._yes or typer.confirm(self._text.show)

    def _tx_code(self) -> str:
        if self._tx_code_file is not None:
            return _secret(self._tx_code_file)
        return str(typer.prompt(self._text.tx_code, hide_input=True))


@app.command()
def init(
    home: Home,
    network: Annotated[Path, typer.Option(help="The signed network file.")],
    network_digest: Annotated[str, typer.Option(help="Its digest, from somewhere else than the file.")],
    rpc: Annotated[list[str], typer.Option(help="A node's JSON-RPC address; repeatable.")],
    witness: Annotated[
        str | None, typer.Option(help="Somebody else's node, to have the same blocks.")
    ] = None,
    unwitnessed: Annotated[bool, typer.Option("--unwitnessed", help="Without a witness's word.")] = False,
    unproven: Annotated[bool, typer.Option("--unproven", help="Also where a node proves nothing.")] = False,
    passphrase_file: PassphraseFile = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="A sandbox's wallet.")] = False,
) -> None:
    """Make a wallet."""
    with _errors():
        passphrase = _passphrase(passphrase_file, confirm=True)
        create_home(
            home,
            passphrase,
            network_file=network,
            network_digest=network_digest,
            rpc=rpc,
            witness=witness,
            demands=Demands(proofs=not unproven, witness=not unwitnessed),
            sandbox=sandbox,
        )
    words.say(out, str(home))


@app.command()
def accept(
    offer: Annotated[str, typer.Argument(help="openid-credential-offer://...")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    tx_code_file: Annotated[Path | None, typer.Option(help="A file with the transaction code.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Take the credentials of an offer."""
    with _wallet(home, passphrase_file, language) as parts:
        person = Terminal(words.WORDS[language], yes=yes, tx_code_file=tx_code_file)
        kept = accepting.accept(parts, offer, person)
        rows = [showing.summary(one) for one in kept]
    _print(rows, as_json=as_json, language=language)
    if not kept:
        raise typer.Exit(1)


@app.command("list")
def list_credentials(
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """All credentials in the wallet."""
    with _wallet(home, passphrase_file, language) as parts:
        rows = [showing.summary(one) for one in parts.records.credentials()]
    _print(rows, as_json=as_json, language=language)


@app.command()
def show(
    credential_id: CredentialId,
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """One credential: every value in it, and what the chain, or an issuer that was named, says of it now."""
    with _wallet(home, passphrase_file, language) as parts:
        row = showing.detail(parts, credential_id)
    _print([row], as_json=as_json, language=language)


@app.command()
def anchor(home: Home, passphrase_file: PassphraseFile = None) -> None:
    """Fetch from the issuers the proofs of when credentials were issued: what saves them if a key is stolen.

    Run it a while after credentials came, and not when something is about to be presented.
    """
    with _wallet(home, passphrase_file) as parts:
        fetched = proving.fetch(parts)
        held = parts.records.credentials()
        lacking = sum(1 for one in held if not one.proof and naming.on_chain(one.issuer))
    words.say(out, f"{fetched} fetched, {lacking} lacking")


@app.command()
def present(
    request: Annotated[str, typer.Argument(help="openid4vp://...")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Answer a request. Exits 0 when it was answered, 1 when it was refused, 2 when undecided."""
    with _wallet(home, passphrase_file, language) as parts:
        person = Terminal(words.WORDS[language], yes=yes)
        outcome = presenting.present(parts, request, person)
    if as_json:
        out.print_json(
            json.dumps(
                {
                    "presented": outcome.presented,
                    "redirect_uri": outcome.redirect_uri,
                    "reason": outcome.reason,
                }
            )
        )
    else:
        text = words.WORDS[language]
        out.print(text.presented if outcome.presented else text.declined)
        if outcome.reason:
            reason = REASONS[outcome.reason]
            out.print(reason.sv if language is words.Language.SV else reason.en)
        if outcome.redirect_uri:
            words.say(out, outcome.redirect_uri)
    if not outcome.presented:
        raise typer.Exit(1)


@app.command()
def history(home: Home, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """What happened: received, shown to whom and why, refused, blocked, removed."""
    with _wallet(home, passphrase_file) as parts:
        rows = [
            {
                "at": datetime.fromtimestamp(entry.at, UTC).isoformat(),
                "event": entry.event.value,
                "party": entry.party,
                "registered": entry.registered,
                "purpose": entry.purpose,
                "shown": list(entry.shown),
                "outcome": entry.outcome,
            }
            for entry in parts.records.history()
        ]
    _print(rows, as_json=as_json)


@app.command()
def block(
    issuer: Annotated[str, typer.Argument(help="The issuer's address, as in the offer.")],
    block_id: Annotated[str, typer.Option(help="The block id that came with the first offer.")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    code_file: Annotated[Path | None, typer.Option(help="A file with the blocking code.")] = None,
) -> None:
    """Have the issuer suspend all your credentials."""
    with _wallet(home, passphrase_file) as parts:
        code = _secret(code_file) if code_file else typer.prompt("Blocking code", hide_input=True)
        blocking.block(parts, BlockingCode(issuer, f"{issuer.rstrip('/')}/block", block_id, code))
    out.print("blocked")


@app.command("name-issuer")
def name_issuer(
    did: Annotated[
        str, typer.Argument(help="Its did:webvh or did:web; from the issuer itself, not an offer.")
    ],
    types: Annotated[list[str], typer.Option("--type", help="A type it may give you; repeatable.")],
    lists: Annotated[list[str], typer.Option("--list", help="A status list of its; repeatable.")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Take credentials of an issuer that is on no chain, by your own word."""
    with _wallet(home, passphrase_file, language) as parts:
        naming.name(parts, did, types, lists)
    words.say(out, did)
    words.say(out, words.WORDS[language].no_chain, style="yellow")


@app.command("named-issuers")
def named_issuers(home: Home, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """The issuers on no chain that were named, by you and by whoever set up the wallet."""
    with _wallet(home, passphrase_file) as parts:
        mine, rules = parts.named.all(), parts.policy.rules
        rows = [
            {"did": did, "types": sorted(one.types), "lists": sorted(one.lists), "by_you": did in mine}
            for did, one in sorted(rules.by_name.items())
        ]
    _print(rows, as_json=as_json)


@app.command("unname-issuer")
def unname_issuer(
    did: Annotated[str, typer.Argument(help="As you named it.")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Take nothing more from an issuer that you named."""
    with _wallet(home, passphrase_file, language) as parts:
        naming.unname(parts, did)
    words.say(out, did)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)],
    home: Home,
    passphrase_file: PassphraseFile = None,
    host: Annotated[str, typer.Option(help="A loopback address; no other is taken.")] = "127.0.0.1",
) -> None:
    """A local holder service (VC API): derives credentials and proves presentations for your own programs."""
    from wallet.serving import serve as run  # noqa: PLC0415 - no other command needs a server

    with _wallet(home, passphrase_file) as parts:
        run(parts, host, port, tell=out.print)


@app.command()
def remove(
    credential_id: CredentialId, home: Home, passphrase_file: PassphraseFile = None, yes: Yes = False
) -> None:
    """Remove a credential and its key. It cannot be brought back; the issuer can give a new one."""
    with _wallet(home, passphrase_file) as parts:
        found = parts.records.credential(credential_id)
        if not yes:
            typer.confirm(f"Remove {found.credential_id}?", abort=True)
        showing.remove(parts, found)
    words.say(out, f"removed {found.credential_id}")


@contextmanager
def _errors(language: words.Language = words.Language.EN) -> Iterator[None]:
    """Ends the command with the error's own words instead of a trace: 1 for refused, 2 for undecided."""
    try:
        yield
    except ClicidError as error:
        sentence = error.reason.sv if language is words.Language.SV else error.reason.en
        place = f" ({error.where})" if error.where else ""
        typer.secho(visible(f"{sentence}{place} [{error.code}]"), fg="red", err=True)
        raise typer.Exit(2 if isinstance(error, Undecided) else 1) from error


@contextmanager
def _wallet(
    home: Path, passphrase_file: Path | None, language: words.Language = words.Language.EN
) -> Iterator[Parts]:
    with _errors(language), opened(home, _passphrase(passphrase_file)) as parts:
        yield parts


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file is None:
        return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
    return _secret(file)


def _secret(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise LocalError("config.file", str(file), error.strerror or "") from error


def _print(
    rows: list[dict[str, Any]], *, as_json: bool, language: words.Language = words.Language.EN
) -> None:
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


if __name__ == "__main__":
    app()
