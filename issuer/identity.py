"""The issuer's identifier on chain: its keys, lists and owner, written by the owner's hand.

The owner's key comes from a vault that is brought for one command and is kept nowhere here. Each step
looks first at what the chain has, so that a command that was interrupted can be given again.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import clock
from clicid.adapters.chain_contracts import DID_REGISTRY, NAMES, STATUS_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.codec import multicodec
from clicid.did.compromise import COMPROMISED, encode_compromise
from clicid.did.ethr import EthrRecord, document
from clicid.errors import LocalError, Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.keys.algorithms import ED25519, SECP256K1
from clicid.status.rows import list_id
from issuer.ground import key_of
from issuer.reading import own_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.chain_transactions import Signer
    from clicid.adapters.chain_writer import Receipt
    from clicid.adapters.known_chain import KnownChain
    from clicid.did.ethr import EthrKey
    from clicid.keys.public import PublicKey
    from issuer.ground import Ground

DAY_SECONDS: Final = 86_400
_FOR_EVER: Final = 100 * 365 * DAY_SECONDS
"""Of a statement: whoever reads attributes as ERC-1056 says finds it for as long as it can matter."""


def attribute_of(public: PublicKey) -> tuple[bytes, bytes]:
    """Name (32 bytes) and value of the attribute by which a key stands on chain (design: DidRegistry)."""
    if public.algorithm.name == ED25519:
        name, value = b"did/pub/Ed25519/veriKey/base58", public.raw
    else:
        name = b"did/pub/Multikey/veriKey/base58"
        value = multicodec.encode(public.algorithm.multicodec, public.raw)
    return name.ljust(32, b"\0"), value


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifier of one issuer.

    Args:
        ground: Its configuration, vault and database.
        chain: What the chain holds.
        writer: Sends; the issuer's gas payer pays.
        owner: Signs; None where only is read.
    """

    ground: Ground
    chain: KnownChain
    writer: ChainWriter
    owner: Signer | None = None

    def record(self) -> EthrRecord:
        """What the DidRegistry holds now. Raises `Undecided` (``chain.*``)."""
        now, did = clock.now(), self.ground.config.did
        self.chain.follower.sync(now)
        found = self.chain.materials.get(Need(NeedKind.DID, did), now)
        if not isinstance(found, Material):
            raise Undecided("chain.unreachable", did, found.why)
        return EthrRecord.from_bytes(found.body)

    def key(self, public: PublicKey) -> EthrKey | None:
        """The newest entry of a key on chain, ended or not."""
        name, value = attribute_of(public)
        text = name.rstrip(b"\0").decode()
        entries = [one for one in self.record().keys if (one.name, one.value) == (text, value)]
        return entries[-1] if entries else None

    def public(self, key: EthrKey) -> PublicKey | None:
        """The public half in an entry; None for one that holds no credential key."""
        methods = document(self.record(), clock.now()).methods
        return next((method.key for method in methods if method.id == self.kid(key)), None)

    def kid(self, key: EthrKey) -> str:
        """The DID URL of an entry."""
        return f"{self.ground.config.did}#delegate-{key.number}"

    def add(self, public: PublicKey, days: int) -> EthrKey:
        """Set a key's attribute, unless it is in force; gives the entry with its number.

        Raises:
            LocalError: `key.owner`; `key.ended` for a key that was revoked or is compromised: its
                private half is to be trusted no more.
        """
        found = self.key(public)
        if found is not None and (found.ended_at is not None or found.compromised_from is not None):
            raise LocalError("key.ended", self.kid(found))
        if found is None or found.valid_to <= int(clock.now().timestamp()):
            self._write(DID_REGISTRY, "setAttribute", *attribute_of(public), days * DAY_SECONDS)
            found = self.key(public)
        if found is None:
            raise LocalError("key.not_on_chain", self.ground.config.did)
        return found

    def compromise(self, key: EthrKey, block: int) -> Iterator[Receipt]:
        """Revoke a key and state from which block on it may have been in other hands.

        Revoked first: interrupted between the two, everything under the key is refused, and the
        statement only gives back what was anchored in time.

        Raises:
            LocalError: `key.owner`, `did.compromise`.
        """
        value = encode_compromise(key.number, block)
        if key.ended_at is None:
            name = key.name.encode().ljust(32, b"\0")
            yield self._write(DID_REGISTRY, "revokeAttribute", name, key.value)
        if key.compromised_from is None or key.compromised_from > block:
            yield self._write(DID_REGISTRY, "setAttribute", COMPROMISED, value, _FOR_EVER)

    def name_committer(self, committer: bytes) -> Iterator[str]:
        """Give every list of ours that is on chain another committer (20 bytes); gives each URL.

        Those that the configuration no longer names are among them: what they say of credentials counts.

        Raises:
            LocalError: `key.owner`.
        """
        with self.ground.env.store.reading() as tx:
            used = [row.url for row in tx.statuses.lists()]
        for url in dict.fromkeys((*self.ground.config.list_urls(), *used)):
            id_ = list_id(self.ground.identity, url)
            holder, named, _, _ = self.writer.contracts.call(STATUS_REGISTRY, "lists", id_)
            if holder == self.ground.identity and named != committer:
                self._settle(STATUS_REGISTRY, "setCommitter", (id_, committer))
                yield url

    def hand_over(self, owner: bytes) -> Receipt:
        """Make another account the owner (20 bytes). Raises `LocalError` (`key.owner`)."""
        return self._write(DID_REGISTRY, "changeOwner", owner)

    def _write(self, contract: str, function: str, *arguments: Any) -> Receipt:
        return self._settle(contract, function, (self.ground.identity, *arguments))

    def _settle(self, contract: str, function: str, arguments: tuple[Any, ...]) -> Receipt:
        owner = self._owner()
        sent = self.writer.send_signed(contract, function, arguments, by=owner)
        return self.writer.wait(sent, timeout=self.ground.config.network.transaction_seconds)

    def _owner(self) -> Signer:
        """The owner's key, found to be it."""
        (owner,) = self.writer.contracts.call(DID_REGISTRY, "identityOwner", self.ground.identity)
        if self.owner is None or address_of(self.owner[0].public(self.owner[1])) != owner:
            raise LocalError("key.owner", detail=f"the owner is 0x{owner.hex()}")
        return self.owner


@contextmanager
def opened_identity(ground: Ground, owner: Signer | None = None) -> Iterator[Identity]:
    """The issuer's identifier, for one command.

    Raises:
        Undecided: ``chain.*``.
    """
    payer = key_of(ground.keystore, ground.config.keys.payer, SECP256K1)
    addresses = {NAMES[name]: place.address for name, place in ground.network.contracts.items()}
    with (
        own_chain(ground) as chain,
        closing(
            ChainWriter(
                ground.config.network.rpc[0],
                payer=(ground.keystore, payer),
                addresses=addresses,
                chain_id=ground.network.chain_id,
            )
        ) as writer,
    ):
        yield Identity(ground, chain, writer, owner)
