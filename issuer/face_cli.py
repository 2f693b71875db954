"""``clicid-issuer face``: photographs of faces compared, without a server or a database."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clicid.codec import strict_json
from clicid.errors import ClicidError, LocalError
from clicid.visible import path_text, visible
from issuer.config import face_settings
from issuer.engines.images import MAX_BYTES
from issuer.given_files import head_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from issuer.engines.face import Seen
    from issuer.settings import FaceSettings

app = typer.Typer(no_args_is_help=True, help="Faces.")

_OTHERWISE, _MISUSED = 1, 2
_REMEMBERED: Final = 256
"""Photographs whose faces are kept while a call goes on: 55 kB each."""


@app.callback()
def main() -> None:
    """Faces."""


Photographs = Annotated[
    list[Path],
    typer.Argument(metavar="A B...", help="Photographs; the first and second are a pair, and so on."),
]
EngineName = Annotated[str, typer.Option(help="dlib, insightface or yunet-sface.")]
Folder = Annotated[Path | None, typer.Option(help="InsightFace's models.")]
Detector = Annotated[Path | None, typer.Option(help="YuNet, an ONNX file.")]
Recogniser = Annotated[Path | None, typer.Option(help="SFace, an ONNX file.")]
MatchBelow = Annotated[float | None, typer.Option(help="Distances below are the same person.")]
ReviewUpTo = Annotated[float | None, typer.Option(help="Distances above are another person.")]
AsJson = Annotated[bool, typer.Option("--json", help="A line of JSON for each pair.")]


@app.command()
def compare(
    photographs: Photographs,
    engine: EngineName = "dlib",
    folder: Folder = None,
    detector: Detector = None,
    recogniser: Recogniser = None,
    match_below: MatchBelow = None,
    review_up_to: ReviewUpTo = None,
    as_json: AsJson = False,
) -> None:
    """Compare the faces of two photographs, or of many pairs; models are loaded once.

    The verdict is what the distance alone says: same, review (a person would have to look), other, or
    undecided where there is no distance. Flags say what else was noticed; they do not change it.

    Ends with 0 where every pair is the same person, 1 otherwise, 2 where nothing could be compared.
    """
    given = {
        "engine": engine, "folder": folder, "detector": detector, "recogniser": recogniser,
        "match_below": match_below, "review_up_to": review_up_to,
    }  # fmt: skip
    try:
        if len(photographs) % 2:
            raise LocalError("config.invalid", "A B", "photographs come in pairs")
        settings = face_settings({name: value for name, value in given.items() if value is not None})
        look = _looking(settings)
    except ClicidError as error:
        typer.echo(visible(str(error)), err=True)
        raise typer.Exit(_MISUSED) from None
    same = True
    for one, other in zip(photographs[::2], photographs[1::2], strict=True):
        found = _compared(one, other, look, settings)
        typer.echo(strict_json.line(found) if as_json else _line(found))
        same = same and found["verdict"] == "same"
    if not same:
        raise typer.Exit(_OTHERWISE)


def _looking(settings: FaceSettings) -> Callable[[Path], Seen]:
    """The engine, loaded; a photograph that stands in several pairs near each other is looked at once."""
    # Here and not above: every command would wait for the libraries.
    from issuer.engines.face import SelfieMatcher  # noqa: PLC0415
    from issuer.engines.faces import FaceFinder  # noqa: PLC0415
    from issuer.engines.faces.choice import load_engine  # noqa: PLC0415

    finder = FaceFinder()
    matcher = SelfieMatcher(finder, load_engine(settings.models(), finder))

    @lru_cache(_REMEMBERED)
    def look(path: Path) -> Seen:
        return matcher.look(head_of(path, MAX_BYTES + 1))

    return look


def _compared(one: Path, other: Path, look: Callable[[Path], Seen], settings: FaceSettings) -> dict[str, Any]:
    from issuer.engines import face  # noqa: PLC0415

    started = time.perf_counter()
    flags, distance = set(), None
    seen = []
    for path in (one, other):
        try:
            seen.append(look(path))
        except ClicidError as error:  # not this pair, but the next
            flags.add(error.code)
        except Exception as error:  # noqa: BLE001 - likewise where a library has a bug
            typer.echo(visible(f"{path_text(path)}: {type(error).__name__}"), err=True)
            flags.add("engine.lost")
    flags |= {finding.code for each in seen for finding in each.findings}
    match seen:
        case first, second:
            distance = face.apart(first, second)
            copy = face.likeness_of(first, second)
            flags |= {finding.code for finding in face.copy_findings(copy or 0.0)}
    return {
        "a": path_text(one),
        "b": path_text(other),
        "distance": distance,
        "verdict": _verdict(distance, settings),
        "flags": sorted(flags),
        "seconds": round(time.perf_counter() - started, 3),
    }


def _verdict(distance: float | None, settings: FaceSettings) -> str:
    if distance is None:
        return "undecided"
    if distance < settings.match_below:
        return "same"
    return "review" if distance <= settings.review_up_to else "other"


def _line(found: dict[str, Any]) -> str:
    """The same for people."""
    distance = "no distance" if found["distance"] is None else f"{found['distance']:.3f}"
    flags = f" ({', '.join(found['flags'])})" if found["flags"] else ""
    return visible(f"{found['a']} {found['b']}: {found['verdict']}, {distance}{flags}")
