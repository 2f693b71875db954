"""``clicid-issuer key``: the issuer's keys on chain, from the first entry to the last.

What is written on chain is signed by the DID's owner, whose vault is brought for the command.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clicid.adapters.chain_transactions import address_of
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from issuer import key_ends
from issuer.commands import CONFIG, ConfigFile, opened, told
from issuer.ground import key_of
from issuer.identity import opened_identity
from issuer.vaults import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.did.ethr import EthrKey
    from clicid.keys.store import KeyRef
    from issuer.identity import Identity

app = typer.Typer(no_args_is_help=True, help="Credential keys, committer and owner on chain.")
recover = typer.Typer(no_args_is_help=True, help="After a key was stolen.")
app.add_typer(recover, name="recover")

_YEARS: Final = 10
_ALGORITHMS: Final = (P256, ED25519)

OwnerVault = Annotated[Path, typer.Option(help="The folder with the owner's vault.db and vault.key.")]
OwnerKey = Annotated[str, typer.Option(help="The owner's key in it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
_OWNER: Final = "did-owner"


@app.command("list")
def list_keys(config: ConfigFile = CONFIG) -> None:
    """Print every key that stands on chain for the issuer's identifier."""
    with _identity(config) as identity:
        record = identity.record()
        keys = identity.ground.config.keys
        named = {row.id: row.name for row in (keys.sd_jwt, keys.data_integrity)}
        typer.echo(f"{record.did}, owner 0x{record.owner.hex()}")
        for entry in record.keys:
            used = named.get(identity.kid(entry), "")
            typer.echo(f"#delegate-{entry.number}  {key_ends.state_of(entry)}  {used}".rstrip())


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The key's name in the issuer's vault; made if it is new.")],
    owner_vault: OwnerVault,
    algorithm: Annotated[str, typer.Option(help="P-256 for SD-JWT, Ed25519 for Data Integrity.")] = P256,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Days until its entry ends.")] = 365 * _YEARS,
    owner_key: OwnerKey = _OWNER,
    config: ConfigFile = CONFIG,
) -> None:
    """Make a credential key in the issuer's vault and put it on chain; prints its id."""
    with _owned(config, owner_vault, owner_key) as identity:
        if algorithm not in _ALGORITHMS:
            raise LocalError("config.invalid", "--algorithm", " or ".join(_ALGORITHMS))
        keystore = identity.ground.keystore
        if keystore.find(name) is None:
            keystore.generate(algorithm, name)
        entry = identity.add(keystore.public(key_of(keystore, name, algorithm)), days)
        key_ends.record(identity, "add-key", identity.kid(entry))
        table = "sd_jwt" if algorithm == P256 else "data_integrity"
        typer.echo(f'[keys.{table}]\nname = "{name}"\nid = "{identity.kid(entry)}"')
        typer.echo(
            "It counts at verifiers when its block is final: put it into the configuration then.", err=True
        )
        if algorithm == P256:
            typer.echo("An SD-JWT key wants a certificate of its own in keys.x5c.", err=True)


@app.command()
def retire(
    name: Annotated[str, typer.Argument(help="The key's name in the issuer's vault.")],
    yes: Yes = False,
    config: ConfigFile = CONFIG,
) -> None:
    """Destroy the private half of a key that the configuration no longer names; old credentials stay good."""
    with _identity(config) as identity:
        ref = _in_vault(identity, name)
        entry = key_ends.check_retirable(identity, ref)
        signed = key_ends.signed_under(identity, identity.ground.keystore.public(ref))
        typer.echo(f"{identity.kid(entry)}  {key_ends.state_of(entry)}; {signed.count} credentials are out")
        if not yes:
            typer.confirm("Destroy its private half, for ever?", abort=True)
        key_ends.retire(identity, ref)
        typer.echo("Retired.")


