"""Nothing personal in the clear, anywhere; and a key that is gone takes everything with it."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import sqlite3
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from issuer.ground import DATABASE, PERSON_KEYS
from issuer.store.database import Database, _alembic
from issuer.store.issuance import SqlIssuance
from issuer.store.onboarding import SqlSessions
from issuer.store.person_keys import PersonKeys
from issuer.store.statuses import SqlStatuses
from issuer.store.tables import metadata
from issuer.usecases.onboarding import OF_FACES
from issuer.usecases.records import Batch, BatchState, Entry, ListRow
from tests.support import issuer_world
from tests.support.issuer_clients import SECRETS, Person, Wallet
from tests.support.issuer_doubles import FIELDS, picture, reading
from tests.support.memory_keystore import MemoryKeyStore
from tests.unit.issuer.test_issuing import ALL, wallet_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def keys(tmp_path: Path) -> PersonKeys:
    store = MemoryKeyStore(b"store")
    return PersonKeys(tmp_path / "keys", store, store.generate(P256, "wrapping"), secrets.token_bytes)


def test_what_was_sealed_opens_under_its_key_and_name_only(keys: PersonKeys) -> None:
    one, other = keys.create(), keys.create()
    sealed = keys.seal(one, "phone", b"+46701740635")
    assert keys.open(one, "phone", sealed) == b"+46701740635"
    for key_id, name in ((other, "phone"), (one, "email")):
        with pytest.raises(Refused, match=r"store\.sealed"):
            keys.open(key_id, name, sealed)


def test_every_changed_byte_is_noticed(keys: PersonKeys) -> None:
    key_id = keys.create()
    sealed = keys.seal(key_id, "x", b"text")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Refused, match=r"store\.sealed"):
            keys.open(key_id, "x", bytes(changed))
    with pytest.raises(Refused, match=r"store\.sealed"):
        keys.open(key_id, "x", b"")


def test_an_erased_key_is_gone_from_the_file_too(keys: PersonKeys, tmp_path: Path) -> None:
    key_id = keys.create()
    sealed = keys.seal(key_id, "x", b"text")
    with sqlite3.connect(tmp_path / "keys") as connection:
        (wrapped,) = connection.execute("SELECT wrapped FROM person_key WHERE id = ?", (key_id,)).fetchone()
    connection.close()
    keys.erase(key_id)
    keys.erase(key_id)
    with pytest.raises(Refused, match=r"store\.erased"):
        keys.open(key_id, "x", sealed)
    assert all(wrapped not in file.read_bytes() for file in tmp_path.iterdir())


def test_lookups_are_stable_keyed_and_apart_by_kind(keys: PersonKeys, tmp_path: Path) -> None:
    store = MemoryKeyStore(b"store")
    again = PersonKeys(tmp_path / "keys", store, store.generate(P256, "wrapping"), secrets.token_bytes)
    assert keys.lookup("document", "SWE 1") == again.lookup("document", "SWE 1")
    assert keys.lookup("document", "SWE 1") != keys.lookup("number", "SWE 1")
    other = PersonKeys(tmp_path / "other", store, store.generate(P256, "wrapping 2"), secrets.token_bytes)
    assert keys.lookup("document", "SWE 1") != other.lookup("document", "SWE 1")


def test_keys_of_another_key_store_do_not_open(keys: PersonKeys, tmp_path: Path) -> None:
    keys.create()
    stranger = MemoryKeyStore(b"stranger")
    with pytest.raises(LocalError, match=r"store\.sealed"):
        PersonKeys(tmp_path / "keys", stranger, stranger.generate(P256, "w"), secrets.token_bytes)


def test_migrations_make_the_tables_the_code_sees(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    database.migrate()
    database.migrate()
    database.check_schema()
    database.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(tmp_path / "db")
    create = Operations.create_index

    def fail_late(self: Operations, name: str, *rest: Any, **more: Any) -> None:
        if name == "status_entry_open":
            raise ZeroDivisionError
        create(self, name, *rest, **more)

    monkeypatch.setattr(Operations, "create_index", fail_late)
    with pytest.raises(ZeroDivisionError):
        database.migrate()
    monkeypatch.undo()
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sqlite_master").all() == []
    database.migrate()
    database.check_schema()
    database.close()


def test_offers_under_way_are_found_by_code_and_token_as_before(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with database._engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
    with database.writing() as connection:
        for statement in (
            "INSERT INTO person (id, created_at) VALUES ('p', 0)",
            "INSERT INTO grant_state VALUES ('1', 'p', x'01', NULL, 'offered', 5)",
            "INSERT INTO grant_state VALUES ('2', 'p', x'02', x'03', 'authorised', 6)",
        ):
            connection.exec_driver_sql(statement)
    database.migrate()
    with database.writing() as connection:
        issuance = SqlIssuance(connection)
        found = [issuance.grant(hash_) for hash_ in (b"\1", b"\2", b"\3")]
        assert [None if row is None else (row.id, row.person_id, row.body) for row in found] == [
            ("1", "p", "offered"),
            ("2", "p", "authorised"),
            ("2", "p", "authorised"),
        ]
        issuance.remove_grants("p")
        assert issuance.grant(b"\3") is None
    database.close()


def test_what_was_under_way_is_carried_over_to_the_worker(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with database._engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with database.writing() as connection:
        for statement in (
            "INSERT INTO status_list VALUES ('01', 'u', 131072, 1)",
            # Seen on chain: 5 suspended. Written down and not seen: 5 revoked too, 6 revoked. Open: 7.
            """INSERT INTO status_entry VALUES
            ('01', 5, 3, 2), ('01', 6, 1, 0), ('01', 7, 1, 0), ('01', 8, 0, 0)""",
            """INSERT INTO status_batch VALUES
            ('01', 1, '{"set": [11], "cleared": []}', x'00', 'anchored', '', 0),
            ('01', 2, '{"set": [10, 12], "cleared": []}', x'00', 'prepared', '', 0)""",
        ):
            connection.exec_driver_sql(statement)
    database.migrate()
    with database.writing() as connection:
        statuses = SqlStatuses(connection)
        assert [row.given for row in statuses.lists()] == [4]
        (batch,) = statuses.under_way("01")
        assert (batch.version, batch.state, batch.root) == (2, BatchState.PREPARED, bytes(32))
        states = [statuses.progress("01", index).state for index in (5, 6, 7, 8)]
        assert states == ["requested", "requested", "requested", "none"]
        statuses.in_block(batch, "0x01", 9)
        assert statuses.entries("01") == (
            Entry("01", 5, 3, 3),
            Entry("01", 6, 1, 1),
            Entry("01", 7, 1, 0),
        )
    database.close()


def test_evidence_that_was_kept_with_one_digest_and_one_score_can_still_be_read(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with database._engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    former: dict[str, Any] = {"engine": "e", "engine_version": "1", "findings": []}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("document", {"kind": "document", "score": 0.5, "digest": "aa"}),
        ("face", {"kind": "face", "score": 0.25, "digest": "bb"}),
        ("face", {"kind": "face", "score": None, "digest": ""}),
    ]
    with database.writing() as connection:
        connection.exec_driver_sql(
            """INSERT INTO session VALUES
            ('s', 'k', x'00', 'review', 1, 'sv', 0, 0, NULL, 1, 1, 1, '[]', '')"""
        )
        for kind, body in rows:
            connection.exec_driver_sql(
                "INSERT INTO evidence (session_id, kind, body, at) VALUES ('s', ?, ?, 0)",
                (kind, json.dumps(former | body)),
            )
    database.migrate()
    with database.reading() as connection:
        kept = SqlSessions(connection, lambda: "").evidence("s")
    assert [piece.digests for piece in kept] == [{"document": "aa"}, {"selfie": "bb"}, {}]
    assert [piece.scores for piece in kept] == [{"text": 0.5}, {"distance": 0.25}, {}]
    database.close()


def test_leaves_and_their_proofs_outlast_the_table_they_stood_in(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with database._engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    with database.writing() as connection:
        for statement in (
            "INSERT INTO status_list (id, url, size, anchored_version) VALUES ('01', 'u', 131072, 1)",
            """INSERT INTO status_batch
            (list_id, version, changes, digest, state, transaction_id, prepared_at) VALUES
            ('01', 1, '{}', x'00', 'final', '', 0)""",
            "INSERT INTO person (id, created_at) VALUES ('p', 0)",
            """INSERT INTO credential
            (id, person_id, offer_id, configuration, list_id, idx, holder_hash, state, valid_until,
            notification_hash) VALUES ('c', 'p', 'o', 'x', '01', 5, x'01', 'issued', 9, x'02')""",
            "INSERT INTO issuance_leaf (digest, credential_id, at) VALUES (x'0a', 'c', 7)",
            "INSERT INTO issuance_leaf VALUES (x'0b', 'c', 8, '01', 1, x'ff')",
        ):
            connection.exec_driver_sql(statement)
    database.migrate()
    with database.writing() as connection:
        issuance = SqlIssuance(connection)
        assert issuance.waiting_leaves(9) == ((b"\x0a", datetime.fromtimestamp(7, UTC)),)
        assert issuance.inclusion_proof(b"\x0b") == b"\xff"
        issuance.add_leaf(b"\x0c", None, datetime.fromtimestamp(9, UTC))
        issuance.forget_person("p")
        assert issuance.waiting_leaves(9) == ((b"\x0c", datetime.fromtimestamp(9, UTC)),)
        assert issuance.inclusion_proof(b"\x0b") is None
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT at FROM issuance_leaf WHERE version = 0 ORDER BY at"
        )
        assert "issuance_leaf_waiting" in str(plan.all())
    database.close()


_NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_BATCH: Final = Batch("01", 1, (), (), bytes(32), BatchState.PREPARED)


def _act(statuses: SqlStatuses, name: str, index: int, flags: int) -> None:
    """One of all things that may be done to an entry."""
    under_way = statuses.under_way("01")
    match name:
        case "flags" | "held":
            statuses.set_flags("01", index, flags, held=name == "held")
        case "release":
            statuses.release("01", _NOW)
        case "written":
            version = 1 + max((one.version for one in under_way), default=3)
            statuses.put_batch(replace(_BATCH, version=version), [(index, flags)], _NOW)
        case "in block":
            for batch in under_way[:1]:
                statuses.in_block(batch, "0x01", 9)
        case "adopted":
            statuses.adopt("01", 3, [Entry("01", index, flags, flags)])
        case "used up":
            statuses.use_up("01", 1000 + statuses.lists()[0].given, flags)


_ACTS: Final = ("flags", "held", "release", "written", "in block", "adopted", "used up")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("revision") / "db")
    database.migrate()
    yield database
    database.close()


@given(st.lists(st.tuples(st.sampled_from(_ACTS), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_a_list_that_shows_something_else_has_another_revision(
    migrated: Database, acts: list[tuple[str, int, int]]
) -> None:
    with migrated.reading() as connection:  # what is written in it is rolled back
        statuses = SqlStatuses(connection)
        statuses.add_list(ListRow("01", "u", 131_072))
        for index in range(4):
            statuses.use_up("01", index, 0)
        for name, index, flags in acts:
            before, shown = statuses.lists()[0].revision, statuses.shown_entries("01")
            _act(statuses, name, index, flags)
            after = statuses.lists()[0].revision
            assert after > before or (after == before and statuses.shown_entries("01") == shown)


def test_an_index_that_is_given_out_changes_no_list(world: World) -> None:
    with world.ground.env.store.reading() as tx:
        before = [row.revision for row in tx.statuses.lists()]
    wallet_of(Person(world).approved()).credential(ALL[0])
    with world.ground.env.store.reading() as tx:
        assert [row.revision for row in tx.statuses.lists()] == before
        assert sum(row.given for row in tx.statuses.lists())


def test_a_database_that_was_not_migrated_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with pytest.raises(LocalError, match=r"store\.schema"):
        database.check_schema()
    database.close()


def test_the_database_runs_as_sealing_needs_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    with database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "secure_delete", "temp_store", "foreign_keys", "synchronous")
        }
    database.close()
    assert found == {
        "journal_mode": "wal",
        "secure_delete": 1,
        "temp_store": 2,
        "foreign_keys": 1,
        "synchronous": 2,
    }


def test_a_failed_transaction_leaves_nothing(still: World) -> None:
    def fail() -> None:
        with still.ground.env.store.writing() as tx:
            tx.persons.add("p", still.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with still.ground.env.store.reading() as tx:
        assert not tx.persons.exists("p")


def test_the_audit_table_only_grows(still: World) -> None:
    still.operator()
    connection = sqlite3.connect(still.path / "data" / DATABASE)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute(statement)
    connection.close()


def everything(path: Path) -> dict[str, bytes]:
    """Every file the issuer wrote, but the vault's own encrypted ones and the test's configuration."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def spellings(text: str) -> set[bytes]:
    return {text.encode(form) for form in ("utf-8", "utf-16-le", "utf-16-be")} | {
        text.upper().encode(),
        text.encode().hex().encode(),
        text.encode("unicode_escape"),
    }


