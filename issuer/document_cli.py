"""``clicid-issuer document``: photographs and scans of documents read, without a server or a database."""

from __future__ import annotations

import time
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clicid.adapters import clock
from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.visible import path_text, visible
from issuer.engines.images import MAX_BYTES
from issuer.evidence.ports import DocumentFields
from issuer.given_files import head_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.evidence.ports import DocumentReader, DocumentReading, Finding

app = typer.Typer(no_args_is_help=True, help="Identity documents.")

_OTHERWISE, _MISUSED = 1, 2


@app.callback()
def main() -> None:
    """Identity documents."""


Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Photographs or scans, each of one document.")
]
AsJson = Annotated[bool, typer.Option("--json", help="A line of JSON for each file.")]


@app.command()
def read(files: Files, as_json: AsJson = False) -> None:
    """Read documents: the machine readable zone, compared with the print; models are loaded once.

    Each file is reported as soon as it is read, in the order given. `check_digits` is ok where a zone was
    read and none failed. Flags say what was noticed, with the field it concerns; a name that is not
    certain is left out. A file that is no image is reported like any other, with the reason as its flag.

    Ends with 0 where every file was ok, 1 otherwise, 2 where nothing could be read at all.
    """
    try:
        reader = _reader()
    except ClicidError as error:
        typer.echo(visible(str(error)), err=True)
        raise typer.Exit(_MISUSED) from None
    sound = True
    for path in files:
        found = _read(path, reader)
        typer.echo(strict_json.line(found) if as_json else _text(found))
        sound = sound and found["check_digits"] == "ok"
    if not sound:
        raise typer.Exit(_OTHERWISE)


def _reader() -> DocumentReader:
    """The engine, loaded, on one core."""
    # Here and not above: every command would wait for the libraries.
    import cv2  # noqa: PLC0415

    from issuer.engines.document import OcrDocumentReader  # noqa: PLC0415
    from issuer.engines.faces import FaceFinder  # noqa: PLC0415
    from issuer.engines.text import TextEngine  # noqa: PLC0415

    cv2.setNumThreads(1)
    return OcrDocumentReader(TextEngine(1), FaceFinder())


def _read(path: Path, reader: DocumentReader) -> dict[str, Any]:
    started = time.perf_counter()
    reading: DocumentReading | None = None
    try:
        reading = reader.read([head_of(path, MAX_BYTES + 1)], today=clock.now().date())
        flags = [_flag(finding) for finding in reading.findings]
    except ClicidError as error:
        flags = [error.code]
    except Exception as error:  # noqa: BLE001 - a bug of a library on one file is no reason to lose the next
        typer.echo(visible(f"{path_text(path)}: {type(error).__name__}"), err=True)
        reading, flags = None, ["engine.lost"]
    its = reading.fields if reading else None
    return {
        "file": path_text(path),
        "format": its.format if its else None,
        "fields": _fields(its),
        "check_digits": _word(reading.check_digits if reading else {}),
        "flags": list(dict.fromkeys(flags)),
        "seconds": round(time.perf_counter() - started, 3),
    }


def _fields(its: DocumentFields | None) -> dict[str, Any]:
    """All fields, None where unread; dates as ISO 8601 has them."""
    if its is None:
        return {field.name: None for field in fields(DocumentFields)}
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(its).items()
    }


def _word(checks: Mapping[str, str]) -> str:
    if not checks:
        return "absent"
    return "failed" if "failed" in checks.values() else "ok"


def _flag(finding: Finding) -> str:
    return f"{finding.code}:{finding.field}" if finding.field else finding.code


def _text(found: dict[str, Any]) -> str:
    """The same for people: a line for the file, one for each field, one for each flag."""
    lines = [f"{found['file']}: {found['format'] or 'no zone'}, check digits {found['check_digits']}"]
    lines += [f"  {name}: {value}" for name, value in found["fields"].items() if value]
    lines += [f"  noticed: {flag}" for flag in found["flags"]]
    return "\n".join(visible(line) for line in lines)
