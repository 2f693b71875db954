"""Rates and what may be said of them: exact intervals, error rates at a threshold, percentiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

CONFIDENCE: Final = 0.95
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `n`; without any there is neither a value nor an interval."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        """The share."""
        return self.count / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of Clopper and Pearson."""
        return clopper_pearson(self.count, self.n) if self.n else None

    def __str__(self) -> str:
        if self.value is None or self.interval is None:
            return "none tried"
        low, high = self.interval
        return f"{self.count} of {self.n}: {_percent(self.value)} % ({_percent(low)}–{_percent(high)})"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that is no share, with its unit and how many it was taken from."""

    value: float
    n: int
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value:.3g} {self.unit}".strip()


def _percent(share: float) -> str:
    """Percent with as many digits as tell a small rate from none."""
    percent = 100 * share
    return f"{percent:.1f}" if percent >= 0.95 or percent == 0 else f"{percent:.2g}"


def clopper_pearson(count: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a binomial share (Clopper and Pearson 1934), by halving on the tails.

    It covers the true share in at least `confidence` of all cases, where the trials are independent.

    Args:
        count: Successes, 0 to `n`.
        n: Trials, at least 1.
        confidence: Between 0 and 1.
    """
    if not 0 <= count <= n or n < 1:
        raise ValueError(f"{count} of {n} is no share")
    each = (1 - confidence) / 2
    ways = _log_ways(n)
    low = 0.0 if count == 0 else _crossing(lambda p: 1 - _at_most(count - 1, p, ways) < each)
    high = 1.0 if count == n else _crossing(lambda p: _at_most(count, p, ways) > each)
    return low, high


def _crossing(below: Callable[[float], bool]) -> float:
    """Where a condition that holds for small shares ceases to."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


def _log_ways(n: int) -> NDArray[np.float64]:
    """The logarithms of n over k, for k of 0 to n."""
    return np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n + 1)])


def _at_most(count: int, share: float, ways: NDArray[np.float64]) -> float:
    """The probability of at most `count` successes."""
    tries = len(ways) - 1
    k = np.arange(count + 1)
    logs = ways[: count + 1] + k * math.log(share) + (tries - k) * math.log1p(-share)
    return float(np.exp(logs).sum())


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances of pairs of one person (genuine) and of two (impostor)."""

    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]

    def fmr(self, below: float) -> Rate:
        """False matches: impostor pairs with a distance below the threshold (ISO/IEC 19795-1)."""
        return Rate(int((self.impostor < below).sum()), len(self.impostor))

    def fnmr(self, below: float) -> Rate:
        """False non-matches: genuine pairs that are not below it."""
        return Rate(int((~(self.genuine < below)).sum()), len(self.genuine))

    def threshold_at(self, fmr: float) -> float | None:
        """The highest threshold at which no larger share of the impostors is below it; None without any."""
        if not len(self.impostor):
            return None
        return float(
            np.sort(self.impostor)[min(math.floor(fmr * len(self.impostor)), len(self.impostor) - 1)]
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
