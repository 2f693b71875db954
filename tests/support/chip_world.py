"""An issuer that trusts the sandbox's countries, and people who hold their phone to a passport."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from sandbox.chips.chip import Portrait, read, sign, world
from sandbox.chips.keys import algorithm_named, generate
from sandbox.documents.person import personal_number
from tests.support import issuer_world
from tests.support.chips import HOLDER
from tests.support.issuer_config import NOW, configured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import httpx

    from sandbox.chips.chip import World as Place
    from tests.support.issuer_clients import Person
    from tests.support.issuer_world import World

HOLDERS_NUMBER = personal_number(HOLDER.birth_date, HOLDER.sex)


def jpeg_2000(colour: tuple[int, int, int] = (120, 100, 90)) -> Portrait:
    """No face, and an image in a file of boxes."""
    out = BytesIO()
    Image.new("RGB", (48, 60), colour).save(out, "JPEG2000")
    return Portrait(out.getvalue(), (48, 60), jpeg_2000=True)


@functools.cache
def place(algorithm: str = "p256-sha256", *, family_name: str = HOLDER.family_name) -> Place:
    """Sweden and Utopia as of the tests' day; the holder's passport has a portrait in JPEG 2000."""
    holder = replace(HOLDER, family_name=family_name)
    known = algorithm_named(algorithm)
    return world(("SWE", "UTO"), known, holder, jpeg_2000(), now=NOW, new_key=generate)


def changed(where: Place, groups: Mapping[int, bytes | None]) -> dict[str, bytes]:
    """A passport of the same signer with these groups instead; None for one that it has not."""
    made = {number: one for number, one in (where.groups | dict(groups)).items() if one is not None}
    return read(made, sign(made, where.country.signer))


@contextmanager
def trusting(path: Path, *places: Place) -> Iterator[World]:
    """An issuer that trusts the country signers of these places, and has their revocation lists."""
    trust = path / "trust"
    trust.mkdir()
    for number, one in enumerate(places):
        (trust / f"{number}.cer").write_bytes(one.country.root.certificate.dump())
        (trust / f"{number}.crl").write_bytes(one.good.revocations[0])
    config = configured(path)
    config.write_text(config.read_text() + '\n[chip]\ncsca = ["trust"]\n')
    with issuer_world.running(path, config=config) as found:
        yield found


def give(
    person: Person,
    files: Mapping[str, bytes],
    *,
    active: bytes | None = None,
    chip: bytes | None = None,
) -> httpx.Response:
    """Send a chip as an app does; the names of files tell nothing."""
    form = [("file", (f"{place}.bin", data)) for place, data in enumerate(files.values())]
    form += [(name, ("answer", data)) for name, data in answers(active, chip).items()]
    return person.call("PUT", "/chip", files=form)


def answers(active: bytes | None, chip: bytes | None) -> dict[str, bytes]:
    given = {"active_authentication": active, "chip_authentication": chip}
    return {name: data for name, data in given.items() if data is not None}


def asked(person: Person) -> dict[str, Any]:
    answer = person.call("POST", "/chip/challenge")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found
