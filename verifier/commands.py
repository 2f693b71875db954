"""What the commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clicid.errors import ClicidError

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

ConfigFile = Annotated[Path, typer.Option("--config", help="The verifier's TOML file.")]


def tell_report(report: dict[str, Json]) -> int:
    """Print a report; the exit status that says how it ended: 0 accepted, 1 refused, 2 undecided."""
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    return {"accepted": 0, "refused": 1}.get(str(report["verdict"]), 2)


class errors:  # noqa: N801 - reads as a block
    """Ends the command with the error's own words instead of a trace."""

    def __init__(self, status: int = 1) -> None:
        self._status = status

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ClicidError):
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(self._status) from error
