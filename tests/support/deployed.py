"""Our contracts on a chain of the test's own, and the network file that names them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clicid.adapters.chain_contracts import DID_REGISTRY, NAMES, STATUS_REGISTRY, TRUST_REGISTRY
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.adapters.chain_writer import ChainWriter
    from clicid.adapters.jsonrpc import JsonRpc


def deploy(writer: ChainWriter, name: str, args: Sequence[Any] = ()) -> None:
    """One contract, which the writer knows from then on."""
    sent = writer.prepare_deployment(name, args)
    writer.resend(sent)
    address = writer.wait(sent).contract
    assert address is not None
    writer.contracts.addresses[name] = address


def deploy_statuses(writer: ChainWriter) -> None:
    """What an issuer needs to publish its lists: StatusRegistry, over a DidRegistry."""
    deploy(writer, DID_REGISTRY)
    deploy(writer, STATUS_REGISTRY, [writer.contracts.addresses[DID_REGISTRY]])


def deploy_all(writer: ChainWriter, governance: bytes) -> None:
    """The three contracts."""
    deploy(writer, DID_REGISTRY)
    registry = writer.contracts.addresses[DID_REGISTRY]
    deploy(writer, TRUST_REGISTRY, [governance, registry])
    deploy(writer, STATUS_REGISTRY, [registry])


def network_file(writer: ChainWriter, rpc: JsonRpc, governance: bytes) -> NetworkFile:
    """The file of a network whose first block holds the first contract."""
    header = rpc.header(1)
    assert header is not None
    places = {name: writer.contracts.addresses[NAMES[name]] for name in Contract}
    return NetworkFile(
        version=1,
        expires=datetime(2100, 1, 1, tzinfo=UTC),
        kind=NetworkKind.EMBEDDED,
        chain_id=writer.chain_id,
        checkpoint=Checkpoint(header.number, header.hash),
        contracts={
            name: Deployment(place, hashlib.sha256(rpc.code(place)).digest(), 1)
            for name, place in places.items()
        },
        governance=governance,
        vocabulary="https://schemas.clicid.example",
        roots=Roots((), 1),
    )
