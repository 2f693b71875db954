"""``clicid-wallet``: what a person does with credentials, from the offer to their removal."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clicid.errors import REASONS, Undecided
from clicid.ledger.ground import Demands
from clicid.visible import visible
from wallet import trusting_cli, words
from wallet.commands import (
    AsJson,
    Home,
    Language,
    PassphraseFile,
    ask_passphrase,
    errors,
    out,
    print_rows,
    taking_alone,
    unlocked,
)
from wallet.http.redirect import PATH, Loopback, Pasted, open_browser
from wallet.main import COPIES, create_home
from wallet.store.records import BlockingCode
from wallet.terminal import Terminal, secret
from wallet.usecases import accepting, blocking, naming, presenting, proving, renewing, showing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.store.records import HeldCredential
    from wallet.usecases.parts import Parts

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Your credentials, and who sees what of them."
)

_MAX_LINK = 1 << 18
_START_SECONDS = 5.0

CredentialId = Annotated[str, typer.Argument(help="Its id from `list`, or how that begins.")]
Yes = Annotated[bool, typer.Option("--yes", help="Consent without being asked.")]


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
    copies: Annotated[
        int, typer.Option(help="Copies of each credential, each to be shown once.", min=1, max=64)
    ] = COPIES,
    haip: Annotated[bool, typer.Option("--haip", help="Take and show as HAIP 1.0 wants it only.")] = False,
) -> None:
    """Make a wallet."""
    with errors():
        passphrase = ask_passphrase(passphrase_file, confirm=True)
        create_home(
            home,
            passphrase,
            network_file=network,
            network_digest=network_digest,
            rpc=rpc,
            witness=witness,
            demands=Demands(proofs=not unproven, witness=not unwitnessed),
            sandbox=sandbox,
            copies=copies,
            haip=haip,
        )
    words.say(out, str(home))


@app.command()
def accept(
    home: Home,
    offer: Annotated[
        str, typer.Argument(help="openid-credential-offer://...; `-` to paste it on standard input.")
    ] = "",
    picture: Annotated[Path | None, typer.Option(help="A picture with the offer's QR code.")] = None,
    passphrase_file: PassphraseFile = None,
    tx_code_file: Annotated[Path | None, typer.Option(help="A file with the transaction code.")] = None,
    port: Annotated[
        int, typer.Option(help="Where your browser comes back to; any that is free.", min=0, max=65535)
    ] = 0,
    paste: Annotated[
        bool, typer.Option("--paste", help="Your browser is elsewhere: paste the address at which it ends.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Take the credentials of an offer."""
    text = words.WORDS[language]
    with taking_alone(home, passphrase_file, language) as parts, _browser(text, port, paste=paste) as browser:
        person = Terminal(out, text, yes=yes, tx_code_file=tx_code_file)
        kept = accepting.accept(parts, _link(offer, picture), person, browser)
        rows = _rows(parts, kept)
    print_rows(rows, as_json=as_json, language=language)
    if not kept:
        raise typer.Exit(1)


