"""The sandbox's ten test people: their document number alone decides how the onboarding ends.

The rule is there so that an integrator can see every ending without ten real documents. It exists in
a network of kind ``embedded`` only; the credentials say `test_credential`, and policies refuse those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from issuer.evidence.decision import Outcome
from issuer.evidence.levels import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TestPerson:
    """A forced ending.

    Args:
        name: What the case is called.
        outcome: The decision, whatever the evidence says.
        code: The reason given with it.
        level: The assurance level where approved.
        expired: Whether the credentials' time is over when they are issued.
        flags: The status that the credentials get at once: 0 none, 1 revoked, 2 suspended.
    """

    name: str
    outcome: Outcome = Outcome.APPROVED
    code: str = ""
    level: Level = Level.SUBSTANTIAL
    expired: bool = False
    flags: int = 0


# By the first four characters of the document number; letters that no reader takes for digits.
TEST_PEOPLE: Final[Mapping[str, TestPerson]] = {
    "XTAA": TestPerson("approved"),
    "XTEE": TestPerson("refused", Outcome.REFUSED, "sandbox.forced"),
    "XTFF": TestPerson("review", Outcome.REVIEW, "sandbox.forced"),
    "XTHH": TestPerson("expired", expired=True),
    "XTKK": TestPerson("suspended", flags=2),
    "XTLL": TestPerson("revoked", flags=1),
    "XTMM": TestPerson("low_level", level=Level.LOW),
    "XTNN": TestPerson("no_personal_number"),
    "XTPP": TestPerson("long_name"),
    "XTRR": TestPerson("swedish_letters"),
}

PREFIX_LENGTH: Final = 4


def forced(document_number: str, *, embedded: bool) -> TestPerson | None:
    """The test person of a document number; always None outside an embedded network."""
    return TEST_PEOPLE.get(document_number[:PREFIX_LENGTH]) if embedded else None
