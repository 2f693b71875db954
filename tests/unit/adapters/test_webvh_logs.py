"""What a web server shows of a did:webvh, held against what was seen before."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.adapters.webvh_history import WebvhHistory
from clicid.adapters.webvh_logs import WebvhLogs
from clicid.did.webvh import authoring, documents
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import Material, Unavailable
from tests.support.webvh import NOW, Controller

if TYPE_CHECKING:
    from pathlib import Path

HOUR = timedelta(hours=1)
BASE = "https://issuer.example/.well-known/"


@dataclass
class Server:
    """A double of the Fetcher: what one web server shows."""

    files: dict[str, bytes] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        assert accept
        assert max_bytes == 1 << 20
        self.asked.append(url)
        if self.down:
            raise Undecided("fetch.failed")
        body = self.files.get(url)
        return Fetched(404 if body is None else 200, "text/jsonl", body or b"", {})

    def show(self, controller: Controller) -> None:
        base = documents_base(controller)
        self.files = {f"{base}did.jsonl": controller.files.log}
        if controller.files.witnesses:
            self.files[f"{base}did-witness.json"] = controller.files.witnesses


def documents_base(controller: Controller) -> str:
    return f"https://{controller.did.split(':')[3]}/.well-known/"


def reader(server: Server, history: WebvhHistory | None = None) -> WebvhLogs:
    found: Any = server
    return WebvhLogs(found, history or WebvhHistory())


def why(found: Material | Unavailable) -> str:
    assert isinstance(found, Unavailable)
    return found.why


def test_a_log_as_of_now() -> None:
    server, controller = Server(), Controller().create()
    server.show(controller)
    found = reader(server).get(controller.did, NOW)
    assert found == Material(controller.files.to_bytes(), NOW, NOW, f"{BASE}did.jsonl")
    assert server.asked == [f"{BASE}did.jsonl"]
    assert documents.resolve(controller.did, found.body, NOW).methods


def test_a_witnessed_log_with_its_approvals() -> None:
    server, controller = Server(), Controller()
    controller.create(witness=controller.witnesses("w")).approve("w")
    server.show(controller)
    logs = reader(server)
    assert isinstance(logs.get(controller.did, NOW), Material)
    assert server.asked == [f"{BASE}did.jsonl", f"{BASE}did-witness.json"]
    controller.update()
    server.show(controller)
    # Nobody has approved the second entry: what was seen last still stands, and grows old.
    found = logs.get(controller.did, NOW + HOUR)
    assert isinstance(found, Material)
    assert found.as_of == NOW


@pytest.mark.parametrize("did", ["did:web:issuer.example", "did:webvh:x"])
def test_what_is_no_did_webvh_asks_nobody(did: str) -> None:
    server = Server()
    assert why(reader(server).get(did, NOW)) in {"did.method", "did.syntax"}
    assert not server.asked


def test_while_the_server_fails_what_was_seen_last_grows_old() -> None:
    server, controller = Server(), Controller().create()
    logs = reader(server)
    assert why(logs.get(controller.did, NOW)) == "fetch.content"
    server.show(controller)
    logs.get(controller.did, NOW)
    for trouble in ({}, {f"{BASE}did.jsonl": b"<html>"}, {f"{BASE}did.jsonl": b"\xff"}):
        server.files = trouble
        found = logs.get(controller.did, NOW + HOUR)
        assert found == Material(controller.files.to_bytes(), NOW, NOW, f"{BASE}did.jsonl")
    server.down = True
    assert isinstance(logs.get(controller.did, NOW + HOUR), Material)
    assert why(reader(server).get(controller.did, NOW)) == "fetch.failed"


def test_an_older_log_and_another_history_are_told_and_never_relied_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server, controller = Server(), Controller().create()
    stolen = Controller(lines=list(controller.lines), store=controller.store)
    server.show(controller.update(controller.state("b", did=controller.did)))
    path = tmp_path / "dids.sqlite"
    history = WebvhHistory(path)
    reader(server, history).get(controller.did, NOW)
    history.close()

    logs = reader(server, WebvhHistory(path))  # After a restart.
    server.show(stolen)
    assert why(logs.get(controller.did, NOW)) == "did.rolled_back"
    server.show(stolen.update())
    assert why(logs.get(controller.did, NOW)) == "did.forked"
    # A longer one is no better.
    server.show(stolen.update().update())
    assert why(logs.get(controller.did, NOW)) == "did.forked"
    assert caplog.text.count(controller.did) == 3
    # To show nothing afterwards does not make it good.
    server.down = True
    assert why(logs.get(controller.did, NOW)) == "did.forked"
    server.down = False
    server.show(controller.update())
    assert isinstance(logs.get(controller.did, NOW), Material)
    server.down = True
    assert isinstance(logs.get(controller.did, NOW), Material)


def test_a_history_goes_along_when_a_did_moves() -> None:
    server, controller = Server(), Controller().create(portable=True)
    logs = reader(server)
    fork = Controller(lines=list(controller.lines), store=controller.store)
    controller.update(controller.state("b", did=controller.did))
    server.show(controller)
    logs.get(controller.did, NOW)
    fork.update(authoring.moved(fork.read().newest, "new.example"))
    server.show(fork)
    assert why(logs.get(fork.did, NOW)) == "did.forked"


def test_two_processes_on_one_file_know_the_same(tmp_path: Path) -> None:
    first, second = (WebvhHistory(tmp_path / "dids.sqlite") for _ in range(2))
    controller = Controller().create()
    short = controller.read()
    long = controller.update().read()
    first.follow(long, b"long", NOW)
    with pytest.raises(Refused, match=r"did\.rolled_back"):
        second.follow(short, b"short", NOW)
    seen = second.seen(long.newest.did.scid)
    assert seen is not None
    assert (seen.body, seen.at, seen.doubt) == (b"long", NOW, "did.rolled_back")


def test_a_history_that_cannot_be_read_is_the_operators_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "dids.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(LocalError, match=r"did\.store"):
        WebvhHistory(path)
    with pytest.raises(LocalError, match=r"did\.store"):
        WebvhHistory(tmp_path / "nowhere" / "dids.sqlite")
    history = WebvhHistory(tmp_path / "other.sqlite")
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("DROP TABLE webvh_logs")
    with pytest.raises(LocalError, match=r"did\.store"):
        history.seen("Qm")
