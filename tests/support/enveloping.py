"""What the tests of enveloping proofs share: who checks, what is at hand, how a committed file is run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clicid.adapters.gather import settle
from clicid.errors import REASONS, ClicidError
from clicid.formats.base import Checked, FormatId, Material, Need, NeedKind, Outcome, Wanted
from clicid.ledger.facts import StatusSnapshot
from clicid.verification import (
    Accepted,
    Ending,
    Policy,
    Request,
    SignedLists,
    check,
    check_credential,
    checkers,
)
from tests.support import jose, w3c
from tests.support.world import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.formats.base import Binding, Have

AT_REST = (FormatId.VC_JWT, FormatId.VC_COSE, FormatId.JWT_VC)
CHECKERS = checkers(w3c.CONTEXTS)
RULES = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind})
POLICY = Policy("vectors", RULES, {w3c.AGE_TYPE: bytes(32)}, SignedLists.IGNORED, "00" * 32)
SIZE = 1 << 17

Vector = tuple[FormatId, dict[str, Any]]


def at_hand() -> dict[Need, Material]:
    """The issuer's accreditation, and its empty list."""
    found = jose.have()
    (material,) = found.values()
    snapshot = StatusSnapshot(bytes(32), 1, 2, SIZE, bytes(SIZE // 4))
    need = Need(NeedKind.STATUS, w3c.LIST_URL, w3c.ISSUER.did)
    return {**found, need: replace(material, body=snapshot.to_bytes())}


def request(form: FormatId) -> Request:
    """For a ClicAge in that format."""
    return Request(form, w3c.BINDING, frozenset({w3c.AGE_TYPE}))


def asked(form: FormatId, raw: bytes, have: Have) -> Ending | Wanted:
    """What a verifier says who asked for it."""
    return check(raw, have, request=request(form), policy=POLICY, checkers=CHECKERS, now=w3c.NOW)


def decide(form: FormatId, raw: bytes) -> tuple[Ending, Store]:
    """As the verifier does for presentations, as a wallet does for what is none."""
    store = Store(at_hand())

    def step(have: Have) -> Ending | Wanted:
        if form in AT_REST:
            return check_credential(raw, have, format=form, policy=POLICY, checkers=CHECKERS, now=w3c.NOW)
        return asked(form, raw, have)

    return settle(step, store, w3c.NOW), store


def passes(form: FormatId, raw: bytes, binding: Binding | None) -> Checked | None:
    """What the checker made of it, if every line passed."""
    checker = CHECKERS[form]
    try:
        found = checker.check(checker.parse(raw), jose.have(), rules=w3c.RULES, binding=binding, now=w3c.NOW)
    except ClicidError:
        return None
    if not isinstance(found, Checked):
        return None
    return found if all(line.outcome is Outcome.PASSED for line in found.lines) else None


def altered(raw: bytes, where: float, change: int) -> bytes:
    """With one byte changed, so far into it."""
    found = bytearray(raw)
    found[int(where * len(raw))] ^= change
    return bytes(found)


def vectors(folder: str, forms: Sequence[FormatId]) -> list[Vector]:
    """The committed rows of these formats."""
    files = Path(__file__).parents[1] / "vectors" / folder
    return [
        (form, row)
        for form in forms
        for row in json.loads((files / f"{form.name.lower()}.json").read_bytes())
    ]


def ids(rows: Sequence[Vector]) -> list[str]:
    """What the tests of these rows go by."""
    return [f"{form}-{row['name']}" for form, row in rows]


def ends_as_the_file_says(form: FormatId, row: Mapping[str, Any]) -> None:
    """Raise unless the report's code is the row's, and nothing is shown of what is refused."""
    raw = row["text"].encode() if "text" in row else bytes.fromhex(row["hex"])
    ending, store = decide(form, raw)

    code = row["code"]
    assert ending.report.code == code, ending.report.to_json()
    assert isinstance(ending, Accepted) == (not code)
    if code:
        assert code in REASONS
        assert not any(section.shown for section in ending.report.sections)
    if row["name"] == "stranger":
        # A stranger's credential makes nobody ask for more than whether he is known.
        assert [need.kind for need in store.asked] == [NeedKind.ACCREDITATION]


def is_no_presentation(form: FormatId, raw: bytes) -> None:
    """Raise unless a verifier who asked refuses a credential that comes alone."""
    ending = asked(form, raw, at_hand())
    assert not isinstance(ending, Wanted)
    assert ending.report.code == "holder.binding_missing"


def are_of_both_kinds(rows: Sequence[Vector], forms: Sequence[FormatId], *, good: int) -> None:
    """Raise unless each format has so many good rows, many reasons among the bad, and no name twice."""
    for form in forms:
        codes = [row["code"] for found, row in rows if found is form]
        assert codes.count("") >= good
        assert len(set(codes)) >= 10
    assert len(set(ids(rows))) == len(rows)
