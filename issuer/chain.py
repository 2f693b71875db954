"""The StatusRegistry, as the issuer writes it: committer and owner sign, the payer sends."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import STATUS_REGISTRY, ChainWriter
from clicid.errors import LocalError
from clicid.status.bitstring import PURPOSES
from clicid.status.rows import list_id
from issuer.usecases.publication import WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.adapters.chain_transactions import Signer
    from clicid.status.delta import Delta

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
        identity = writer.call(STATUS_REGISTRY, "lists", list_id_)[0]
        if identity == _NO_ONE:
            return None
        return int(writer.call(STATUS_REGISTRY, "head", list_id_)[0])

    def commit(self, list_id_: bytes, version: int, change: Delta, digest: bytes) -> str:
        """Have a version committed and wait for its block; gives the transaction's hash.

        Raises:
            Undecided: ``chain.*`` if it did not get there in time.
            LocalError: ``publication.owner_key`` for changes that clear, without the owner's key.
        """
        signer = self._owner() if change.cleared else self._settings.committer
        writer = self._connected()
        sent = writer.send_commit(list_id_, version, (change.set, change.cleared), digest, by=signer)
        return "0x" + writer.wait(sent, timeout=self._settings.seconds).hash.hex()

    def open_list(self, url: str, size: int) -> bool:
        """Create a list and name the committer, with the owner's signature; False if it was there.

        Raises:
            Undecided: ``chain.*``.
            LocalError: ``publication.owner_key``.
        """
        identity, owner, writer = self._settings.identity, self._owner(), self._connected()
        id_ = list_id(identity, url)
        committer = address_of(self._settings.committer[0].public(self._settings.committer[1]))
        holder, named, _, _ = writer.call(STATUS_REGISTRY, "lists", id_)
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
