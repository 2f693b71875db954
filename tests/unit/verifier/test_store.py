"""The verifier's memory: compare-and-set, claims once and sealed, tokens until they run out."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from clicid.errors import LocalError
from tests.support.refusals import refused
from tests.support.world import Dice
from verifier.store import VerifierStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verifier.store import StoredSession

KEY = bytes(range(32))
DAY = 86_400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verifier.db"


@pytest.fixture
def store(path: Path) -> Iterator[VerifierStore]:
    store = VerifierStore(path, KEY, Dice())
    yield store
    store.close()


def begun(store: VerifierStore, name: str = "s", expires_at: int = 1_000) -> StoredSession:
    store.add_session(name, "shop", b"created", expires_at)
    found = store.session(name)
    assert found is not None
    return found


def test_what_is_stored_is_found_again_after_a_restart(path: Path, store: VerifierStore) -> None:
    begun(store)
    store.close()
    again = VerifierStore(path, KEY, Dice())
    found = again.session("s")
    again.close()
    assert found is not None
    assert (found.client_id, found.state, found.version, found.report) == ("shop", b"created", 1, None)
    assert store.session("unknown") is None


def test_of_two_changes_one_is_made(store: VerifierStore) -> None:
    session = begun(store)
    first = store.replace_state(session, b"first", report=b"{}")
    assert first is not None
    assert store.replace_state(session, b"second", report=b"[]") is None
    assert store.session("s") == first
    assert (first.state, first.version, first.report) == (b"first", 2, b"{}")
    second = store.replace_state(first, b"second")
    assert second is not None
    assert (second.version, second.report) == (3, b"{}")


def test_of_many_at_the_same_moment_one_is_made(store: VerifierStore) -> None:
    session = begun(store)
    barrier = threading.Barrier(8)
    made: list[StoredSession | None] = []

    def change(number: int) -> None:
        barrier.wait()
        made.append(store.replace_state(session, str(number).encode()))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [one for one in made if one is not None]
    assert len(made) == 8
    assert store.session("s") == won


def test_claims_are_taken_once(store: VerifierStore) -> None:
    session = store.replace_state(begun(store), b"concluded", claims=b"the claims")
    assert session is not None
    assert store.take_claims(session, b"collected") == b"the claims"
    assert store.take_claims(session, b"collected") is None
    after = store.session("s")
    assert after is not None
    assert after.state == b"collected"
    assert store.take_claims(after, b"collected") is None


def test_claims_are_not_taken_with_a_state_that_is_over(store: VerifierStore) -> None:
    session = begun(store)
    now = store.replace_state(session, b"concluded", claims=b"the claims")
    assert now is not None
    assert store.take_claims(session, b"collected") is None
    assert store.take_claims(now, b"collected") == b"the claims"


def test_claims_lie_sealed_and_leave_nothing_behind(path: Path, store: VerifierStore) -> None:
    secret = b"Aakerstroem, born 1991-08-17"
    session = store.replace_state(begun(store), b"concluded", claims=secret)
    assert session is not None
    assert all(secret not in file.read_bytes() for file in path.parent.iterdir())
    assert store.take_claims(session, b"collected") == secret
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT sealed_claims FROM sessions").fetchall() == [(None,)]


def test_claims_open_with_their_key_and_in_their_session_only(path: Path, store: VerifierStore) -> None:
    for name in ("one", "two"):
        assert store.replace_state(begun(store, name), b"concluded", claims=name.encode()) is not None
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "UPDATE sessions SET sealed_claims = (SELECT sealed_claims FROM sessions WHERE id = 'one')"
        )
        database.commit()
    moved = store.session("two")
    assert moved is not None
    with refused("verifier.store", "two", kind=LocalError):
        store.take_claims(moved, b"collected")
    other = VerifierStore(path, KEY[::-1], Dice())
    one = other.session("one")
    assert one is not None
    with refused("verifier.store", "one", kind=LocalError):
        other.take_claims(one, b"collected")
    other.close()


def test_old_sessions_go_a_day_after_their_time(store: VerifierStore) -> None:
    begun(store, "old", 1_000)
    begun(store, "new", 1_000 + DAY)
    assert store.session("old") is not None
    begun(store, "newer", 1_001 + DAY)
    assert store.session("old") is None
    assert store.session("new") is not None


def test_a_token_is_good_until_it_runs_out(path: Path, store: VerifierStore) -> None:
    store.add_token("a token", "shop", 1_000)
    assert store.token_client("a token", 999) == "shop"
    assert store.token_client("a token", 1_000) is None
    assert store.token_client("a  token", 999) is None
    assert store.token_client("", 0) is None
    assert all(b"a token" not in file.read_bytes() for file in path.parent.iterdir())
    assert store.remembered_client("a token", 999) == "shop"
    assert store.remembered_client("a token", 1_000) is None
    assert store.remembered_client("a  token", 999) is None
    store.add_token("another", "shop", 1_001 + DAY)
    assert store.remembered_client("another", 0) is None, "nobody has asked for it yet"
    assert store.token_client("a token", 0) is None, "old tokens are forgotten"