@app.command("resume")
def resume(
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Ask again for credentials that were not ready, and go on where something was stopped."""
    with taking_alone(home, passphrase_file, language) as parts:
        fetched = renewing.go_on(parts)
        rows = _rows(parts, fetched.kept)
    print_rows(rows, as_json=as_json, language=language)
    _faults(fetched, language)


@app.command()
def renew(
    home: Home,
    ids: Annotated[list[str] | None, typer.Argument(help="Which; all that need it if left out.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Have credentials issued anew that end soon, or of which every copy was shown."""
    with taking_alone(home, passphrase_file, language) as parts:
        fetched = renewing.renew(parts, ids or [])
        rows = _rows(parts, fetched.kept)
    print_rows(rows, as_json=as_json, language=language)
    _faults(fetched, language)


@app.command("list")
def list_credentials(
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """All credentials in the wallet."""
    with unlocked(home, passphrase_file, language) as parts:
        rows = [showing.summary(one, parts.clock()) for one in parts.records.entries().values()]
        waiting = renewing.waiting(parts)
    print_rows(rows, as_json=as_json, language=language)
    if not as_json:
        for until in waiting:
            words.say(out, words.WORDS[language].waiting.format(until=until.isoformat()), style="yellow")


@app.command()
def show(
    credential_id: CredentialId,
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """One credential: every value in it, and what the chain, or an issuer that was named, says of it now."""
    with unlocked(home, passphrase_file, language) as parts:
        row = showing.detail(parts, credential_id, "" if as_json else language.value)
    print_rows([row], as_json=as_json, language=language)


@app.command()
def anchor(home: Home, passphrase_file: PassphraseFile = None) -> None:
    """Fetch from the issuers the proofs of when credentials were issued: what saves them if a key is stolen.

    Run it a while after credentials came, and not when something is about to be presented.
    """
    with unlocked(home, passphrase_file) as parts:
        fetched = proving.fetch(parts)
        held = parts.records.credentials()
        lacking = sum(1 for one in held if not one.proof and naming.on_chain(one.issuer))
    words.say(out, f"{fetched} fetched, {lacking} lacking")


@app.command()
def present(
    home: Home,
    request: Annotated[str, typer.Argument(help="openid4vp://...; `-` to paste it on standard input.")] = "",
    passphrase_file: PassphraseFile = None,
    picture: Annotated[Path | None, typer.Option(help="A picture with the request's QR code.")] = None,
    yes: Yes = False,
    beyond: Annotated[
        bool,
        typer.Option(
            "--beyond-registration", help="With --yes: also what the asker is not registered to ask for."
        ),
    ] = False,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """Answer a request. Exits 0 when it was answered, 1 when it was refused, 2 when undecided."""
    with unlocked(home, passphrase_file, language) as parts:
        person = Terminal(out, words.WORDS[language], yes=yes, beyond=beyond)
        outcome = presenting.present(parts, _link(request, picture), person)
        followed = parts.holder.haip and not as_json
    if outcome.redirect_uri and followed:
        open_browser(outcome.redirect_uri, _START_SECONDS)
    if as_json:
        out.print_json(
            json.dumps(
                {
                    "presented": outcome.presented,
                    "redirect_uri": outcome.redirect_uri,
                    "reason": outcome.reason,
                    "renew": outcome.renew,
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
        for name, why in outcome.renew.items():
            words.say(out, text.renew.format(id=name, why=text.renew_when[why]), style="yellow")
    if not outcome.presented:
        raise typer.Exit(1)


@app.command()
def history(
    home: Home,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    language: Language = words.Language.EN,
) -> None:
    """What happened: received, shown to whom and why, refused, blocked, removed."""
    text = words.WORDS[language]
    with unlocked(home, passphrase_file, language) as parts:
        rows = [
            {
                "at": datetime.fromtimestamp(entry.at, UTC).isoformat(),
                "event": entry.event.value,
                "party": entry.party,
                "registered": entry.registered,
                "purpose": entry.purpose,
                "shown": list(entry.shown) if as_json else text.history(entry, entry.shown),
                "beyond_registration": list(entry.beyond) if as_json else text.history(entry, entry.beyond),
                "outcome": entry.outcome,
            }
            for entry in parts.records.history()
        ]
    print_rows(rows, as_json=as_json)


@app.command()
def block(
    issuer: Annotated[str, typer.Argument(help="The issuer's address, as in the offer.")],
    block_id: Annotated[str, typer.Option(help="The block id that came with the first offer.")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    code_file: Annotated[Path | None, typer.Option(help="A file with the blocking code.")] = None,
) -> None:
    """Have the issuer suspend all your credentials."""
    with unlocked(home, passphrase_file) as parts:
        code = secret(code_file) if code_file else typer.prompt("Blocking code", hide_input=True)
        blocking.block(parts, BlockingCode(issuer, f"{issuer.rstrip('/')}/block", block_id, code))
    out.print("blocked")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)],
    home: Home,
    passphrase_file: PassphraseFile = None,
    host: Annotated[str, typer.Option(help="A loopback address; no other is taken.")] = "127.0.0.1",
) -> None:
    """A local holder service (VC API): derives credentials and proves presentations for your own programs."""
    from wallet.serving import serve as run  # noqa: PLC0415 - no other command needs a server

    with unlocked(home, passphrase_file) as parts:
        run(parts, host, port, tell=out.print)


@app.command()
def remove(
    credential_id: CredentialId, home: Home, passphrase_file: PassphraseFile = None, yes: Yes = False
) -> None:
    """Remove a credential and its key. It cannot be brought back; the issuer can give a new one."""
    with unlocked(home, passphrase_file) as parts:
        found = parts.records.entry(credential_id)
        if not yes:
            typer.confirm(f"Remove {found[0].entry}?", abort=True)
        showing.remove(parts, found)
    words.say(out, f"removed {found[0].entry}")


for _name, _command in (
    ("name-issuer", trusting_cli.name_issuer),
    ("name-root", trusting_cli.name_root),
    ("register", trusting_cli.register),
    ("named-issuers", trusting_cli.named_issuers),
    ("unname-issuer", trusting_cli.unname_issuer),
):
    app.command(_name)(_command)


@contextmanager
def _browser(text: words.Words, port: int, *, paste: bool) -> Iterator[accepting.Browser]:
    if paste:
        yield Pasted(f"http://127.0.0.1:{port}{PATH}", lambda url: _pasted(text, url))
        return
    with Loopback(port, lambda url: _lines(text.open_browser, url)) as loopback:
        yield loopback


def _pasted(text: words.Words, url: str) -> str:
    words.say(out, url)
    return str(typer.prompt(text.paste_back))


def _lines(*lines: str) -> None:
    for line in lines:
        words.say(out, line)


def _link(given: str, picture: Path | None) -> str:
    """A link: as it was given, from standard input, or from a picture."""
    if picture is not None:
        from wallet import qr  # noqa: PLC0415 - no other command opens pictures

        return qr.link_in(picture)
    if given not in ("", "-"):
        return given
    return sys.stdin.read(_MAX_LINK).strip()


def _rows(parts: Parts, kept: Sequence[HeldCredential]) -> list[dict[str, Any]]:
    return [showing.summary(parts.records.entry(one.entry), parts.clock()) for one in kept]


def _faults(fetched: renewing.Fetched, language: words.Language) -> None:
    """Says why others did not come; 2 if it is only too early, or nobody answered, else 1."""
    for fault in fetched.faults:
        sentence = fault.reason.sv if language is words.Language.SV else fault.reason.en
        typer.secho(visible(f"{sentence} [{fault.code}]"), fg="red", err=True)
    if fetched.faults:
        raise typer.Exit(2 if all(isinstance(one, Undecided) for one in fetched.faults) else 1)


if __name__ == "__main__":
    app()
