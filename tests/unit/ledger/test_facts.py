from __future__ import annotations

import pytest

from clicid.codec import strict_json
from clicid.ledger.facts import ABSENT, FOREVER, Accreditation, Registration, StatusSnapshot
from tests.support.refusals import refused

ACCREDITATION = Accreditation(
    did="did:ethr:0x539:0x" + "11" * 20,
    type_id=b"\1" * 32,
    schema_digest=b"\2" * 32,
    valid_from=0,
    valid_until=FOREVER,
    withdrawn_at=None,
    keeps_anchored=False,
    identifier="https://issuer.example",
    ca_digest=b"\3" * 32,
)
REGISTRATION = Registration("did:ethr:0x539:0x" + "22" * 20, b"\4" * 32, 1, 2, 3)
SNAPSHOT = StatusSnapshot(b"\5" * 32, 7, 2, 9, b"\xe4\x00\x03")


def test_facts_read_back() -> None:
    assert Accreditation.from_bytes(ACCREDITATION.to_bytes()) == ACCREDITATION
    withdrawn = Accreditation("did:x:y", b"\1" * 32, b"\2" * 32, 1, 2, 3, True, "", bytes(32), "did:x:z")
    assert Accreditation.from_bytes(withdrawn.to_bytes()) == withdrawn
    assert Registration.from_bytes(REGISTRATION.to_bytes()) == REGISTRATION
    assert StatusSnapshot.from_bytes(SNAPSHOT.to_bytes()) == SNAPSHOT
    troubled = StatusSnapshot(b"\5" * 32, 7, 1, 8, b"\0", "status.digest_mismatch")
    assert StatusSnapshot.from_bytes(troubled.to_bytes()) == troubled


@pytest.mark.parametrize("kind", [Accreditation, Registration, StatusSnapshot])
def test_absence_is_an_answer(kind: type[Accreditation | Registration | StatusSnapshot]) -> None:
    assert kind.from_bytes(ABSENT) is None


def test_entries_are_read_from_the_least_significant_bit() -> None:
    assert [SNAPSHOT[index] for index in range(9)] == [0, 1, 2, 3, 0, 0, 0, 0, 3]
    for index in (-1, 9):
        with pytest.raises(IndexError):
            SNAPSHOT[index]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("did", ""),
        ("type_id", "11" * 31),
        ("type_id", "AA" * 32),
        ("type_id", "0x" + "11" * 31),
        ("type_id", 5),
        ("valid_from", -1),
        ("valid_until", 1.5),
        ("valid_until", True),
        ("withdrawn_at", None),
        ("keeps_anchored", "no"),
        ("identifier", ""),
        ("unknown", 1),
    ],
)
def test_an_accreditation_of_another_shape_is_refused(name: str, value: strict_json.Json) -> None:
    members = strict_json.loads(ACCREDITATION.to_bytes())
    assert isinstance(members, dict)
    with refused("codec.shape"):
        Accreditation.from_bytes(strict_json.dumps(members | {name: value}))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"5", b'{"a":1,"a":2}'])
def test_what_is_no_fact_is_refused(body: bytes) -> None:
    with refused("codec.json" if body in (b"", b'{"a":1,"a":2}') else "codec.shape"):
        Registration.from_bytes(body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "codec.shape"),
        (SNAPSHOT.to_bytes()[:-1], "codec.shape"),
        (SNAPSHOT.to_bytes() + b"\0", "codec.shape"),
        (b"x" + SNAPSHOT.to_bytes()[1:], "codec.shape"),
        (StatusSnapshot(b"\5" * 32, 7, 3, 9, b"\0" * 4).to_bytes(), "codec.size"),
        (StatusSnapshot(b"\5" * 32, 7, 8, 1 << 40, b"").to_bytes(), "codec.size"),
        (
            StatusSnapshot(b"\5" * 32, 7, 8, 1, b"\0", "x").to_bytes().replace(b"x\0", b"\xff\0"),
            "codec.shape",
        ),
    ],
)
def test_a_snapshot_of_another_form_is_refused(body: bytes, code: str) -> None:
    with refused(code):
        StatusSnapshot.from_bytes(body)
