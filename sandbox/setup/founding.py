"""The chain's part of founding: contracts, the signed network file, the issuer's identifier and rights."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import clock, package_data
from clicid.adapters.chain_writer import DID_REGISTRY, STATUS_REGISTRY, TRUST_REGISTRY
from clicid.adapters.fetch import Fetcher
from clicid.adapters.jsonrpc import JsonRpc
from clicid.keys.algorithms import ED25519
from clicid.keys.store import KeyRef
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots
from issuer.identity import attribute_of
from sandbox.setup.roles import DATA_INTEGRITY, GOVERNANCE, OWNER, ROOTS, SD_JWT

if TYPE_CHECKING:
    from clicid.adapters.chain_transactions import Signer
    from clicid.adapters.chain_writer import ChainWriter, Receipt
    from clicid.keys.public import PublicKey
    from sandbox.setup.roles import Roles

YEARS: Final = 10
THRESHOLD: Final = 2
_CONTRACTS: Final = {
    DID_REGISTRY: Contract.DID,
    TRUST_REGISTRY: Contract.TRUST,
    STATUS_REGISTRY: Contract.STATUS,
}


def deploy(writer: ChainWriter, governance: bytes) -> dict[str, Receipt]:
    """Deploy the three contracts; the gas each took is in its receipt."""
    did = writer.deploy(DID_REGISTRY)
    trust = writer.deploy(TRUST_REGISTRY, [governance, writer.addresses[DID_REGISTRY]])
    status = writer.deploy(STATUS_REGISTRY, [writer.addresses[DID_REGISTRY]])
    return {DID_REGISTRY: did, TRUST_REGISTRY: trust, STATUS_REGISTRY: status}


def network_file(
    writer: ChainWriter,
    rpc_url: str,
    deployed: dict[str, Receipt],
    roles: Roles,
    vocabulary: str,
) -> NetworkFile:
    """The network file, signed by a threshold of root keys."""
    fetcher = Fetcher(allow_loopback_http=True)
    rpc = JsonRpc([rpc_url], fetcher)
    header = rpc.header(max(receipt.block for receipt in deployed.values()))
    if header is None:
        raise RuntimeError("the chain lost a block that it had")
    contracts = {
        _CONTRACTS[name]: Deployment(
            writer.addresses[name],
            hashlib.sha256(rpc.code(writer.addresses[name])).digest(),
            receipt.block,
        )
        for name, receipt in deployed.items()
    }
    fetcher.close()
    roots = [roles.roots.public(KeyRef(name)) for name in ROOTS]
    file = NetworkFile(
        version=1,
        expires=clock.now().replace(microsecond=0) + timedelta(days=365 * YEARS),
        kind=NetworkKind.EMBEDDED,
        chain_id=writer.chain_id,
        checkpoint=Checkpoint(header.number, header.hash),
        contracts=contracts,
        governance=roles.address(GOVERNANCE),
        vocabulary=vocabulary,
        roots=Roots(tuple(roots), THRESHOLD),
    )
    for name, root in list(zip(ROOTS, roots, strict=True))[:THRESHOLD]:
        file = file.with_signature(root, roles.roots.sign(KeyRef(name), file.to_be_signed(), ED25519))
    return file


def did_of(chain_id: int, identity: bytes) -> str:
    """The did:ethr of an account on a chain."""
    return f"did:ethr:{chain_id:#x}:0x{identity.hex()}"


def anchor_key(writer: ChainWriter, identity: bytes, owner: Signer, public: PublicKey) -> Receipt:
    """Set a signing key as an attribute of a DID: the owner signs, the payer sends."""
    arguments = (identity, *attribute_of(public), YEARS * 365 * 86_400)
    return writer.wait(writer.send_signed(DID_REGISTRY, "setAttribute", arguments, by=owner))


def anchor_issuer(writer: ChainWriter, roles: Roles) -> dict[str, str]:
    """Anchor the issuer's credential keys; gives the DID URL of each by its name in the vault."""
    identity = roles.address(OWNER)
    did = did_of(writer.chain_id, identity)
    ids = {}
    for number, name in enumerate((DATA_INTEGRITY, SD_JWT), start=1):
        anchor_key(writer, identity, roles.signer(OWNER), roles.issuer.public(KeyRef(name)))
        ids[name] = f"{did}#delegate-{number}"
    return ids


def accredit(
    writer: ChainWriter, roles: Roles, identifier: str, vocabulary: str, ca_digest: bytes
) -> list[Receipt]:
    """Give the issuer the right to issue every credential type that ships with this version."""
    start, end = _period()
    receipts = []
    for uri, digest in package_data.schema_digests(vocabulary).items():
        arguments: tuple[Any, ...] = (
            roles.address(OWNER),
            hashlib.sha256(uri.encode()).digest(),
            digest,
            start,
            end,
            False,
            identifier,
            ca_digest,
        )
        sent = writer.send(TRUST_REGISTRY, "accredit", arguments, sender=roles.signer(GOVERNANCE))
        receipts.append(writer.wait(sent))
    return receipts


def withdraw(writer: ChainWriter, roles: Roles, uri: str) -> Receipt:
    """Take the right to issue one type away, for what was issued before as well."""
    arguments = (roles.address(OWNER), hashlib.sha256(uri.encode()).digest(), False)
    sent = writer.send(TRUST_REGISTRY, "withdraw", arguments, sender=roles.signer(GOVERNANCE))
    return writer.wait(sent)


def register(writer: ChainWriter, roles: Roles, identity: bytes, digest: bytes) -> Receipt:
    """Register a service provider by the digest of its public registration."""
    arguments = (identity, digest, *_period())
    sent = writer.send(TRUST_REGISTRY, "registerServiceProvider", arguments, sender=roles.signer(GOVERNANCE))
    return writer.wait(sent)


def _period() -> tuple[int, int]:
    # From yesterday: a clock a little behind the chain's is no reason to refuse.
    now = int(time.time())
    until = datetime.fromtimestamp(now, UTC) + timedelta(days=365 * YEARS)
    return now - 86_400, int(until.timestamp())
