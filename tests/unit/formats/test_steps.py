"""The walk of a checker: a line a step, and of what was not reached it says so."""

from __future__ import annotations

import pytest

from clicid.errors import Refused
from clicid.formats import key_binding
from clicid.formats.base import CheckName, Outcome
from clicid.formats.steps import Walk

SECTIONS = {
    CheckName.STRUCTURE: "1",
    CheckName.ISSUER_KNOWN: "2",
    CheckName.ISSUER_KEY: "3",
    CheckName.ISSUER_SIGNATURE: "4",
    CheckName.VALIDITY: "5",
}


@pytest.mark.parametrize("answered", [{}, {CheckName.HOLDER_BINDING: "6"}, key_binding.SECTIONS])
@pytest.mark.parametrize("passed", range(len(SECTIONS)))
def test_at_rest_every_step_but_the_holders_has_a_line(answered: dict[CheckName, str], passed: int) -> None:
    walk = Walk(SECTIONS | answered, key_binding.AT_REST)
    for step in [*SECTIONS][:passed]:
        walk.passed(step)
    walk.fail([*SECTIONS][passed], Refused("issuer.signature"))

    after = len(SECTIONS) - passed - 1
    assert [line.check for line in walk.lines] == [*SECTIONS]
    assert [line.outcome for line in walk.lines] == [
        *[Outcome.PASSED] * passed,
        Outcome.FAILED,
        *[Outcome.NOT_REACHED] * after,
    ]
