"""Looking at credentials, letting go of them, and having them blocked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.status.rows import REVOKED
from tests.support.asking import Holder
from tests.support.refusals import refused
from tests.support.world import DID, LIST_URL, NOW
from tests.unit.wallet.test_hostile_peers import parts_for
from wallet.store.records import BlockingCode, Event, WalletRecords
from wallet.usecases.blocking import block
from wallet.usecases.showing import detail, remove, summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CODE = BlockingCode("https://issuer.example", "https://issuer.example/block", "ABCD-EFGH", "1234-5678")


def nobody(request: HttpRequest) -> HttpAnswer:
    raise AssertionError(f"somebody was called: {request.url}")


def test_a_line_holds_no_value() -> None:
    (held,) = parts_for(Holder(), {}, nobody).records.credentials()
    line = summary([replace(held, uses=("a", "b"))], NOW)
    assert (line["received"], line["shown_to"]) == ("1970-01-01", 2)
    assert "Öhrn" not in str(line)
    assert "raw" not in line


def test_every_value_and_what_the_chain_says_now() -> None:
    holder = Holder()
    found = detail(parts_for(holder, holder.have, nobody), "id")
    assert found["state"] == "good"
    assert found["claims"]["family_name"] == "Öhrn"
    holder.world.entry(REVOKED)
    assert detail(parts_for(holder, holder.have, nobody), "id")["state"] == "status.revoked"
    silent = holder.have | {Need(NeedKind.STATUS, LIST_URL, DID): Unavailable(NOW, "no endpoint answers")}
    assert detail(parts_for(holder, silent, nobody), "id")["state"] == "status.unavailable"


def test_removed_with_its_key(tmp_path: Path) -> None:
    parts = parts_for(Holder(), {}, nobody)
    (held,) = parts.records.credentials()
    with AskarKeyStore.open(tmp_path / "vault.db", bytes(32), create=True) as vault:
        vault.generate("P-256", "holder")
        vault.generate("P-256", "another")
        parts = replace(parts, keys=vault, records=WalletRecords(vault))
        parts.records.put(held)
        remove(parts, [held])
        assert parts.records.credentials() == []
        assert (vault.find("holder"), vault.find("another") is None) == (None, False)
        (entry,) = parts.records.history()
        assert (entry.event, entry.credential_ids) == (Event.REMOVED, ("id",))
        with refused("wallet.unknown", "id", kind=LocalError):
            detail(parts, "id")


@pytest.mark.parametrize("status", [200, 202, 204])
def test_blocked_by_the_code(status: int) -> None:
    sent: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpAnswer:
        sent.append(request)
        return HttpAnswer(status, JSON_TYPE, b"")

    parts = parts_for(Holder(), {}, answer)
    block(parts, CODE)
    (request,) = sent
    assert (request.method, request.url) == ("POST", CODE.block_url)
    assert strict_json.loads(request.body) == {"block_id": CODE.block_id, "code": CODE.code}
    (entry,) = parts.records.history()
    assert (entry.event, entry.party, entry.outcome) == (Event.BLOCKED, CODE.issuer, "blocked")
    assert CODE.code not in str(entry)


def test_not_blocked_is_said_and_remembered() -> None:
    parts = parts_for(Holder(), {}, lambda _: HttpAnswer(403, JSON_TYPE, b'{"code": "block.refused"}'))
    with refused("wallet.blocking"):
        block(parts, CODE)
    assert [entry.outcome for entry in parts.records.history()] == ["wallet.blocking"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Undecided("fetch.failed", "x"), Undecided), (Refused("fetch.redirect", "x"), Refused)],
)
def test_without_an_answer_nothing_is_claimed(fault: Exception, kind: type[Any]) -> None:
    parts = parts_for(Holder(), {}, _raising(fault))
    with pytest.raises(kind):
        block(parts, CODE)
    assert [entry.outcome for entry in parts.records.history()] != ["blocked"]


def _raising(fault: Exception) -> Callable[[HttpRequest], HttpAnswer]:
    def answer(_: HttpRequest) -> HttpAnswer:
        raise fault

    return answer
