"""The ground the applications stand on: configuration checked, key store, network file and store open.

It is the lower half of the composition root; the commands that need no web application stop here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters import clock, network_files
from clicid.adapters.chain_contracts import NAMES
from clicid.adapters.fetch import Fetcher
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import LocalError
from clicid.keys.algorithms import P256, SECP256K1
from clicid.keys.store import Capability
from clicid.ledger.network import NetworkFile, NetworkKind
from issuer.chain import ChainSettings, StatusRegistry
from issuer.outbox import DirectoryOutbox, GatewayOutbox
from issuer.store.database import Database
from issuer.store.faces import SqlFaces
from issuer.store.person_keys import PersonKeys
from issuer.store.unit import SqlStore
from issuer.usecases.environment import Environment
from issuer.vaults import vault_key

if TYPE_CHECKING:
    from clicid.adapters.chain_transactions import Signer
    from clicid.keys.store import KeyRef, KeyStore
    from issuer.config import Config
    from issuer.usecases.ports import Outbox

DATABASE: Final = "issuer.sqlite"
PERSON_KEYS: Final = "person-keys.sqlite"
FACES: Final = "faces.sqlite"
NETWORK_IN_USE: Final = "network-in-use.json"
_WANTED: Final = {
    Capability.ED25519,
    Capability.P256,
    Capability.SECP256K1_DIGEST,
    Capability.AGREE_P256,
}
_ALL_KINDS: Final = frozenset(NetworkKind)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every command stands on: the open key store, the network, the store, and the way out."""

    config: Config
    keystore: AskarKeyStore
    network: NetworkFile
    database: Database
    faces: SqlFaces
    env: Environment
    registry: StatusRegistry
    web: Fetcher

    def close(self) -> None:
        """Close files and connections."""
        self.web.close()
        self.registry.close()
        self.database.close()
        self.keystore.close()

    @property
    def embedded(self) -> bool:
        """Whether the chain is a sandbox's."""
        return self.network.kind is NetworkKind.EMBEDDED

    @property
    def identity(self) -> bytes:
        """The issuer's 20-byte identity on chain."""
        return bytes.fromhex(self.config.did.rpartition(":0x")[2])


def open_ground(config: Config) -> Ground:
    """Open everything and see that it fits together.

    Raises:
        LocalError: ``config.*``, ``keystore.*``; Refused: ``network.*``.
    """
    network_file = _network(config)
    keystore = AskarKeyStore.open(config.keys.vault, vault_key(config.keys.vault_key_file))
    missing = _WANTED - keystore.capabilities()
    if missing:
        raise LocalError("keystore.capability", detail=", ".join(sorted(missing)))
    wrapping = key_of(keystore, config.keys.wrapping, P256)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(config.data_dir / DATABASE)
    keys = PersonKeys(config.data_dir / PERSON_KEYS, keystore, wrapping, secrets.token_bytes)
    env = Environment(
        store=SqlStore(database, keys, secrets.token_bytes),
        sealer=keys,
        outbox=_outbox(config),
        clock=clock.now,
        random=secrets.token_bytes,
    )
    registry = StatusRegistry(_chain_settings(config, network_file, keystore))
    faces = SqlFaces(config.data_dir / FACES, keys)
    web = Fetcher(allow_loopback_http=config.sandbox)
    return Ground(config, keystore, network_file, database, faces, env, registry, web)


def _network(config: Config) -> NetworkFile:
    memory = config.data_dir / NETWORK_IN_USE
    before = network_files.remembered(memory)
    found = network_files.choose(
        config.network.file, config.network.digest, in_use=before, kinds=_ALL_KINDS, now=clock.now()
    )
    if found.kind is NetworkKind.EMBEDDED and not config.sandbox:
        raise LocalError("config.sandbox", "network.file", "an embedded chain")
    own = found.vocabulary.startswith(f"{config.identifier}/")
    if own and found.vocabulary != f"{config.identifier}/schemas":
        raise LocalError("config.invalid", "identifier", "the network's vocabulary is where we serve nothing")
    if int(config.did.split(":")[2], 16) != found.chain_id:
        raise LocalError("config.invalid", "did", "it lives on another chain than the network file's")
    if found != before:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        network_files.remember(memory, found)
    return found


def key_of(keystore: KeyStore, name: str, algorithm: str) -> KeyRef:
    """A key by the name the configuration gives; LocalError ``config.key`` if it is not there or another."""
    ref = keystore.find(name)
    if ref is None:
        raise LocalError("config.key", name)
    if keystore.public(ref).algorithm.name != algorithm:
        raise LocalError("config.key", name, f"a key of {algorithm} is wanted")
    return ref


def _outbox(config: Config) -> Outbox:
    settings = config.outbox
    if settings.directory is not None and settings.kind == "directory":
        return DirectoryOutbox(settings.directory, secrets.token_bytes)
    if settings.url is None or settings.token_file is None:
        raise LocalError("config.missing", "outbox")
    try:
        token = settings.token_file.read_text("ascii").strip()
    except OSError as error:
        raise LocalError("config.file", str(settings.token_file), error.strerror or "") from None
    return GatewayOutbox(settings.url, token, Fetcher(allow_loopback_http=config.sandbox, allow_private=True))


def _chain_settings(config: Config, found: NetworkFile, keystore: KeyStore) -> ChainSettings:
    def signer(name: str) -> Signer:
        return keystore, key_of(keystore, name, SECP256K1)

    keys = config.keys
    return ChainSettings(
        rpc_url=config.network.rpc[0],
        chain_id=found.chain_id,
        addresses={NAMES[name]: row.address for name, row in found.contracts.items()},
        identity=bytes.fromhex(config.did.rpartition(":0x")[2]),
        payer=signer(keys.payer),
        committer=signer(keys.committer),
        owner=signer(keys.owner) if keys.owner is not None else None,
        seconds=config.network.transaction_seconds,
    )
