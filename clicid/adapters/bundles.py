"""Bundles on disk: made of what a follower has stored, and followed in the place of a node.

A machine with no network has a file that somebody brings it. `BundledChain` stands where a follower
would: each `sync` looks whether the file is another, and takes it in if it is newer and good. Of a file
that is not, what was known stays, and its age grows.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.adapters import package_data
from clicid.adapters.bundle_memory import Memory, alone
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import NeedKind, Unavailable
from clicid.ledger import bundle, carried, web_files
from clicid.ledger.bundle import BlockName, Bundle, Manifest, Scope
from clicid.ledger.ground import UNPROVEN, Ground, reached
from clicid.ledger.network import NetworkFile
from clicid.ledger.replaced import Recent, Told, kept
from clicid.ledger.view import View
from clicid.status.delta import RULES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clicid.formats.base import Material, Need
    from clicid.keys.public import PublicKey
    from clicid.ledger.blocks import Block
    from clicid.ledger.branch import Branch
    from clicid.ledger.bundle import Rows
    from clicid.ledger.ground import Demands
    from clicid.ledger.web_files import WebFile

MAX_BYTES: Final = bundle.MAX_PACKED + 2 * bundle.MAX_MANIFEST
MAX_RECENT: Final = 1 << 23
"""Most bytes of logs of final blocks that a bundle carries: of a commit a minute, two weeks."""
_NETWORK: Final = "network"


class Stored(NamedTuple):
    """What a follower has stored: the chain as it is known, and of its last final blocks what they said."""

    branch: Branch
    recent: Recent


class Opened(NamedTuple):
    """What a bundle tells: the chain, its last final blocks, and of issuers on no chain the files by URL."""

    branch: Branch
    recent: Recent
    web_files: Mapping[str, WebFile]


def stored(place: Path | str, network: NetworkFile) -> Stored:
    """What a verifier has stored of the chain; one that runs is not disturbed.

    Of a file a copy is read. PostgreSQL is read itself, and so while no verifier keeps its chain there.

    Raises:
        Refused: `ledger.store`.
    """
    if isinstance(place, str):
        with closing(LedgerStore(place, network, RULES)) as store:
            return loaded(store)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chain.db"
        try:
            with (
                closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
        except sqlite3.Error as error:
            raise Refused("ledger.store", str(place), str(error)) from error
        with closing(LedgerStore(copy, network, RULES)) as store:
            return loaded(store)


def loaded(store: LedgerStore) -> Stored:
    """What a store has. Raises Refused `ledger.store` if it is damaged."""
    branch = store.load()
    final = -1 if branch.final is None else branch.final.number
    return Stored(branch, Recent.of(branch, *store.last_blocks(final, most=MAX_RECENT)))


def make(
    known: Stored,
    network: NetworkFile,
    scope: Scope,
    demands: Demands,
    now: datetime,
    *,
    web: Mapping[str, Mapping[str, WebFile]] = MappingProxyType({}),
) -> tuple[Manifest, bytes]:
    """The manifest, to be signed, and the packed parts of a bundle of what is known.

    Args:
        known: What a follower has stored.
        network: Its network file.
        scope: What the bundle shall be about.
        demands: What its maker's policy wants to vouch for the chain. The bundle is as old as the last
            block for which that did, as its maker's own decisions are.
        now: The time now.
        web: The files of issuers on no chain by part and URL. A part is as old as its oldest.

    Raises:
        LocalError: `bundle.empty` while no final block is known.
        Undecided: `chain.proof` and the like if what is known is in doubt, `chain.unproven` or
            `chain.unwitnessed` if nothing has vouched for any of it.
        Refused: `codec.size`.
    """
    branch = known.branch
    head, final = branch.head, branch.final
    if head is None or final is None:
        raise LocalError("bundle.empty")
    ground = reached(branch, demands)
    if ground.doubt or ground.number < 0:
        raise Undecided(ground.doubt or demands.lack(ground.notes) or UNPROVEN)
    branch, scope = replace(branch, ground=ground), carried.widened(branch, scope)
    as_of = datetime.fromtimestamp(ground.time, UTC)
    parts: dict[str, tuple[datetime, Rows]] = {
        _NETWORK: (now, [(_NETWORK, network.to_bytes())]),
        **{name: (as_of, rows) for name, rows in carried.parts(branch, scope).items()},
        carried.RECENT: (as_of, carried.recent_rows(known.recent)),
        **{
            name: (min(file.at for file in files.values()), web_files.rows(files))
            for name, held in web.items()
            if (files := web_files.held_by(held, now))
        },
        **{name: (now, rows) for name, rows in package_data.read_by(network.vocabulary).items()},
    }
    return bundle.pack(
        parts, network=network.digest(), head=_named(head), final=_named(final), scope=scope, made_at=now
    )


def read(path: Path) -> Bundle:
    """A bundle file, still packed.

    Raises:
        LocalError: `config.file` if it cannot be read.
        Refused: As `clicid.ledger.bundle.parse`; `codec.size` for a file of more than `MAX_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refused("codec.size", "", f"more than {MAX_BYTES} bytes")
        return bundle.parse(path.read_bytes())
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error


@dataclass(frozen=True, slots=True)
class Trust:
    """By what a bundle is held.

    Args:
        network: The network file that this machine starts from.
        signers: Whose bundles are taken.
    """

    network: NetworkFile
    signers: Collection[PublicKey]


def opened(found: Bundle, trust: Trust) -> Opened:
    """What is known from a bundle.

    1. Its signer is one that the policy lists.
    2. It is of the network whose file this machine starts from, by the digest and by the file in it.
    3. Its parts are what the signer signed for, and no larger.
    4. Its schemas and contexts are those by which this machine reads, where it has them.

    Raises:
        Refused: `bundle.signer`, `bundle.network`, `bundle.schema`, `bundle.format`, `bundle.digest`,
            `codec.*`, `ledger.store`.
    """
    found.check_signer(trust.signers)  # 1
    if found.manifest.network != trust.network.digest():  # 2
        raise Refused("bundle.network", "/network", found.manifest.network.hex())
    rows = bundle.unpack(found)  # 3
    if [NetworkFile.parse(body).digest() for _, body in rows.get(_NETWORK, [])] != [trust.network.digest()]:
        raise Refused("bundle.network", f"/parts/{_NETWORK}")
    for part, ours in package_data.read_by(trust.network.vocabulary).items():  # 4
        known = dict(ours)
        for url, body in rows.get(part, []):
            if known.get(url, body) != body:
                raise Refused("bundle.schema", f"/parts/{part}", url[:200])
    manifest = found.manifest
    branch = carried.branch_of(
        rows, chain_id=trust.network.chain_id, final=manifest.final, head=manifest.head, rules=RULES
    )
    files = web_files.files(rows)
    if any(file.at > manifest.made_at for file in files.values()):
        raise Refused("bundle.format", "/made_at", "it was made before what is in it was fetched")
    return Opened(branch, carried.recent_of(rows, final=manifest.final.number), files)


class BundledChain:
    """A network's chain as a bundle file tells it. One thread syncs; any may read through `view`.

    Args:
        path: The file; whoever brings a newer one puts it in its place.
        trust: By what it is held.
        memory: A file in which is remembered how far the last bundle reached and what bad news it had,
            also after a restart.
    """

    def __init__(self, path: Path, trust: Trust, memory: Path) -> None:
        self._path = path
        self._trust = trust
        self._memory = memory
        self._seen: tuple[int, int, int] | None = None
        self._branch: Branch | None = None
        self._view: View | None = None
        self._manifest: Manifest | None = None
        self.lock: Final = RLock()
        """Held while a view is read or what is known changes."""
        self.synced_at: datetime | None = None
        """When the bundle was made, by its maker's clock."""
        self.web_files: Mapping[str, WebFile] = {}
        """What it carries of issuers on no chain, by URL."""

    @property
    def head(self) -> Block | None:
        """The last block that the bundle stands for, or None before one was taken in."""
        return None if self._branch is None else self._branch.head

    @property
    def final(self) -> Block | None:
        """The bundle's last final block."""
        return None if self._branch is None else self._branch.final

    @property
    def ground(self) -> Ground:
        """How far it was vouched for where it was made, by the word of whoever signed it."""
        return Ground() if self._branch is None else self._branch.ground

    @property
    def chain_id(self) -> int:
        """The network's EIP-155 chain id."""
        return self._trust.network.chain_id

    def view(self) -> View:
        """What is known. The caller holds `lock` while using it.

        Raises:
            LocalError: `bundle.empty` before a bundle was taken in.
        """
        if self._view is None:
            raise LocalError("bundle.empty")
        return self._view

    def broken_lists(self) -> dict[str, str]:
        """See `View.broken_lists`."""
        with self.lock:
            return self.view().broken_lists()

    def shows(self, view: View, synced_at: datetime | None) -> bool:
        """Whether nothing has changed since a view was got; needs no lock."""
        return self._view is view and self.synced_at is synced_at

    def holds(self, need: Need) -> bool:
        """Whether what is wanted lies in what the bundle is about."""
        scope = Scope() if self._manifest is None else self._manifest.scope
        if need.kind is NeedKind.REGISTRATION:
            return True
        if scope.issuers is not None and (need.subject or need.uri) not in scope.issuers:
            return False
        chosen = {NeedKind.ACCREDITATION: scope.types, NeedKind.STATUS: scope.lists}.get(need.kind)
        return chosen is None or need.uri in chosen

    def sync(self, now: datetime) -> None:
        """Take the file in if it is another than the one that was looked at last.

        A bundle must reach at least as far as the one before it: who replaces a newer one by an older
        takes back what the newer one had revoked. Bad news that was known stays, whether or not the maker
        of this one saw the branch that it was on (`replaced`).

        Raises:
            LocalError: `config.file`.
            Refused: `network.expired`; `bundle.rollback`; what `read` and `opened` raise.
        """
        if now >= self._trust.network.expires:
            raise Refused("network.expired", "", "a newer network file is wanted")
        if self._stamp() == self._seen and self._branch is not None:
            return
        with alone(self._memory):
            seen, found = self._stamp(), read(self._path)
            branch, files = self._taken(found)
        with self.lock:
            self._view = None  # First: from here on nobody is told what was known before.
            self._branch, self._manifest = branch, found.manifest
            self.synced_at = found.manifest.made_at
            self.web_files = files
            self._view = View(branch)
        self._seen = seen

    def _taken(self, found: Bundle) -> tuple[Branch, Mapping[str, WebFile]]:
        """What is known from a bundle and those before it, once it is remembered."""
        before = Memory.load(self._memory, self.chain_id)
        Memory.of(found.manifest).check_after(before)
        branch, recent, files = opened(found, self._trust)
        told = None if before is None else before.told
        if told is not None:
            branch.sticky = kept(told, branch, recent)
        Memory.of(found.manifest, Told.of(branch, recent, told)).save(self._memory)
        return branch, files

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise LocalError("config.file", str(self._path), error.strerror or "") from error
        return found.st_mtime_ns, found.st_size, found.st_ino


class BundledMaterials(LedgerMaterials):
    """A bundle's materials. Of what it is not about it says nothing, rather than that there is nothing."""

    def __init__(self, chain: BundledChain) -> None:
        super().__init__(chain)
        self._bundled = chain

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The material, its source the bundle; `Unavailable` outside the bundle's scope."""
        if not self._bundled.holds(need):
            return Unavailable(now, "the bundle is not about it")
        return super().get(need, now)

    def _source(self, ground: Ground) -> str:
        return f"bundle of {super()._source(ground)}"


@dataclass(frozen=True, slots=True)
class KnownBundle:
    """What an application knows of a chain by bundles; as `known_chain.KnownChain` by a node."""

    network: NetworkFile
    follower: BundledChain
    materials: BundledMaterials

    @classmethod
    def open(cls, path: Path, trust: Trust, memory: Path) -> KnownBundle:
        """A chain by bundles; none is taken in yet."""
        chain = BundledChain(path, trust, memory)
        return cls(trust.network, chain, BundledMaterials(chain))

    def close(self) -> None:
        """Nothing is held open."""


def _named(block: Block) -> BlockName:
    return BlockName(block.number, block.hash, block.time)
