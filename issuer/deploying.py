"""Putting the three registries on a chain: each once, however often the command is interrupted.

A deployment is signed and written down before it is sent. Whoever starts again finds it, and sends
the same transaction instead of another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from eth_hash.auto import keccak
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clicid.adapters import package_data
from clicid.adapters.chain_contracts import DID_REGISTRY, NAMES, TRUST_REGISTRY
from clicid.adapters.chain_transactions import Artifact
from clicid.adapters.chain_writer import Sent
from clicid.adapters.files import write_whole
from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused, Undecided
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clicid.adapters.chain_node import ChainNode
    from clicid.adapters.chain_writer import ChainWriter, Receipt
    from clicid.codec.strict_json import Json

_ADDRESS: Final = r"^0x[0-9a-f]{40}$"
_RAW: Final = r"^0x(?:[0-9a-f]{2})+$"

# An upper bound of what a deployment takes (Ethereum yellow paper, appendix G; EIP-3860): creation,
# 16 a byte sent, 200 a byte kept, and what our constructors store and emit.
_CREATION_GAS: Final = 53_000
_GAS_A_BYTE: Final = 216
_CONSTRUCTOR_GAS: Final = 200_000


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Table):
    """A contract: the signed transaction that deploys it, None for one that was there; then where it is."""

    transaction: Annotated[str, Field(pattern=_RAW)] | None = None
    address: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    block: Annotated[int, Field(ge=0)] | None = None


class Record(_Table):
    """What was deployed, in a file. Nothing in it is secret.

    Args:
        chain_id: EIP-155 chain id.
        governance: The account that TrustRegistry was given.
        contracts: By the names that the network file uses.
    """

    type: Literal["clicid-deployment"] = "clicid-deployment"
    chain_id: Annotated[int, Field(ge=1)]
    governance: Annotated[str, Field(pattern=_ADDRESS)]
    contracts: dict[Contract, Place] = {}

    @classmethod
    def read(cls, path: Path) -> Record:
        """The record in a file. Raises `LocalError` (`config.file`, `config.invalid`)."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise LocalError("config.file", str(path), error.strerror or "") from None
        except ValidationError as error:
            raise LocalError("config.invalid", str(path), error.errors()[0]["msg"]) from None

    def write(self, path: Path) -> None:
        """Put it in the place of what stood there. Raises `LocalError` (`config.file`)."""
        write_whole(path, self.model_dump_json(indent=1).encode(), replace=True)

    def having(self, name: Contract, place: Place) -> Record:
        """The same with one contract more, or further."""
        return self.model_copy(update={"contracts": {**self.contracts, name: place}})


def begin(
    path: Path,
    writer: ChainWriter,
    governance: bytes,
    adopted: Place | None = None,
) -> Record:
    """The record to go on from: the one in the file, else a new one.

    Args:
        path: The record's file.
        writer: The chain.
        governance: The account that shall accredit (20 bytes).
        adopted: An ERC-1056 registry that is there already and shall be used, as `adopt` gives it.

    Raises:
        LocalError: `network.deployment` for a record of another chain, governance or registry.
    """
    wanted = Record(chain_id=writer.chain_id, governance=f"0x{governance.hex()}")
    if adopted is not None:
        wanted = wanted.having(Contract.DID, adopted)
    if not path.exists():
        wanted.write(path)
        return wanted
    found = Record.read(path)
    same = (found.chain_id, found.governance) == (wanted.chain_id, wanted.governance)
    if not same or (adopted is not None and found.contracts.get(Contract.DID) != adopted):
        raise LocalError("network.deployment", str(path), "it is of another chain, governance or registry")
    return found


