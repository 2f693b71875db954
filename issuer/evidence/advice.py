"""What a person can do about a finding, in plain words: a sentence for each item and each outcome."""

from __future__ import annotations

from typing import Final, NamedTuple

from issuer.evidence.decision import TABLE, Item, Outcome, item_of


class Advice(NamedTuple):
    """A sentence in both languages."""

    en: str
    sv: str


# Where something is asked for again.
AGAIN: Final = {
    Item.DOCUMENT: Advice("Give a new photograph of the document.", "Ge ett nytt foto av handlingen."),
    Item.BACK: Advice(
        "Photograph both sides of the document.",
        "Fotografera handlingens båda sidor.",
    ),
    Item.CHIP: Advice(
        "Read the chip once more, or photograph the document instead.",
        "Läs chipet en gång till, eller fotografera handlingen i stället.",
    ),
    Item.SELFIE: Advice("Take a new selfie.", "Ta en ny selfie."),
    Item.LIVENESS: Advice("Do the head turns once more.", "Gör huvudvridningarna en gång till."),
}

# Where nothing is asked for.
NEXT: Final = {
    Outcome.APPROVED: Advice("You need not do anything.", "Du behöver inte göra något."),
    Outcome.REVIEW: Advice(
        "A person looks at it. You need not do anything but wait.",
        "En människa tittar på det. Du behöver bara vänta.",
    ),
    Outcome.REFUSED: Advice(
        "If you think that this is wrong, ask that a person looks at it.",
        "Om du tycker att det är fel kan du begära att en människa tittar på det.",
    ),
}


def advice(code: str, *, asked: bool) -> Advice:
    """What to do about a finding.

    Args:
        code: A reason code; one without a row is a person's to look at.
        asked: Whether the onboarding waits for the person now: a reviewer may ask for anything again.
    """
    outcome, item = TABLE.get(code, Outcome.REVIEW), item_of(code)
    if asked and item is not None:
        return AGAIN[item]
    return NEXT.get(outcome, NEXT[Outcome.REVIEW])
