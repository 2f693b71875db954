"""One-time codes: ten minutes, five tries, and no answer tells whether a number is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.errors import Refused
from issuer.usecases.addresses import normalise
from issuer.usecases.records import Channel
from tests.support.issuer_clients import EMAIL, PHONE, Person

if TYPE_CHECKING:
    import httpx

    from tests.support.issuer_world import World


def send(person: Person, address: str = PHONE, channel: str = "phone") -> httpx.Response:
    return person.call("POST", "/contact", json={"channel": channel, "address": address})


def confirm(person: Person, code: str, channel: str = "phone") -> httpx.Response:
    return person.call("POST", "/contact/confirm", json={"channel": channel, "code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def person(still: World) -> Person:
    found = Person(still)
    found.to_contact()
    return found


def test_both_channels_are_confirmed(person: Person, still: World) -> None:
    send(person)
    assert confirm(person, still.mailbox.last()).json()["state"] == "contact"
    send(person, EMAIL, "email")
    assert confirm(person, still.mailbox.last(), "email").json()["state"] == "document"
    assert [one["to"] for one in still.mailbox.sent] == [PHONE, EMAIL]


def test_a_wrong_code_burns_at_the_fifth_try(person: Person, still: World) -> None:
    send(person)
    code = still.mailbox.last()
    answers = [confirm(person, wrong(code)).json()["code"] for _ in range(5)]
    assert answers == ["contact.code_wrong"] * 4 + ["contact.code_burnt"]
    assert confirm(person, code).json()["code"] == "contact.code_expired"
    assert person.state()["phone_confirmed"] is False


def test_a_code_dies_after_ten_minutes(person: Person, still: World) -> None:
    send(person)
    still.clock.forward(minutes=10)
    assert confirm(person, still.mailbox.last()).json()["code"] == "contact.code_expired"


def test_a_code_just_before_ten_minutes_is_taken(person: Person, still: World) -> None:
    send(person)
    still.clock.forward(minutes=9, seconds=59)
    assert confirm(person, still.mailbox.last()).status_code == 200


def test_a_code_is_for_one_session_and_channel(person: Person, still: World) -> None:
    other = Person(still)
    other.to_contact()
    send(person)
    send(other)
    assert confirm(person, still.mailbox.last()).json()["code"] == "contact.code_wrong"
    send(person, EMAIL, "email")
    assert confirm(person, still.mailbox.sent[0]["code"], "email").status_code == 422


def test_a_new_code_replaces_the_old(person: Person, still: World) -> None:
    send(person)
    send(person)
    first, second = (one["code"] for one in still.mailbox.sent)
    if first != second:
        assert confirm(person, first).json()["code"] == "contact.code_wrong"
    assert confirm(person, second).status_code == 200


def test_a_code_is_used_once(person: Person, still: World) -> None:
    send(person)
    assert confirm(person, still.mailbox.last()).status_code == 200
    assert confirm(person, still.mailbox.last()).json()["code"] == "contact.code_expired"


def test_another_address_takes_the_confirmation_away(person: Person, still: World) -> None:
    send(person)
    confirm(person, still.mailbox.last())
    send(person, "+46701740636")
    assert person.state()["phone_confirmed"] is False


def test_known_and_unknown_numbers_and_limits_get_the_same_answer(person: Person, still: World) -> None:
    known = send(person)
    stranger = Person(still)
    stranger.to_contact()
    answers = [send(stranger, PHONE), send(stranger, "+46701740605")]
    answers += [send(stranger, "+46701740605") for _ in range(8)]  # beyond the limit: nothing is sent
    assert {(one.status_code, one.text) for one in (known, *answers)} == {(202, known.text)}
    assert len(still.mailbox.sent) == 6


def test_limits_end_after_an_hour(person: Person, still: World) -> None:
    for _ in range(7):
        send(person)
    assert len(still.mailbox.sent) == 5
    still.clock.forward(hours=1, seconds=1)
    send(person)
    assert len(still.mailbox.sent) == 6


def test_codes_are_not_stored(person: Person, still: World) -> None:
    send(person)
    code = still.mailbox.last().encode()
    for file in (still.path / "data").iterdir():
        assert code not in file.read_bytes()


def test_a_carrier_that_fails_is_said_so(person: Person, still: World) -> None:
    still.mailbox.broken = True
    answer = send(person)
    assert (answer.status_code, answer.json()["code"]) == (503, "outbox.failed")


@pytest.mark.parametrize(
    ("channel", "text", "normal"),
    [
        (Channel.PHONE, "070-174 06 35", "+46701740635"),
        (Channel.PHONE, "+46 (0)70 174 06 35", "+46701740635"),
        (Channel.EMAIL, "Asa.Ohrn@Example.COM", "Asa.Ohrn@example.com"),
    ],
)
def test_addresses_have_one_form(channel: Channel, text: str, normal: str) -> None:
    assert normalise(channel, text) == normal


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (Channel.PHONE, "12"),
        (Channel.PHONE, "+46000000826"),  # zeros that no normal form keeps: found by fuzzing
        (Channel.PHONE, "hello"),
        (Channel.EMAIL, "a@"),
        (Channel.EMAIL, "a b@example.com"),
    ],
)
def test_what_is_no_address_is_refused(channel: Channel, text: str) -> None:
    with pytest.raises(Refused, match=r"contact\.address"):
        normalise(channel, text)
