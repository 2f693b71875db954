"""The commands that work on an issuer: serve, migrate, open status lists, name operators, revoke."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Final

import typer
import uvicorn

from issuer import iaca_cli, key_cli, logs, network_cli, revoking_cli, webvh_cli
from issuer.adopting import adopt_lists
from issuer.commands import CONFIG, ConfigFile, opened, told
from issuer.config import load
from issuer.documents import export
from issuer.ground import DATABASE
from issuer.main import Application, compose
from issuer.store.database import Database
from issuer.usecases import auditing
from issuer.usecases.operators import NAME_PATTERN, OperatorAccounts
from issuer.usecases.records import Role  # noqa: TC001 - typer reads the annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from issuer.config import Config
    from issuer.settings import Address

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
operator = typer.Typer(no_args_is_help=True, help="Named operators.")
app.add_typer(operator, name="operator")
app.add_typer(network_cli.app, name="network")
app.add_typer(key_cli.app, name="key")
app.add_typer(iaca_cli.app, name="iaca")
app.add_typer(webvh_cli.app, name="webvh")
app.command()(revoking_cli.revoke)
app.command()(revoking_cli.lists)


_LOCAL: Final = revoking_cli.LOCAL


@app.command()
def migrate(config: ConfigFile = CONFIG) -> None:
    """Make the database, or bring it to this version's schema."""
    with told():
        settings = load(config)
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.data_dir / DATABASE)
        database.migrate()
        database.close()
    typer.echo("The database is at this version's schema.")


@app.command("open-lists")
def open_lists(config: ConfigFile = CONFIG) -> None:
    """Create the configured status lists on chain and name the committer; takes the owner's key."""
    with opened(config) as (settings, ground):
        for url in settings.list_urls():
            made = ground.registry.open_list(url, settings.status.size)
            typer.echo(f"{url}: {'created' if made else 'was there'}")


@app.command("adopt-lists")
def adopt(config: ConfigFile = CONFIG) -> None:
    """After restoring an older database: write down again what the chain has of the status lists."""
    with opened(config) as (_, ground):
        for url, changed in adopt_lists(ground, by=_LOCAL):
            typer.echo(f"{url}: {changed} entries taken over")


@app.command()
def vocabulary(folder: Path, config: ConfigFile = CONFIG) -> None:
    """Write what the network publishes (schemas, type metadata, contexts) for any static host.

    The folder is what the network's vocabulary URL leads to; where an id is a folder as well, the
    host serves the index.json in it.
    """
    with opened(config) as (_, ground):
        for path in export(folder, ground.network.vocabulary):
            typer.echo(path)


@app.command()
def serve(config: ConfigFile = CONFIG) -> None:
    """Serve people and wallets on one address, operators on another, and work beside it."""
    logs.configure()
    with opened(config) as (settings, ground):
        asyncio.run(_serve(settings, compose(ground)))


@operator.command("add")
def operator_add(
    name: str,
    role: Annotated[list[Role], typer.Option("--role", help="May be given several times.")],
    config: ConfigFile = CONFIG,
) -> None:
    """Name an operator and print the token, once."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise typer.BadParameter("a name is lower-case letters, digits, dots and hyphens: anna.berg")
    with opened(config) as (_, ground):
        typer.echo(OperatorAccounts(ground.env).add(name, role, by=_LOCAL))


@operator.command("list")
def operator_list(config: ConfigFile = CONFIG) -> None:
    """Print all operators."""
    with opened(config) as (_, ground):
        for one in OperatorAccounts(ground.env).all():
            state = " (disabled)" if one.disabled else ""
            typer.echo(f"{one.name}: {', '.join(sorted(one.roles))}{state}")


@operator.command("disable")
def operator_disable(name: str, config: ConfigFile = CONFIG) -> None:
    """Take an operator's token out of force."""
    with opened(config) as (_, ground):
        OperatorAccounts(ground.env).disable(name, by=_LOCAL)


@app.command("verify-audit")
def verify_audit(config: ConfigFile = CONFIG) -> None:
    """Walk the audit table's chain of hashes."""
    with opened(config) as (_, ground), ground.env.store.reading() as tx:
        typer.echo(f"{auditing.verify(tx)} rows, unbroken")


class _Server(uvicorn.Server):
    """A server that leaves signals to `_serve`, which has two of them to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do not."""
        yield


def _server(app_: FastAPI, address: Address) -> _Server:
    return _Server(
        uvicorn.Config(
            app_,
            host=address.host,
            port=address.port,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )


async def _serve(settings: Config, application: Application) -> None:
    servers = (
        _server(application.public, settings.public),
        _server(application.operators, settings.operators),
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with application.running():
        await asyncio.gather(*(server.serve() for server in servers))
