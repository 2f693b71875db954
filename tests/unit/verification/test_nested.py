"""Presentations that hold credentials: dispatched by stated format, at most 2 deep and 16 in one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.errors import LocalError
from clicid.formats.base import (
    Binding,
    Checked,
    CheckName,
    Claims,
    FormatId,
    Inner,
    Line,
    NeedKind,
    Outcome,
    Role,
    Unavailable,
    Wanted,
)
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.verification import (
    Accepted,
    Ending,
    Policy,
    RefusedWith,
    Request,
    SignedLists,
    UndecidedWith,
    check,
    check_credential,
    checkers,
)
from clicid.verification.walk import MAX_NESTED
from tests.support import w3c
from tests.support.world import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.formats.base import Have, Need, Rules

NOW = w3c.NOW
CHECKERS = checkers(w3c.CONTEXTS)
RULES = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind})
POLICY = Policy("nested", RULES, {w3c.AGE_TYPE: bytes(32)}, SignedLists.IGNORED, "11" * 32)
REQUEST = Request(FormatId.LDP_VP, w3c.BINDING, frozenset({w3c.AGE_TYPE}))


def store(value: int = 0) -> Store:
    """The store of a verifier; the credential's entry has this value. did:key, so any list id will do."""
    size = 1 << 17
    entries = bytearray(size // 4)
    index = w3c.unsigned()["credentialStatus"]
    rows = index if isinstance(index, list) else [index]
    for row in rows:
        assert isinstance(row, dict)
        position = int(str(row["statusListIndex"])) * 2
        entries[position >> 3] |= value << (position & 7)
    have: dict[Need, Any] = dict(w3c.have())
    snapshot = StatusSnapshot(bytes(32), 1, 2, size, bytes(entries))
    material = replace(next(iter(w3c.have().values())), body=snapshot.to_bytes())

    class Ledger(Store):
        def get(self, need: Need, now: datetime) -> Any:
            self.asked.append(need)
            return material if need.kind is NeedKind.STATUS else have.get(need, Unavailable(now, "no"))

    return Ledger(have)


def decide(raw: bytes, found: Store, *, request: Request = REQUEST, now: datetime = NOW) -> Ending:
    def step(have: Have) -> Ending | Wanted:
        return check(raw, have, request=request, policy=POLICY, checkers=CHECKERS, now=now)

    return settle(step, found, now)


def test_a_presentation_with_a_credential_is_accepted() -> None:
    ending = decide(w3c.presentation(), store())

    assert isinstance(ending, Accepted), ending.report
    assert [section.format for section in ending.report.sections] == [FormatId.LDP_VP, FormatId.LDP_VC]
    assert len(ending.credentials) == 1
    assert ending.credentials[0].issuer == w3c.ISSUER.did
    assert ending.credentials[0].claims.reveal()["ageOver18"] is True
    outer, inner = ending.report.sections
    assert outer.shown == ()
    assert "ageOver18" in inner.shown


def test_the_nested_credentials_revocation_refuses_the_whole() -> None:
    ending = decide(w3c.presentation(), store(1))

    assert (type(ending), ending.report.code) == (RefusedWith, "status.revoked")
    assert all(section.shown == () for section in ending.report.sections)


def test_another_holders_credential_refuses_the_whole() -> None:
    ending = decide(w3c.presentation(ref=w3c.OTHER_REF), store())

    assert (type(ending), ending.report.code) == (RefusedWith, "holder.key_mismatch")


def test_a_replayed_presentation_asks_for_nothing() -> None:
    found = store()
    other = replace(w3c.BINDING, nonce="another-nonce-0000")

    ending = decide(w3c.presentation(binding=other), found)

    assert ending.report.code == "holder.nonce"
    assert found.asked == []


def test_a_credential_at_rest() -> None:
    found = store()

    def step(have: Have) -> Ending | Wanted:
        return check_credential(
            w3c.credential(), have, format=FormatId.LDP_VC, policy=POLICY, checkers=CHECKERS, now=NOW
        )

    assert isinstance(settle(step, found, NOW), Accepted)


def test_a_credential_alone_is_no_presentation() -> None:
    ending = decide(w3c.credential(), store(), request=replace(REQUEST, format=FormatId.LDP_VC))

    assert ending.report.code == "holder.binding_missing"


@dataclass
class Scripted:
    """A checker that says what it is told; raw is its script's key."""

    script: dict[bytes, Checked | Wanted]
    format: FormatId = FormatId.LDP_VC
    seen: list[Binding | None] = field(default_factory=list)

    def parse(self, raw: bytes) -> bytes:
        return raw

    def check(
        self,
        parsed: bytes,
        have: Have,  # noqa: ARG002 - the script knows the answer
        *,
        rules: Rules,  # noqa: ARG002
        binding: Binding | None,
        now: datetime,  # noqa: ARG002
    ) -> Checked | Wanted:
        self.seen.append(binding)
        return self.script[parsed]


def lines(*names: CheckName, last: Outcome = Outcome.PASSED, code: str = "") -> tuple[Line, ...]:
    outcomes = [Outcome.PASSED] * (len(names) - 1) + [last]
    return tuple(
        Line(name, outcome, "", code=code if outcome is not Outcome.PASSED else "")
        for name, outcome in zip(names, outcomes, strict=True)
    )


ISSUED = (
    CheckName.STRUCTURE,
    CheckName.ISSUER_KNOWN,
    CheckName.ISSUER_KEY,
    CheckName.ISSUER_SIGNATURE,
    CheckName.VALIDITY,
)
HELD = (CheckName.HOLDER_BINDING, CheckName.NONCE, CheckName.AUDIENCE)
RIGHT = next(
    Accreditation.from_bytes(material.body)
    for need, material in w3c.have().items()
    if need.kind is NeedKind.ACCREDITATION and need.uri == w3c.AGE_TYPE
)
GOOD = Checked(
    lines(*ISSUED, CheckName.HOLDER_BINDING), Claims({}), w3c.ISSUER.did, w3c.AGE_TYPE, right=RIGHT
)


def presented(
    inner: Sequence[Inner], script: dict[bytes, Checked | Wanted], outer: tuple[Line, ...] | None = None
) -> Ending | Wanted:
    enclosing = Checked(outer or lines(CheckName.STRUCTURE, *HELD), nested=tuple(inner))
    return check(
        b"vp",
        w3c.have(),
        request=REQUEST,
        policy=replace(POLICY, allow_without_status=True),
        checkers={
            FormatId.LDP_VP: Scripted({b"vp": enclosing}, FormatId.LDP_VP),
            FormatId.LDP_VC: Scripted(script),
        },
        now=NOW,
    )


def one(raw: bytes, form: FormatId = FormatId.LDP_VC, role: Role = Role.CREDENTIAL) -> Inner:
    return Inner(form, raw, role, w3c.HOLDER_KEY)


def ended(ending: Ending | Wanted) -> tuple[type, str]:
    assert not isinstance(ending, Wanted)
    return type(ending), ending.report.code


def test_a_checker_that_hands_on_no_right_or_one_for_another_schema() -> None:
    assert RIGHT is not None
    for right in (None, replace(RIGHT, schema_digest=bytes(31) + b"\1")):
        ending = presented([one(b"good")], {b"good": GOOD._replace(right=right)})
        assert ended(ending) == (RefusedWith, "schema.mismatch")


def test_several_credentials_are_joined() -> None:
    late = Checked(lines(*ISSUED[:2], last=Outcome.UNDECIDED, code="accreditation.too_old"))
    bad = Checked(lines(*ISSUED, last=Outcome.FAILED, code="validity.expired"))
    script: dict[bytes, Checked | Wanted] = {b"good": GOOD, b"late": late, b"bad": bad}

    good = presented([one(b"good"), one(b"good")], script)
    assert isinstance(good, Accepted)
    assert len(good.credentials) == 2
    assert ended(presented([one(b"good"), one(b"late")], script)) == (UndecidedWith, "accreditation.too_old")
    assert ended(presented([one(b"late"), one(b"bad")], script)) == (RefusedWith, "validity.expired")


def test_the_wants_of_all_come_at_once_unless_one_has_failed() -> None:
    needs = list(w3c.have())
    wanted = Wanted((needs[0],))
    bad = Checked(lines(*ISSUED, last=Outcome.FAILED, code="validity.expired"))
    script: dict[bytes, Checked | Wanted] = {b"wants": wanted, b"bad": bad}

    assert presented([one(b"wants"), one(b"wants")], script) == wanted
    assert ended(presented([one(b"wants"), one(b"bad")], script)) == (RefusedWith, "validity.expired")


def test_an_empty_presentation_is_refused() -> None:
    assert ended(presented([], {})) == (RefusedWith, "verification.empty")


def test_sixteen_are_enough() -> None:
    script: dict[bytes, Checked | Wanted] = {b"good": GOOD}

    assert isinstance(presented([one(b"good")] * MAX_NESTED, script), Accepted)
    assert ended(presented([one(b"good")] * (MAX_NESTED + 1), script)) == (RefusedWith, "codec.size")


def test_two_deep_is_enough() -> None:
    deep = GOOD._replace(nested=(one(b"good"),))

    assert ended(presented([one(b"deep")], {b"deep": deep})) == (RefusedWith, "verification.depth")


@pytest.mark.parametrize(
    "inner",
    [
        one(b"good", FormatId.SD_JWT_VC),
        one(b"good", FormatId.LDP_VP),
        one(b"good", role=Role.STATUS_LIST),
    ],
)
def test_what_has_no_place_inside_is_refused(inner: Inner) -> None:
    assert ended(presented([inner], {b"good": GOOD})) == (RefusedWith, "verification.nested")


@pytest.mark.parametrize("missing", [*ISSUED, CheckName.HOLDER_BINDING])
def test_a_checker_that_skips_a_step_is_caught(missing: CheckName) -> None:
    short = GOOD._replace(lines=tuple(line for line in GOOD.lines if line.check is not missing))

    with pytest.raises(LocalError, match=r"verification\.incomplete"):
        presented([one(b"short")], {b"short": short})


@pytest.mark.parametrize("missing", [CheckName.STRUCTURE, *HELD])
def test_so_is_one_of_the_presentation(missing: CheckName) -> None:
    names = [name for name in (CheckName.STRUCTURE, *HELD) if name is not missing]

    with pytest.raises(LocalError, match=r"verification\.incomplete"):
        presented([one(b"good")], {b"good": GOOD}, outer=lines(*names))


def test_a_credential_that_passes_without_claims_is_caught() -> None:
    with pytest.raises(LocalError, match=r"verification\.incomplete"):
        presented([one(b"mute")], {b"mute": GOOD._replace(claims=None)})


def test_the_credential_is_bound_to_the_key_that_was_proved() -> None:
    inner = Scripted({b"good": GOOD})
    enclosing = Checked(lines(CheckName.STRUCTURE, *HELD), nested=(one(b"good"),))
    check(
        b"vp",
        w3c.have(),
        request=REQUEST,
        policy=POLICY,
        checkers={FormatId.LDP_VP: Scripted({b"vp": enclosing}, FormatId.LDP_VP), FormatId.LDP_VC: inner},
        now=NOW,
    )

    assert inner.seen == [replace(w3c.BINDING, holder_key=w3c.HOLDER_KEY)]


def test_at_rest_there_is_no_binding_to_hand_on() -> None:
    inner = Scripted({b"good": GOOD})
    enclosing = Checked(lines(CheckName.STRUCTURE), nested=(one(b"good"),))
    ending = check_credential(
        b"vp",
        w3c.have(),
        format=FormatId.LDP_VP,
        policy=replace(POLICY, allow_without_status=True),
        checkers={FormatId.LDP_VP: Scripted({b"vp": enclosing}, FormatId.LDP_VP), FormatId.LDP_VC: inner},
        now=NOW,
    )

    assert isinstance(ending, Accepted)
    assert inner.seen == [None]


@pytest.mark.parametrize(
    ("claims", "test"),
    [
        ({"credentialSubject": {"testCredential": True}}, True),
        ({"credentialSubject": [{"x": 1}, {"test_credential": True}]}, True),
        ({"credentialSubject": ["testCredential"]}, False),
        ({"testCredential": True}, True),
    ],
)
def test_test_credentials_are_told_by_their_mark(claims: dict[str, Any], test: bool) -> None:
    marked = GOOD._replace(claims=Claims(claims))

    assert isinstance(presented([one(b"x")], {b"x": marked}), RefusedWith if test else Accepted)
