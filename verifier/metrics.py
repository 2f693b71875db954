"""What an operator's monitoring asks for, in Prometheus's text format; read off at the time of asking."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from clicid.ledger.ground import UNPROVEN, UNWITNESSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from prometheus_client import Metric

    from clicid.adapters.chain_endpoint import Endpoint
    from verifier.refresh.following import Following

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The verifier's metrics. Nodes are told by their place in the configuration: an address may hold a key.

    Args:
        following: How the chain is followed.
        endpoints: The nodes; none for a verifier with a bundle.
        disagreements: How often a signed list disagreed with the anchored one, by reason code.
        clock: The time.
    """

    def __init__(
        self,
        following: Following,
        endpoints: Sequence[Endpoint],
        disagreements: Mapping[str, int],
        clock: Callable[[], datetime],
    ) -> None:
        self._following = following
        self._endpoints = endpoints
        self._disagreements = disagreements
        self._clock = clock
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """All of them."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` asks for them."""
        yield from self._chain()
        yield from self._syncs()
        yield from self._nodes()
        yield from self._trust()

    def _chain(self) -> Iterator[Metric]:
        followed = self._following.followed
        head, final, ground = followed.head, followed.final, followed.ground
        yield _gauge("head_block", "Last block known", -1 if head is None else head.number)
        yield _gauge("final_block", "Last final block", -1 if final is None else final.number)
        yield _gauge("vouched_block", "Last block vouched for: what is decided by", ground.number)
        if ground.number >= 0:
            age = self._clock().timestamp() - ground.time
            yield _gauge("age_seconds", "Age of the block that is decided by", age)
        heads = [endpoint.head for endpoint in self._endpoints if endpoint.head >= 0]
        if heads:
            behind = max(max(heads) - ground.number, 0)
            yield _gauge("lag_blocks", "Blocks between it and the newest that a node gave", behind)

    def _syncs(self) -> Iterator[Metric]:
        tally = self._following.tally
        yield _counter("syncs", "Looks at the chain that ended well", tally.syncs)
        failures = CounterMetricFamily("clicid_chain_sync_failures", "Those that failed", labels=["code"])
        for code, count in sorted(tally.failures.copy().items()):
            failures.add_metric([code], count)
        yield failures
        yield _gauge("last_success_time_seconds", "When one last ended well", tally.last_success)
        yield _counter("reorganisations", "Times that blocks were lost", tally.reorganisations)
        yield _gauge("reorganisation_deepest_blocks", "Most blocks lost at once", tally.deepest)

    def _nodes(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("clicid_chain_endpoint_up", "The last look did well", labels=["endpoint"])
        heads = GaugeMetricFamily("clicid_chain_endpoint_head_block", "Its latest block", labels=["endpoint"])
        pauses = GaugeMetricFamily(
            "clicid_chain_endpoint_pause_seconds", "Until all is read anew from it", labels=["endpoint"]
        )
        for at, endpoint in enumerate(self._endpoints):
            up.add_metric([str(at)], not endpoint.trouble)
            heads.add_metric([str(at)], endpoint.head)
            pauses.add_metric([str(at)], endpoint.pause)
        yield from (up, heads, pauses)

    def _trust(self) -> Iterator[Metric]:
        ground = self._following.followed.ground
        yield _gauge("proven", "State proofs vouch for what is known", UNPROVEN not in ground.notes)
        yield _gauge("witnessed", "The witness has the same block", UNWITNESSED not in ground.notes)
        yield _gauge("in_doubt", "Nothing may be accepted by what is known", bool(ground.doubt))
        broken = GaugeMetricFamily("clicid_lists_broken", "Lists that accept nothing", labels=["code"])
        for code, count in sorted(Counter(self._following.health().broken_lists.values()).items()):
            broken.add_metric([code], count)
        yield broken
        disagreements = CounterMetricFamily(
            "clicid_lists_disagreements", "Signed lists found to disagree with the chain", labels=["code"]
        )
        for code, count in sorted(self._disagreements.items()):
            disagreements.add_metric([code], count)
        yield disagreements


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"clicid_chain_{name}", what, value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"clicid_chain_{name}", what, value)
