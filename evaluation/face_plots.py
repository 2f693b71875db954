"""The plots of faces: distances of genuine and impostor pairs, and what each threshold costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluation.plots import COLOURS, GREY, LINES, MARKERS
from evaluation.report import Plot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

    from evaluation.rates import Distances
    from issuer.settings import FaceSettings

_BIN: Final = 0.02
_FARTHEST: Final = 1.3


def of_faces(kinds: Mapping[str, Distances], face: FaceSettings, folder: Path) -> tuple[Plot, ...]:
    """Write both plots."""
    _histograms(kinds, face, folder / "distances.png")
    _trade_off(kinds, face, folder / "roc.png")
    return (
        Plot("distances.png", "Distances of genuine and impostor pairs; between the lines a person looks"),
        Plot("roc.png", "ROC: genuine pairs accepted against impostor pairs accepted, at every threshold"),
    )


def _histograms(kinds: Mapping[str, Distances], face: FaceSettings, path: Path) -> None:
    figure = Figure((7.2, 5.6), layout="constrained")
    panels = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, apart) in zip(panels, kinds.items(), strict=True):
        _shares(axes, apart)
        axes.axvspan(face.match_below, face.review_up_to, color="#eeeeee", zorder=0)
        for (_, threshold), line in zip(_thresholds(face), LINES, strict=False):
            axes.axvline(threshold, color=GREY, linestyle=line, linewidth=1)
            axes.text(threshold, 1.01, f"{threshold:g}", transform=axes.get_xaxis_transform(), ha="center")
        axes.set_title(name, loc="left", pad=14)
        axes.set_ylabel(f"share of the pairs\nin bins of {_BIN:g}")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.legend(loc="upper right")
    panels[-1].set_xlabel("distance of the descriptors")
    panels[-1].set_xlim(0, _FARTHEST)
    figure.savefig(path, dpi=120)


def _shares(axes: Axes, apart: Distances) -> None:
    edges = np.arange(0, _FARTHEST + _BIN, _BIN)
    for place, (name, values) in enumerate((("genuine", apart.genuine), ("impostor", apart.impostor))):
        shares = np.histogram(values, edges)[0] / max(1, len(values))
        axes.stairs(
            shares,
            edges,
            fill=True,
            alpha=0.45,
            color=COLOURS[place],
            hatch=("//", None)[place],
            label=f"{name} (n = {len(values)})",
        )
        axes.stairs(shares, edges, color=COLOURS[place], linestyle=LINES[place])


def _trade_off(kinds: Mapping[str, Distances], face: FaceSettings, path: Path) -> None:
    figure = Figure((7.2, 4.2), layout="constrained")
    axes = figure.add_subplot()
    lowest = 1.0
    for place, (name, apart) in enumerate(kinds.items()):
        if not (len(apart.genuine) and len(apart.impostor)):
            continue
        curve = np.array([_point(apart, below) for below in np.arange(0.2, _FARTHEST, 0.002)])
        label = f"{name} (none of {len(apart.impostor)}: at the left end)"
        axes.plot(*curve.T, color=COLOURS[place], linestyle=LINES[place], label=label)
        lowest = min(lowest, _point(apart, apart.threshold_at(0.0) or 0.0)[1])
        for marker, (setting, threshold) in enumerate(_thresholds(face)):
            named = f"{setting} {threshold:g}" if place == 0 else None
            at = _point(apart, threshold)
            axes.plot(*at, MARKERS[marker], color=COLOURS[place], markersize=8, label=named)
    axes.set_xscale("log")
    axes.set_ylim(max(0.0, lowest - 0.1), 1.01)
    axes.set_xlabel("false match rate: impostor pairs below the threshold")
    axes.set_ylabel("genuine pairs below the threshold")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=120)


def _point(apart: Distances, below: float) -> tuple[float, float]:
    """Impostor and genuine pairs below a threshold; a logarithmic axis has no 0: it is half of one in n."""
    fmr, fnmr = apart.fmr(below).value or 0.0, apart.fnmr(below).value or 0.0
    return max(0.5 / len(apart.impostor), fmr), 1 - fnmr


def _thresholds(face: FaceSettings) -> tuple[tuple[str, float], ...]:
    return ("match_below", face.match_below), ("review_up_to", face.review_up_to)
