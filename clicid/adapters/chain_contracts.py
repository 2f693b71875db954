"""The three contracts as the writing side asks them: by name, read now, called or signed for.

Whoever may do something on chain signs; the payer sends and has no rights. Each signed form
carries the signature inside, so that the five roles need five keys and only one of them ether.
Sending is the business of `chain_writer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import package_data
from clicid.adapters.chain_node import NodeError, call_object
from clicid.adapters.chain_transactions import (
    ERC1056_SIGNED,
    Artifact,
    address_of,
    erc1056_digest,
    sign,
    typed_digest,
)
from clicid.errors import LocalError
from clicid.ledger.events import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.adapters.chain_node import ChainNode
    from clicid.adapters.chain_transactions import Function, Signer

DID_REGISTRY: Final = "DidRegistry"
TRUST_REGISTRY: Final = "TrustRegistry"
STATUS_REGISTRY: Final = "StatusRegistry"
CONTRACTS: Final = (DID_REGISTRY, TRUST_REGISTRY, STATUS_REGISTRY)
NAMES: Final = {
    Contract.DID: DID_REGISTRY,
    Contract.TRUST: TRUST_REGISTRY,
    Contract.STATUS: STATUS_REGISTRY,
}
"""The contracts' names by those that the network file gives them."""

SMALL_COMMIT_BYTES: Final = 512
"""Up to here `commit` is cheaper than `commitLarge` (contracts: ABI)."""


class Contracts:
    """Where the contracts are, and the data of what is asked of them.

    Args:
        node: The chain.
        chain_id: The chain's EIP-155 id, which signatures are for.
        caller: The account that reads (20 bytes).
        addresses: Where the contracts are (20 bytes), by name; whoever deploys adds to them.
    """

    def __init__(
        self, node: ChainNode, *, chain_id: int, caller: bytes, addresses: Mapping[str, bytes]
    ) -> None:
        self._node = node
        self._chain_id = chain_id
        self._caller = caller
        self._artifacts = {name: Artifact.from_json(package_data.artifact(name)) for name in CONTRACTS}
        self.addresses: Final = dict(addresses)

    def address(self, name: str) -> bytes:
        """Where a contract is (20 bytes). Raises `LocalError` (`chain.arguments`)."""
        if name not in self.addresses:
            raise LocalError("chain.arguments", name, "its address is not known")
        return self.addresses[name]

    def deployment(self, name: str, args: Sequence[Any]) -> bytes:
        """The data that makes a contract. Raises `LocalError` (`chain.arguments`, `chain.too_large`)."""
        return self._artifacts[name].deployment(args)

    def call(self, name: str, function: str, *args: Any) -> tuple[Any, ...]:
        """Read from a contract as of the last block; addresses are 20 bytes.

        Raises:
            Undecided: `chain.unreachable`.
            Refused: `chain.reverted` with the contract's word; `chain.answer`.
            LocalError: `chain.arguments`.
        """
        method = self._artifacts[name].function(function)
        message = call_object(self._caller, self.address(name), method.encode(args))
        try:
            return method.decode(self._node.data("eth_call", [message, "latest"]))
        except NodeError as error:
            raise error.refusal() from error

    def plain_call(self, name: str, function: str, args: Sequence[Any]) -> bytes:
        """The data of a call that its sender answers for. Raises `LocalError` (`chain.arguments`)."""
        return self._artifacts[name].function(function).encode(args)

    def signed_call(self, name: str, function: str, args: Sequence[Any], *, by: Signer) -> bytes:
        """The data of a call of a function's signed form, which anyone may send.

        Args:
            name: The contract's name.
            function: The unsigned form's name, such as ``"setAttribute"``.
            args: The unsigned form's arguments.
            by: Who may do it: the identity's owner, or a list's committer.

        Raises:
            Undecided, Refused, LocalError: As `call`.
        """
        artifact = self._artifacts[name]
        signed = artifact.function(f"{function}Signed")
        digest = self._digest(name, artifact.function(function), args, by)
        signature = sign(by, digest)
        vrs = (signature.v, signature.r, signature.s)
        placed = (args[0], *vrs, *args[1:]) if function in ERC1056_SIGNED else (*args, *vrs)
        return signed.encode(placed)

    def commit_call(
        self,
        list_id: bytes,
        version: int,
        changes: tuple[bytes, bytes],
        digest: bytes,
        root: bytes = bytes(32),
        *,
        by: Signer,
    ) -> bytes:
        """The data of a status commit, signed by committer or owner, by the cheaper of its two functions.

        Args:
            list_id: The list (32 bytes).
            version: The version after the commit.
            changes: The Rice-coded sets of indexes set and cleared; empty bytes for none.
            digest: The list's digest after the commit (32 bytes).
            root: The issuance root that goes with it (32 bytes), zero for none.
            by: The list's committer, or its owner, who alone may clear.
        """
        small = max(len(part) for part in changes) <= SMALL_COMMIT_BYTES
        arguments = (list_id, version, *changes, digest, root)
        return self.signed_call(STATUS_REGISTRY, "commit" if small else "commitLarge", arguments, by=by)

    def _digest(self, name: str, function: Function, args: Sequence[Any], by: Signer) -> bytes:
        address = self.address(name)
        (nonce,) = self.call(name, "nonce", address_of(by[0].public(by[1])))
        if name == DID_REGISTRY:
            return erc1056_digest(function, args, registry=address, nonce=nonce)
        return typed_digest(function, args, contract=address, chain_id=self._chain_id, nonce=nonce)
