"""Step 3 of the story: the person is identified, after those who must not be."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import people
from sandbox.documents.camera import UNREADABLE
from sandbox.faces.turning import turn_head
from sandbox.onboarding_client import OnboardingClient
from sandbox.telling import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from issuer.evidence.liveness import Move
    from sandbox.network import Network
    from sandbox.onboarding_client import Offer
    from sandbox.telling import Step, Story

_PHONE, _EMAIL = "+46701740605", "nils@example.com"
_ENDINGS: Final = {
    "refused": "The issuer refused.",
    "review": "A person at the issuer has to look first.",
    "document": "The issuer asks for another photograph of the document.",
    "selfie": "The issuer asks for another selfie.",
    "liveness": "The issuer asks for head turns again.",
}


@dataclass(frozen=True, slots=True)
class Input:
    """What the person brings: photographs of a document and of themselves, and whether they are ours."""

    document: bytes
    selfie: bytes
    own: bool


class Identification:
    """One person at the issuer's door, and for our own specimens those who try to pass for them.

    Args:
        story: Where it is told.
        step: Where it is kept.
        network: Whose issuer is running.
        given: What the person brings.
        door: Closes the connections at the end.
    """

    def __init__(self, story: Story, step: Step, network: Network, given: Input, door: ExitStack) -> None:
        self._story = story
        self._step = step
        self._network = network
        self._input = given
        self._door = door

    def run(self) -> Offer:
        """Go through the onboarding; gives the offer.

        Raises:
            StepFailedError: It was not approved, with the reasons in sentences; or somebody was who must not.
        """
        person = self._introduced(face=True)
        self._story.say("notice read, face comparison agreed to,")
        self._story.say("phone and e-mail confirmed by one-time code")
        if not self._input.own:
            self._refused_cases(person)
        started = time.monotonic()
        person.give("document", self._input.document)
        person.show_face(self._input.selfie, self._film)
        with self._story.working("the issuer reads the document and looks at the face"):
            view = person.decision()
        self._step.measured["decision_seconds"] = round(time.monotonic() - started, 2)
        self._tell_reading(person.export())
        self._tell_decision(view)
        return person.offer()

    def _film(self, moves: Sequence[Move]) -> list[bytes]:
        """Nobody sits before a camera here: the turns are imitated from a photograph."""
        if self._input.own:
            return turn_head(self._input.selfie, moves, seed=secrets.randbits(64))
        return people.head_turns(moves)

    def _tell_reading(self, export: dict[str, Any]) -> None:
        """What the issuer holds now: only what says nothing of who the person is leaves for the file."""
        onboarding = export["onboardings"][-1]
        scores = {piece["kind"]: piece["scores"] for piece in onboarding["evidence"]}
        read = export["held"].get("reading")
        kept = {name: read[name] for name in ("format", "document_type", "issuing_state")} if read else {}
        self._step.measured |= {
            "read": kept,
            "text_score": scores.get("document", {}).get("text"),
            "distance": scores.get("face", {}).get("distance"),
            "turn": scores.get("liveness", {}).get("turn"),
        }
        distance, turn = self._step.measured["distance"], self._step.measured["turn"]
        self._story.say("read: " + (" ".join(kept.values()) or "nothing"))
        self._story.say("face distance: " + ("not measured" if distance is None else f"{distance:.3f}"))
        self._story.say(
            "head turned as asked, by at least: " + ("?" if turn is None else f"{turn:.0f} degrees")
        )

    def _tell_decision(self, view: dict[str, Any]) -> None:
        codes = [reason["code"] for reason in view["reasons"]]
        self._step.measured["decision"] = {"state": view["state"], "codes": codes}
        if view["state"] != "approved":
            raise StepFailedError(why_not_approved(view))
        noted = f", noted: {', '.join(codes)}" if codes else ""
        self._story.say(f"decision: approved{noted} ({self._step.measured['decision_seconds']} s)")

    def _refused_cases(self, person: OnboardingClient) -> None:
        """None of these must end in a credential. They are handed in together, as people come."""
        waiting = []
        with self._story.working("handing in what must not be approved"):
            blurred = people.passport_photo(people.DEMO, seed=2, camera=UNREADABLE)
            person.give("document", blurred)
            person.show_face(self._input.selfie, self._film)
            waiting.append(("an unreadable photograph", "document", person))
            for name, selfie, face, ending in (
                ("a selfie of someone else", people.impostor_selfie(), True, "refused"),
                ("a warped copy of the portrait", people.warped_portrait(), True, "refused"),
                ("a face half another's", people.borderline_selfie(), True, "review"),
                ("no consent to face comparison", None, False, "review"),
            ):
                other = self._introduced(face=face)
                other.give("document", self._input.document)
                if selfie is not None:
                    other.show_face(selfie, self._film)
                waiting.append((name, ending, other))
        for name, ending, other in waiting:
            with self._story.working(f"the issuer decides: {name}"):
                view = other.decision()
            self._expect_ending(name, view, ending)

    def _expect_ending(self, name: str, view: dict[str, Any], ending: str) -> None:
        codes = [reason["code"] for reason in view["reasons"]]
        self._step.measured[name] = {"state": view["state"], "codes": codes}
        word = "another photograph is asked for" if view["state"] == "document" else view["state"]
        self._story.expect(view["state"] == ending, f"{name}: {word} ({', '.join(codes)})")

    def _introduced(self, *, face: bool) -> OnboardingClient:
        """Somebody who read the notice and whose phone and e-mail are confirmed."""
        person = self._door.enter_context(at_the_door(self._network))
        person.begin()
        person.agree(face=face)
        person.confirm_contact()
        return person


def at_the_door(network: Network) -> OnboardingClient:
    """Somebody who has said nothing yet."""
    identifier, outbox = network.founded.identifier, network.folder / "outbox"
    return OnboardingClient(identifier, outbox, language="sv", phone=_PHONE, email=_EMAIL)


def why_not_approved(view: dict[str, Any]) -> str:
    """In sentences, how an onboarding ended that was not approved, and why."""
    ending = _ENDINGS.get(view["state"], f"The onboarding stopped at {view['state']}.")
    reasons = [f"{reason['en']} [{reason['code']}]" for reason in view["reasons"]]
    return "\n".join([f"No credential was issued. {ending}", *reasons])
