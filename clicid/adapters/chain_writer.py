"""The writing side of the chain: transactions that one account pays for, until they are in a block.

What a transaction asks of which contract is made in `chain_contracts`. Reading events is the
follower's business, not this module's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_hash.auto import keccak

from clicid.adapters.chain_contracts import STATUS_REGISTRY, Contracts
from clicid.adapters.chain_node import ChainNode, NodeError, call_object
from clicid.adapters.chain_transactions import MAX_TRANSACTION_GAS, Transaction, address_of
from clicid.errors import ClicidError, LocalError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.adapters.chain_transactions import Signer
    from clicid.codec.strict_json import Json

_POLL_SECONDS: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that a node took.

    Args:
        hash: Its hash (32 bytes).
        raw: The transaction as it travels: what `resend` needs after a restart.
    """

    hash: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction that is in a block and did what was asked.

    Args:
        hash: The transaction's hash (32 bytes).
        block: The block's number.
        gas_used: Gas paid for.
        contract: Address of the contract it deployed (20 bytes), or None.
    """

    hash: bytes
    block: int
    gas_used: int
    contract: bytes | None


class ChainWriter:
    """Sends transactions to one node for one payer. Safe to use from several threads.

    Args:
        rpc_url: The node's JSON-RPC address.
        payer: The key whose account pays, and the store that signs with it.
        addresses: Where the contracts are (20 bytes), by name.
        chain_id: What the node's chain must be; None takes what the node says.
        timeout: Seconds for one call to the node.

    Raises:
        Undecided: `chain.unreachable`.
        LocalError: `chain.rejected` if the node's chain is another one.
    """

    def __init__(
        self,
        rpc_url: str,
        *,
        payer: Signer,
        addresses: Mapping[str, bytes] | None = None,
        chain_id: int | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._node = ChainNode(rpc_url, timeout)
        self._payer = payer
        self._lock = threading.Lock()
        self._unmined: dict[int, Sent] = {}
        self.payer_address: Final = address_of(payer[0].public(payer[1]))
        try:
            self.chain_id: Final = self._node.quantity("eth_chainId")
            if chain_id not in (None, self.chain_id):
                raise LocalError(
                    "chain.rejected", detail=f"the node's chain is {self.chain_id}, not {chain_id}"
                )
        except ClicidError:
            self._node.close()
            raise
        self.contracts: Final = Contracts(
            self._node, chain_id=self.chain_id, caller=self.payer_address, addresses=addresses or {}
        )
        """What can be asked of the contracts, and where they are."""

    def close(self) -> None:
        """Give the connections back."""
        self._node.close()

    def prepare_deployment(self, name: str, args: Sequence[Any] = ()) -> Sent:
        """Sign a deployment that `resend` will send, so that it can be written down before.

        Raises:
            Undecided: `chain.unreachable`.
            Refused: `chain.reverted` with the constructor's word.
            LocalError: `chain.too_large`, `chain.arguments`, `chain.rejected`.
        """
        with self._lock:
            data = self.contracts.deployment(name, args)
            raw = self._transaction(b"", data, self.payer_address).sign(self._payer)
        return Sent(keccak(raw), raw)

    def send(
        self, contract: str, function: str, args: Sequence[Any], *, sender: Signer | None = None
    ) -> Sent:
        """Send a call. The sender (the payer when None) is who the contract sees, and pays.

        Raises:
            Undecided: `chain.unreachable`; `chain.funds` if the account holds too little.
            Refused: `chain.reverted` with the contract's word, and nothing was sent.
            LocalError: `chain.too_large`, `chain.arguments`, `chain.rejected`.
        """
        data = self.contracts.plain_call(contract, function, args)
        return self._send(self.contracts.address(contract), data, sender)

    def send_signed(self, contract: str, function: str, args: Sequence[Any], *, by: Signer) -> Sent:
        """Send the signed form of a function: `by` signs, the payer sends.

        Arguments as `Contracts.signed_call`, errors as `send`.
        """
        data = self.contracts.signed_call(contract, function, args, by=by)
        return self._send(self.contracts.address(contract), data)

    def send_commit(
        self, list_id: bytes, version: int, changes: tuple[bytes, bytes], digest: bytes, *, by: Signer
    ) -> Sent:
        """Send a status commit; arguments as `Contracts.commit_call`, errors as `send`."""
        data = self.contracts.commit_call(list_id, version, changes, digest, by=by)
        return self._send(self.contracts.address(STATUS_REGISTRY), data)

    def sign(self, contract: str, data: bytes, *, nonce: int, tip: int, max_fee: int) -> Sent:
        """A call as the payer's transaction, signed and not sent: for those who keep it before they send it.

        Args:
            contract: The contract's name.
            data: What `Contracts.signed_call` or `Contracts.commit_call` gave.
            nonce: The payer's nonce.
            tip: Wei per unit of gas for whoever makes the block.
            max_fee: Most wei per unit of gas, the tip included.

        Raises:
            Undecided, Refused, LocalError: As `send`.
        """
        to = self.contracts.address(contract)
        transaction = Transaction(
            chain_id=self.chain_id,
            nonce=nonce,
            tip=tip,
            max_fee=max_fee,
            gas=self._gas(call_object(self.payer_address, to, data)),
            to=to,
            data=data,
        )
        raw = transaction.sign(self._payer)
        return Sent(keccak(raw), raw)

    def give(self, sent: Sent) -> bool:
        """Let the node have a signed transaction, unless it has it; False if another took its nonce.

        Raises:
            Undecided: `chain.unreachable`, `chain.funds`.
            LocalError: `chain.rejected`.
        """
        if self._node.object("eth_getTransactionByHash", [f"0x{sent.hash.hex()}"]) is not None:
            return True
        try:
            self._node.send_raw(sent.raw)
        except NodeError as error:
            if error.nonce_taken:
                return False
            if not error.known:
                raise error.rejection() from error
        return True

    def market(self) -> tuple[int, int, int]:
        """Number and base fee of the last block, and the tip that is proposed (both in wei per unit of gas).

        Raises:
            Undecided: `chain.unreachable`.
        """
        block = self._node.object("eth_getBlockByNumber", ["latest", False]) or {}
        number, base_fee = (self._node.number_of(block, key) for key in ("number", "baseFeePerGas"))
        return number, base_fee, self._node.quantity("eth_maxPriorityFeePerGas")

    def nonces(self) -> tuple[int, int]:
        """How many of the payer's transactions are in blocks, and the first nonce for which none is known.

        Raises:
            Undecided: `chain.unreachable`.
        """
        account = f"0x{self.payer_address.hex()}"
        mined, known = (
            self._node.quantity("eth_getTransactionCount", [account, tag]) for tag in ("latest", "pending")
        )
        return mined, known

    def wait(self, sent: Sent, *, timeout: float = 60.0) -> Receipt:
        """Wait until a transaction is in a block; one that the node lost is sent again.

        Raises:
            Undecided: `chain.unreachable`; `chain.pending` after `timeout` seconds.
            Refused: `chain.reverted` with the contract's word.
        """
        deadline = time.monotonic() + timeout
        attempt = 0
        while True:
            receipt = self.receipt(sent.hash)
            if receipt is not None:
                return receipt
            if time.monotonic() >= deadline:
                raise Undecided("chain.pending", detail=f"0x{sent.hash.hex()}")
            if attempt >= len(_POLL_SECONDS):
                self.resend(sent)
            time.sleep(_POLL_SECONDS[min(attempt, len(_POLL_SECONDS) - 1)])
            attempt += 1

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """The receipt of a transaction, None while it is in no block.

        Raises:
            Undecided: `chain.unreachable`.
            Refused: `chain.reverted` with the contract's word; `chain.answer`.
        """
        found = self._receipt(tx_hash)
        if found is None:
            return None
        block, done = self._placed(found)
        if not done:
            raise Refused("chain.reverted", f"block {block}", self._why(tx_hash, block))
        deployed = found.get("contractAddress")
        contract = bytes.fromhex(str(deployed)[2:]) if deployed else None
        return Receipt(tx_hash, block, self._node.number_of(found, "gasUsed"), contract)

    def outcome(self, tx_hash: bytes) -> tuple[int, bool] | None:
        """A transaction's block, and whether it did there what was asked; None while it is in no block.

        Raises:
            Undecided: `chain.unreachable`.
            Refused: `chain.answer`.
        """
        found = self._receipt(tx_hash)
        return None if found is None else self._placed(found)

    def wait_for_block(self, number: int, *, timeout: float = 60.0) -> None:
        """Wait until the chain has a block of that number: what is good news counts only when final.

        Raises:
            Undecided: `chain.unreachable`; `chain.pending` after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while self._node.quantity("eth_blockNumber") < number:
            if time.monotonic() >= deadline:
                raise Undecided("chain.pending", detail=f"block {number}")
            time.sleep(_POLL_SECONDS[2])

    def resend(self, sent: Sent) -> None:
        """Give the node a transaction again, if it neither waits nor is in a block there.

        Raises:
            Undecided: `chain.unreachable`, `chain.funds`.
            LocalError: `chain.rejected` if another transaction took its nonce.
        """
        if self._node.object("eth_getTransactionByHash", [f"0x{sent.hash.hex()}"]) is None:
            try:
                self._node.send_raw(sent.raw)
            except NodeError as error:
                if not error.known and self.receipt(sent.hash) is None:
                    raise error.rejection() from error

    def balance(self) -> int:
        """What the payer's account holds, in wei. Raises `Undecided` (`chain.unreachable`)."""
        return self._node.quantity("eth_getBalance", [f"0x{self.payer_address.hex()}", "latest"])

    def _send(self, to: bytes, data: bytes, sender: Signer | None = None) -> Sent:
        signer = sender or self._payer
        account = address_of(signer[0].public(signer[1]))
        with self._lock:
            for _ in range(_TRIES):
                try:
                    return self._try(to, data, signer, account)
                except NodeError as error:
                    # Someone else sent with this account meanwhile: take the next nonce.
                    if not error.nonce_taken:
                        raise error.rejection() from error
        raise LocalError("chain.rejected", detail="the account's nonce is taken again and again")

    def _try(self, to: bytes, data: bytes, signer: Signer, account: bytes) -> Sent:
        transaction = self._transaction(to, data, account)
        raw = transaction.sign(signer)
        sent = Sent(self._node.send_raw(raw), raw)
        if account == self.payer_address:
            self._unmined[transaction.nonce] = sent
        return sent

    def _transaction(self, to: bytes, data: bytes, account: bytes) -> Transaction:
        return Transaction(
            chain_id=self.chain_id,
            nonce=self._nonce(account),
            tip=(tip := self._node.quantity("eth_maxPriorityFeePerGas")),
            max_fee=2 * self._node.base_fee() + tip,
            gas=self._gas(call_object(account, to, data)),
            to=to,
            data=data,
        )

    def _gas(self, message: dict[str, Json]) -> int:
        try:
            needed = self._node.quantity("eth_estimateGas", [message])
        except NodeError as error:
            raise error.refusal() from error
        if needed > MAX_TRANSACTION_GAS:
            raise LocalError("chain.too_large", detail=f"{needed} gas")
        # State may change before the block; what is not used is not paid for.
        return min(needed * 5 // 4, MAX_TRANSACTION_GAS)

    def _nonce(self, account: bytes) -> int:
        """The next nonce; what the node forgot of ours is sent again first, so that no gap stays."""
        hexed = f"0x{account.hex()}"
        if account == self.payer_address:
            mined = self._node.quantity("eth_getTransactionCount", [hexed, "latest"])
            self._unmined = {nonce: sent for nonce, sent in self._unmined.items() if nonce >= mined}
            for nonce in sorted(self._unmined):
                self._revive(nonce)
        return self._node.quantity("eth_getTransactionCount", [hexed, "pending"])

    def _revive(self, nonce: int) -> None:
        try:
            self.resend(self._unmined[nonce])
        except NodeError:
            # Another transaction has its nonce. Whoever waits for it is told; others go on.
            del self._unmined[nonce]

    def _receipt(self, tx_hash: bytes) -> dict[str, Any] | None:
        return self._node.object("eth_getTransactionReceipt", [f"0x{tx_hash.hex()}"])

    def _placed(self, receipt: Mapping[str, Any]) -> tuple[int, bool]:
        block, status = (self._node.number_of(receipt, key) for key in ("blockNumber", "status"))
        return block, status == 1

    def _why(self, tx_hash: bytes, block: int) -> str:
        """The contract's word, found by making the call again, on the block before and on its own."""
        found = self._node.object("eth_getTransactionByHash", [f"0x{tx_hash.hex()}"]) or {}
        message = {name: found.get(key) for name, key in (("from", "from"), ("to", "to"), ("data", "input"))}
        for number in (block - 1, block):
            try:
                self._node.data("eth_call", [message, hex(number)])
            except NodeError as error:
                return error.refusal().detail
        return "it does not fail alone; perhaps for want of gas"
