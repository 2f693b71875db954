"""``clicid-verifier``: keys, serve, and replaying a saved bundle with no network at all."""

from __future__ import annotations

import json
import logging
import secrets
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import ClicidError, LocalError
from clicid.keys.algorithms import P256
from verifier import config as settings
from verifier.main import create_app, vault_key, with_door
from verifier.usecases.replaying import replay

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Ask wallets, and decide by yourself.")

ConfigFile = Annotated[Path, typer.Option("--config", help="The verifier's TOML file.")]


@app.command()
def serve(
    config: ConfigFile,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8403,
) -> None:
    """Serve clients and wallets."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with _errors():
        application = create_app(settings.load(config))
    uvicorn.run(with_door(application), host=host, port=port, log_level="warning", server_header=False)


@app.command()
def keys(config: ConfigFile) -> None:
    """Make the vault and the key that signs requests; prints the public key to be anchored."""
    with _errors():
        found = settings.load(config)
        found.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not found.vault_key_file.exists():
            found.vault_key_file.touch(0o600)
            found.vault_key_file.write_text(secrets.token_bytes(32).hex(), "ascii")
        vault = found.data_dir / "vault.db"
        with AskarKeyStore.open(vault, vault_key(found.vault_key_file), create=not vault.exists()) as store:
            key = store.find(found.key_name) or store.generate(P256, found.key_name)
            typer.echo(store.public(key).to_multikey())


@app.command("replay")
def replay_bundle(bundle: Annotated[Path, typer.Argument(help="A saved bundle.")]) -> None:
    """Decide again on a saved presentation, from the bundle alone.

    Exits 0 (accepted), 1 (refused), 2 (undecided) or 3 (no bundle to decide on).
    """
    with _errors(status=3):
        report = replay(_read(bundle))
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    raise typer.Exit({"accepted": 0, "refused": 1}.get(str(report["verdict"]), 2))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error


class _errors:  # noqa: N801 - reads as a block
    """Ends the command with the error's own words instead of a trace."""

    def __init__(self, status: int = 1) -> None:
        self._status = status

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ClicidError):
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(self._status) from error


if __name__ == "__main__":
    app()
