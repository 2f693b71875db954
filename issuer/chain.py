"""The StatusRegistry, as the issuer writes it: committer and owner sign, the payer sends."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters.chain_contracts import STATUS_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter, Sent
from clicid.errors import LocalError
from clicid.status.bitstring import PURPOSES
from clicid.status.rows import list_id
from issuer.usecases.publication import WIDTH
from issuer.usecases.status_chain import Found, Market, NonceTakenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.adapters.chain_transactions import Signer
    from issuer.usecases.status_chain import Commit, Fees

_NO_ONE: Final = bytes(20)


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Which chain, and whose keys.

    Args:
        rpc_url: The node's JSON-RPC address.
        chain_id: What its chain must be.
        addresses: Where the contracts are, by name.
        identity: The issuer's 20-byte identity.
        payer: Pays and has no rights.
        committer: May set bits.
        owner: The DID's owner, who alone may clear and create; None where that key is elsewhere.
        seconds: How long to wait for a block.
    """

    rpc_url: str
    chain_id: int
    addresses: Mapping[str, bytes]
    identity: bytes
    payer: Signer
    committer: Signer
    owner: Signer | None
    seconds: float


class StatusRegistry:
    """Reads heads and commits versions. The node is first called when it is first needed."""

    def __init__(self, settings: ChainSettings) -> None:
        self._settings = settings
        self._writer: ChainWriter | None = None
        self._lock = threading.Lock()

    def version(self, list_id_: bytes) -> int | None:
        """The version that stands on chain; None if there is no such list. Raises `Undecided`."""
        writer = self._connected()
        identity = writer.contracts.call(STATUS_REGISTRY, "lists", list_id_)[0]
        if identity == _NO_ONE:
            return None
        return int(writer.contracts.call(STATUS_REGISTRY, "head", list_id_)[0])

    def market(self) -> Market:
        """Head, fees, nonces and balance. Raises `Undecided`."""
        writer = self._connected()
        head, base_fee, tip = writer.market()
        return Market(head, base_fee, tip, *writer.nonces(), writer.balance())

    def sign(self, commit: Commit, nonce: int, fees: Fees) -> tuple[bytes, bytes]:
        """A signed transaction, not sent: its hash, and itself as it travels.

        Raises:
            Undecided: ``chain.*``.
            Refused: ``chain.reverted``.
            LocalError: ``publication.owner_key`` for changes that clear, without the owner's key.
        """
        change = commit.change
        signer = self._owner() if change.cleared else self._settings.committer
        writer, changes = self._connected(), (change.set, change.cleared)
        data = writer.contracts.commit_call(
            commit.list_id, commit.version, changes, commit.digest, commit.root, by=signer
        )
        sent = writer.sign(STATUS_REGISTRY, data, nonce=nonce, tip=fees.tip, max_fee=fees.max_fee)
        return sent.hash, sent.raw

    def send(self, hash_: bytes, raw: bytes) -> None:
        """Give the node a transaction, unless it has it.

        Raises:
            NonceTakenError: If another one has its nonce.
            Undecided: ``chain.*``.
            LocalError: ``chain.rejected``.
        """
        if not self._connected().give(Sent(hash_, raw)):
            raise NonceTakenError

    def find(self, hash_: bytes) -> Found | None:
        """The block of a transaction; None if it is in none. Raises `Undecided`."""
        outcome = self._connected().outcome(hash_)
        return outcome and Found(*outcome)

    def open_list(self, url: str, size: int) -> bool:
        """Create a list and name the committer, with the owner's signature; False if it was there.

        Raises:
            Undecided: ``chain.*``.
            LocalError: ``publication.owner_key``.
        """
        identity, owner, writer = self._settings.identity, self._owner(), self._connected()
        id_ = list_id(identity, url)
        committer = address_of(self._settings.committer[0].public(self._settings.committer[1]))
        holder, named, _, _ = writer.contracts.call(STATUS_REGISTRY, "lists", id_)
        if holder == _NO_ONE:
            arguments = (identity, url, WIDTH, size, " ".join(PURPOSES))
            self._settle(writer, "createList", arguments, owner)
        if named != committer:
            self._settle(writer, "setCommitter", (id_, committer), owner)
        return bool(holder == _NO_ONE)

    def close(self) -> None:
        """Give the connections back."""
        if self._writer is not None:
            self._writer.close()

    def _settle(
        self, writer: ChainWriter, function: str, arguments: tuple[object, ...], owner: Signer
    ) -> None:
        sent = writer.send_signed(STATUS_REGISTRY, function, arguments, by=owner)
        writer.wait(sent, timeout=self._settings.seconds)

    def _owner(self) -> Signer:
        if self._settings.owner is None:
            raise LocalError("publication.owner_key")
        return self._settings.owner

    def _connected(self) -> ChainWriter:
        with self._lock:
            if self._writer is None:
                self._writer = ChainWriter(
                    self._settings.rpc_url,
                    payer=self._settings.payer,
                    addresses=self._settings.addresses,
                    chain_id=self._settings.chain_id,
                )
            return self._writer
