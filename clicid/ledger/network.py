"""The network file: where trust in a chain starts (design: the network file).

It names the chain, a checkpoint block, the contracts with the hash of their code, the governance
account, and the URL below which the network's credential types have their ids. A threshold of root
keys signs it (Ed25519 over the RFC 8785 form of everything but the signatures), and a new file
replaces an old one when both thresholds have signed it, as TUF rotates its root (The Update
Framework 1.0, section 5.3).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, instant, jcs, shape, strict_json, web
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.ledger.events import Contract
from clicid.ledger.hexes import octets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json

MAX_BYTES: Final = 65_536
MAX_ROOTS: Final = 32
MAX_CHAIN_ID: Final = shape.MAX_INTEGER

_SIGNED: Final = (
    "chain_id",
    "checkpoint",
    "contracts",
    "expires",
    "governance",
    "kind",
    "roots",
    "type",
    "version",
    "vocabulary",
)
_TYPE: Final = "clicid-network"
_MAX_VOCABULARY: Final = 256


class NetworkKind(StrEnum):
    """What a network is for; a verifier says which kinds it accepts."""

    EMBEDDED = "embedded"
    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block that the chain must hold."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a contract is (20 bytes), SHA-256 of its runtime code, and the block that made it."""

    address: bytes
    code_sha256: bytes
    block: int


