"""A test person from the issuer's door to the service provider's answer, against a network that stands."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import clock
from clicid.errors import ClicidError
from sandbox import people
from sandbox.asking import ask
from sandbox.headless_wallet import HeadlessWallet
from sandbox.onboarding_client import OnboardingClient
from sandbox.provider_client import NAME_AND_AGE
from sandbox.setup.country import passport

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sandbox.asking import Answer
    from sandbox.network import Founded
    from sandbox.people import TestCase

PASSPORT, SELFIE = "passport.jpg", "selfie.jpg"
STATUS_SECONDS: Final = 30.0
# From the numbers that the Swedish regulator keeps for fiction: 070-174 06 05 to 99.
_FIRST_PHONE: Final = 46_701_740_610


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How it went.

    Args:
        case: Whose.
        view: The onboarding's end: ``state``, ``reasons``.
        held: What the wallet holds, with claims; empty where nothing was issued.
        answer: The verifier's answer to a presentation; None where nothing could be presented.
    """

    case: TestCase
    view: dict[str, Any]
    held: list[dict[str, Any]] = field(default_factory=list, repr=False)
    answer: Answer | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """The claims of the identity credential; empty where there is none."""
        kind = ("dc+sd-jwt", "identity")
        rows = [row for row in self.held if (row["format"], row["type"].split("/")[-2]) == kind]
        claims: dict[str, Any] = rows[-1]["claims"] if rows else {}
        return claims

    @property
    def as_it_should(self) -> bool:
        """Whether it ended as the case's name says."""
        if self.view["state"] != self.case.ending or self.answer is None:
            return self.view["state"] == self.case.ending and self.case.ending != "approved"
        level = self.identity.get("assurance_level") == self.case.level
        number = ("personal_identity_number" in self.identity) == bool(self.case.person.personal_number)
        verdict = "refused" if self.case.code else "accepted"
        return level and number and (self.answer.verdict, self.answer.code) == (verdict, self.case.code)


def photographs(folder: Path, case: TestCase) -> tuple[bytes, bytes]:
    """The photographs of a test person's passport and face, in the folder from the first time on."""
    place = folder / "people" / case.case
    place.mkdir(parents=True, exist_ok=True)
    if not (place / SELFIE).exists():
        (place / PASSPORT).write_bytes(people.passport_photo(case.person, seed=1))
        (place / SELFIE).write_bytes(people.selfie())
    return (place / PASSPORT).read_bytes(), (place / SELFIE).read_bytes()


def wallet_of(folder: Path, case: str) -> HeadlessWallet:
    """The wallet of a test person; perhaps not made yet."""
    return HeadlessWallet(folder / "wallets" / case)


def enrol(
    folder: Path,
    founded: Founded,
    case: TestCase,
    working: Callable[[str], AbstractContextManager[object]],
    *,
    by_chip: bool = False,
) -> Enrolled:
    """Onboard a test person; where approved, fill a wallet and present to the shop.

    Args:
        folder: The network's.
        founded: The network, which must be running.
        case: Who.
        working: Shows what is being done.
        by_chip: Whether the passport's chip is read, instead of a photograph taken.

    Raises:
        RefusedByIssuerError: The issuer turned a request down.
        ClicidError: What the wallet refuses.
    """
    with working("photographing the passport"):
        page, selfie = photographs(folder, case)
    with _at_the_door(folder, founded, case) as person:
        person.begin()
        person.agree(face=True)
        person.confirm_contact()
        if by_chip:
            with working("reading the passport's chip"):
                _give_chip(folder, person, case)
        else:
            person.give("document", page)
        with working("turning the head before the camera"):
            person.show_face(selfie, people.head_turns)
        with working("the issuer reads the passport and looks at the face"):
            view = person.decision()
        if view["state"] != "approved":
            return Enrolled(case, view)
        offer = person.offer()
    wallet = wallet_of(folder, case.case)
    with working("the wallet accepts the offer"):
        if not wallet.exists:
            wallet.make(folder / "network.json", founded, secrets.token_urlsafe(12))
        kept = wallet.accept(offer)
    with working("the shop asks, the wallet answers"):
        answer = _judged(founded, wallet, case)
    held = [row for row in wallet.held() if row["id"] in kept]
    return Enrolled(case, view, held, answer)


def _give_chip(folder: Path, person: OnboardingClient, case: TestCase) -> None:
    chip = passport(folder / "issuer", case.person, people.portrait(), clock.now())
    person.give_chip(chip.good.files.values(), chip.active.answer(person.challenge()))


def _at_the_door(folder: Path, founded: Founded, case: TestCase) -> OnboardingClient:
    place = [one.case for one in people.test_people()].index(case.case)
    return OnboardingClient(
        founded.identifier,
        folder / "outbox",
        language="en",
        phone=f"+{_FIRST_PHONE + place}",
        email=f"{case.case.replace('_', '.')}@example.com",
    )


def _judged(founded: Founded, wallet: HeadlessWallet, case: TestCase) -> Answer:
    """What the shop's verifier says; a status that is on its way to the chain is waited for."""

    def present(url: str) -> str:
        try:
            return wallet.present(url)
        except ClicidError as error:  # the verifier refuses what it is shown, and says so to the wallet too
            return str(error)

    deadline = time.monotonic() + STATUS_SECONDS
    while True:
        answer = ask(founded.provider("shop"), NAME_AND_AGE, present)
        if answer.code == case.code or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)
