"""What every command of the issuer shares: its configuration file, and how an error ends it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clicid.errors import ClicidError
from issuer.config import Config, load
from issuer.ground import open_ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.ground import Ground

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The configuration file (TOML).")]
CONFIG: Final = Path("issuer.toml")


@contextlib.contextmanager
def told() -> Iterator[None]:
    """An error of ours ends the command with its code and sentence instead of a traceback."""
    try:
        yield
    except ClicidError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[Config, Ground]]:
    """The ground of a configuration file, its database at this version's schema."""
    with told():
        settings = load(path)
        ground = open_ground(settings)
        try:
            ground.database.check_schema()
            yield settings, ground
        finally:
            ground.close()