@dataclass(frozen=True, slots=True)
class Roots:
    """Ed25519 keys, and how many of them must sign."""

    keys: tuple[PublicKey, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A network file as read; `verify` or `rotate` says whether to trust it.

    Args:
        version: Rises with each file of a network.
        expires: First instant at which the file no longer counts.
        kind: What the network is for.
        chain_id: EIP-155 chain id.
        checkpoint: A block the chain must hold.
        contracts: All three.
        governance: The account that accredits (20 bytes).
        vocabulary: URL without a slash at its end, below which types, contexts and schemas have their ids.
        roots: Whose signatures count.
        signatures: Key and signature (64 bytes); any may be wrong or foreign.
    """

    version: int
    expires: datetime
    kind: NetworkKind
    chain_id: int
    checkpoint: Checkpoint
    contracts: Mapping[Contract, Deployment]
    governance: bytes
    vocabulary: str
    roots: Roots
    signatures: tuple[tuple[PublicKey, bytes], ...] = ()

    def to_be_signed(self) -> bytes:
        """What each root key signs."""
        return jcs.dumps(self._signed_part())

    def digest(self) -> bytes:
        """SHA-256 of what is signed: given out of band, and named in every report."""
        return hashlib.sha256(self.to_be_signed()).digest()

    def with_signature(self, key: PublicKey, signature: bytes) -> NetworkFile:
        """The file with one signature more, in the place of an earlier one by the same key."""
        others = tuple(pair for pair in self.signatures if pair[0] != key)
        return replace(self, signatures=(*others, (key, signature)))

    def to_bytes(self) -> bytes:
        """The whole file, canonical."""
        signatures: list[Json] = [
            {"key": key.to_multikey(), "signature": base64url.encode(signature)}
            for key, signature in self.signatures
        ]
        return jcs.dumps(self._signed_part() | {"signatures": signatures})

    def start_block(self) -> int:
        """The first block that can hold a log."""
        return min(deployment.block for deployment in self.contracts.values())

    def _signed_part(self) -> dict[str, Json]:
        contracts: dict[str, Json] = {
            str(name): {
                "address": _hex(deployment.address),
                "block": deployment.block,
                "code_sha256": deployment.code_sha256.hex(),
            }
            for name, deployment in self.contracts.items()
        }
        keys: list[Json] = [key.to_multikey() for key in self.roots.keys]
        return {
            "chain_id": self.chain_id,
            "checkpoint": {"number": self.checkpoint.number, "hash": _hex(self.checkpoint.hash)},
            "contracts": contracts,
            "expires": instant.format_stamp(self.expires),
            "governance": _hex(self.governance),
            "kind": str(self.kind),
            "roots": {"keys": keys, "threshold": self.roots.threshold},
            "type": _TYPE,
            "version": self.version,
            "vocabulary": self.vocabulary,
        }

    @classmethod
    def parse(cls, raw: bytes) -> NetworkFile:
        """Bytes to a file that nobody has vouched for yet. Unknown members are refused.

        Raises:
            Refused: `codec.*`, `keys.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=4))
        shape.only(obj, (*_SIGNED, "signatures"))
        if shape.text(obj, "type") != _TYPE:
            raise Refused("codec.shape", "/type", _TYPE)
        checkpoint = shape.child(obj, "checkpoint")
        shape.only(checkpoint, ("number", "hash"), "/checkpoint")
        return cls(
            version=shape.integer(obj, "version", minimum=1),
            expires=instant.parse(shape.text(obj, "expires"), where="/expires"),
            kind=_kind(shape.text(obj, "kind")),
            chain_id=shape.integer(obj, "chain_id", minimum=1, maximum=MAX_CHAIN_ID),
            checkpoint=Checkpoint(
                shape.integer(checkpoint, "number", "/checkpoint"),
                octets(checkpoint, "hash", 32, "/checkpoint", prefix="0x"),
            ),
            contracts=_contracts(shape.child(obj, "contracts")),
            governance=octets(obj, "governance", 20, prefix="0x"),
            vocabulary=_vocabulary(shape.text(obj, "vocabulary", maximum=_MAX_VOCABULARY)),
            roots=_roots(shape.child(obj, "roots")),
            signatures=_signatures(shape.optional_items(obj, "signatures", maximum=2 * MAX_ROOTS) or []),
        )


def verify(file: NetworkFile, *, kinds: Collection[NetworkKind], now: datetime) -> None:
    """Return if a file may be used.

    1. `check_use`. That its roots are the right ones is for the caller to know: by the digest given
       out of band, or by `rotate` from a file known before.
    2. It has not expired.

    Raises:
        Refused: `network.kind`, `network.signature`, `network.expired`.
    """
    check_use(file, kinds=kinds)
    check_expiry(file, now)


def check_use(file: NetworkFile, *, kinds: Collection[NetworkKind]) -> None:
    """Return if a file is good, expired or not.

    1. Its kind is one that is accepted here.
    2. A threshold of its own root keys signed it.

    Raises:
        Refused: `network.kind`, `network.signature`.
    """
    if file.kind not in kinds:
        raise Refused("network.kind", "/kind", file.kind)
    _check_threshold(file, file.roots)


def signers(file: NetworkFile) -> frozenset[PublicKey]:
    """The keys whose signatures on a file are good, whether they are its roots or not."""
    message = file.to_be_signed()
    return frozenset(key for key, signature in file.signatures if _is_good(key, signature, message))


def rotate(old: NetworkFile, new: NetworkFile, *, now: datetime) -> None:
    """Return if `new` may take the place of `old`, which may have expired meanwhile.

    1. `new` succeeds `old` (`check_succession`).
    2. It has not expired.

    Raises:
        Refused: `network.rollback`, `network.signature`, `network.expired`.
    """
    check_succession(old, new)
    check_expiry(new, now)


def check_succession(old: NetworkFile, new: NetworkFile) -> None:
    """Return if `new` was made to follow `old`; in a chain of files only the last must not have expired.

    1. Same chain and kind, and a higher version.
    2. A threshold of the old roots and a threshold of the new ones signed it.

    Raises:
        Refused: `network.rollback`, `network.signature`.
    """
    same = (old.chain_id, old.kind) == (new.chain_id, new.kind)
    if not same or new.version <= old.version:
        raise Refused("network.rollback", "/version", f"{old.version} is in use, {new.version} is offered")
    _check_threshold(new, old.roots)
    _check_threshold(new, new.roots)


def check_expiry(file: NetworkFile, now: datetime) -> None:
    """Return if a file has not expired. Raises `Refused` (`network.expired`)."""
    if now >= file.expires:
        raise Refused("network.expired", "/expires", instant.format_stamp(file.expires))


def _check_threshold(file: NetworkFile, roots: Roots) -> None:
    good = signers(file).intersection(roots.keys)
    if len(good) < roots.threshold:
        raise Refused("network.signature", "/signatures", f"{len(good)} of {roots.threshold}")


def _is_good(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except Refused:
        return False
    return True


def _kind(text: str) -> NetworkKind:
    try:
        return NetworkKind(text)
    except ValueError as error:
        raise Refused("codec.shape", "/kind", "unknown kind") from error


def _vocabulary(text: str) -> str:
    if text.endswith("/"):
        raise Refused("codec.url", "/vocabulary", "without a slash at its end")
    return web.web_url(text, "/vocabulary", bare=True)


def _contracts(obj: dict[str, Json]) -> dict[Contract, Deployment]:
    shape.only(obj, tuple(Contract), "/contracts")
    found = {}
    for name in Contract:
        where = f"/contracts/{name}"
        deployment = shape.child(obj, name, "/contracts")
        shape.only(deployment, ("address", "block", "code_sha256"), where)
        found[name] = Deployment(
            octets(deployment, "address", 20, where, prefix="0x"),
            octets(deployment, "code_sha256", 32, where),
            shape.integer(deployment, "block", where),
        )
    return found


def _roots(obj: dict[str, Json]) -> Roots:
    shape.only(obj, ("keys", "threshold"), "/roots")
    texts = shape.texts(obj, "keys", "/roots", minimum=1, maximum=MAX_ROOTS)
    keys = tuple(_key(text, "/roots/keys") for text in texts)
    if len(set(texts)) != len(texts):
        raise Refused("codec.shape", "/roots/keys", "a key is named twice")
    return Roots(keys, shape.integer(obj, "threshold", "/roots", minimum=1, maximum=len(keys)))


def _signatures(items: list[Json]) -> tuple[tuple[PublicKey, bytes], ...]:
    found = []
    for at, item in enumerate(items):
        where = f"/signatures/{at}"
        obj = shape.as_object(item, where)
        shape.only(obj, ("key", "signature"), where)
        signature = base64url.decode(shape.text(obj, "signature", where, maximum=128), where=where)
        found.append((_key(shape.text(obj, "key", where), where), signature))
    return tuple(found)


def _key(text: str, where: str) -> PublicKey:
    key = PublicKey.from_multikey(text, where)
    if key.algorithm.name != ED25519:
        raise Refused("keys.algorithm", where, "Ed25519 is wanted")
    return key


def _hex(octets_: bytes) -> str:
    return f"0x{octets_.hex()}"
