"""Versions on their way to the chain: written down, sent, in a block, final.

One process at a time sends; the store's lock sees to it. A transaction is kept before it is sent, so
that after a crash its nonce and hash are known: it is sent again, or found in its block. Every round
looks at everything anew, and no state is kept in memory.

    prepared -> sent -> in_block -> final
    sent -> prepared      another transaction took the nonce
    in_block -> sent      a reorganisation took the block
    final -> prepared     the chain lost what was final; told loudly

Several lists are under way at once, one version of each: the next one builds on the last.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError, LocalError, Refused, Undecided
from clicid.status import rows
from issuer.usecases import publication
from issuer.usecases.records import BatchState, Sending
from issuer.usecases.status_chain import Commit, NonceTakenError
from issuer.usecases.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from issuer.usecases.environment import Environment
    from issuer.usecases.funds import Funds
    from issuer.usecases.pace import Pace
    from issuer.usecases.records import Batch, ListRow
    from issuer.usecases.status_chain import Fees, Market, StatusChain


class Anchoring:
    """Brings written versions to the chain.

    Args:
        env: Store, time.
        chain: The StatusRegistry and the payer's account.
        identity: The issuer's 20-byte identity.
        pace: Patience and prices.
        funds: Told of the balance.
        trouble: Told of what went wrong: (list URL, or empty for the account; error).
    """

    def __init__(
        self,
        env: Environment,
        chain: StatusChain,
        identity: bytes,
        pace: Pace,
        *,
        funds: Funds,
        trouble: Callable[[str, ClicidError], None],
    ) -> None:
        self._env = env
        self._chain = chain
        self._identity = identity
        self._pace = pace
        self._funds = funds
        self._tell = trouble
        self.tally: Final = Tally()
        """What the rounds of this process have come to."""

    def run_once(self) -> int:
        """Do what can be done now; gives the number of versions that newly stand in a block.

        Raises:
            Undecided: ``chain.unreachable``.
        """
        count, before = 0, self.tally.troubles.total()
        with self._env.store.anchoring() as mine:
            busy = mine
            while busy:
                try:
                    moved, sent = self._round()
                except ClicidError as error:
                    self.tally.troubles[error.code] += 1
                    raise
                count += moved
                busy = moved + sent > 0
        if mine and self.tally.troubles.total() == before:
            self.tally.last_success = self._env.now()
        return count

    def _trouble(self, url: str, error: ClicidError) -> None:
        self.tally.troubles[error.code] += 1
        self._tell(url, error)

    def _round(self) -> tuple[int, int]:
        """How many versions newly stand in a block, and how many were sent."""
        with self._env.store.reading() as tx:
            lists = tx.statuses.lists()
        market, moved, sent = self._chain.market(), 0, 0
        self._funds.note(market.balance)
        standing: dict[str, int] = {}
        for row in lists:
            with self._apart(row.url):
                standing[row.id], newly = self._follow(row, market)
                moved += newly
        with self._apart(""):
            # One transaction that the node does not take would leave a gap below all later ones.
            if self._keep_waiting(market):
                for row in (one for one in lists if one.id in standing):
                    with self._apart(row.url):
                        sent += self._advance(row, standing[row.id], market)
                self._close_gap(market)
        return moved, sent

    @contextmanager
    def _apart(self, url: str) -> Iterator[None]:
        """Trouble with one list does not stop the others."""
        try:
            yield
        except ClicidError as error:
            self._trouble(url, error)

    def _follow(self, row: ListRow, market: Market) -> tuple[int, int]:
        """See where versions are; gives the last one that stands, and how many newly stand in a block."""
        standing = self._chain.version(rows.list_id(self._identity, row.url))
        if standing is None:
            raise LocalError("publication.diverged", row.url, "no such list")
        with self._env.store.writing() as tx:
            tx.statuses.seen(row.id)
            gone = tx.statuses.reopen(row.id, standing)
            under_way = tx.statuses.under_way(row.id)
        if gone:
            self._trouble(
                row.url, LocalError("publication.diverged", row.url, f"{gone} final versions are gone")
            )
        found = [self._follow_one(row, batch, standing, market) for batch in under_way]
        here = [batch.version for batch, state in zip(under_way, found, strict=True) if state]
        moved = sum(
            bool(state) and batch.state is not BatchState.IN_BLOCK
            for batch, state in zip(under_way, found, strict=True)
        )
        return max([standing, *here]), moved

    def _follow_one(self, row: ListRow, batch: Batch, standing: int, market: Market) -> bool:
        """Whether the version stands in a block."""
        with self._env.store.reading() as tx:
            sendings = tx.statuses.sendings(batch.list_id, batch.version)
        for sending in sendings:
            found = self._chain.find(sending.hash)
            if found and found.done:
                self._stands(batch, sending.hash, found.block, market.head)
                return True
            if found and sending.alive:
                self._lost(sending)
                raise Refused("chain.reverted", row.url, f"version {batch.version}, block {found.block}")
        # Of what was final the hash is kept. Nodes may put what a reorganisation took into a later block.
        before = bytes.fromhex(batch.transaction.removeprefix("0x"))
        again = self._chain.find(before) if before else None
        if again and again.done:
            self._stands(batch, before, again.block, market.head)
            return True
        alive = any(one.alive for one in sendings)
        if batch.state is BatchState.IN_BLOCK:  # a reorganisation took it
            with self._env.store.writing() as tx:
                back = BatchState.SENT if alive else BatchState.PREPARED
                tx.statuses.set_batch(batch.list_id, batch.version, back)
        elif batch.version <= standing and not alive:
            raise LocalError(
                "publication.diverged", row.url, f"version {batch.version} stands, and is not ours"
            )
        return False

    def _stands(self, batch: Batch, hash_: bytes, block: int, head: int) -> None:
        with self._env.store.writing() as tx:
            if batch.state is not BatchState.IN_BLOCK or batch.block != block:
                tx.statuses.in_block(batch, f"0x{hash_.hex()}", block)
            if head >= block + self._pace.confirmations:
                tx.statuses.final(batch.list_id, batch.version)

    def _keep_waiting(self, market: Market) -> bool:
        """Send again what the node forgot, and a dearer one for what is stuck; True if all of it waits."""
        with self._env.store.reading() as tx:
            waiting = tx.statuses.waiting()
        kept = []
        for sending in waiting:
            try:
                if not self._give(sending):
                    return False
            except LocalError:
                # A full pool lets go of what is cheap, and does not take it again.
                if not self._bid(sending, market):
                    raise
            else:
                kept.append(sending)
        for sending in kept:
            if self._is_next(sending, market) and not self._bid(sending, market):
                self._trouble("", Undecided("chain.pending", "", f"0x{sending.hash.hex()}"))
        return True

    def _bid(self, sending: Sending, market: Market) -> bool:
        """Put a dearer one in its place; False if it has not waited long, or if it is not the price.

        Raises:
            Undecided: ``chain.fee_cap``.
        """
        fees = self._pace.dearer(sending, market) if self._is_next(sending, market) else None
        if fees is None:
            return False
        self._replace(sending, sending.nonce, fees)
        return True

    def _close_gap(self, market: Market) -> None:
        """Take the place of a transaction that nobody sends any more and that all others wait for.

        A command that sends with this account may have died before its transaction was in a block, and
        the node may have forgotten it.
        """
        with self._env.store.reading() as tx:
            waiting = tx.statuses.waiting()
        if waiting and waiting[0].nonce > market.next_nonce and self._is_stuck(waiting[0]):
            # The contract takes a list's versions in order, whatever nonces they have come to.
            first = min(waiting, key=lambda one: (one.list_id, one.version))
            self._replace(first, market.next_nonce, self._pace.fees(market))

    def _is_next(self, sending: Sending, market: Market) -> bool:
        """Whether it has waited long, and for no other transaction of this account."""
        return sending.nonce == market.mined and self._is_stuck(sending)

    def _is_stuck(self, sending: Sending) -> bool:
        # Whichever way: it may have been sent by a clock that was ahead.
        return abs(self._env.now() - sending.at) >= self._pace.stuck

    def _replace(self, sending: Sending, nonce: int, fees: Fees) -> None:
        with self._env.store.reading() as tx:
            (row,) = (one for one in tx.statuses.lists() if one.id == sending.list_id)
            (batch,) = (one for one in tx.statuses.under_way(row.id) if one.version == sending.version)
        self._sign_and_send(row, batch, nonce, fees)

    def _advance(self, row: ListRow, standing: int, market: Market) -> bool:
        """Send the list's next version, if there is one and none is being sent."""
        with self._env.store.writing() as tx:
            under_way = [one for one in tx.statuses.under_way(row.id) if one.state is not BatchState.IN_BLOCK]
            if not under_way:
                self._pace.cadence.release(tx, row, self._env.now(), self._env.random)
            batch = (
                under_way[0]
                if under_way
                else publication.prepare(
                    tx, row, self._identity, standing + 1, self._env.now(), roots=self._pace.roots
                )
            )
            waiting = tx.statuses.waiting()
        if batch is None or batch.state is BatchState.SENT:
            return False
        if batch.version != standing + 1:
            raise LocalError("publication.diverged", row.url, f"at {standing}, wanted {batch.version - 1}")
        taken = {one.nonce for one in waiting}
        # The first that is free, not the one after the last: a deep reorganisation may leave a gap.
        nonce = next(one for one in itertools.count(market.next_nonce) if one not in taken)
        self._sign_and_send(row, batch, nonce, self._pace.fees(market))
        return True

    def _sign_and_send(self, row: ListRow, batch: Batch, nonce: int, fees: Fees) -> None:
        commit = Commit(
            rows.list_id(self._identity, row.url),
            batch.version,
            publication.encoded(batch),
            batch.digest,
            batch.root,
        )
        hash_, raw = self._chain.sign(commit, nonce, fees)
        sending = Sending(
            hash=hash_,
            list_id=batch.list_id,
            version=batch.version,
            nonce=nonce,
            tip=fees.tip,
            max_fee=fees.max_fee,
            raw=raw,
            at=self._env.now(),
        )
        with self._env.store.writing() as tx:
            tx.statuses.put_sending(sending)
        self._give(sending)

    def _give(self, sending: Sending) -> bool:
        """Let the node have a transaction; False if another one took its nonce."""
        try:
            self._chain.send(sending.hash, sending.raw)
        except NonceTakenError:
            self._lost(sending)
            return False
        return True

    def _lost(self, sending: Sending) -> None:
        # Ours or a stranger's is in its place. If it was ours, the next round finds it in its block.
        with self._env.store.writing() as tx:
            tx.statuses.lost(sending.hash)
            if not any(one.alive for one in tx.statuses.sendings(sending.list_id, sending.version)):
                tx.statuses.set_batch(sending.list_id, sending.version, BatchState.PREPARED)
