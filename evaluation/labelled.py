"""The folder of labelled images.

documents/NAME.jpg|jpeg|png|webp   a photograph or scan of a document
documents/NAME.mrz                 its machine readable zone, the lines as they stand (optional)
documents/NAME.json                {"family_name": ..., "given_name": ..., "format": ...}, all optional:
                                   the names as people write them, in the letters of the print
faces/PERSON/*.jpg                 photographs of one person; or, as in LFW, faces/First_Last_0001.jpg
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from issuer.engines.mrz import Mrz, parse
from issuer.evidence.liveness import Move

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_IMAGES: Final = frozenset((".jpg", ".jpeg", ".png", ".webp"))
_LFW: Final = re.compile(r"(?P<person>.+)_\d{4}")
_LABELS: Final = frozenset(("family_name", "given_name", "format"))


class LabelError(Exception):
    """The folder cannot be evaluated as it is; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a document; None and "" where it is not known.

    Args:
        zone: The machine readable zone.
        family_name: As people write it, in the letters of the print.
        given_name: Likewise.
        format: ``TD1``, ``TD2``, ``TD3``, ``MRV-A`` or ``MRV-B``.
    """

    zone: Mrz | None = None
    family_name: str | None = None
    given_name: str | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """An image of a document."""

    name: str
    image: bytes
    truth: Truth


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph of a person, who is known by a label only."""

    person: str
    image: bytes


@dataclass(frozen=True, slots=True)
class Series:
    """What a person gave in answer to the challenge to turn the head."""

    selfie: bytes
    frames: tuple[bytes, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the folders hold; what lies in several of them counts once."""

    documents: tuple[Document, ...]
    photographs: tuple[Photograph, ...]
    series: tuple[Series, ...]


def read_folders(folders: Iterable[Path]) -> Labelled:
    """Read one or more folders.

    Raises:
        LabelError: A folder is absent, none holds an image, a label cannot be read, or one photograph
            bears the names of two persons.
    """
    documents: dict[bytes, Document] = {}
    photographs: dict[bytes, Photograph] = {}
    series: dict[Series, None] = {}
    for folder in folders:
        if not folder.is_dir():
            raise LabelError(f"{folder} is no folder; give one with --images or CLICID_SAMPLES")
        for document in _documents(folder / "documents"):
            documents.setdefault(_digest(document.image), document)
        for photograph in _photographs(folder / "faces"):
            known = photographs.setdefault(_digest(photograph.image), photograph)
            if known.person != photograph.person:
                raise LabelError(f"one photograph is of {known.person} and of {photograph.person}")
        series.update(dict.fromkeys(_series(folder / "live")))
    if not (documents or photographs or series):
        raise LabelError("no labelled images: documents/, faces/ and live/ are empty or absent")
    return Labelled(tuple(documents.values()), tuple(photographs.values()), tuple(series))


def _digest(image: bytes) -> bytes:
    return hashlib.sha256(image).digest()


def _images(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if path.suffix.lower() in _IMAGES)


def _documents(folder: Path) -> Iterator[Document]:
    for path in _images(folder):
        yield Document(path.stem, path.read_bytes(), _truth(path))


def _photographs(folder: Path) -> Iterator[Photograph]:
    for path in _images(folder):
        named = _LFW.fullmatch(path.stem)
        if named is None:
            raise LabelError(f"{path} names no person: faces/PERSON/*.jpg or faces/First_Last_0001.jpg")
        yield Photograph(named["person"], path.read_bytes())
    for person in sorted(folder.iterdir()) if folder.is_dir() else ():
        for path in _images(person):
            yield Photograph(person.name, path.read_bytes())


def _series(folder: Path) -> Iterator[Series]:
    for label in sorted(folder.glob("*/*/moves.json")):
        selfie = label.parents[1] / "selfie.jpg"
        if not selfie.is_file():
            raise LabelError(f"{selfie} is missing")
        frames = tuple(path.read_bytes() for path in _images(label.parent))
        try:
            moves = tuple(Move(move) for move in json.loads(label.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise LabelError(f"{label}: {error}") from error
        yield Series(selfie.read_bytes(), frames, moves)


def _truth(path: Path) -> Truth:
    names = _names(path.with_suffix(".json"))
    zone = _zone(path.with_suffix(".mrz"))
    known = names.get("format", "")
    if zone and known and known != zone.layout.name:
        raise LabelError(f"{path}: a zone of {zone.layout.name} is labelled {known}")
    return Truth(
        zone,
        names.get("family_name"),
        names.get("given_name"),
        zone.layout.name if zone else known,
    )


def _zone(path: Path) -> Mrz | None:
    if not path.is_file():
        return None
    try:
        return parse("\n".join(path.read_text("ascii").split()))
    except (Refused, UnicodeDecodeError) as error:
        raise LabelError(f"{path}: {error}") from error


def _names(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        label: Any = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise LabelError(f"{path}: {error}") from error
    if not isinstance(label, dict) or any(not isinstance(value, str) for value in label.values()):
        raise LabelError(f"{path}: an object of texts is wanted")
    if unknown := label.keys() - _LABELS:
        raise LabelError(
            f"{path}: {', '.join(sorted(unknown))} is no label; {', '.join(sorted(_LABELS))} are"
        )
    return label
