"""What the wallet remembers, in a real vault: found again after a restart, and opened by nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import jcs
from clicid.errors import LocalError
from tests.support.refusals import refused
from wallet.labels import ClaimLabel
from wallet.store.records import (
    Event,
    HeldCredential,
    HistoryEntry,
    IssuanceSession,
    OpenIssuance,
    WalletRecords,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = bytes(range(32))
HELD = HeldCredential(
    credential_id="a1b2",
    format="dc+sd-jwt",
    credential_type="https://schemas.example/identity/v1",
    issuer="did:ethr:0x1:0xabc",
    key_name="holder-1",
    raw=b"the secret credential of Aakerstroem~",
    received_at=200,
    display={"en": "Identity", "sv-SE": "Identitet"},
    uses=("decentralized_identifier:did:example:shop",),
)
SHOWN = HistoryEntry(
    at=300,
    event=Event.PRESENTED,
    party="Systemhandeln AB",
    registered=True,
    purpose="To sell",
    credential_ids=("a1b2",),
    shown=("age_over_18",),
    outcome="accepted",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


@pytest.fixture
def vault(path: Path) -> Iterator[AskarKeyStore]:
    with AskarKeyStore.open(path, KEY, create=True) as store:
        yield store


def test_found_again_after_a_restart(path: Path, vault: AskarKeyStore) -> None:
    WalletRecords(vault).put(HELD)
    WalletRecords(vault).add_history(SHOWN)
    vault.close()
    with AskarKeyStore.open(path, KEY) as again:
        assert WalletRecords(again).credentials() == [HELD]
        assert WalletRecords(again).history() == [SHOWN]


def test_nothing_lies_open_and_a_wrong_key_opens_nothing(path: Path, vault: AskarKeyStore) -> None:
    WalletRecords(vault).put(HELD)
    WalletRecords(vault).add_history(SHOWN)
    vault.close()
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for secret in (HELD.raw, b"Systemhandeln", b"age_over_18", HELD.issuer.encode()):
        assert secret not in stored
    with refused("keystore.locked", kind=LocalError):
        AskarKeyStore.open(path, KEY[::-1])


def test_the_oldest_comes_first(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    for name, received_at in (("c", 100), ("b", 300), ("a", 300), ("d", 50)):
        records.put(replace(HELD, credential_id=name, received_at=received_at))
    assert [one.credential_id for one in records.credentials()] == ["d", "c", "a", "b"]


def test_by_an_unambiguous_beginning_of_its_id(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    records.put(HELD)
    assert records.credential("a1") == HELD
    records.put(replace(HELD, credential_id="a1c3"))
    assert records.credential("a1b2") == HELD
    for name in ("a1", "", "b", "a1b2x"):
        with refused("wallet.unknown", name, kind=LocalError):
            records.credential(name)


def test_an_empty_id_names_nothing_even_if_there_is_only_one(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    records.put(HELD)
    with refused("wallet.unknown", "", kind=LocalError):
        records.credential("")


def test_removed_is_gone(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    records.put(HELD)
    records.put(replace(HELD, credential_id="other"))
    records.remove("a1b2")
    assert [one.credential_id for one in records.credentials()] == ["other"]


def test_the_history_keeps_its_order_and_an_end_is_written_into_its_entry(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    names = [records.add_history(replace(SHOWN, at=at)) for at in range(12)]
    records.end_history(names[3], replace(SHOWN, at=3, outcome="status.revoked"))
    found = records.history()
    assert [entry.at for entry in found] == list(range(12))
    assert [entry.outcome for entry in found].count("status.revoked") == 1
    assert found[3].outcome == "status.revoked"


def test_a_record_that_is_no_object_is_told(vault: AskarKeyStore) -> None:
    vault.put_record("credential", "x", b"[]")
    with refused("wallet.damaged", kind=LocalError):
        WalletRecords(vault).credentials()


def test_records_of_earlier_wallets_are_read(vault: AskarKeyStore) -> None:
    """Of before there were proofs, and of before there were batches and renewals."""
    row = {
        "credential_id": "old",
        "format": "dc+sd-jwt",
        "credential_type": "t",
        "issuer": "did:ethr:0x1:0xabc",
        "key_name": "k",
        "raw": "cmF3",
        "received_at": 5,
        "display": {"en": "Identity"},
        "uses": ["a"],
        "test": False,
    }
    vault.put_record("credential", "old", jcs.dumps(row))
    vault.put_record("credential", "older", jcs.dumps(row | {"credential_id": "older", "proof": ""}))
    records = WalletRecords(vault)
    (old, _) = records.credentials()
    assert (old.raw, old.batch, old.session, old.expires_at, old.entry) == (b"raw", "", "", 0, "old")
    assert not old.spent, "shown before, and no copy of several: it stays what it was"
    assert set(records.entries()) == {"old", "older"}
    assert records.entry("older")[0].proof == b""
    assert old.labels == (), "of before there were any: technical names stand"
    said = {
        "at": 1,
        "event": "presented",
        "party": "p",
        "registered": True,
        "purpose": "",
        "outcome": "accepted",
    }
    vault.put_record("history", "0", jcs.dumps({**said, "credential_ids": ["old"], "shown": ["name"]}))
    assert [one.called for one in records.history()] == [{}]


def test_labels_are_found_again(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    labelled = replace(HELD, labels=(ClaimLabel(("names", None, 3, "given"), {"sv": "Förnamn"}),))
    records.put(labelled)
    assert records.credentials() == [labelled]
    entry = replace(SHOWN, called={"age_over_18": {"sv": "Har fyllt 18 (age_over_18)"}})
    records.add_history(entry)
    assert records.history() == [entry]


def test_what_is_under_way_is_kept_in_one_go(vault: AskarKeyStore) -> None:
    records = WalletRecords(vault)
    run = OpenIssuance("r", b"state", ("k",), ("a1b2",), "s")
    session = IssuanceSession("s", "https://i.example", "https://as.example", "secret", "", "", "")
    records.put_session(session)
    records.put(HELD)
    new = replace(HELD, credential_id="c1", batch="b1", session="s", expires_at=9)
    records.keep([new, replace(new, credential_id="c2")], SHOWN, run, [HELD])
    assert records.runs() == [run]
    assert records.sessions() == {"s": session}
    assert {one.credential_id for one in records.entry("b1")} == {"c1", "c2"}
    assert records.entry("c2") == records.entry("b")
    assert len(records.history()) == 1
    records.remove_run("r")
    records.remove_session("s")
    assert (records.runs(), records.sessions()) == ([], {})
    assert "secret" not in repr(session)
    assert b"state" not in repr(run).encode()
