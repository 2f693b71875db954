"""``clicid-issuer chip``: a travel document's chip, judged without a server or a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from clicid.adapters import clock
from clicid.codec import instant, strict_json
from clicid.errors import ClicidError, LocalError
from clicid.visible import visible
from issuer import trusting
from issuer.chip import files, report
from issuer.given_files import head_of

app = typer.Typer(no_args_is_help=True, help="The chip of a travel document.")

_REFUSED, _MISUSED = 1, 2
_ANSWER_BYTES: Final = 4_096


@app.callback()
def main() -> None:
    """The chip of a travel document."""


Chip = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of one chip, or their folder.")]
Csca = Annotated[
    list[Path],
    typer.Option(help="Whom to trust: certificates, master lists, revocation lists; files or folders."),
]
MlSigner = Annotated[
    list[Path] | None, typer.Option(help="A certificate of a master list's signer, trusted as it is.")
]
Challenge = Annotated[Path | None, typer.Option(help="The 8 bytes that the chip was asked to sign.")]
Response = Annotated[Path | None, typer.Option(help="Its answer.")]
At = Annotated[str, typer.Option(help="Judge as of this time: 2026-01-31T12:00:00Z.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON.")]


@app.command()
def verify(
    read: Chip,
    csca: Csca,
    ml_signer: MlSigner = None,
    challenge: Challenge = None,
    response: Response = None,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Verify the files that a phone read off a chip: whether a trusted country signed them.

    Ends with 0 for an authentic chip, 1 for a refused or undecided one, 2 where nothing could be checked.
    """
    try:
        now = instant.parse(at, where="--at") if at else clock.now()
        store, skipped = trusting.load(csca, ml_signer or [], now=now)
        chip = [data for _, data in trusting.read(read, files.MAX_PORTRAIT_BYTES, files.MAX_FILES)]
        answer = _answer(challenge, response)
    except ClicidError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_MISUSED) from None
    found = report.judge(chip, store, now=now, answer=answer)
    found["skipped"] = [{"where": one.where, "code": one.code} for one in skipped]
    if as_json:
        typer.echo(strict_json.line(found))
    else:
        _show(found)
    if found["verdict"] != "authentic":
        raise typer.Exit(_REFUSED)


def _answer(challenge: Path | None, response: Path | None) -> report.Answer | None:
    if challenge is None and response is None:
        return None
    if challenge is None or response is None:
        raise LocalError("config.invalid", "--challenge", "a challenge and its response, or neither")
    return report.Answer(head_of(challenge, _ANSWER_BYTES), head_of(response, _ANSWER_BYTES))


def _show(found: dict[str, Any]) -> None:
    """The same for people: a line a thing, and nothing where there is nothing to say."""
    typer.echo(found["verdict"])
    for one in found["reasons"]:
        place = f" at {one['where']}" if one["where"] else ""
        typer.echo(visible(f"  {one['code']}{place}: {one['en']}"))
    for name, value in (found["fields"] or {}).items():
        if value:
            typer.echo(visible(f"  {name}: {value}"))
    for name, state in found["groups"].items():
        typer.echo(f"  {name}: {state}")
    for name in ("signer", "country_signer"):
        if found[name]:
            one = found[name]
            typer.echo(visible(f"  {name}: {one['country']} {one['serial']}, {one['key']}, {one['sha256']}"))
    for one in found["skipped"]:
        typer.echo(visible(f"  left out: {one['where']}: {one['code']}"))
