"""What an operator's monitoring is told: whether what is revoked gets to the chain, and who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters.metrics import Exposed, by_code, gauge, gauges
from clicid.errors import ClicidError
from issuer.usecases.indexes import left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from issuer.http.refusals import Refusals
    from issuer.usecases.environment import Environment
    from issuer.usecases.funds import Funds
    from issuer.usecases.tally import Tally


class Metrics(Exposed):
    """The issuer's metrics. Nothing of a person is in them; lists are told by their URLs.

    Args:
        env: Store and time.
        funds: The payer's account.
        tally: What the worker has come to.
        refusals: What requests were refused for.
    """

    def __init__(self, env: Environment, funds: Funds, tally: Tally, refusals: Refusals) -> None:
        super().__init__()
        self._env = env
        self._funds = funds
        self._tally = tally
        self._refusals = refusals

    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` asks for them."""
        yield from self._account()
        yield from self._lists()
        yield from self._worker()
        yield from self._reviews()
        what = "Requests that were refused, by reason"
        yield by_code("issuer_refusals", what, self._refusals.counts())

    def _account(self) -> Iterator[Metric]:
        """Of a balance that the node does not tell there is none: an old one would look like a good one."""
        try:
            balance = self._funds.measure()
        except ClicidError:
            yield gauge("issuer_chain_reachable", "A node told the payer's balance", value=False)
            return
        yield gauge("issuer_chain_reachable", "A node told the payer's balance", value=True)
        yield gauge("issuer_balance_wei", "What the payer's account holds", balance.wei)
        what = "How many single revocations that pays for, each at the highest fee"
        yield gauge("issuer_revocations_left", what, balance.revocations)

    def _lists(self) -> Iterator[Metric]:
        now = self._env.now()
        with self._env.store.reading() as tx:
            lists = tx.statuses.lists()
            opened = {row.url: tx.statuses.requested(row.id) for row in lists}
            since = {row.url: tx.statuses.requested_since(row.id) for row in lists}
            under_way = {row.url: len(tx.statuses.under_way(row.id)) for row in lists}
        ages = {url: 0.0 if at is None else (now - at).total_seconds() for url, at in since.items()}
        for name, what, values in (
            ("indexes_left", "Indexes that can still be given out", {row.url: left(row) for row in lists}),
            ("open_changes", "Entries that differ from what stands on chain", opened),
            ("open_oldest_seconds", "How long the oldest of them waits, 0 without any", ages),
            ("versions_under_way", "Versions that are written down and not final", under_way),
        ):
            yield gauges(f"issuer_list_{name}", what, ["list"], (((url,), n) for url, n in values.items()))

    def _reviews(self) -> Iterator[Metric]:
        with self._env.store.reading() as tx:
            count, first = tx.sessions.queue()
        age = 0.0 if first is None else (self._env.now() - first).total_seconds()
        yield gauge("issuer_reviews_waiting", "Onboardings that wait for a person to decide", count)
        yield gauge(
            "issuer_reviews_oldest_seconds", "How long the first of them has waited, 0 without any", age
        )

    def _worker(self) -> Iterator[Metric]:
        last = self._tally.last_success
        what = "When this process's worker last had no trouble, 0 for never"
        yield gauge("issuer_anchoring_last_success_time_seconds", what, last.timestamp() if last else 0)
        yield by_code("issuer_anchoring_troubles", "What troubles it had", self._tally.troubles)
