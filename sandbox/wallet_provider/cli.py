"""``clicid-sandbox wallet-provider``: init, serve, code, list, revoke."""

# ruff: noqa: PLC0415

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clicid.errors import ClicidError, LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.wallet_provider.service import WalletProviding

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A wallet provider: attests wallets and their keys.",
)

Config = Annotated[Path, typer.Option("--config", help="wallet-provider.toml of the provider.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    url: Annotated[str, typer.Option(help="Where it will be reached: http://127.0.0.1:PORT.")],
) -> None:
    """Make a provider: vault, key, root and certificate, wallet-provider.toml."""
    from sandbox.setup.wallet_provider import ROOT, set_up
    from sandbox.wallet_provider.config import load

    with _errors():
        if folder.exists():
            raise LocalError("sandbox.folder", str(folder), "it is there already")
        made = set_up(folder, url)
        typer.echo(f"{made}\n{made.with_name(ROOT)} and {load(made).client_id} are for the issuers' lists")


@app.command()
def serve(config: Config) -> None:
    """Serve on loopback until told to end."""
    from urllib.parse import urlsplit

    from clicid.adapters.loopback import run
    from sandbox.wallet_provider.app import create_app

    with _opened(config) as providing:
        place = urlsplit(providing.settings.url)
        run(create_app(providing), place.hostname or "", place.port or 80)


@app.command()
def code(config: Config) -> None:
    """Print an enrolment code, with which one wallet can register once."""
    with _opened(config) as providing:
        typer.echo(providing.code())


@app.command(name="list")
def listing(config: Config) -> None:
    """The registered wallets: thumbprint, since when, how many attestations hold, whether revoked."""
    from clicid.codec import instant

    with _opened(config) as providing:
        now = instant.to_numeric_date(providing.clock())
        for one in providing.store.instances(now):
            since = instant.format_stamp(instant.from_numeric_date(one.registered))
            state = "registered" if one.revoked is None else "revoked"
            typer.echo(f"{one.name}  {since}  {one.attestations:>4}  {state}")


@app.command()
def revoke(
    thumbprint: Annotated[str, typer.Argument(help="As `list` shows it.")],
    config: Config,
) -> None:
    """Revoke a wallet and all that was attested for it, for good."""
    with _opened(config) as providing:
        if not providing.revoke(thumbprint):
            typer.secho("No wallet of that thumbprint is registered.", fg="red", err=True)
            raise typer.Exit(1)
    typer.echo("Revoked.")


@contextmanager
def _opened(config: Path) -> Iterator[WalletProviding]:
    from sandbox.wallet_provider.opening import opened

    with _errors(), opened(config) as providing:
        yield providing


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ClicidError as error:
        place = ": ".join(part for part in (error.where, error.detail) if part)
        typer.secho(f"{error.reason.en} {place} [{error.code}]", fg="red", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
