from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import askar_vault, passphrase
from clicid.adapters.askar_vault import Record, Removal
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.passphrase import Stretching
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RAW = bytes(range(32))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[AskarKeyStore]:
    with AskarKeyStore.open(tmp_path / "vault.db", RAW, create=True) as opened:
        yield opened


def test_a_passphrase_opens_what_it_closed(tmp_path: Path) -> None:
    path = tmp_path / "åäö %20.db"
    with AskarKeyStore.open(path, "rätt lösenfras", create=True) as vault:
        key = vault.public(vault.generate(P256, "key"))
        vault.put_record("c", "n", b"v")
    with AskarKeyStore.open(path, "rätt lösenfras") as vault:
        ref = vault.find("key")
        assert ref is not None
        assert vault.public(ref) == key
        assert vault.get_record("c", "n") == Record("c", "n", b"v")


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "a%20b.db", "a?b.db", "a#b.db", "a&b=c.db", "å.db"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    AskarKeyStore.open(tmp_path / name, RAW, create=True).close()
    assert [file.name for file in tmp_path.iterdir()] == [name]
    AskarKeyStore.open(tmp_path / name, RAW).close()


@pytest.mark.parametrize("key", ["fel", "", bytes(32), b"", bytes(31), bytes(33)])
def test_nothing_else_opens_it(tmp_path: Path, key: str | bytes) -> None:
    path = tmp_path / "vault.db"
    with AskarKeyStore.open(path, "rätt", create=True) as vault:
        vault.put_record("c", "n", b"v")
    with refused("keystore.locked", "vault.db", kind=LocalError):
        AskarKeyStore.open(path, key)
    with AskarKeyStore.open(path, "rätt") as vault:
        assert vault.records("c") == [Record("c", "n", b"v")]


def test_a_vault_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    AskarKeyStore.open(path, "a", create=True).close()
    with refused("keystore.exists", kind=LocalError):
        AskarKeyStore.open(path, "a", create=True)


