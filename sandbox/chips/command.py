"""``clicid-sandbox chip``: a document's files in a folder, and what to judge them by beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from clicid.errors import LocalError
from sandbox.chips.chip import Portrait, world
from sandbox.chips.faults import maker_named, said_of
from sandbox.chips.keys import algorithm_named, generate
from sandbox.chips.master_list import ldif

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sandbox.chips.chip import Case, World
    from sandbox.documents.person import Person

_CHIP, _TRUST, _ACTIVE = "chip", "trust", "active"
_OTHERS: Final = ("UTO", "SWE")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What chip to make.

    Args:
        country: As in the zone, three letters mostly.
        fault: A fault's or variant's name.
        algorithm: An algorithm's name.
        holder: Whose; the document becomes one of the country's.
        challenge: What its chip is asked to sign, 8 bytes; None for one that is drawn.
    """

    country: str
    fault: str
    algorithm: str
    holder: Person
    challenge: bytes | None


def make_chip(out: Path, wanted: Wanted, portrait: bytes, now: datetime) -> list[str]:
    """Make a chip and write it down.

    Args:
        out: A folder that is empty or not there yet.
        wanted: What to make.
        portrait: A JPEG of the holder.
        now: When it is to be looked at; the revocation lists are of the day before.

    Returns:
        What was made and what is wrong with it, in lines.

    Raises:
        LocalError: ``sandbox.chip`` for a folder that is not empty, or a country, fault or algorithm that
            there is not.
    """
    algorithm = algorithm_named(wanted.algorithm)
    make = maker_named(wanted.fault, algorithm)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LocalError("sandbox.chip", str(out), "the folder is not empty")
    holder = replace(wanted.holder, issuing_state=wanted.country)
    other = next(state for state in _OTHERS if state != wanted.country)
    with Image.open(BytesIO(portrait)) as image:
        face = Portrait(portrait, image.size)
    states = (wanted.country, other)
    place = world(states, algorithm, holder, face, now=now, new_key=generate, challenge=wanted.challenge)
    _write(out, place, make(place))
    name = f"{holder.given_name} {holder.family_name}"
    return [
        f"{wanted.country} passport {holder.number} of {name}, signed with {algorithm.name}",
        f"{wanted.fault}: {said_of(make)}",
        f"{out / _CHIP}: what a phone reads off it",
        f"{out / _TRUST}: {other}.cer to trust, the master list that {other} signed, revocation lists",
        f"{out / _ACTIVE}: the challenge that the chip was given, and its response",
    ]


def _write(out: Path, place: World, case: Case) -> None:
    lists = {
        f"{country.state}.crl": one
        for country, one in zip((place.country, place.other), case.revocations, strict=False)
    }
    folders = {
        _CHIP: case.files,
        _TRUST: {
            f"{place.other.state}.cer": place.other.root.certificate.dump(),
            "master-list.ml": case.master_list,
            "master-list.ldif": ldif(case.master_list, place.other.code).encode(),
            **lists,
        },
        _ACTIVE: {"challenge": case.challenge, "response": case.response},
    }
    for folder, files in folders.items():
        (out / folder).mkdir(parents=True)
        for name, content in files.items():
            (out / folder / name).write_bytes(content)
