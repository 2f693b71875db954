"""Status entries of credentials: what the standard forbids, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from clicid.status.entry import BitstringEntry, parse
from tests.support.refusals import refused

URL = "https://issuer.example/status/3"
ENTRY: dict[str, Any] = {
    "id": f"{URL}#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": URL,
}
FOUR = [{"status": f"0x{value:x}", "message": f"m{value}"} for value in range(4)]


def test_an_entry_as_the_standard_shows_it() -> None:
    assert parse(ENTRY, "/s") == BitstringEntry("revocation", 94567, URL, where="/s")


def test_an_entry_with_everything() -> None:
    wide = ENTRY | {
        "type": ["BitstringStatusListEntry"],
        "statusPurpose": "message",
        "statusSize": 2,
        "statusMessage": FOUR,
        "statusReference": ["https://issuer.example/meaning"],
        "more": 1,
    }
    found = parse(wide, "")
    assert [found.message(value) for value in range(4)] == ["m0", "m1", "m2", "m3"]
    assert found.references == ("https://issuer.example/meaning",)
    assert parse(ENTRY | {"statusReference": "https://a.example/"}, "").references == ("https://a.example/",)


def test_without_words_values_are_set_and_unset() -> None:
    found = parse(ENTRY, "")
    assert (found.message(0), found.message(1)) == ("unset", "set")


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"type": "Other"}, "status.entry", "/s/type"),
        ({"type": ["BitstringStatusListEntry", "Other"]}, "status.entry", "/s/type"),
        ({"type": None}, "status.entry", "/s/type"),
        ({"id": URL}, "status.entry", "/s/id"),
        ({"statusPurpose": ["revocation"]}, "codec.shape", "/s/statusPurpose"),
        ({"statusPurpose": ""}, "codec.shape", "/s/statusPurpose"),
        *(
            ({"statusListIndex": value}, code, "/s/statusListIndex")
            for value, code in (
                (94567, "codec.shape"),
                (True, "codec.shape"),
                ("", "codec.shape"),
                ("-1", "status.entry"),
                ("+1", "status.entry"),
                ("01", "status.entry"),
                ("1.0", "status.entry"),
                ("0x1", "status.entry"),
                ("\u0661", "status.entry"),
                ("1" * 19, "status.entry"),
            )
        ),
        ({"statusListCredential": "urn:x:1"}, "codec.url", "/s/statusListCredential"),
        ({"statusListCredential": "/status/3"}, "codec.url", "/s/statusListCredential"),
        ({"statusListCredential": {"id": URL}}, "codec.shape", "/s/statusListCredential"),
        ({"statusSize": 0}, "codec.shape", "/s/statusSize"),
        ({"statusSize": 1.5}, "codec.shape", "/s/statusSize"),
        ({"statusSize": 2}, "status.entry", "/s/statusMessage"),
        ({"statusSize": 3, "statusMessage": FOUR}, "status.entry", "/s/statusMessage"),
        ({"statusSize": 9, "statusMessage": FOUR}, "codec.shape", "/s/statusSize"),
        ({"statusMessage": FOUR}, "status.entry", "/s/statusMessage"),
        ({"statusMessage": "set"}, "codec.shape", "/s/statusMessage"),
        ({"statusMessage": [{"status": 0, "message": "no"}]}, "codec.shape", "/s/statusMessage/0/status"),
        ({"statusReference": "nowhere"}, "codec.url", "/s/statusReference"),
        ({"statusReference": []}, "codec.shape", "/s/statusReference"),
        ({"statusReference": {}}, "codec.shape", "/s/statusReference"),
    ],
)
def test_a_malformed_entry(change: dict[str, Any], code: str, where: str) -> None:
    with refused(code, where):
        parse(ENTRY | change, "/s")


@pytest.mark.parametrize("name", ["statusPurpose", "statusListIndex", "statusListCredential"])
def test_a_member_that_is_missing(name: str) -> None:
    with refused("codec.shape", f"/s/{name}"):
        parse({key: value for key, value in ENTRY.items() if key != name}, "/s")
