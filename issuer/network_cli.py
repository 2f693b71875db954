"""``clicid-issuer network``: contracts on a chain, and the network file that root keys sign.

None of these commands reads the issuer's configuration: a network is founded before it has an issuer.
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clicid.adapters import clock
from clicid.adapters.chain_contracts import NAMES
from clicid.adapters.chain_node import ChainNode
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.files import write_whole
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ED25519, SECP256K1
from clicid.keys.public import PublicKey
from clicid.ledger.network import NetworkFile, NetworkKind, Roots
from issuer import deploying
from issuer.ceremony import Ceremony, read
from issuer.commands import told
from issuer.deploying import Record, Survey
from issuer.ground import key_of
from issuer.vaults import make_vault, open_vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.ledger.events import Contract
    from clicid.ledger.network import Checkpoint, Deployment

app = typer.Typer(no_args_is_help=True, help="Contracts, and the network file that root keys sign.")

_TIMEOUT: Final = 30.0
_ROOT_KEY: Final = "network-root"
_ETHER: Final = 10**18
_MAX_DAYS: Final = 3_660

Vault = Annotated[Path, typer.Option("--vault", help="The folder with vault.db and vault.key.")]
Rpc = Annotated[str, typer.Option("--rpc", help="The node's JSON-RPC address.")]
Deployed = Annotated[Path, typer.Option("--deployed", help="What `network deploy` wrote down.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
Old = Annotated[Path | None, typer.Option("--from", help="The version in use, whose roots sign too.")]
Days = Annotated[int, typer.Option(min=1, max=_MAX_DAYS, help="Days until the file expires.")]
Root = Annotated[list[str], typer.Option("--root", help="A root key's public Multikey; once for each.")]
Threshold = Annotated[int, typer.Option(min=1, help="How many roots must sign.")]


@app.command("root-key")
def root_key(
    folder: Annotated[Path, typer.Argument(help="The vault's folder, made when it is not there.")],
    name: Annotated[str, typer.Option(help="The key's name in the vault.")] = _ROOT_KEY,
) -> None:
    """Make a root key on the machine where it will stay, and print its public half."""
    with told(), make_vault(folder) as vault:
        typer.echo(vault.public(vault.generate(ED25519, name)).to_multikey())


@app.command("account-key")
def account_key(
    folder: Annotated[Path, typer.Argument(help="The vault's folder, made when it is not there.")],
    name: Annotated[str, typer.Argument(help="The key's name in the vault: gas-payer, did-owner, ...")],
) -> None:
    """Make an account's key (secp256k1) and print its address."""
    with told(), make_vault(folder) as vault:
        typer.echo(f"0x{address_of(vault.public(vault.generate(SECP256K1, name))).hex()}")


@app.command()
def deploy(
    deployed: Annotated[Path, typer.Argument(help="Where to write down what was deployed.")],
    rpc: Rpc,
    vault: Vault,
    governance: Annotated[str, typer.Option(help="The account that shall accredit, 0x and 40 digits.")],
    payer: Annotated[str, typer.Option(help="The paying key's name in the vault.")] = "gas-payer",
    did_registry: Annotated[str | None, typer.Option(help="An ERC-1056 registry that is there.")] = None,
    did_registry_block: Annotated[int | None, typer.Option(help="The block that made it.")] = None,
    seconds: Annotated[float, typer.Option(help="How long to wait for each block.")] = 300,
    yes: Annotated[bool, typer.Option("--yes", help="Pay without asking.")] = False,
) -> None:
    """Deploy the registries that a network wants. Interrupted, it goes on where it was."""
    with (
        told(),
        open_vault(vault) as keys,
        closing(ChainWriter(rpc, payer=(keys, key_of(keys, payer, SECP256K1)))) as writer,
    ):
        adopted = None
        if did_registry is not None:
            with closing(ChainNode(rpc, _TIMEOUT)) as node:
                there = _address(did_registry, "--did-registry")
                adopted = deploying.adopt(writer, node, there, did_registry_block)
            typer.echo(
                "The DID registry is another's: it keeps no running hashes, so no node can prove with a "
                "state proof that it left no log of it out. Use several nodes."
            )
        record = deploying.begin(deployed, writer, _address(governance, "--governance"), adopted)
        gas, wei = deploying.estimate(writer, record)
        typer.echo(f"chain {writer.chain_id}, paid by 0x{writer.payer_address.hex()}")
        typer.echo(
            f"at most {gas:,} gas, {wei / _ETHER:.6f}; the account holds {writer.balance() / _ETHER:.6f}"
        )
        deploying.check_funds(writer, wei)
        if wei and not yes:
            typer.confirm("Deploy?", abort=True)
        for name, receipt in deploying.deploy(writer, record, deployed, seconds=seconds):
            where = f"0x{writer.contracts.addresses[NAMES[name]].hex()}"
            typer.echo(f"{name:6}  {where}  block {receipt.block}, {receipt.gas_used:,} gas")
    typer.echo(f"written down in {deployed}; next: clicid-issuer network init")


