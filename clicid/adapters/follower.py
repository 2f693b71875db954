"""Follows the chain: pages of logs in, a branch kept and stored, reorganisations noticed.

The steps of `sync`, with one node after the other until one of them does well; answers of two are
never mixed:

1. The network file has not expired, and the node serves its chain, checkpoint and contracts.
2. The latest block; a node that is behind what is known changes nothing, and age grows.
3. The last known block is still there; otherwise blocks are dropped down to one that is, and their
   bad news kept. A reorganisation below the last final block folds the stored history anew.
4. Pages of final blocks: logs, headers of the blocks that have any, the running hashes compared.
5. Blocks that are not final, one header each, every one standing on the one before.
6. What vouches for all that (`vouching`): only then do the last blocks become final. Until then
   their bad news counts, and nothing else of them.
7. Each page is one transaction of the store.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING, Final

from clicid.adapters.chain_endpoint import LARGEST_PAGE, Endpoint
from clicid.adapters.kept_blocks import KeptBlocks
from clicid.adapters.vouching import Vouching
from clicid.errors import Refused, Undecided
from clicid.ledger.ground import CONTRADICTED, DISPUTED, UNPROVEN, UNWITNESSED, Demands, reached
from clicid.ledger.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.adapters.chain_endpoint import ChainReader
    from clicid.adapters.jsonrpc import Header
    from clicid.adapters.ledger_store import LedgerStore
    from clicid.ledger.blocks import Block
    from clicid.ledger.branch import Branch
    from clicid.ledger.ground import Ground
    from clicid.ledger.network import NetworkFile
    from clicid.ledger.view import Worked

NOTHING_DEMANDED: Final = Demands(proofs=False, witness=False)
MAX_WAITING: Final = 4_096
"""Blocks that wait for somebody to vouch for them. With more, nothing known leads to an acceptance
until somebody does, and then there is no need to keep them apart."""
STALE_SECONDS: Final = 60
"""A latest block so old, and no newer than the one known, makes us ask the next node."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one `sync` did.

    Args:
        head: Number of the last block known.
        head_time: Its time, seconds since 1970.
        final: Number of the last final block, -1 before the first.
        blocks: Blocks taken in: those with logs, pages' ends, and those not final.
        logs: Logs taken in.
        lost: Blocks dropped by a reorganisation.
        behind: Whether the node knows less than we do.
    """

    head: int
    head_time: int
    final: int
    blocks: int = 0
    logs: int = 0
    lost: int = 0
    behind: bool = False


class Follower:
    """Keeps one network's chain in a store. One thread syncs; any may read through `view`.

    Args:
        store: What is known, and where it is kept.
        rpc: The node to ask first.
        network: A network file that was verified.
        confirmations: Blocks above a block for it to be final; 0 trusts every block at once.
        largest_page: Most blocks asked for, and stored in one transaction, at once.
        others: Nodes that stand in for the first one.
        witness: A node of somebody else's, asked for nothing but the hash of the last blocks.
        demands: What must vouch for the chain before what gives trust counts.
    """

    def __init__(
        self,
        store: LedgerStore,
        rpc: ChainReader,
        network: NetworkFile,
        *,
        confirmations: int,
        largest_page: int = LARGEST_PAGE,
        others: Sequence[ChainReader] = (),
        witness: ChainReader | None = None,
        demands: Demands = NOTHING_DEMANDED,
    ) -> None:
        self._store = store
        self._network = network
        self._confirmations = confirmations
        self.endpoints: Final = tuple(Endpoint(reader, network, largest_page) for reader in (rpc, *others))
        """The nodes, in the order given."""
        self._order = list(self.endpoints)
        self._vouching = Vouching(network, witness, demands)
        self._syncing = RLock()
        self.lock: Final = RLock()
        """Held while a view is read or what is known changes."""
        self._branch = store.load()
        self._kept = KeptBlocks(store)
        self._view: View | None = None
        self._worked: Worked | None = None
        self.synced_at: datetime | None = None
        """When the node last confirmed what is known."""

    @property
    def head(self) -> Block | None:
        """The last block known, or None before the first sync."""
        return self._branch.head

    @property
    def final(self) -> Block | None:
        """The last final block, or None before the first."""
        return self._branch.final

    @property
    def ground(self) -> Ground:
        """How far what is known is vouched for. Its block is what the age of materials is counted from."""
        return reached(self._branch, self._vouching.demands)

    @property
    def chain_id(self) -> int:
        """The network's EIP-155 chain id."""
        return self._network.chain_id

    def view(self) -> View:
        """What is known now. The caller holds `lock` while using it."""
        with self.lock:
            if self._view is None:
                self._view = View(self._branch, self._worked)
                self._worked = self._view.worked
            return self._view

    def broken_lists(self) -> dict[str, str]:
        """See `View.broken_lists`."""
        with self.lock:
            return self.view().broken_lists()

    def shows(self, view: View, synced_at: datetime | None) -> bool:
        """Whether nothing has changed since a view was got; needs no lock."""
        return self._view is view and self.synced_at is synced_at

    def sync(self, now: datetime) -> Progress:
        """Catch up with a node. A failure leaves what was known, and its age, as they were.

        Raises:
            Refused: `network.expired`, `network.chain`, `network.checkpoint`, `network.code`,
                `ledger.event`.
            Undecided: `chain.unreachable`, `chain.answer`; `chain.reorganising` if the chain moved
                meanwhile; `ledger.gap`, `chain.proof` if the node keeps logs from us or invents some;
                `chain.witness`, `chain.unwitnessed`, `chain.unproven` if the policy demands what is
                lacking. Of several nodes' failures it is the first one's.
            LocalError: `ledger.write` if what was learnt could not be stored; it counts all the same.
        """
        with self._syncing:
            if now >= self._network.expires:
                raise Refused("network.expired", "", "a newer network file is wanted")
            failure: Refused | Undecided | None = None
            settled: Progress | None = None
            for endpoint in list(self._order):
                try:
                    progress, is_stale = self._sync(endpoint, now)
                except (Refused, Undecided) as error:
                    endpoint.done(error.code)
                    failure = failure or error
                    continue
                endpoint.done("behind" if is_stale else "")
                settled = settled or progress
                if not is_stale:
                    self._order.remove(endpoint)
                    self._order.insert(0, endpoint)
                    settled = progress
                    break
            if settled is None:
                raise failure or Undecided("chain.unreachable")
            if self._vouching.demands.lack(self._branch.ground.notes):
                raise Undecided(UNWITNESSED)
            return settled

    def _sync(self, endpoint: Endpoint, now: datetime) -> tuple[Progress, bool]:
        """What a sync with one node did, and whether another one may well know more."""
        endpoint.check()
        latest = endpoint.latest()
        known = self.head
        if known is not None and latest.number < known.number and self._has(latest):
            return self._progress(behind=True), True
        is_old = now.timestamp() - latest.time > STALE_SECONDS
        is_stale = is_old and known is not None and latest.number <= known.number
        lost = self._find_fork(endpoint, latest)
        contradicted = self._branch.ground.doubt == CONTRADICTED
        run = None if contradicted else self._go_on(endpoint, latest)
        if run is None:
            if endpoint.rests:
                self._doubt("ledger.gap")
            with endpoint.reading_anew(CONTRADICTED if contradicted else "ledger.gap"):
                run = self._read_anew(endpoint, latest)
        endpoint.holds()
        if self._vouching.demands.lack(self._branch.ground.notes) == UNPROVEN:
            raise Undecided(UNPROVEN)
        self.synced_at = now
        return self._progress(blocks=len(run.added), logs=run.logs, lost=lost), is_stale

    def _progress(self, *, blocks: int = 0, logs: int = 0, lost: int = 0, behind: bool = False) -> Progress:
        head, final = self._branch.head, self._branch.final
        return Progress(
            head=-1 if head is None else head.number,
            head_time=0 if head is None else head.time,
            final=-1 if final is None else final.number,
            blocks=blocks,
            logs=logs,
            lost=lost,
            behind=behind,
        )

    # Steps 2 and 3 ------------------------------------------------------------------------------

    def _has(self, header: Header) -> bool:
        """Whether a header is on the known chain, as far as that can be told."""
        branch = self._branch
        if branch.final is not None and header.number < branch.final.number:
            return True  # below what is final nothing is compared until the node is past it
        known = [branch.final, *(pending.block for pending in branch.pending)]
        return any(block is not None and block.hash == header.hash for block in known)

    def _find_fork(self, endpoint: Endpoint, latest: Header) -> int:
        """Drop what the node no longer has; the number of blocks dropped."""
        branch = self._branch
        for block in [pending.block for pending in reversed(branch.pending)]:
            if endpoint.stands(block, latest):
                return self._drop_after(block.number)
        if branch.final is None:
            return self._drop_after(-1)
        if endpoint.stands(branch.final, latest):
            return self._drop_after(branch.final.number)
        return self._fold_anew(endpoint, latest)

    def _drop_after(self, number: int) -> int:
        with self.lock:
            self._view = None  # First: from here on nobody is told what was known before.
            lost = self._branch.drop_after(number)
            if lost:
                self._vouching.forget_after(number)
                self._kept.change(self._branch, [], lost_after=number)
        return len(lost)

    def _fold_anew(self, endpoint: Endpoint, latest: Header) -> int:
        """A reorganisation below the last final block: fold what still stands, keep lost bad news."""
        known = self._kept.blocks()
        standing = next((block.number for block in reversed(known) if endpoint.stands(block, latest)), -1)
        branch = self._store.fresh()
        branch.sticky, branch.ground = deepcopy(self._branch.sticky), self._branch.ground
        for block in known:
            branch.extend(block)
            if block.number <= standing:
                branch.finalise(block.number)
        lost = branch.drop_after(standing)
        self._vouching.forget_after(standing)
        self._put(branch, [block for block in known if block.number <= standing])
        return len(lost)

    def _read_anew(self, endpoint: Endpoint, latest: Header) -> _Run:
        """A gap: read everything again. What is proven counts; else only if it lacks nothing known."""
        run = _Run(self._store.fresh())
        run.branch.sticky = deepcopy(self._branch.sticky)
        self._advance(endpoint, run, latest, save=False)
        final = latest.number - self._confirmations
        run.branch.ground = self._vouching.look(endpoint.reader, run.branch, latest, final)
        if UNPROVEN in run.branch.ground.notes:
            if self._branch.ground.doubt == CONTRADICTED:
                raise Undecided(CONTRADICTED, "", "what was contradicted is not proven now")
            self._must_lack_nothing(run.branch)
        lacking = self._vouching.demands.lack(run.branch.ground.notes)
        if lacking:
            raise Undecided(lacking)  # what was known stands as it did, in doubt or growing old
        run.branch.finalise(self._may_be_final(run.branch, final))
        self._put(run.branch, run.added)
        return run

    def _doubt(self, code: str) -> None:
        """Accept nothing until what is left out was looked for: it may be a revocation."""
        if not self._branch.ground.doubt:
            self._branch.ground = replace(self._branch.ground, doubt=code)
            self._take(_Run(self._branch), [], final=-1, save=True)

    def _must_lack_nothing(self, branch: Branch) -> None:
        heads = branch.heads()
        for subject, head in self._branch.heads().items():
            if subject not in heads or heads[subject].version < head.version:
                raise Undecided("ledger.gap", subject[0], "less than was known before")

    def _put(self, branch: Branch, blocks: list[Block]) -> None:
        with self.lock:
            self._branch, self._view = branch, None
            self._kept.replace(branch, blocks)

    # Steps 4 to 7 -------------------------------------------------------------------------------

    def _go_on(self, endpoint: Endpoint, latest: Header) -> _Run | None:
        """From what is known to the latest block; None for a gap."""
        run = _Run(self._branch)
        try:
            self._advance(endpoint, run, latest, save=True)
            self._settle(endpoint, run, latest)
        except Undecided as error:
            if error.code != "ledger.gap":
                raise
            return None
        return run

    def _advance(self, endpoint: Endpoint, run: _Run, latest: Header, *, save: bool) -> None:
        """Take in all up to the latest block. The last page of final blocks is not made final yet."""
        head = run.branch.head
        start = self._network.start_block() if head is None else head.number + 1
        final = latest.number - self._confirmations
        while start <= final:
            last, logs = endpoint.page(start, final)
            if last < final:
                self._come_along(run)
            self._take(
                run, endpoint.blocks(logs, {*logs, last}), final=last if last < final else -1, save=save
            )
            start = last + 1
        while start <= latest.number:
            last, logs = endpoint.page(start, latest.number)
            self._take(run, endpoint.blocks(logs, range(start, last + 1)), final=-1, save=save)
            start = last + 1

    def _come_along(self, run: _Run) -> None:
        """Pages before the last are folded before anything vouches for them: until then they are in doubt."""
        if self._vouching.demands and not run.branch.ground.doubt:
            run.branch.ground = replace(run.branch.ground, doubt=UNPROVEN)

    def _settle(self, endpoint: Endpoint, run: _Run, latest: Header) -> None:
        """What vouches for the branch now, and what of it is final with that."""
        branch, final = run.branch, latest.number - self._confirmations
        try:
            ground = self._vouching.look(endpoint.reader, branch, latest, final)
        except Undecided as error:
            if error.code in _DOUBTS:
                branch.ground = replace(branch.ground, doubt=error.code)
                self._take(run, [], final=final, save=True)
            raise
        lacking = self._vouching.demands.lack(ground.notes)
        if lacking and (branch.ground.doubt or len(branch.pending) > MAX_WAITING):
            ground = replace(ground, doubt=lacking)
        before, branch.ground = branch.ground, ground
        changed = (ground.doubt, ground.notes) != (before.doubt, before.notes)
        may_be_final = self._may_be_final(branch, final)
        if changed or (branch.pending and branch.pending[0].block.number <= may_be_final):
            self._take(run, [], final=may_be_final, save=True)

    def _may_be_final(self, branch: Branch, final: int) -> int:
        """The last block whose good news may count: vouched for, or useless while all is in doubt."""
        if self._vouching.demands and not branch.ground.doubt:
            return min(final, branch.ground.number)
        return final

    def _take(self, run: _Run, blocks: list[Block], *, final: int, save: bool) -> None:
        with self.lock:
            if save:
                self._view = None  # First: from here on nobody is told what was known before.
            run.branch.extend(*blocks)
            run.branch.finalise(final)
            run.added += blocks
            if save:
                self._kept.change(self._branch, blocks)


_DOUBTS: Final = frozenset({CONTRADICTED, DISPUTED})


@dataclass(slots=True)
class _Run:
    """A branch being extended, and the blocks added to it."""

    branch: Branch
    added: list[Block] = field(default_factory=list)

    @property
    def logs(self) -> int:
        return sum(len(block.logs) for block in self.added)
