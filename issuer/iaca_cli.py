"""``clicid-issuer iaca``: the issuer's own certificate authority, and the certificates under its root.

The root's key is in a vault that is brought for the command and kept nowhere here.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from cryptography import x509

from clicid.adapters import clock
from clicid.adapters.files import write_whole
from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from clicid.trust.iaca_making import MAX_AUTHORITY_DAYS, MAX_SIGNER_DAYS
from issuer import iaca
from issuer.certificates import authority, certified_key, read_one
from issuer.commands import CONFIG, ConfigFile, opened, told
from issuer.ground import key_of
from issuer.iaca import Ceremony
from issuer.usecases import auditing
from issuer.vaults import make_vault, open_vault

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.ground import Ground

app = typer.Typer(no_args_is_help=True, help="The issuer's root certificate, and what stands under it.")

_YEAR: Final = 365
_BY: Final = "command line"

Vault = Annotated[Path, typer.Option("--vault", help="The root's folder, with vault.db and vault.key.")]
Root = Annotated[Path, typer.Option("--root", help="The root's certificate (PEM).")]
Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@app.command()
def root(
    vault: Vault,
    identifier: Annotated[str, typer.Option(help="The issuer's identifier, as in its configuration.")],
    country: Annotated[str, typer.Option(help="Two capitals, such as SE.")],
    name: Annotated[str, typer.Option(help="The root's name, such as 'Example AB IACA'.")],
    days: Annotated[int, typer.Option(min=1, max=MAX_AUTHORITY_DAYS)] = 10 * _YEAR,
    out: Out = Path("iaca.pem"),
    force: Force = False,
) -> None:
    """Make the root: key, certificate, and the digest that governance binds to the accreditation."""
    with told(), closing(make_vault(vault)) as keys:
        der = iaca.make_root(keys, iaca.place(identifier, country, name), begins=_today(), days=days)
        write_whole(out, iaca.to_pem(der), replace=force)
        typer.echo(f"ca_digest 0x{authority(der, str(out)).key_digest.hex()}")


@app.command()
def issuer(
    vault: Vault,
    root: Root,
    days: Annotated[int, typer.Option(min=1, max=MAX_AUTHORITY_DAYS)] = 3 * _YEAR,
    out: Out = Path("issuer.pem"),
    force: Force = False,
    config: ConfigFile = CONFIG,
) -> None:
    """Certify the key of SD-JWT VCs, JWTs and status lists (`keys.sd_jwt`)."""
    with opened(config) as (settings, ground), told(), closing(open_vault(vault)) as keys:
        ref = key_of(ground.keystore, settings.keys.sd_jwt.name, P256)
        names = (settings.identifier, settings.did)
        der = Ceremony(keys, read_one(root)).issuer(
            ground.keystore.public(ref), names, begins=_today(), days=days
        )
        write_whole(out, iaca.to_pem(der), replace=force)
        _record(ground, der)
        typer.echo(f'x5c = ["{out}", "{root}"]')


@app.command()
def signer(
    vault: Vault,
    root: Root,
    name: Annotated[str, typer.Argument(help="The signer's key in the issuer's vault; made if new.")],
    days: Annotated[int, typer.Option(min=1, max=MAX_SIGNER_DAYS)] = MAX_SIGNER_DAYS,
    out: Out = Path("signer.pem"),
    force: Force = False,
    config: ConfigFile = CONFIG,
) -> None:
    """Certify a document signer, the first or the next; prints the lines for the configuration."""
    with opened(config) as (_, ground), told(), closing(open_vault(vault)) as keys:
        if ground.keystore.find(name) is None:
            ground.keystore.generate(P256, name)
        public = ground.keystore.public(key_of(ground.keystore, name, P256))
        der = Ceremony(keys, read_one(root)).signer(public, begins=_today(), days=days)
        write_whole(out, iaca.to_pem(der), replace=force)
        _record(ground, der)
        typer.echo(f'[keys.document_signer]\nname = "{name}"\ncertificate = "{out}"\nauthority = "{root}"')


@app.command()
def retire(
    name: Annotated[str, typer.Argument(help="A former document signer's key in the issuer's vault.")],
    certificate: Annotated[Path, typer.Option(help="The certificate that it had (PEM).")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    config: ConfigFile = CONFIG,
) -> None:
    """Destroy the private half of a signer that is configured no more; its documents stay good."""
    with opened(config) as (settings, ground):
        signer_ = settings.keys.document_signer
        if signer_ is not None and signer_.name == name:
            raise LocalError("key.in_use", name, "name another one, and start the issuer again")
        ref = key_of(ground.keystore, name, P256)
        der = read_one(certificate)
        # Of other keys in the vault none has a document signer's certificate.
        if certified_key(der, str(certificate)) != ground.keystore.public(ref):
            raise LocalError("config.certificate", str(certificate), "it certifies another key")
        if not yes:
            typer.confirm("Destroy its private half, for ever?", abort=True)
        ground.keystore.remove(ref)
        _record(ground, der, "retire-key")
        typer.echo("Retired.")


@app.command()
def revocations(
    vault: Vault,
    root: Root,
    revoked: Annotated[
        list[Path] | None, typer.Option("--revoked", help="A certificate (PEM) that is revoked; for each.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=MAX_SIGNER_DAYS)] = 90,
    out: Out = Path("iaca.crl"),
    force: Force = False,
) -> None:
    """Sign the root's list of revoked certificates: all that ever were and have not ended; often none."""
    with told(), closing(open_vault(vault)) as keys:
        serials = [x509.load_der_x509_certificate(read_one(path)).serial_number for path in revoked or ()]
        made = Ceremony(keys, read_one(root)).revocations(serials, begins=_now(), days=days)
        write_whole(out, made, replace=force)
        typer.echo(f"{len(serials)} revoked, until {days} days from now")


def _today() -> datetime:
    """Documents are dated by the day: a certificate holds from its beginning."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def _record(ground: Ground, der: bytes, act: str = "certify") -> None:
    certificate = x509.load_der_x509_certificate(der)
    with ground.env.store.writing() as tx:
        auditing.record(
            tx,
            ground.env,
            actor=_BY,
            act=act,
            subject=certificate.subject.rfc4514_string(),
            detail=f"{certificate.serial_number:x}",
        )
