"""Whoever is told a reason is told what to do about it."""

from __future__ import annotations

from issuer.evidence.advice import AGAIN, NEXT, advice
from issuer.evidence.decision import TABLE, Item, Outcome, item_of


def test_every_item_and_every_outcome_has_a_sentence_in_both_languages() -> None:
    assert set(AGAIN) == set(Item)
    assert set(NEXT) == set(Outcome) - {Outcome.RESUBMIT}
    for row in (*AGAIN.values(), *NEXT.values()):
        assert row.en
        assert row.sv
        assert row.en != row.sv


def test_what_is_asked_for_again_says_what_to_give() -> None:
    for code, outcome in TABLE.items():
        if outcome is Outcome.RESUBMIT:
            item = item_of(code)
            assert item is not None
            assert advice(code, asked=True) == AGAIN[item]


def test_who_waits_for_a_person_is_told_to_wait() -> None:
    assert advice("document.blurred", asked=False) == NEXT[Outcome.REVIEW]
    assert advice("codec.json", asked=True) == NEXT[Outcome.REVIEW]
    assert advice("face.other_person", asked=False) == NEXT[Outcome.REFUSED]
