"""The plots: no face and no name in them.

Colours are of Okabe and Ito's palette, which the colour-blind tell apart, and none stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluation.conditions import CONDITIONS
from evaluation.rates import Rate
from evaluation.report import Plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from evaluation.documents import Read

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS: Final = ("o", "s", "^", "D", "v", "P")
LINES: Final = ("-", "--", "-.", ":")
GREY: Final = "#555555"
mpl.rcParams.update({
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "svg.hashsalt": "clicid",  # the same figures give the same file
})  # fmt: skip


def rates_by_name(
    series: Mapping[str, Mapping[str, Rate]], names: Sequence[str], label: str, path: Path
) -> None:
    """Each rate as a point with its interval, a row a name, a marker a series."""
    figure = Figure((7.2, 1.2 + 0.42 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    for place, (name, rates) in enumerate(series.items()):
        shift = (place - (len(series) - 1) / 2) * 0.22
        rows = [(row, rates[key]) for row, key in enumerate(names) if key in rates and rates[key].n]
        _points(axes, name, rows, shift, place)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(label)
    figure.legend(loc="outside upper center", ncols=len(series))
    figure.savefig(path, dpi=120)


def _points(axes: Axes, name: str, rows: Sequence[tuple[int, Rate]], shift: float, style: int) -> None:
    values = np.array([rate.value for _, rate in rows], np.float64)
    intervals = np.array([rate.interval for _, rate in rows], np.float64).reshape(-1, 2)
    axes.errorbar(
        values,
        [row + shift for row, _ in rows],
        xerr=np.abs(intervals.T - values),
        fmt=MARKERS[style],
        color=COLOURS[style],
        capsize=3,
        label=name,
    )


def of_documents(reads: Sequence[Read], folder: Path) -> tuple[Plot, ...]:
    """Read rates by condition, and seconds an image."""
    sources = list(dict.fromkeys(one.source for one in reads))
    series: dict[str, dict[str, Rate]] = {}
    for source in sources:
        for condition in CONDITIONS:
            some = [one.read for one in reads if (one.source, one.condition) == (source, condition)]
            series.setdefault(source, {})[condition] = Rate(sum(some), len(some))
    made = [condition for condition in CONDITIONS if any(rates[condition].n for rates in series.values())]
    rates_by_name(series, made, "read with all check digits right", folder / "read.png")
    _shares_within(
        {source: [one.seconds for one in reads if one.source == source] for source in sources},
        folder / "seconds.png",
    )
    return (
        Plot("read.png", "Documents read with all check digits right, by condition, with 95 % intervals"),
        Plot("seconds.png", "Share of the images read within so many seconds of one core, all conditions"),
    )


def _shares_within(seconds: Mapping[str, Sequence[float]], path: Path) -> None:
    figure = Figure((7.2, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for place, (name, values) in enumerate(seconds.items()):
        axes.ecdf(values, color=COLOURS[place], linestyle=LINES[place], label=f"{name} (n = {len(values)})")
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds of the processor an image")
    axes.set_ylabel("share of the images")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=120)