@app.command()
def init(
    out: Annotated[Path, typer.Argument(help="The network file to write, not signed yet.")],
    rpc: Rpc,
    deployed: Deployed,
    kind: Annotated[NetworkKind, typer.Option(help="What the network is for.")],
    vocabulary: Annotated[str, typer.Option(help="Below it types, schemas and contexts have their ids.")],
    root: Root,
    threshold: Threshold,
    days: Days = 730,
    force: Force = False,
) -> None:
    """Write a network's first file from what the chain holds; nobody has signed it yet."""
    with told():
        contracts, checkpoint, governance = _surveyed(rpc, deployed)
        file = NetworkFile(
            version=1,
            expires=_expiry(days),
            kind=kind,
            chain_id=Record.read(deployed).chain_id,
            checkpoint=checkpoint,
            contracts=contracts,
            governance=governance,
            vocabulary=vocabulary,
            roots=_roots(root, threshold),
        )
        _write(out, file, force=force)
        _tell(Ceremony(file))
        _tell_standing(Ceremony(file))


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The network file; the signature is added in it.")],
    vault: Vault,
    name: Annotated[str, typer.Option("--key", help="The root key's name in the vault.")] = _ROOT_KEY,
    old: Old = None,
    digest: Annotated[str | None, typer.Option(help="The digest agreed on; else it is asked for.")] = None,
) -> None:
    """Add one root's signature, on a machine that needs no network, after what is signed was compared."""
    with told(), open_vault(vault) as keys:
        ceremony = _ceremony(file, old)
        _tell(ceremony)
        if digest is None:
            typer.confirm("Is this the digest that you were given in another way?", abort=True)
        elif digest.removeprefix("0x") != ceremony.file.digest().hex():
            raise LocalError("network.digest", str(file), f"it is {ceremony.file.digest().hex()}")
        signed = ceremony.sign(keys, key_of(keys, name, ED25519), clock.now())
        write_whole(file, signed.to_bytes(), replace=True)
        _tell_standing(Ceremony(signed, ceremony.old))


@app.command()
def collect(
    file: Annotated[Path, typer.Argument(help="The network file; signatures are added in it.")],
    copies: Annotated[list[Path], typer.Argument(help="Copies of it that other roots have signed.")],
    old: Old = None,
) -> None:
    """Bring the signatures on several copies of a file together."""
    with told():
        ceremony = _ceremony(file, old)
        gathered = ceremony.collect(read(copy) for copy in copies)
        write_whole(file, gathered.to_bytes(), replace=True)
        _tell_standing(Ceremony(gathered, ceremony.old))


