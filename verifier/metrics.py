"""What an operator's monitoring is told of the verifier."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clicid.adapters.metrics import Exposed, by_code, counter, gauge, gauges
from clicid.ledger.ground import UNPROVEN, UNWITNESSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from prometheus_client import Metric

    from clicid.adapters.chain_endpoint import Endpoint
    from verifier.refresh.following import Following
    from verifier.refresh.named import NamedMaterials


class Metrics(Exposed):
    """The verifier's metrics. Nodes are told by their place in the configuration: an address may hold a key.

    Args:
        following: How the chain is followed.
        endpoints: The nodes; none for a verifier with a bundle.
        disagreements: How often a signed list disagreed with the anchored one, by reason code.
        named: What is known of issuers by name.
        clock: The time.
    """

    def __init__(
        self,
        following: Following,
        endpoints: Sequence[Endpoint],
        disagreements: Mapping[str, int],
        named: NamedMaterials,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._following = following
        self._endpoints = endpoints
        self._disagreements = disagreements
        self._named = named
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` asks for them."""
        yield from self._chain()
        yield from self._syncs()
        yield from self._nodes()
        yield from self._trust()
        yield from self._by_name()

    def _chain(self) -> Iterator[Metric]:
        followed = self._following.followed
        head, final, ground = followed.head, followed.final, followed.ground
        yield gauge("chain_head_block", "Last block known", -1 if head is None else head.number)
        yield gauge("chain_final_block", "Last final block", -1 if final is None else final.number)
        yield gauge("chain_vouched_block", "Last block vouched for: what is decided by", ground.number)
        if ground.number >= 0:
            age = self._clock().timestamp() - ground.time
            yield gauge("chain_age_seconds", "Age of the block that is decided by", age)
        heads = [endpoint.head for endpoint in self._endpoints if endpoint.head >= 0]
        if heads:
            behind = max(max(heads) - ground.number, 0)
            yield gauge("chain_lag_blocks", "Blocks between it and the newest that a node gave", behind)

    def _syncs(self) -> Iterator[Metric]:
        tally = self._following.tally
        yield counter("chain_syncs", "Looks at the chain that ended well", tally.syncs)
        yield by_code("chain_sync_failures", "Those that failed", tally.failures)
        yield gauge("chain_last_success_time_seconds", "When one last ended well", tally.last_success)
        yield counter("chain_reorganisations", "Times that blocks were lost", tally.reorganisations)
        yield gauge("chain_reorganisation_deepest_blocks", "Most blocks lost at once", tally.deepest)

    def _nodes(self) -> Iterator[Metric]:
        nodes = [((str(at),), endpoint) for at, endpoint in enumerate(self._endpoints)]
        for name, what, value in (
            ("up", "The last look did well", lambda endpoint: not endpoint.trouble),
            ("head_block", "Its latest block", lambda endpoint: endpoint.head),
            ("pause_seconds", "Until all is read anew from it", lambda endpoint: endpoint.pause),
        ):
            rows = ((at, value(endpoint)) for at, endpoint in nodes)
            yield gauges(f"chain_endpoint_{name}", what, ["endpoint"], rows)

    def _trust(self) -> Iterator[Metric]:
        ground = self._following.followed.ground
        yield gauge("chain_proven", "State proofs vouch for what is known", UNPROVEN not in ground.notes)
        yield gauge("chain_witnessed", "The witness has the same block", UNWITNESSED not in ground.notes)
        yield gauge("chain_in_doubt", "Nothing may be accepted by what is known", bool(ground.doubt))
        broken = Counter(self._following.health().broken_lists.values())
        rows = (((code,), count) for code, count in sorted(broken.items()))
        yield gauges("lists_broken", "Lists that accept nothing", ["code"], rows)
        yield by_code(
            "lists_disagreements", "Signed lists found to disagree with the chain", self._disagreements
        )

    def _by_name(self) -> Iterator[Metric]:
        """Of each document and list of an issuer by name; of a document `list` is empty."""
        now, labels = self._clock(), ["issuer", "list"]
        states = [((one.did, one.url), one) for one in self._named.states()]
        up = ((whose, one.fetched_at is not None and not one.trouble) for whose, one in states)
        yield gauges("named_up", "It was fetched and taken the last time", labels, up)
        last = ((whose, one.fetched_at.timestamp() if one.fetched_at else 0) for whose, one in states)
        yield gauges("named_last_success_time_seconds", "When it last was, 0 for never", labels, last)
        aged = [(whose, one.as_of) for whose, one in states if one.as_of is not None]
        ages = ((whose, (now - as_of).total_seconds()) for whose, as_of in aged)
        yield gauges("named_age_seconds", "Age of what is decided by", labels, ages)
