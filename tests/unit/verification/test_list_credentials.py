"""Status by a list that the issuer publishes as a credential: for issuers that no chain knows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats.base import (
    Checked,
    CheckName,
    IssuerIdentity,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    Unavailable,
    Wanted,
)
from clicid.formats.vc_di import prepare_credential
from clicid.status import bitstring
from clicid.status.bitstring import MIN_ENTRIES, Bitstring
from clicid.status.entry import BitstringEntry
from clicid.verification import Policy, SignedLists, checkers
from clicid.verification.status import status_lines
from tests.support import w3c
from tests.support.w3c import CONTEXTS, DAY, ISSUER, NOW, OTHER_REF

if TYPE_CHECKING:
    from clicid.keys.store import KeyRef

URL = "https://issuer.example/lists/4"
NEED = Need(NeedKind.STATUS_LIST_CREDENTIAL, URL, ISSUER.did)
ENTRY = BitstringEntry("revocation", 5, URL, where="/credentialStatus")
POLICY = Policy(
    "test",
    replace(w3c.RULES, max_age={NeedKind.STATUS: timedelta(hours=1)}),
    {},
    SignedLists.IGNORED,
    "00" * 32,
)


def published(
    *,
    values: dict[int, int] | None = None,
    purposes: tuple[str, ...] = ("revocation",),
    ref: KeyRef = w3c.ISSUER_REF,
    issuer: IssuerIdentity = ISSUER,
    **changes: Any,
) -> bytes:
    """A signed list credential; `changes` replace members before it is signed."""
    bits = bytearray(MIN_ENTRIES // 8)
    for index in values or {}:
        bits[index >> 3] |= 0x80 >> (index & 7)
    document = bitstring.credential(
        Bitstring(purposes, bytes(bits)),
        url=URL,
        issuer=issuer.did,
        valid_from=DAY,
        valid_until=DAY + timedelta(days=2),
        ttl=timedelta(minutes=30),
    )
    prepared = prepare_credential(issuer, document | changes, CONTEXTS, created=DAY)
    return w3c.signed(prepared, ref)


def line(
    body: bytes | Unavailable | None,
    entry: BitstringEntry = ENTRY,
    *,
    age: timedelta = timedelta(minutes=1),
    kept: timedelta = timedelta(minutes=1),
    media_type: str = "application/vc",
) -> Line | Wanted:
    """The status line of a credential of `ISSUER` with one entry."""
    have: dict[Need, Material | Unavailable] = {}
    if isinstance(body, bytes):
        have[NEED] = Material(body, NOW - kept, NOW - age, URL, media_type)
    elif body is not None:
        have[NEED] = body
    checked = Checked((), issuer=ISSUER.did, status=(entry,))
    found = status_lines(checked, have, policy=POLICY, checkers=checkers(CONTEXTS), now=NOW)
    return found if isinstance(found, Wanted) else found[0]


def ended(found: Line | Wanted) -> tuple[Outcome, str]:
    assert isinstance(found, Line)
    assert found.check is CheckName.STATUS
    return found.outcome, found.code


def test_the_list_is_asked_for_by_its_url_and_the_credentials_issuer() -> None:
    assert line(None) == Wanted((NEED,))


def test_an_unset_bit_passes_and_a_set_one_refuses() -> None:
    assert ended(line(published(values={4: 1, 6: 1}))) == (Outcome.PASSED, "")
    assert ended(line(published(values={5: 1}))) == (Outcome.FAILED, "status.revoked")


@pytest.mark.parametrize(
    ("purpose", "code"),
    [("suspension", "status.suspended"), ("status.example", "status.value"), ("refresh", "")],
)
def test_what_each_purpose_does(purpose: str, code: str) -> None:
    found = line(published(purposes=(purpose,), values={5: 1}), replace(ENTRY, purpose=purpose))
    assert ended(found) == (Outcome.FAILED if code else Outcome.PASSED, code)
    assert isinstance(found, Line)
    assert code or found.detail == "refresh: set"


def test_nobody_answers() -> None:
    assert ended(line(Unavailable(NOW, "timeout"))) == (Outcome.UNDECIDED, "status.unavailable")


@pytest.mark.parametrize(
    ("age", "kept"),
    [(timedelta(hours=2), timedelta(minutes=1)), (timedelta(minutes=1), timedelta(minutes=40))],
    ids=["the policy's limit", "its own time to live"],
)
def test_an_old_list_is_undecided_but_a_revocation_in_it_counts(age: timedelta, kept: timedelta) -> None:
    assert ended(line(published(), age=age, kept=kept)) == (Outcome.UNDECIDED, "status.too_old")
    revoked = line(published(values={5: 1}), age=age, kept=kept)
    assert ended(revoked) == (Outcome.FAILED, "status.revoked")
    suspended = published(purposes=("suspension",), values={5: 1})
    late = line(suspended, replace(ENTRY, purpose="suspension"), age=age, kept=kept)
    assert ended(late) == (Outcome.UNDECIDED, "status.too_old")


OTHER = IssuerIdentity(w3c.did(OTHER_REF), w3c.key_id(OTHER_REF), "https://other.example")


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (published(ref=OTHER_REF), "status.list_unverified", "issuer.signature"),
        (published(ref=OTHER_REF, issuer=OTHER), "status.list_issuer", ""),
        (published().replace(b"2026-11-24", b"2027-11-24"), "status.list_unverified", "issuer.signature"),
        (b"{", "status.list_unverified", "codec.json"),
        (
            published(validFrom="2026-11-20T00:00:00Z", validUntil="2026-11-21T00:00:00Z"),
            "status.list_unverified",
            "validity.expired",
        ),
        (published(id="https://issuer.example/lists/5"), "status.bitstring", ""),
        (published(purposes=("suspension",)), "status.purpose", ""),
        (w3c.credential(), "status.bitstring", ""),
    ],
    ids=["forged", "another issuer", "altered", "no JSON", "over", "another list", "purpose", "no list"],
)
def test_a_list_that_is_not_good_refuses(body: bytes, code: str, detail: str) -> None:
    found = line(body)
    assert ended(found) == (Outcome.FAILED, code)
    assert isinstance(found, Line)
    if code == "status.list_unverified":
        assert found.detail == detail


def test_an_entry_outside_the_list_refuses() -> None:
    assert ended(line(published(), replace(ENTRY, index=MIN_ENTRIES))) == (Outcome.FAILED, "status.index")


@pytest.mark.parametrize(
    ("media_type", "code"),
    [
        ("application/vc", ""),
        ("application/vc; charset=utf-8", ""),
        ("Application/LD+JSON", ""),
        ("application/json", ""),
        ("text/html", "status.list_format"),
        ("", "status.list_format"),
    ],
)
def test_the_format_is_the_servers_word_and_never_guessed(media_type: str, code: str) -> None:
    found = line(published(), media_type=media_type)
    assert ended(found) == (Outcome.FAILED if code else Outcome.PASSED, code)


def test_several_lists_have_a_line_each_and_are_wanted_together() -> None:
    second = replace(ENTRY, purpose="suspension", list_credential=f"{URL}/suspension")
    checked = Checked((), issuer=ISSUER.did, status=(ENTRY, second))
    other = Need(NeedKind.STATUS_LIST_CREDENTIAL, f"{URL}/suspension", ISSUER.did)
    assert status_lines(checked, {}, policy=POLICY, checkers=checkers(CONTEXTS), now=NOW) == Wanted(
        (NEED, other)
    )


WEB = "did:web:issuer.example"
CREDENTIALS = IssuerIdentity(WEB, f"{WEB}#credentials", "https://issuer.example")
LISTS = IssuerIdentity(WEB, f"{WEB}#lists", "https://issuer.example")


def by_web(signer: KeyRef, document: dict[str, Any] | None) -> tuple[Outcome, str]:
    """A list in the name of a did:web issuer, by the key for lists, as `signer` signed it.

    `document` is the issuer's, or None if it cannot be had.
    """
    body = published(issuer=LISTS, ref=signer)
    need = Need(NeedKind.STATUS_LIST_CREDENTIAL, URL, WEB)
    have = {
        need: Material(body, NOW, NOW, URL, "application/vc"),
        Need(NeedKind.DID, WEB): Unavailable(NOW, "fetch.failed")
        if document is None
        else Material(json.dumps(document).encode(), NOW, NOW, "https://issuer.example/"),
    }
    checked = Checked((), issuer=WEB, status=(ENTRY,))
    policy = replace(POLICY, rules=replace(POLICY.rules, max_age=dict.fromkeys(NeedKind, timedelta(hours=1))))
    found = status_lines(checked, have, policy=policy, checkers=checkers(CONTEXTS), now=NOW)
    assert not isinstance(found, Wanted)
    return ended(found[0])


def test_the_list_may_be_by_another_key_of_the_same_issuer() -> None:
    keys = {CREDENTIALS.key_id: w3c.ISSUER_REF, LISTS.key_id: OTHER_REF}
    methods = [
        {
            "id": name,
            "type": "Multikey",
            "controller": WEB,
            "publicKeyMultibase": w3c.STORE.public(ref).to_multikey(),
        }
        for name, ref in keys.items()
    ]
    document = {"id": WEB, "verificationMethod": methods, "assertionMethod": list(keys)}
    assert by_web(OTHER_REF, document) == (Outcome.PASSED, "")
    assert by_web(w3c.ISSUER_REF, document) == (Outcome.FAILED, "status.list_unverified")
    taken_out = document | {"assertionMethod": [CREDENTIALS.key_id]}
    assert by_web(OTHER_REF, taken_out) == (Outcome.FAILED, "status.list_unverified")


def test_where_the_issuers_keys_cannot_be_had_nothing_is_decided() -> None:
    assert by_web(OTHER_REF, None) == (Outcome.UNDECIDED, "did.unavailable")


def test_a_list_in_the_name_of_another_has_nothing_looked_up() -> None:
    found = line(published(issuer=LISTS, ref=OTHER_REF))
    assert not isinstance(found, Wanted)
    assert ended(found) == (Outcome.FAILED, "status.list_issuer")
