"""An issuer's did:webvh by the commands: made, changed, moved, ended; read as a verifier reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from clicid.adapters import clock
from clicid.did.document import Relationship, lookup
from clicid.did.webvh import documents, log
from clicid.did.webvh.files import Files
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519
from issuer.cli import app
from issuer.vaults import open_vault
from issuer.webvh_files import adding, revoking
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.did.document import DidDocument
    from clicid.did.webvh.log import Log

STORE = MemoryKeyStore(b"webvh-cli")
KEYS = [STORE.public(STORE.generate(ED25519, name)).to_multikey() for name in ("a", "b")]
START = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class Operator:
    """Who runs the commands; an hour passes with each."""

    folder: Path
    time: datetime = START
    said: list[str] = field(default_factory=list)

    def run(self, command: str, *arguments: str, code: int = 0) -> str:
        self.time += timedelta(hours=1)
        places = ["--vault", str(self.folder / "vault")]
        result = CliRunner().invoke(app, ["webvh", command, str(self.folder / "www"), *arguments, *places])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output

    def create(self, *arguments: str) -> str:
        return self.run("create", "issuer.example", "--key", KEYS[0], *arguments)

    @property
    def raw(self) -> bytes:
        return (self.folder / "www" / "did.jsonl").read_bytes()

    def read(self, did: str) -> Log:
        return log.read(did, Files(self.raw), self.time)

    def document(self, did: str) -> DidDocument:
        return documents.document(self.read(did), self.time)

    def vault_has(self, number: int) -> bool:
        with open_vault(self.folder / "vault") as vault:
            return vault.find(f"webvh-update-{number}") is not None


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    who = Operator(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: who.time)
    return who


def test_a_did_from_its_first_entry_to_its_end(operator: Operator) -> None:
    said = operator.create()
    did = said.splitlines()[0]
    assert "as https://issuer.example/.well-known/did.jsonl" in said
    first = f"{did}#{KEYS[0][-8:]}"
    assert lookup(operator.document(did), first, Relationship.ASSERTION_METHOD).key.to_multikey() == KEYS[0]

    operator.run("update", "--add", KEYS[1], "--retire", KEYS[0][-8:], "--until", "2026-11-26T03:30:00")
    document = operator.document(did)
    assert [one.retired for one in document.methods] == [False, False]
    operator.run("update")
    operator.run("update")
    assert [one.retired for one in operator.document(did).methods] == [True, False]

    assert "revoked" in operator.run("update", "--revoke", f"#{KEYS[1][-8:]}")
    ended = {one.key.to_multikey(): one.ended for one in operator.document(did).methods}
    assert ended == {KEYS[0]: False, KEYS[1]: True}
    assert "deactivated" in operator.run("deactivate", "--yes")
    assert operator.document(did).deactivated
    assert "did.deactivated" in operator.run("update", code=1)
    assert not any(operator.vault_has(number) for number in range(1, 9))


def test_each_entry_has_a_key_of_its_own_and_the_spent_one_is_gone(operator: Operator) -> None:
    did = operator.create().splitlines()[0]
    assert (operator.vault_has(1), operator.vault_has(2)) == (False, True)
    operator.run("update")
    operator.run("update")
    used = [version.parameters.update_keys for version in operator.read(did).versions]
    assert len(set(used)) == 3
    assert [operator.vault_has(number) for number in (1, 2, 3, 4)] == [False, False, False, True]


def test_a_portable_did_moves(operator: Operator) -> None:
    did = operator.create("--portable").splitlines()[0]
    said = operator.run("move", "new.example:issuers")
    moved = did.replace("issuer.example", "new.example:issuers")
    assert said.startswith(moved)
    assert "as https://new.example/issuers/did.jsonl" in said
    assert operator.document(moved).methods[0].id == f"{moved}#{KEYS[0][-8:]}"


def test_what_is_refused_leaves_the_log_as_it_was(operator: Operator) -> None:
    did = operator.create().splitlines()[0]
    before = operator.raw
    assert "file.exists" in operator.run("create", "issuer.example", "--key", KEYS[1], code=1)
    assert "did.log" in operator.run("move", "new.example", code=1)
    assert "did.syntax" in operator.run("move", "127.0.0.1", code=1)
    assert "did.document" in operator.run("update", "--add", KEYS[0], code=1)
    assert "did.key_unknown" in operator.run("update", "--revoke", "nothing", code=1)
    assert "keys." in operator.run("update", "--add", "z6Mk", code=1)
    operator.run("update", "--retire", KEYS[0][-8:], code=2)
    operator.time = START
    assert "did.log" in operator.run("update", code=1)  # A clock that went back: not later than the first.
    assert operator.raw == before
    operator.time += timedelta(hours=2)
    assert operator.read(did).newest.number == 1
    with open_vault(operator.folder / "vault") as vault:
        key = vault.find("webvh-update-2")
        assert key is not None
        vault.remove(key)
    assert "config.key" in operator.run("update", code=1)
    (operator.folder / "www" / "did.jsonl").write_bytes(before.replace(b"Multikey", b"Otherkey"))
    assert "did.log" in operator.run("update", code=1)
    (operator.folder / "www" / "did.jsonl").unlink()
    assert "config.file" in operator.run("update", code=1)


def test_a_log_is_read_as_everybody_reads_it(operator: Operator) -> None:
    did = operator.create().splitlines()[0]
    with pytest.raises(Refused, match=r"did\.log"):
        log.read(did.replace("issuer.example", "other.example"), Files(operator.raw), operator.time)


def test_a_document_by_another_tool_may_have_no_keys_yet() -> None:
    bare = {"id": "did:webvh:x:issuer.example"}
    named = f"{bare['id']}#{KEYS[0][-8:]}"
    assert adding(bare, KEYS[:1])["assertionMethod"] == [named]
    with pytest.raises(Refused, match=r"did\.key_unknown"):
        revoking(bare, KEYS[0][-8:])
