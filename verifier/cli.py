"""``clicid-verifier``: keys, serve, and replaying a saved bundle with no network at all."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer
import uvicorn

from clicid.adapters.files import write_whole
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from verifier import bundle_cli
from verifier import config as settings
from verifier.commands import ConfigFile, errors, tell_report
from verifier.main import create_app, vault_key, with_door
from verifier.usecases.replaying import replay

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Ask wallets, and decide by yourself.")
app.add_typer(bundle_cli.app, name="bundle")


@app.command()
def serve(
    config: ConfigFile,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8403,
) -> None:
    """Serve clients and wallets."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with errors():
        application = create_app(settings.load(config))
    uvicorn.run(with_door(application), host=host, port=port, log_level="warning", server_header=False)


@app.command()
def keys(
    config: ConfigFile,
    name: Annotated[str, typer.Option(help="Another key's name; left out: the DID's, `key_name`.")] = "",
) -> None:
    """Make the vault and a key that signs requests; prints the public key, to be anchored or certified."""
    with errors():
        found = settings.load(config)
        found.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not found.vault_key_file.exists():
            write_whole(found.vault_key_file, secrets.token_bytes(32).hex().encode(), replace=False)
        vault = found.data_dir / "vault.db"
        with AskarKeyStore.open(vault, vault_key(found.vault_key_file), create=not vault.exists()) as store:
            named = name or found.key_name
            key = store.find(named) or store.generate(P256, named)
            typer.echo(store.public(key).to_multikey())


@app.command("replay")
def replay_check(saved: Annotated[Path, typer.Argument(help="A saved check.")]) -> None:
    """Decide again on a saved check, from what is in it alone.

    Exits 0 (accepted), 1 (refused), 2 (undecided) or 3 (no saved check to decide on).
    """
    with errors(status=3):
        report = replay(_read(saved))
    raise typer.Exit(tell_report(report))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error


if __name__ == "__main__":
    app()
