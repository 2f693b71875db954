"""The chain's part of founding: contracts, the signed network file, the issuer's identifier and rights."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import clock, package_data
from clicid.adapters.chain_contracts import DID_REGISTRY, TRUST_REGISTRY
from clicid.adapters.chain_node import ChainNode
from clicid.keys.store import KeyRef
from clicid.ledger.network import NetworkFile, NetworkKind, Roots
from issuer import deploying
from issuer.ceremony import Ceremony
from issuer.deploying import Record, Survey
from issuer.identity import attribute_of
from sandbox.setup.roles import DATA_INTEGRITY, GOVERNANCE, OWNER, ROOTS, SD_JWT

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer
    from clicid.adapters.chain_writer import ChainWriter, Receipt
    from clicid.keys.public import PublicKey
    from clicid.ledger.events import Contract
    from sandbox.setup.roles import Roles

YEARS: Final = 10
THRESHOLD: Final = 2


def deploy(writer: ChainWriter, governance: bytes, path: Path) -> dict[Contract, Receipt]:
    """Deploy the three contracts, written down in a file; the gas each took is in its receipt."""
    record = deploying.begin(path, writer, governance)
    return dict(deploying.deploy(writer, record, path, seconds=60))


def network_file(rpc_url: str, deployed: Path, roles: Roles, vocabulary: str) -> NetworkFile:
    """The network file of what was deployed, signed by a threshold of root keys."""
    with closing(ChainNode(rpc_url, timeout=10)) as node:
        survey = Survey(node, record := Record.read(deployed))
        contracts = survey.contracts()
        file = NetworkFile(
            version=1,
            expires=clock.now().replace(microsecond=0) + timedelta(days=365 * YEARS),
            kind=NetworkKind.EMBEDDED,
            chain_id=record.chain_id,
            checkpoint=survey.checkpoint(contracts),
            contracts=contracts,
            governance=survey.governance(),
            vocabulary=vocabulary,
            roots=Roots(tuple(roles.roots.public(KeyRef(name)) for name in ROOTS), THRESHOLD),
        )
    for name in ROOTS[:THRESHOLD]:
        file = Ceremony(file).sign(roles.roots, KeyRef(name), clock.now())
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