def adopt(writer: ChainWriter, node: ChainNode, address: bytes, block: int | None) -> Place:
    """A registry that is there, found to answer as ERC-1056 says.

    Args:
        writer: The chain.
        node: The same.
        address: Where it is (20 bytes).
        block: The block that made it; None asks the node, which must know every block's state.

    Raises:
        Refused: `network.code` if no ERC-1056 registry answers there.
        Undecided: `chain.unreachable`.
        LocalError: `chain.rejected` if the node keeps no old state.
    """
    where = f"did at 0x{address.hex()}"
    writer.contracts.addresses[DID_REGISTRY] = address
    try:
        (owner,) = writer.contracts.call(DID_REGISTRY, "identityOwner", address)
    except (Refused, LocalError) as error:
        raise Refused("network.code", where, "no ERC-1056 registry") from error
    if owner != address:
        raise Refused("network.code", where, "an identity's first owner is itself")
    made = _first_block_of(node, address) if block is None else block
    return Place(address=f"0x{address.hex()}", block=made)


def estimate(writer: ChainWriter, record: Record) -> tuple[int, int]:
    """Gas that what is still to be deployed takes at most, and wei that it costs at most.

    Raises:
        Undecided: `chain.unreachable`.
    """
    left = [NAMES[name] for name in Contract if name not in record.contracts]
    gas = sum(_CREATION_GAS + _GAS_A_BYTE * len(_artifact(name).bytecode) + _CONSTRUCTOR_GAS for name in left)
    _, base_fee, tip = writer.market()
    return gas, gas * (2 * base_fee + tip)  # as transactions of ours offer


def check_funds(writer: ChainWriter, wei: int) -> None:
    """Return if the paying account holds as much. Raises `Undecided` (`chain.funds`, `chain.unreachable`)."""
    if (held := writer.balance()) < wei:
        detail = f"0x{writer.payer_address.hex()} holds {held} wei, up to {wei} are wanted"
        raise Undecided("chain.funds", detail=detail)


def deploy(
    writer: ChainWriter, record: Record, path: Path, *, seconds: float
) -> Iterator[tuple[Contract, Receipt]]:
    """Deploy what the record does not have yet; gives each contract when it is in a block.

    Raises:
        Undecided: `chain.*`; start again, and it goes on.
        Refused: `chain.reverted`.
        LocalError: `chain.rejected`, `config.file`.
    """
    for name in Contract:
        place = record.contracts.get(name) or Place()
        if place.address is not None:
            writer.contracts.addresses[NAMES[name]] = _bytes(place.address)
            continue
        sent = _written_down(writer, place)
        if sent is None:
            sent = writer.prepare_deployment(NAMES[name], _arguments(writer, name, record))
            place = Place(transaction=f"0x{sent.raw.hex()}")
            record = record.having(name, place)
            record.write(path)
            writer.resend(sent)
        receipt = writer.wait(sent, timeout=seconds)
        if receipt.contract is None:
            raise Refused("chain.answer", "contractAddress")
        writer.contracts.addresses[NAMES[name]] = receipt.contract
        done = {"address": f"0x{receipt.contract.hex()}", "block": receipt.block}
        record = record.having(name, place.model_copy(update=done))
        record.write(path)
        yield name, receipt


def _written_down(writer: ChainWriter, place: Place) -> Sent | None:
    """The transaction that is written down, which the node has now; None if it can never be in a block."""
    if place.transaction is None:
        return None
    raw = _bytes(place.transaction)
    sent = Sent(keccak(raw), raw)
    # Whoever sent something else with its nonce meanwhile took its place.
    return sent if writer.give(sent) or writer.outcome(sent.hash) else None


