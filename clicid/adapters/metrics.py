"""Metrics in Prometheus's text format, read off at the time of asking."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prometheus_client import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Exposed(ABC):
    """What an application tells its operator's monitoring."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """All of them."""
        return generate_latest(self._registry)

    @abstractmethod
    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` asks for them."""


def gauge(name: str, what: str, value: float) -> Metric:
    """A value that goes up and down; ``clicid_`` is put before its name."""
    return GaugeMetricFamily(f"clicid_{name}", what, value)


def counter(name: str, what: str, value: float) -> Metric:
    """A number of times since the start; ``_total`` is put behind its name besides."""
    return CounterMetricFamily(f"clicid_{name}", what, value)


def gauges(
    name: str, what: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    """The same gauge of several things, told apart by their labels' values."""
    family = GaugeMetricFamily(f"clicid_{name}", what, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def by_code(name: str, what: str, counts: Mapping[str, int]) -> Metric:
    """A counter for each reason code. The counts may grow in another thread meanwhile."""
    family = CounterMetricFamily(f"clicid_{name}", what, labels=["code"])
    for code, count in sorted(dict(counts).items()):
        family.add_metric([code], count)
    return family
