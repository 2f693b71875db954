"""``clicid-verifier bundle``: what is known of the network, carried to machines that have none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clicid.adapters import bundles, clock
from clicid.adapters.files import write_whole
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import LocalError
from clicid.formats.base import FormatId
from clicid.keys.algorithms import ED25519
from clicid.ledger import web_files
from clicid.ledger.bundle import Scope
from verifier import config as settings
from verifier.commands import ConfigFile, errors, tell_report
from verifier.main import named_by_bundle, network_in_use, vault_key
from verifier.policy import policy
from verifier.refresh import named_files
from verifier.refresh.evidence import ListWatch
from verifier.usecases import bundling

app = typer.Typer(no_args_is_help=True, help="Carry what is known of the network to where there is none.")

BundleFile = Annotated[Path, typer.Argument(help="The bundle.")]
Chosen = Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")]


@app.command()
def make(
    bundle: BundleFile,
    config: ConfigFile,
    issuer: Chosen = None,
    credential_type: Annotated[list[str] | None, typer.Option("--type", help="Only this type.")] = None,
    status_list: Annotated[list[str] | None, typer.Option("--list", help="Only this status list.")] = None,
    key: Annotated[
        str, typer.Option(help="Name of the signing key in the vault; made if missing.")
    ] = "bundles",
) -> None:
    """Sign what the verifier has stored of the chain; prints the bundle's digest and its signer's key.

    The verifier may run meanwhile. What it has not read yet is not in it: look at the age first.
    """
    with errors():
        found = settings.load(config)
        now = clock.now()
        network = network_in_use(found)
        known = bundles.stored(found.chain_store, network)
        scope = Scope(
            *(frozenset(chosen) if chosen else None for chosen in (issuer, credential_type, status_list))
        )
        documents, lists = named_files.held(found.data_dir / settings.NAMED, found.policy.by_name, scope)
        web = {web_files.DOCUMENTS: documents, web_files.LISTS: lists}
        manifest, packed = bundles.make(known, network, scope, found.policy.demands, now, web=web)
        with AskarKeyStore.open(found.data_dir / "vault.db", vault_key(found.vault_key_file)) as keys:
            ref = keys.find(key) or keys.generate(ED25519, key)
            made = bundling.signed(manifest, packed, keys, ref)
        write_whole(bundle, made, replace=True)  # A verifier may be looking at it.
        told = bundles.read(bundle)
    typer.echo(f"digest {told.digest().hex()}")
    typer.echo(f"signer {told.signer.to_multikey()}")


@app.command()
def show(bundle: BundleFile) -> None:
    """Print what a bundle says of itself: its parts with their ages and sizes, signer and digest.

    The signature is checked, by the key that the bundle names. Whether to trust that key is not said here.
    """
    with errors():
        found = bundles.read(bundle)
    for line in bundling.told(found, clock.now()):
        typer.echo(line)


@app.command()
def verify(
    config: ConfigFile,
    bundle: Annotated[Path | None, typer.Argument(help="The bundle; the configured one if left out.")] = None,
    presentation: Annotated[Path | None, typer.Option(help="Decide on this presentation by it.")] = None,
    presentation_format: Annotated[FormatId, typer.Option("--format")] = FormatId.SD_JWT_VC,
    audience: Annotated[str, typer.Option(help="For whom the presentation must be.")] = "",
    nonce: Annotated[str, typer.Option(help="In answer to what it must be.")] = "",
) -> None:
    """Hold a bundle against the policy, and decide on a presentation by it, with no network.

    Exits 0 (the bundle is good; accepted), 1 (refused), 2 (undecided) or 3 (the bundle is not good).
    A bundle that is good counts as used here: an older one is refused from then on.
    """
    with errors(status=3):
        found = settings.load(config)
        if found.bundle is None:
            raise LocalError("config.missing", str(config), "set [bundle] with file and signers")
        now = clock.now()
        network = network_in_use(found)
        found.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = bundles.KnownBundle.open(
            bundle or found.bundle.file,
            bundles.Trust(network, found.bundle.signers),
            found.data_dir / settings.BUNDLE_MEMORY,
        )
        known.follower.sync(now)
        for line in bundling.told(bundles.read(bundle or found.bundle.file), now):
            typer.echo(line, err=presentation is not None)
        if presentation is None:
            return
        question = bundling.Question(presentation_format, audience, nonce)
        decided = policy(found, network)
        watch = ListWatch(known.materials, decided.rules, found.data_dir / "evidence")
        named = named_by_bundle(found, known, decided.rules, watch)
        named.refresh()
        report = bundling.decide(_read(presentation), question, named, decided, now)
        named.stop()
    raise typer.Exit(tell_report(report))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
