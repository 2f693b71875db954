"""``clicid-issuer webvh``: an issuer's did:webvh, made and updated beside its web server.

None of these commands reads the issuer's configuration, and none publishes: they write ``did.jsonl`` in a
folder, and whoever has the web server puts it where the DID says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from clicid.adapters import clock
from clicid.did.webvh import authoring, documents
from clicid.did.webvh.identifier import LOG
from clicid.did.webvh.log import Log  # noqa: TC001 - typer reads the annotations of this module
from issuer.commands import told
from issuer.vaults import make_vault, open_vault
from issuer.webvh_files import OwnLog, adding, retiring, revoking

app = typer.Typer(no_args_is_help=True, help="The issuer's did:webvh, for those who want no chain.")

_NAME: Final = "webvh-update"

Folder = Annotated[Path, typer.Argument(help="The folder with did.jsonl.")]
Vault = Annotated[Path, typer.Option("--vault", help="The folder with vault.db and vault.key.")]
Name = Annotated[str, typer.Option(help="What the update keys' names begin with; one for each DID.")]
Keys = Annotated[
    list[str], typer.Option("--key", help="A public Multikey that signs credentials; once for each.")
]
Place = Annotated[str, typer.Argument(help="Host and path: issuer.example, or issuer.example:a:b.")]


@app.command()
def create(
    folder: Folder,
    place: Place,
    vault: Vault,
    key: Keys,
    portable: Annotated[bool, typer.Option("--portable", help="The DID may move later.")] = False,
    name: Name = _NAME,
) -> None:
    """Make a DID: its first entry, with an update key of the vault, and the next one promised."""
    with told(), make_vault(vault) as keys:
        folder.mkdir(parents=True, exist_ok=True)
        _tell(OwnLog(folder, keys, name).create(place, key, _now(), portable=portable), folder)


@app.command()
def update(
    folder: Folder,
    vault: Vault,
    add: Annotated[list[str] | None, typer.Option(help="A public Multikey more.")] = None,
    revoke: Annotated[list[str] | None, typer.Option(help="A key's fragment: it is taken away.")] = None,
    retire: Annotated[list[str] | None, typer.Option(help="A key's fragment: good until --until.")] = None,
    until: Annotated[datetime | None, typer.Option(help="In UTC; not before what it signed ends.")] = None,
    name: Name = _NAME,
) -> None:
    """Add keys, retire or revoke them, in one entry; with none of these, rotate the update key alone.

    Everything that a revoked key signed is refused from then on; what a retired one signed is good until its
    end.
    """
    if bool(retire) != (until is not None):
        raise typer.BadParameter("--retire and --until go together")
    with told(), open_vault(vault) as keys:
        own = OwnLog(folder, keys, name)
        document: dict[str, Any] = adding(dict(own.read(_now()).newest.state), add or [])
        for fragment in retire or ():
            document = retiring(document, fragment, (until or _now()).replace(tzinfo=UTC))
        for fragment in revoke or ():
            document = revoking(document, fragment)
        _tell(own.update(document, _now()), folder)


@app.command()
def move(folder: Folder, place: Place, vault: Vault, name: Name = _NAME) -> None:
    """Give a portable DID another host or path. Credentials name the new DID from then on."""
    with told(), open_vault(vault) as keys:
        own = OwnLog(folder, keys, name)
        _tell(own.update(authoring.moved(own.read(_now()).newest, place), _now()), folder)


@app.command()
def deactivate(
    folder: Folder,
    vault: Vault,
    name: Name = _NAME,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End the DID, for ever: everything that its keys signed is refused."""
    with told(), open_vault(vault) as keys:
        own = OwnLog(folder, keys, name)
        newest = own.read(_now()).newest
        if not yes:
            typer.confirm(f"End {newest.did} for ever?", abort=True)
        _tell(own.update(dict(newest.state), _now(), over=True), folder)


def _tell(found: Log, folder: Path) -> None:
    newest = found.newest
    typer.echo(f"{newest.did}")
    typer.echo(f"version {newest.version_id}" + (", deactivated" if newest.parameters.deactivated else ""))
    for method in documents.document(found, newest.time).methods:
        end = "revoked" if method.ended else ""
        typer.echo(f"  {method.id.partition('#')[2]}  {method.key.algorithm.name}  {end}".rstrip())
    typer.echo(f"publish {folder / LOG} as {newest.did.url(LOG)}")


def _now() -> datetime:
    return clock.now().replace(microsecond=0)