@app.command()
def compromise(
    key: Annotated[str, typer.Argument(help="The N of #delegate-N, or the key's name in the vault.")],
    owner_vault: OwnerVault,
    since_block: Annotated[int, typer.Option(min=1, help="From here on it may have been in other hands.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    yes: Yes = False,
    owner_key: OwnerKey = _OWNER,
    config: ConfigFile = CONFIG,
) -> None:
    """Revoke a key and state since when it may have been in other hands; it can never be taken back."""
    with _owned(config, owner_vault, owner_key) as identity:
        entry = _entry(identity, key)
        head = identity.chain.follower.head
        if head is None or since_block > head.number:
            raise LocalError("did.compromise", detail=f"block {since_block} is not there yet")
        for line in key_ends.consequences(identity, entry, since_block):
            typer.echo(line)
        if dry_run:
            return
        if not yes:
            typer.confirm("Revoke the key and state this, for ever?", abort=True)
        for receipt in identity.compromise(entry, since_block):
            typer.echo(f"block {receipt.block}, {receipt.gas_used:,} gas")
        key_ends.record(identity, "compromise-key", identity.kid(entry), str(since_block))
        typer.echo(f"#delegate-{entry.number} is compromised from block {since_block}.")


@recover.command()
def committer(
    name: Annotated[str, typer.Argument(help="The new committer's name in the issuer's vault.")],
    owner_vault: OwnerVault,
    owner_key: OwnerKey = _OWNER,
    config: ConfigFile = CONFIG,
) -> None:
    """After the committer was stolen: give every list a new one, which the thief's commits end with."""
    with _owned(config, owner_vault, owner_key) as identity:
        keystore = identity.ground.keystore
        if keystore.find(name) is None:
            keystore.generate(SECP256K1, name)
        account = address_of(keystore.public(key_of(keystore, name, SECP256K1)))
        for url in identity.name_committer(account):
            typer.echo(f"{url}: 0x{account.hex()}")
        key_ends.record(identity, "recover-committer", identity.ground.config.did, account.hex())
        typer.echo(f'Set keys.committer = "{name}" and start the issuer again; then `adopt-lists`.')


@recover.command()
def owner(
    account: Annotated[str, typer.Argument(help="The new owner's account: 0x and 40 digits.")],
    owner_vault: OwnerVault,
    owner_key: OwnerKey = _OWNER,
    yes: Yes = False,
    config: ConfigFile = CONFIG,
) -> None:
    """Before a thief does it: hand the identifier over to an account whose key was kept apart."""
    with _owned(config, owner_vault, owner_key) as identity:
        if re.fullmatch(r"0x[0-9a-fA-F]{40}", account) is None or not int(account, 16):
            raise LocalError(
                "config.invalid", "account", "0x and 40 hexadecimal digits are wanted, not all 0"
            )
        if not yes:
            typer.confirm(f"Make {account} the owner? Only its key can undo it.", abort=True)
        receipt = identity.hand_over(bytes.fromhex(account[2:]))
        key_ends.record(identity, "recover-owner", identity.ground.config.did, account)
        typer.echo(f"The owner is {account} since block {receipt.block}.")


@contextmanager
def _identity(config: Path) -> Iterator[Identity]:
    with opened(config) as (_, ground), opened_identity(ground) as identity:
        yield identity


@contextmanager
def _owned(config: Path, vault: Path, key: str) -> Iterator[Identity]:
    """The identifier, with the owner's key for as long as the command takes."""
    with told(), open_vault(vault) as keys, opened(config) as (_, ground):
        owner_ = (keys, key_of(keys, key, SECP256K1))
        with opened_identity(ground, owner_) as identity:
            yield identity


def _in_vault(identity: Identity, name: str) -> KeyRef:
    ref = identity.ground.keystore.find(name)
    if ref is None:
        raise LocalError("keystore.unknown", name)
    return ref


def _entry(identity: Identity, key: str) -> EthrKey:
    """The entry on chain that a number or a name in the vault leads to."""
    if key.isdecimal():
        entries = [one for one in identity.record().keys if one.number == int(key)]
        found = entries[0] if entries else None
    else:
        found = identity.key(identity.ground.keystore.public(_in_vault(identity, key)))
    if found is None:
        raise LocalError("key.not_on_chain", key)
    return found
