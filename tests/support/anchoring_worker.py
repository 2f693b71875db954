"""An anchoring worker in a process of its own, to be killed."""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from clicid.adapters import clock
from clicid.adapters.chain_transactions import address_of
from clicid.errors import ClicidError
from clicid.keys.algorithms import P256, SECP256K1
from issuer.chain import ChainSettings, StatusRegistry
from issuer.outbox import DirectoryOutbox
from issuer.store.database import Database
from issuer.store.person_keys import PersonKeys
from issuer.store.unit import SqlStore
from issuer.usecases.anchoring import Anchoring
from issuer.usecases.environment import Environment
from issuer.usecases.funds import Funds
from issuer.usecases.pace import Pace
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer

DATABASE = "issuer.sqlite"
MAX_FEE = 10**12


@dataclass(frozen=True)
class Place:
    """Where database and chain are."""

    folder: Path
    rpc: str
    chain_id: int
    addresses: Mapping[str, bytes]

    def environment(self) -> tuple[Environment, Database]:
        """The store with the keys of its own."""
        database, store = Database(self.folder / DATABASE), MemoryKeyStore(b"anchoring worker")
        keys = PersonKeys(
            self.folder / "keys.sqlite", store, store.generate(P256, "wrapping"), secrets.token_bytes
        )
        env = Environment(
            store=SqlStore(database, keys, secrets.token_bytes),
            sealer=keys,
            outbox=DirectoryOutbox(self.folder / "outbox", secrets.token_bytes),
            clock=clock.now,
            random=secrets.token_bytes,
        )
        return env, database

    def registry(self) -> StatusRegistry:
        """The contract, with the keys of the issuer that every process makes alike."""
        return StatusRegistry(
            ChainSettings(
                rpc_url=self.rpc,
                chain_id=self.chain_id,
                addresses=self.addresses,
                identity=address("owner"),
                payer=signer("payer"),
                committer=signer("committer"),
                owner=signer("owner"),
                seconds=30,
            )
        )


def signer(role: str) -> Signer:
    """A key that is the same in every process."""
    store = MemoryKeyStore(b"anchoring " + role.encode())
    return store, store.generate(SECP256K1, role)


def address(role: str) -> bytes:
    """The account of a role."""
    store, ref = signer(role)
    return address_of(store.public(ref))


def worker(registry: StatusRegistry, env: Environment) -> Anchoring:
    """The worker over a contract and a store."""

    def tell(url: str, error: ClicidError) -> None:
        sys.stderr.write(f"{url}: {error}\n")

    funds = Funds(registry, max_fee=MAX_FEE, refuse_below=0, alarm_below=1, tell=tell)
    pace = Pace(2, timedelta(seconds=5), MAX_FEE, timedelta(hours=1))
    return Anchoring(env, registry, address("owner"), pace, funds=funds, trouble=tell)


def run(place: Place) -> None:
    """Work until killed."""
    env, _ = place.environment()
    working = worker(place.registry(), env)
    while True:
        try:
            working.run_once()
        except ClicidError as error:
            sys.stderr.write(f"{error}\n")
        time.sleep(0.02)
