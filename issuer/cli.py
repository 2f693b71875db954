"""The command line: the commands that work on an issuer, and those that judge a file without one."""

from __future__ import annotations

import os
import resource
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

# What needs neither server nor database is imported alone: all the rest takes two seconds.
_ALONE: Final = {
    "chip": "issuer.chip_cli",
    "document": "issuer.document_cli",
    "evidence": "issuer.evidence_cli",
    "face": "issuer.face_cli",
}
_SERVICE: Final = "issuer.service_cli"


class _Commands(TyperGroup):
    """Commands by name, imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help page."""
        return [*_service().list_commands(ctx), *_ALONE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name."""
        if cmd_name in _ALONE:
            command = get_command(import_module(_ALONE[cmd_name]).app)
            command.name = cmd_name
            return command
        return _service().get_command(ctx, cmd_name)


def _service() -> TyperGroup:
    found = get_command(import_module(_SERVICE).app)
    if not isinstance(found, TyperGroup):
        raise TypeError(_SERVICE)
    return found


app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """ClicID's issuer."""
    os.umask(0o077)  # whatever is written is for this account alone
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold keys, and images of people
