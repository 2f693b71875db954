"""The people of the sandbox: the one of the demo, and ten whose onboarding ends as their number says."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from clicid.errors import LocalError
from issuer.engines.faces import FaceFinder
from issuer.engines.images import decode, to_jpeg
from issuer.usecases.test_people import TEST_PEOPLE
from sandbox.documents.assets import GENUINE, IMPOSTOR, photograph_of
from sandbox.documents.camera import GOOD, photograph
from sandbox.documents.morph import BORDERLINE, morph
from sandbox.documents.passport import make_passport
from sandbox.documents.person import Person, personal_number
from sandbox.documents.portrait import cut_portrait
from sandbox.faces.turning import turn_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.evidence.liveness import Move
    from sandbox.documents.camera import Camera

_ISSUED, _EXPIRES = date(2024, 3, 1), date(2034, 2, 28)
_BORN = date(1991, 8, 17)

DEMO: Final = Person(
    family_name="Åkerström-Öberg",
    given_name="Nils Mårten",
    birth_date=_BORN,
    sex="M",
    number="XA1234567",
    issued=_ISSUED,
    expires=_EXPIRES,
    issuing_state="SWE",
    personal_number=personal_number(_BORN, "M"),
)


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test person.

    Args:
        case: What the case is called.
        person: Who it is.
        ending: How the onboarding ends: ``approved``, ``refused`` or ``review``.
        code: What a verifier refuses the credentials with; empty where it accepts them.
        level: The assurance level in the credential.
    """

    case: str
    person: Person
    ending: str
    code: str
    level: str


_NAMES: Final = {
    "approved": ("Lindqvist", "Karl"),
    "refused": ("Bergman", "Sixten"),
    "review": ("Holm", "Arvid"),
    "expired": ("Nyberg", "Valter"),
    "suspended": ("Sandberg", "Ture"),
    "revoked": ("Ekman", "Folke"),
    "low_level": ("Dahl", "Sigge"),
    "no_personal_number": ("Utomlands", "Noel"),
    "long_name": ("Wolfeschlegelsteinhausenberger", "Hubertus Blaine Adolphus Bartholomeus"),
    "swedish_letters": ("Ängström Åsö", "Örjan Pär"),
}

_STATUS_CODES: Final = {0: "", 1: "status.revoked", 2: "status.suspended"}


def test_people() -> list[TestCase]:
    """The ten, in the order of the issuer's table."""
    return [
        TestCase(
            row.name,
            _test_person(prefix, row.name, place),
            row.outcome.value,
            "validity.expired" if row.expired else _STATUS_CODES[row.flags],
            row.level.value,
        )
        for place, (prefix, row) in enumerate(TEST_PEOPLE.items())
    ]


def test_person(case: str) -> TestCase:
    """The test person of that name.

    Raises:
        LocalError: `sandbox.person`, naming those there are.
    """
    people = {one.case: one for one in test_people()}
    if case not in people:
        raise LocalError("sandbox.person", case, "there are: " + ", ".join(people))
    return people[case]


def _test_person(prefix: str, case: str, place: int) -> Person:
    family_name, given_name = _NAMES[case]
    born = date(1970 + place, 1 + place, 11)
    abroad = case == "no_personal_number"
    return Person(
        family_name=family_name,
        given_name=given_name,
        birth_date=born,
        sex="M",
        number=f"{prefix}{10000 + 111 * place}",
        issued=_ISSUED,
        expires=_EXPIRES,
        issuing_state="UTO" if abroad else "SWE",
        personal_number="" if abroad else personal_number(born, "M"),
    )


@functools.cache
def _finder() -> FaceFinder:
    return FaceFinder()


@functools.cache
def portrait() -> bytes:
    """The portrait in every specimen passport: the first of the two photographs of one adult."""
    return cut_portrait(photograph_of(GENUINE[0]), _finder())


def passport_photo(person: Person, seed: int, camera: Camera = GOOD) -> bytes:
    """A specimen passport of a person, photographed (JPEG)."""
    return photograph(make_passport(person, portrait()), seed, camera)


def selfie() -> bytes:
    """The second, independent photograph of the adult in the passport."""
    return photograph_of(GENUINE[1])


def head_turns(moves: Sequence[Move]) -> list[bytes]:
    """The adult in the passport before a camera, turning the head as asked; filmed anew each time."""
    return turn_head(photograph_of(GENUINE[0]), moves, seed=secrets.randbits(64))


def impostor_selfie() -> bytes:
    """A photograph of another adult."""
    return photograph_of(IMPOSTOR)


def borderline_selfie() -> bytes:
    """The holder's second photograph with another adult's face blended in, surely neither one."""
    return morph(selfie(), impostor_selfie(), BORDERLINE, _finder())


def warped_portrait() -> bytes:
    """The passport's own portrait, turned, bent and relit: what a cheat would send as a selfie."""
    image = decode(portrait(), about="face")
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    bent = np.array([[6, 2], [width - 3, 9], [width - 8, height - 4], [3, height - 9]], np.float32)
    turned = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(corners, bent), (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    return to_jpeg(np.clip(turned.astype(np.float32) * 1.12 + 6, 0, 255).astype(np.uint8))