@app.command()
def rotate(
    file: Annotated[Path, typer.Argument(help="The version in use.")],
    out: Annotated[Path, typer.Argument(help="The next version to write, not signed yet.")],
    add_root: Annotated[list[str], typer.Option(help="A new root's public Multikey.")] = [],  # noqa: B006 - typer's way
    remove_root: Annotated[list[str], typer.Option(help="A root that shall go.")] = [],  # noqa: B006 - typer's way
    threshold: Annotated[int | None, typer.Option(min=1, help="How many roots must sign.")] = None,
    days: Days = 730,
    rpc: Annotated[str | None, typer.Option(help="With --deployed: the node to read from.")] = None,
    deployed: Annotated[Path | None, typer.Option(help="Other contracts, or a later checkpoint.")] = None,
    force: Force = False,
) -> None:
    """Write the next version of a network file; the old roots' threshold and the new ones' must sign it."""
    with told():
        old = read(file)
        if (deployed is None) != (rpc is None):
            raise LocalError("config.missing", "--rpc, --deployed", "they go together")
        new = replace(
            old,
            version=old.version + 1,
            expires=_expiry(days),
            roots=_next_roots(old.roots, add_root, remove_root, threshold),
            signatures=(),
        )
        if deployed is not None and rpc is not None:
            contracts, checkpoint, governance = _surveyed(rpc, deployed)
            new = replace(new, contracts=contracts, checkpoint=checkpoint, governance=governance)
        _write(out, new, force=force)
        _tell(Ceremony(new, old))
        _tell_standing(Ceremony(new, old))


@app.command()
def show(file: Annotated[Path, typer.Argument(help="The network file.")], old: Old = None) -> None:
    """Print everything in a network file, who signed it, and whether it may be used; ends with 1 if not."""
    with told():
        ceremony = _ceremony(file, old)
        _tell(ceremony)
        _tell_standing(ceremony)
        if ceremony.trouble(clock.now()) is not None:
            raise typer.Exit(1)


def _surveyed(rpc: str, deployed: Path) -> tuple[dict[Contract, Deployment], Checkpoint, bytes]:
    """What the chain holds: contracts, the last one's block, and the account that accredits."""
    with closing(ChainNode(rpc, _TIMEOUT)) as node:
        survey = Survey(node, Record.read(deployed))
        contracts = survey.contracts()
        return contracts, survey.checkpoint(contracts), survey.governance()


def _ceremony(file: Path, old: Path | None) -> Ceremony:
    return Ceremony(read(file), None if old is None else read(old))


def _tell(ceremony: Ceremony) -> None:
    for line in ceremony.told(clock.now()):
        typer.echo(line)


def _tell_standing(ceremony: Ceremony) -> None:
    """Who is still missing, and whether the file may be used."""
    for name, (count, keys) in ceremony.missing().items():
        if count:
            typer.echo(f"{name}: {count} more must sign, of " + ", ".join(key.to_multikey() for key in keys))
    if ceremony.old is None and ceremony.file.version > 1:
        typer.echo("Whether it follows the version in use is told with --from.")
    trouble = ceremony.trouble(clock.now())
    typer.echo("It may be used." if trouble is None else f"It may not be used: {trouble}")


def _write(path: Path, file: NetworkFile, *, force: bool) -> None:
    raw = file.to_bytes()
    NetworkFile.parse(raw)  # what the options made must be what readers take
    write_whole(path, raw, replace=force)


def _roots(texts: Sequence[str], threshold: int) -> Roots:
    keys = tuple(PublicKey.from_multikey(text, "--root") for text in texts)
    return Roots(keys, threshold)


def _next_roots(old: Roots, added: Sequence[str], removed: Sequence[str], threshold: int | None) -> Roots:
    texts = [key.to_multikey() for key in old.keys]
    if unknown := set(removed).difference(texts):
        raise Refused("network.root", "--remove-root", ", ".join(sorted(unknown)))
    kept = [text for text in texts if text not in removed]
    return _roots([*kept, *added], threshold or old.threshold)


def _expiry(days: int) -> datetime:
    return clock.now().replace(microsecond=0) + timedelta(days=days)


def _address(text: str, where: str) -> bytes:
    if re.fullmatch(r"0x[0-9a-fA-F]{40}", text) is None:
        raise LocalError("config.invalid", where, "0x and 40 hexadecimal digits are wanted")
    return bytes.fromhex(text[2:])