def test_a_vault_made_is_there_after_a_loss_of_power(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    monkeypatch.setattr(
        askar_vault, "sync_folder", lambda folder: synced.append((folder, (tmp_path / "vault.db").exists()))
    )
    AskarKeyStore.open(tmp_path / "vault.db", RAW, create=True).close()
    assert synced == [(tmp_path, True)]


def test_opening_makes_nothing(tmp_path: Path) -> None:
    for key in ("a", RAW):
        with refused("keystore.missing", kind=LocalError):
            AskarKeyStore.open(tmp_path / "vault.db", key)
    assert list(tmp_path.iterdir()) == []


def test_a_lost_salt(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    AskarKeyStore.open(path, "a", create=True).close()
    (tmp_path / "vault.db.kdf").unlink()
    with refused("keystore.missing", "vault.db.kdf", kind=LocalError):
        AskarKeyStore.open(path, "a")


def test_a_file_that_is_no_vault(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    for content in (b"", b"not a database at all" * 100):
        path.write_bytes(content)
        with refused("keystore.failed", kind=LocalError):
            AskarKeyStore.open(path, RAW)


def test_leftovers_of_a_killed_creation_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "vault.db.new").write_bytes(b"half")
    (tmp_path / "vault.db.kdf").write_bytes(b"half")
    AskarKeyStore.open(tmp_path / "vault.db", "a", create=True).close()
    AskarKeyStore.open(tmp_path / "vault.db", "a").close()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    AskarKeyStore.open(tmp_path / "vault.db", RAW, create=True).close()
    assert (tmp_path / "vault.db").stat().st_mode & 0o077 == 0


def test_nothing_is_stored_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with AskarKeyStore.open(path, "passphrase-in-the-clear", create=True) as vault:
        vault.generate(SECP256K1, "name-of-a-key")
        vault.put_record("a-category", "a-record", b"its-secret-value", {"a-tag": "tag-value"})
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for text in (
        b"passphrase-in-the-clear",
        b"name-of-a-key",
        b"a-category",
        b"a-record",
        b"its-secret-value",
        b"a-tag",
        b"tag-value",
    ):
        assert text not in stored


def test_records(vault: AskarKeyStore) -> None:
    vault.put_record("c", "b", b"1", {"kind": "x", "state": "new"})
    vault.put_record("c", "a", bytes(range(256)), {"kind": "x"})
    vault.put_record("d", "a", b"other category")
    assert [record.name for record in vault.records("c")] == ["a", "b"]
    assert vault.records("c", {"state": "new"}) == [Record("c", "b", b"1", {"kind": "x", "state": "new"})]
    assert vault.records("c", {"kind": "x", "state": "old"}) == []
    assert vault.records("nothing") == []
    assert vault.get_record("c", "ä") is None
    assert vault.get_record("c", "a") == Record("c", "a", bytes(range(256)), {"kind": "x"})


def test_a_record_is_replaced_with_its_tags(vault: AskarKeyStore) -> None:
    vault.put_record("c", "n", b"old", {"t": "1"})
    vault.put_record("c", "n", b"new", {"u": "2"})
    assert vault.records("c") == [Record("c", "n", b"new", {"u": "2"})]
    assert vault.records("c", {"t": "1"}) == []


def test_removal(vault: AskarKeyStore) -> None:
    vault.put_record("c", "n", b"v")
    vault.delete_record("c", "n")
    vault.delete_record("c", "n")
    assert vault.get_record("c", "n") is None


def test_changes_are_made_together_or_not_at_all(vault: AskarKeyStore) -> None:
    vault.put_record("c", "old", b"1")
    vault.apply([Removal("c", "old"), Record("c", "new", b"2"), Record("c", "new", b"3")])
    assert vault.records("c") == [Record("c", "new", b"3")]
    bad_tag: Any = {"tag": 1}
    with refused("keystore.failed", kind=LocalError):
        vault.apply([Removal("c", "new"), Record("c", "bad", b"", bad_tag)])
    assert vault.records("c") == [Record("c", "new", b"3")]


def test_a_vault_that_does_not_answer(vault: AskarKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askar_vault, "_TIMEOUT_SECONDS", 0.01)
    with refused("keystore.failed", kind=LocalError):
        vault._run(asyncio.sleep(5))


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a\n"])
def test_names_that_askar_would_cut(vault: AskarKeyStore, name: str) -> None:
    with refused("keystore.failed", kind=LocalError):
        vault.generate(P256, name)
    with refused("keystore.failed", kind=LocalError):
        vault.put_record(name, "n", b"")
    with refused("keystore.failed", kind=LocalError):
        vault.delete_record("c", name)


def test_a_record_does_not_print_its_value() -> None:
    shown = repr(Record("c", "n", b"secret", {"t": "hidden"}))
    assert "secret" not in shown
    assert "hidden" not in shown


def test_many_threads(vault: AskarKeyStore) -> None:
    ref = vault.generate(ED25519, "key")
    key = vault.public(ref)

    def work(number: int) -> None:
        message = str(number).encode()
        key.verify(vault.sign(ref, message, ED25519), message)
        vault.put_record("c", str(number % 5), message)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert len(vault.records("c")) == 5


def test_a_closed_vault(tmp_path: Path) -> None:
    others = set(threading.enumerate())
    vault = AskarKeyStore.open(tmp_path / "vault.db", RAW, create=True)
    vault.close()
    vault.close()
    with refused("keystore.failed", kind=LocalError):
        vault.records("c")
    assert not [one for one in set(threading.enumerate()) - others if one.name == "askar"]


def test_passphrases_stretched_by_many_threads_at_once() -> None:
    """Two Argon2id derivations at once fail or hang in OpenSSL: here they take turns."""
    stretching = Stretching(b"s" * 16, iterations=1, memory_kib=64)
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: stretching.derive("a passphrase"), range(200)))
    assert keys == {stretching.derive("a passphrase")}


KILLED = """
import os, sys
from pathlib import Path
from clicid.adapters.askar_vault import Record
from clicid.adapters.keystore_askar import AskarKeyStore
vault = AskarKeyStore.open(Path(sys.argv[1]), bytes(range(32)))
for number in range(1000):
    vault.apply([Record("c", "a", str(number).encode()), Record("c", "b", str(number).encode())])
    print(number, flush=True)
"""


def test_a_kill_leaves_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    AskarKeyStore.open(path, RAW, create=True).close()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout is not None
        seen = [int(child.stdout.readline()) for _ in range(5)][-1]
        child.kill()
    with AskarKeyStore.open(path, RAW) as vault:
        first, second = vault.records("c")
    assert first.value == second.value
    assert int(first.value) >= seen


def test_stretching_file(tmp_path: Path) -> None:
    path = tmp_path / "kdf"
    made = passphrase.create(path)
    assert passphrase.read(path) == made
    assert made.derive("a") == made.derive("a") != made.derive("b")
    assert passphrase.create(path).salt != made.salt


@pytest.mark.parametrize(
    "change",
    [
        {"kdf": "argon2i"},
        {"salt": "AAAA"},
        {"salt": "!"},
        {"iterations": 65},
        {"iterations": 0},
        {"memory_kib": 7},
        {"memory_kib": (1 << 20) + 1},
        {"lanes": 17},
        {"lanes": "4"},
    ],
)
def test_stretching_file_altered(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "kdf"
    passphrase.create(path)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    with refused("keystore.failed", "kdf", kind=LocalError):
        passphrase.read(path)
