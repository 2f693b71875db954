"""``clicid-issuer evidence``: a file of evidence, checked without a server or a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clicid.codec import instant, strict_json
from clicid.errors import ClicidError, LocalError
from clicid.visible import visible
from issuer.evidence import checking, file
from issuer.given_files import head_of
from issuer.usecases import auditing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.evidence.checking import Checked
    from issuer.evidence.file import EvidenceFile

app = typer.Typer(no_args_is_help=True, help="The file of evidence behind a decision.")

_UNSOUND, _MISUSED = 1, 2
_MAX_INPUT: Final = 64 << 20
_MAX_AUDIT: Final = 64 << 20


@app.callback()
def main() -> None:
    """The file of evidence behind a decision."""


Given = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME=FILE", help="An input at hand: document=passport.jpg."),
]
AuditFile = Annotated[
    Path | None, typer.Option(help="Rows of the audit table, as GET /audit gives them, from the first on.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON.")]


@app.command()
def check(path: Path, given: Given = None, audit: AuditFile = None, as_json: AsJson = False) -> None:
    """Check a file of evidence: decide again, compare the inputs, look the file up in the audit table.

    Ends with 0 where nothing speaks against it, 1 where something does, 2 where it could not be checked.
    """
    try:
        found = file.read(head_of(path, file.MAX_BYTES + 1))
        inputs = dict(_named(one) for one in given or [])
        digests = None if audit is None else _audited(audit, found)
    except ClicidError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_MISUSED) from None
    checked = checking.check(found, inputs, digests)
    if as_json:
        typer.echo(strict_json.line(_line(found, checked)))
    else:
        _show(found, checked)
    if not checked.sound:
        raise typer.Exit(_UNSOUND)


def _named(text: str) -> tuple[str, bytes]:
    name, equals, path = text.partition("=")
    if not equals or not name:
        raise LocalError("config.invalid", "--input", "NAME=FILE is wanted")
    return name, head_of(Path(path), _MAX_INPUT)


def _audited(path: Path, found: EvidenceFile) -> frozenset[str]:
    rows = auditing.rows_from_json(head_of(path, _MAX_AUDIT + 1), max_bytes=_MAX_AUDIT)
    auditing.walk(rows)
    return auditing.digests_of(rows, found.onboarding)


def _line(found: EvidenceFile, checked: Checked) -> dict[str, strict_json.Json]:
    level = found.decision.level
    return {
        "sound": checked.sound,
        "onboarding": found.onboarding,
        "number": found.number,
        "outcome": str(found.decision.outcome),
        "level": None if level is None else str(level.eidas),
        "follows": str(checked.follows),
        "rules": found.rules.version,
        "same_table": checked.table,
        "inputs": {name: str(one) for name, one in checked.inputs.items()},
        "audit": str(checked.audit),
        "sha256": found.digest(),
    }


def _show(found: EvidenceFile, checked: Checked) -> None:
    for line in _lines(found, checked):
        typer.echo(visible(line))


def _lines(found: EvidenceFile, checked: Checked) -> Iterator[str]:
    """The same for people."""
    decision, level = found.decision, found.decision.level
    when = instant.format_stamp(decision.at)
    yield "sound" if checked.sound else "NOT SOUND"
    yield f"  decision {found.number} of {found.onboarding}, {when}, by {decision.by}"
    yield f"  {decision.outcome}: {', '.join(decision.codes) or 'nothing against it'}"
    if level is not None:
        words = [f"level {level.eidas}"]
        if level.etsi is not None:
            words.append(f"{level.standard}, {level.etsi} LoIP, use case {level.use_case}")
        yield f"  {'; '.join(words)}: {level.claim}"
    own = "this software's" if checked.table else "another; the file's own rows were used"
    yield f"  the decision follows: {checked.follows} (rules {found.rules.version}, table: {own})"
    for name, one in checked.inputs.items():
        yield f"  input {name}: {one}"
    yield f"  audit table: {checked.audit}"
    yield f"  sha256 {found.digest()}"