class Survey:
    """What a node says of deployed contracts, held against the record and the artifacts of this version.

    Args:
        node: The chain; read only, no key is wanted.
        record: What was deployed.
    """

    def __init__(self, node: ChainNode, record: Record) -> None:
        self._node = node
        self._record = record

    def contracts(self) -> dict[Contract, Deployment]:
        """All three, each with the SHA-256 of its code.

        Raises:
            Refused: `network.chain`; `network.code`, naming the contract and both digests.
            LocalError: `network.deployment` if one is missing or was deployed in another block.
            Undecided: `chain.unreachable`.
        """
        chain_id = self._node.quantity("eth_chainId")
        if chain_id != self._record.chain_id:
            raise Refused("network.chain", "", f"{chain_id}, not {self._record.chain_id}")
        did = self._address(Contract.DID)
        return {name: self._contract(name, did) for name in Contract}

    def checkpoint(self, contracts: Mapping[Contract, Deployment]) -> Checkpoint:
        """The block of the last deployment: with it the chain holds them all.

        Raises:
            Undecided: `chain.unreachable`, `chain.pending` if the node has no such block.
        """
        number = max(place.block for place in contracts.values())
        block = self._node.object("eth_getBlockByNumber", [hex(number), False])
        if block is None:
            raise Undecided("chain.pending", "", f"block {number}")
        return Checkpoint(number, bytes.fromhex(shape.text(block, "hash").removeprefix("0x")))

    def governance(self) -> bytes:
        """The account that accredits now (20 bytes). Raises `Undecided`; `LocalError` (`chain.arguments`)."""
        method = _artifact(TRUST_REGISTRY).function("governance")
        message: dict[str, Json] = {
            "to": f"0x{self._address(Contract.TRUST).hex()}",
            "data": f"0x{method.encode(()).hex()}",
        }
        found: bytes = method.decode(self._node.data("eth_call", [message, "latest"]))[0]
        return found

    def _contract(self, name: Contract, did: bytes) -> Deployment:
        address = self._address(name)
        place = self._record.contracts[name]
        code = self._node.data("eth_getCode", [f"0x{address.hex()}", "latest"])
        if place.transaction is not None or name is not Contract.DID:  # only that one may be another's
            self._check_code(name, address, code, did)
            self._check_block(name, place)
        elif not code:
            raise Refused("network.code", f"{name} at 0x{address.hex()}", "there is no code")
        return Deployment(address, hashlib.sha256(code).digest(), place.block or 0)

    def _check_code(self, name: Contract, address: bytes, code: bytes, did: bytes) -> None:
        # A deployed TrustRegistry or StatusRegistry ends with its DidRegistry's address (contracts: ABI).
        tail = b"" if name is Contract.DID else did.rjust(32, b"\0")
        body = code.removesuffix(tail)
        found, wanted = hashlib.sha256(body).hexdigest(), _runtime_sha256(name)
        if found != wanted or len(body) + len(tail) != len(code):
            detail = "there is no code" if not code else f"it has code {found}, this version's is {wanted}"
            raise Refused("network.code", f"{name} at 0x{address.hex()}", f"{detail}; see `network deploy`")

    def _check_block(self, name: Contract, place: Place) -> None:
        tx = keccak(_bytes(place.transaction or ""))
        receipt = self._node.object("eth_getTransactionReceipt", [f"0x{tx.hex()}"]) or {}
        found = (str(receipt.get("contractAddress")).lower(), receipt.get("blockNumber"))
        if found != (place.address, hex(place.block or 0)):
            raise LocalError("network.deployment", name, f"{place.address} in block {place.block}")

    def _address(self, name: Contract) -> bytes:
        place = self._record.contracts.get(name)
        if place is None or place.address is None or place.block is None:
            raise LocalError("network.deployment", name, "it is not deployed yet: `network deploy` goes on")
        return _bytes(place.address)


def _first_block_of(node: ChainNode, address: bytes) -> int:
    low, high = 0, node.quantity("eth_blockNumber")
    while low < high:
        middle = (low + high) // 2
        if node.data("eth_getCode", [f"0x{address.hex()}", hex(middle)]):
            high = middle
        else:
            low = middle + 1
    return low


def _artifact(name: str) -> Artifact:
    return Artifact.from_json(package_data.artifact(name))


def _arguments(writer: ChainWriter, name: Contract, record: Record) -> list[Any]:
    if name is Contract.DID:
        return []
    registry = writer.contracts.addresses[DID_REGISTRY]
    return [_bytes(record.governance), registry] if NAMES[name] == TRUST_REGISTRY else [registry]


def _runtime_sha256(name: Contract) -> str:
    artifact = shape.as_object(strict_json.loads(package_data.artifact(NAMES[name])))
    return shape.text(artifact, "runtime_sha256")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
