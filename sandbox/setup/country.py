"""The sandbox's own countries, whose signers its issuer trusts: passports with a chip are made below them.

Their keys lie in the network's folder in the clear: whoever has the folder may make passports of theirs.
"""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from sandbox.chips.arithmetic import scalar
from sandbox.chips.chip import Portrait, world
from sandbox.chips.country import found
from sandbox.chips.curves import CURVES
from sandbox.chips.keys import algorithm_named, generate, on_curve

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sandbox.chips.chip import World
    from sandbox.chips.keys import Algorithm, SigningKey
    from sandbox.documents.person import Person

TRUST: Final = "csca"
STATES: Final = ("SWE", "UTO")
_KEYS: Final = "country-keys.json"
_KEYS_OF_A_COUNTRY: Final = 4
_ALGORITHM: Final = "p256-sha256"
_LISTS_LIFE: Final = timedelta(days=3650)
_RATIO: Final = 12  # of a portrait in JPEG 2000 to its pixels


def settle(folder: Path, now: datetime) -> None:
    """Found the countries: their keys, and in `TRUST` what the issuer trusts."""
    curve = CURVES[algorithm_named(_ALGORITHM).curve]
    numbers = {state: [f"{scalar(curve):x}" for _ in range(_KEYS_OF_A_COUNTRY)] for state in STATES}
    (folder / _KEYS).write_text(json.dumps(numbers), "utf-8")
    (folder / TRUST).mkdir()
    for state in STATES:
        country = found(state, algorithm_named(_ALGORITHM), _kept_keys(folder, state))
        (folder / TRUST / f"{state}.cer").write_bytes(country.root.certificate.dump())
        revoked = country.revocations({}, now, life=_LISTS_LIFE)
        (folder / TRUST / f"{state}.crl").write_bytes(revoked)


def passport(folder: Path, holder: Person, portrait: bytes, now: datetime) -> World:
    """A passport with a chip that answers, and all that faults are made of.

    Args:
        folder: Where the countries were settled.
        holder: Whose; the issuing state is one of `STATES`.
        portrait: A JPEG; the chip has it as JPEG 2000.
        now: When it is looked at.
    """
    algorithm = algorithm_named(_ALGORITHM)
    first, other = sorted(STATES, key=lambda state: state != holder.issuing_state)
    keys = _kept_keys(folder, first, other)
    return world((first, other), algorithm, holder, _jpeg_2000(portrait), now=now, new_key=keys)


def _kept_keys(folder: Path, *states: str) -> Callable[[Algorithm], SigningKey]:
    """The kept keys of countries that are made in this order; fresh ones after them."""
    kept: dict[str, list[str]] = json.loads((folder / _KEYS).read_text("utf-8"))
    numbers = [number for state in states for number in kept[state]]

    def key(algorithm: Algorithm) -> SigningKey:
        return on_curve(algorithm, int(numbers.pop(0), 16)) if numbers else generate(algorithm)

    return key


def _jpeg_2000(portrait: bytes) -> Portrait:
    out = BytesIO()
    with Image.open(BytesIO(portrait)) as image:
        image.save(out, "JPEG2000", quality_mode="rates", quality_layers=[_RATIO])
        return Portrait(out.getvalue(), image.size, jpeg_2000=True)
