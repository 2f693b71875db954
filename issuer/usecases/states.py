"""The onboarding as a state machine: one table, walked by `step`.

The state stands in the database after each step, so that a person may leave and come back, and a
process may be killed and started again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from clicid.errors import Refused


class State(StrEnum):
    """What an onboarding waits for, or how it ended."""

    NOTICE = "notice"
    FACE_CONSENT = "face_consent"
    CONTACT = "contact"
    DOCUMENT = "document"
    SELFIE = "selfie"
    LIVENESS = "liveness"
    DECIDING = "deciding"
    REVIEW = "review"
    APPROVED = "approved"
    REFUSED = "refused"


class Event(StrEnum):
    """What can happen to an onboarding."""

    NOTICE_ACCEPTED = "notice_accepted"
    FACE_CONSENT_ANSWERED = "face_consent_answered"
    CONTACT_CONFIRMED = "contact_confirmed"
    DOCUMENT_GIVEN = "document_given"
    DOCUMENT_GIVEN_ALONE = "document_given_alone"
    SELFIE_GIVEN = "selfie_given"
    SELFIE_GIVEN_LAST = "selfie_given_last"
    LIVENESS_GIVEN = "liveness_given"
    LIVENESS_LEFT_OUT = "liveness_left_out"
    FACE_LEFT_OUT = "face_left_out"
    APPROVED = "approved"
    DOCUMENT_WANTED_AGAIN = "document_wanted_again"
    SELFIE_WANTED_AGAIN = "selfie_wanted_again"
    LIVENESS_WANTED_AGAIN = "liveness_wanted_again"
    SENT_TO_REVIEW = "sent_to_review"
    REFUSED = "refused"
    CONTESTED = "contested"


# (state, event) -> next state. What is not here is refused with `onboarding.wrong_step`.
TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (State.NOTICE, Event.NOTICE_ACCEPTED): State.FACE_CONSENT,
    (State.FACE_CONSENT, Event.FACE_CONSENT_ANSWERED): State.CONTACT,
    (State.CONTACT, Event.CONTACT_CONFIRMED): State.DOCUMENT,
    (State.DOCUMENT, Event.DOCUMENT_GIVEN): State.SELFIE,
    (State.SELFIE, Event.DOCUMENT_GIVEN): State.SELFIE,
    (State.SELFIE, Event.SELFIE_GIVEN): State.LIVENESS,
    # The head was turned, or that was left out, in an earlier round: once is enough.
    (State.SELFIE, Event.SELFIE_GIVEN_LAST): State.DECIDING,
    (State.LIVENESS, Event.DOCUMENT_GIVEN): State.LIVENESS,
    (State.LIVENESS, Event.LIVENESS_GIVEN): State.DECIDING,
    # Someone who cannot turn the head goes on without, and a person decides.
    (State.LIVENESS, Event.LIVENESS_LEFT_OUT): State.DECIDING,
    # Without consent to face comparison no selfie is asked for, and a person decides.
    (State.DOCUMENT, Event.DOCUMENT_GIVEN_ALONE): State.DECIDING,
    (State.SELFIE, Event.FACE_LEFT_OUT): State.DECIDING,
    (State.LIVENESS, Event.FACE_LEFT_OUT): State.DECIDING,
    (State.DECIDING, Event.APPROVED): State.APPROVED,
    (State.DECIDING, Event.DOCUMENT_WANTED_AGAIN): State.DOCUMENT,
    (State.DECIDING, Event.SELFIE_WANTED_AGAIN): State.SELFIE,
    (State.DECIDING, Event.LIVENESS_WANTED_AGAIN): State.LIVENESS,
    (State.DECIDING, Event.SENT_TO_REVIEW): State.REVIEW,
    (State.DECIDING, Event.REFUSED): State.REFUSED,
    (State.REVIEW, Event.APPROVED): State.APPROVED,
    (State.REVIEW, Event.DOCUMENT_WANTED_AGAIN): State.DOCUMENT,
    (State.REVIEW, Event.SELFIE_WANTED_AGAIN): State.SELFIE,
    (State.REVIEW, Event.LIVENESS_WANTED_AGAIN): State.LIVENESS,
    (State.REVIEW, Event.REFUSED): State.REFUSED,
    # A refusal by the table can be contested: then a person looks (GDPR 22(3)).
    (State.REFUSED, Event.CONTESTED): State.REVIEW,
}

ENDS: Final = frozenset({State.APPROVED})


def step(state: State, event: Event) -> State:
    """The state after the event.

    Raises:
        Refused: ``onboarding.wrong_step`` where the table has no such pair; `where` is the state.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise Refused("onboarding.wrong_step", state, f"{event} does not fit here") from None
