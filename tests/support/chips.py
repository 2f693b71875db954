"""Worlds of the sandbox's chips, one an algorithm, and OpenSSL to ask about them."""

from __future__ import annotations

import functools
import shutil
import subprocess
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final

import pytest
from PIL import Image

from issuer.chip import files, passive, trust_files
from sandbox.chips.chip import Portrait, World, world
from sandbox.chips.keys import algorithm_named, generate
from sandbox.documents.person import Person, personal_number

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.chip.passive import Authentic
    from sandbox.chips.chip import Case

NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
_BORN: Final = date(1991, 8, 17)
HOLDER: Final = Person(
    family_name="Åkerström-Öberg",
    given_name="Nils Mårten",
    birth_date=_BORN,
    sex="M",
    number="XA1234567",
    issued=date(2024, 3, 1),
    expires=date(2034, 2, 28),
    issuing_state="SWE",
    personal_number=personal_number(_BORN, "M"),
)
NAMED: Final = (
    "rsa-sha1", "rsa-sha256", "pss-sha1", "pss-sha256", "pss-sha512", "p224-sha224", "p256-sha256",
    "p521-sha512", "brainpool224-sha224", "brainpool256-sha256", "brainpool320-sha384",
    "brainpool512-sha512",
)  # fmt: skip
"""Some algorithms whose keys OpenSSL takes as issuers; it wants curves named."""
EXPLICIT: Final = ("p256-sha256-explicit", "brainpool384-sha384-explicit")


@functools.cache
def portrait() -> Portrait:
    """No face, and an image."""
    out = BytesIO()
    Image.new("RGB", (48, 60), (190, 170, 150)).save(out, "JPEG")
    return Portrait(out.getvalue(), (48, 60))


@functools.cache
def world_of(algorithm: str) -> World:
    """Sweden and Utopia, a Swedish passport."""
    known = algorithm_named(algorithm)
    return world(("SWE", "UTO"), known, HOLDER, portrait(), now=NOW, new_key=generate)


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run OpenSSL; the test is skipped where there is none."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    return subprocess.run([program, *arguments], capture_output=True, check=False, timeout=30)


def cms_of(sod: bytes) -> bytes:
    """The SignedData in an EF.SOD of more than 127 bytes."""
    assert sod[0] == 0x77
    return sod[2 + (sod[1] & 0x7F) :]


def judged(place: World, case: Case) -> Authentic:
    """Passive authentication that trusts the other country, and whom its master list names."""
    lists = {f"{number}.crl": one for number, one in enumerate(case.revocations)}
    trusted = {"other.cer": place.other.root.certificate.dump(), "master-list.ml": case.master_list, **lists}
    store, skipped = trust_files.trust(trusted, (), now=case.now)
    assert not skipped
    return passive.authenticate(files.sort(case.files.values()), store, now=case.now)