def test_no_file_and_no_log_holds_the_person(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    # A folder of our own: others on this machine may be making temporary files meanwhile.
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    person = Person(world).approved()
    wallet = Wallet(world, person.offer()["credential_offer"])
    assert wallet.redeem().status_code == 200
    assert wallet.credential("ClicIdentity_sdjwt").status_code == 200
    world.call("GET", f"/onboarding/{person.id}/{FIELDS.number}")
    review = Person(world)
    review.to_document(consent=False)
    review.upload("document")
    review.settled()
    files = everything(world.path / "data")
    assert f"{DATABASE}-wal" in files
    assert len(files[DATABASE]) + len(files[f"{DATABASE}-wal"]) > 20_000
    # httpx here is the person's browser, whose log is not ours.
    ours = [row for row in caplog.records if not row.name.startswith("httpx")]
    log = "\n".join(row.getMessage() for row in ours).encode()
    for text in SECRETS:
        for spelling in spellings(text):
            assert [name for name, content in files.items() if spelling in content] == [], text
            assert spelling not in log, text
    assert picture("navy")[300:400] not in b"".join(files.values())
    assert list(temporary.iterdir()) == []


def test_after_erasure_a_restored_backup_stays_unreadable(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        person = Person(world).approved()
        other = Person(world)
        world.engines.reading = reading(
            replace(FIELDS, number="ZZ1111118", personal_number=None, given_name_mrz="ALVA")
        )
        other.approved()
        person_id, other_id = person.person_id(), other.person_id()
        world.ground.database.checkpoint()
        shutil.copy(tmp_path / "data" / DATABASE, tmp_path / "backup")
        assert person.call("DELETE").status_code == 204
        assert person.call("GET").status_code == 404
        with world.ground.env.store.reading() as tx:
            assert not tx.persons.exists(person_id)
            assert tx.sessions.of_key(person_id) == ()
            assert tx.vault.all(person_id) == ()
    for leftover in (tmp_path / "data").glob(f"{DATABASE}*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup", tmp_path / "data" / DATABASE)
    with issuer_world.running(tmp_path, background=False) as restored:
        with restored.ground.env.store.reading() as tx:
            assert tx.persons.exists(person_id)
            with pytest.raises(Refused, match=r"store\.erased"):
                tx.vault.get(person_id, "profile")
            assert tx.vault.get(other_id, "profile") is not None
        person.world = restored
        assert person.call("GET", "/export").json()["code"] == "store.erased"
        assert restored.application.services.privacy.recover() == 1
        with restored.ground.env.store.reading() as tx:
            assert not tx.persons.exists(person_id)
            assert tx.persons.exists(other_id)
        assert person.call("GET").status_code == 404
        assert restored.application.services.privacy.recover() == 0


def test_after_a_withdrawal_a_restored_backup_brings_no_face_back(tmp_path: Path) -> None:
    """Whatever shows the face is unreadable there, and the consent counts as withdrawn again."""
    with issuer_world.running(tmp_path) as world:
        person = Person(world).approved()
        person_id = person.person_id()
        world.ground.database.checkpoint()
        shutil.copy(tmp_path / "data" / DATABASE, tmp_path / "backup")
        assert person.call("DELETE", "/face-consent").status_code == 200
    for leftover in (tmp_path / "data").glob(f"{DATABASE}*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup", tmp_path / "data" / DATABASE)
    with issuer_world.running(tmp_path, background=False) as restored:
        with restored.ground.env.store.reading() as tx:
            assert [name for name in OF_FACES if tx.vault.get(person_id, name) is not None] == []
            assert {name for name, _, _ in tx.vault.all(person_id)}.isdisjoint(OF_FACES)
            assert tx.vault.get(person_id, "profile") is not None
        assert restored.application.services.privacy.recover() == 1
        person.world = restored
        assert person.state()["face_consent"] is False
        (onboarding,) = person.call("GET", "/export").json()["onboardings"]
        given = {row["kind"]: row["withdrawn_at"] for row in onboarding["consents"]}
        assert given["face_comparison"]
        assert "face" not in {piece["kind"] for piece in onboarding["evidence"]}
        assert restored.application.services.privacy.recover() == 0


def test_a_face_may_be_kept_again_after_a_withdrawal_and_none_after_an_erasure(world: World) -> None:
    person_id = Person(world).approved().person_id()
    with world.ground.env.store.writing() as tx:
        tx.vault.withdraw_faces(person_id)
        tx.vault.put(person_id, "selfie", b"anew")
        assert tx.vault.get(person_id, "selfie") == b"anew"
    world.ground.env.sealer.erase(person_id)
    assert not [one for one in world.ground.env.sealer.ids() if one.startswith(person_id)]
    with world.ground.env.store.writing() as tx, pytest.raises(Refused, match=r"store\.erased"):
        tx.vault.put(person_id, "selfie", b"too late")


def test_person_keys_are_apart_from_the_database(world: World) -> None:
    person = Person(world).approved()
    files = everything(world.path / "data")
    assert person.person_id().encode() in files[PERSON_KEYS]
    connection = sqlite3.connect(world.path / "data" / PERSON_KEYS)
    rows = connection.execute("SELECT wrapped FROM person_key").fetchall()
    connection.close()
    database = files[DATABASE] + files.get(f"{DATABASE}-wal", b"")
    assert rows
    assert all(wrapped not in database for (wrapped,) in rows)


def test_an_onboarding_that_led_to_no_person_goes_whole(world: World) -> None:
    left, approved = Person(world), Person(world)
    left.to_document()
    approved.approved()
    key_id = _key_of(world, left)
    world.clock.forward(days=31)
    assert (
        world.application.services.privacy.let_go() == 6
    )  # the one who left, and what the other had to lose
    assert left.call("GET").status_code == 404
    assert approved.state()["state"] == "approved"
    with pytest.raises(Refused, match=r"store\.erased"):
        world.ground.env.sealer.open(key_id, "phone", bytes(40))  # type: ignore[attr-defined]


def _key_of(world: World, person: Person) -> str:
    with world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return session.key_id


def test_images_go_when_the_contest_period_ends(world: World) -> None:
    person = Person(world).approved()
    held = person.call("GET", "/export").json()["held"]
    assert {"document", "selfie", "liveness", "portrait", "enrolled_face", "profile"} <= held.keys()
    assert world.application.services.privacy.let_go() == 0
    world.clock.forward(days=31)
    assert world.application.services.privacy.let_go() == 5
    held = person.call("GET", "/export").json()["held"]
    assert {"document", "selfie", "liveness", "portrait"}.isdisjoint(held)
    assert "profile" in held
