"""The command line, and how codes leave."""

from __future__ import annotations

import json
import resource
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import anyio
import pytest
from typer.testing import CliRunner

from clicid.adapters.fetch import Fetcher
from clicid.errors import Undecided
from issuer import main, proofing
from issuer.cli import app
from issuer.config import load
from issuer.ground import DATABASE
from issuer.outbox import GatewayOutbox
from issuer.store.database import Database
from issuer.usecases.records import Channel
from tests.support import issuer_world
from tests.support.issuer_clients import Person
from tests.support.issuer_config import configured
from tests.support.issuer_doubles import ScriptedEngines
from tests.unit.issuer.test_issuing import wallet_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(config)])


def test_operators_are_named_listed_and_disabled(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert run(config, "migrate").exit_code == 0
    added = run(config, "operator", "add", "anna", "--role", "reviewer", "--role", "revoker")
    assert len(added.stdout.strip()) == 43
    assert run(config, "operator", "list").stdout == "anna: reviewer, revoker\n"
    assert run(config, "operator", "disable", "anna").exit_code == 0
    assert run(config, "operator", "list").stdout == "anna: reviewer, revoker (disabled)\n"
    assert run(config, "verify-audit").stdout == "2 rows, unbroken\n"
    unknown = run(config, "operator", "disable", "nobody")
    assert (unknown.exit_code, "operator.unknown" in unknown.stderr) == (1, True)


def test_files_are_for_their_owner(tmp_path: Path) -> None:
    config = configured(tmp_path)
    run(config, "migrate")
    run(config, "operator", "list")
    for file in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_what_is_missing_is_said_without_a_traceback(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere.toml", "serve")
    assert result.exit_code == 1
    assert "config.file" in result.stderr
    assert "Traceback" not in result.stderr


def test_serving_before_migrating_is_refused(tmp_path: Path) -> None:
    result = run(configured(tmp_path), "serve")
    assert (result.exit_code, "store.schema" in result.stderr) == (1, True)


def test_a_credential_is_revoked_from_the_command_line(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        person = Person(world).approved()
        wallet_of(person).credential("ClicAge_ldp")
        with world.ground.env.store.reading() as tx:
            (copy,) = tx.issuance.copies_of_person(person.person_id())
    config = tmp_path / "issuer.toml"
    assert run(config, "revoke", copy.id, "--reason", "lost").exit_code == 0
    assert run(config, "revoke", "urn:uuid:0", "--reason", "lost").exit_code == 1
    assert run(config, "revoke", copy.id, "--reason", "because").exit_code == 2
    with issuer_world.running(tmp_path) as world:
        world.until(lambda: sum(added for _, _, added, _ in world.chain.commits) == 1)


def test_an_unreachable_chain_is_said_when_lists_are_opened(tmp_path: Path) -> None:
    config = configured(tmp_path)
    run(config, "migrate")
    result = run(config, "open-lists")
    assert (result.exit_code, "chain.unreachable" in result.stderr) == (1, True)


def test_lists_are_not_adopted_while_changes_are_sent(tmp_path: Path) -> None:
    config = configured(tmp_path)
    run(config, "migrate")
    database = Database(tmp_path / "data" / DATABASE)
    with database.anchoring() as mine:
        assert mine
        result = run(config, "adopt-lists")
    database.close()
    assert (result.exit_code, "publication.busy" in result.stderr) == (1, True)


def test_the_application_for_other_servers_starts_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path)
    run(config, "migrate")
    monkeypatch.setattr(proofing, "EnginePool", lambda _: ScriptedEngines())
    made = main.create_app(load(config))

    async def live() -> None:
        async with made.router.lifespan_context(made):
            assert made.state.services.traffic.counts() == {}

    anyio.run(live)


@contextmanager
def gateway(status: int) -> Iterator[tuple[str, list[tuple[str | None, dict[str, str]]]]]:
    received: list[tuple[str | None, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.headers["authorization"], json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/send", received
        server.shutdown()
        thread.join()


def test_codes_are_posted_to_the_carriers_gateway() -> None:
    with gateway(202) as (url, received):
        outbox = GatewayOutbox(url, "secret", Fetcher(allow_loopback_http=True))
        outbox.send(Channel.PHONE, "+46701740635", "contact", "123456", "sv")
    assert received == [
        (
            "Bearer secret",
            {
                "channel": "phone",
                "to": "+46701740635",
                "purpose": "contact",
                "code": "123456",
                "language": "sv",
            },
        )
    ]


@pytest.mark.parametrize("status", [500, 401])
def test_a_gateway_that_refuses_leaves_it_undecided_and_unsaid(status: int) -> None:
    with gateway(status) as (url, _):
        outbox = GatewayOutbox(url, "secret", Fetcher(allow_loopback_http=True))
        with pytest.raises(Undecided, match=r"outbox\.failed") as found:
            outbox.send(Channel.PHONE, "+46701740635", "contact", "123456", "sv")
    assert not any(secret in str(found.value) for secret in ("123456", "701740635", "secret"))


def test_a_gateway_that_is_not_there_is_undecided() -> None:
    outbox = GatewayOutbox("http://127.0.0.1:9/", "secret", Fetcher(allow_loopback_http=True))
    with pytest.raises(Undecided, match=r"outbox\.failed"):
        outbox.send(Channel.EMAIL, "a@example.com", "contact", "123456", "sv")


def test_what_the_network_publishes_as_files_for_any_host(tmp_path: Path) -> None:
    config, folder = configured(tmp_path), tmp_path / "static"
    run(config, "migrate")
    assert run(config, "vocabulary", str(folder)).exit_code == 0
    base = "https://schemas.clicid.example"
    assert json.loads((folder / "age/v1/index.json").read_bytes())["vct"] == f"{base}/age/v1"
    schema = json.loads((folder / "identity/v1/credential-schema.json").read_bytes())
    assert schema["$id"] == f"{base}/identity/v1/credential-schema.json"
    assert "ClicIdentity" in json.loads((folder / "contexts/identity/v1").read_bytes())["@context"]
    refused = run(config, "vocabulary", str(config))
    assert (refused.exit_code, "config.file" in refused.stderr) == (1, True)


def test_what_judges_a_file_alone_loads_no_server() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'eth'}"
    loaded = f"import sys; from issuer import cli, chip_cli; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_help_page_names_every_command() -> None:
    page = CliRunner().invoke(app, ["--help"]).output
    for name in ("serve", "operator", "key", "chip"):
        assert f" {name} " in page
    assert CliRunner().invoke(app, ["no-such-command"]).exit_code == 2


def test_no_command_leaves_a_dump_of_its_memory(tmp_path: Path) -> None:
    run(tmp_path / "nowhere.toml", "serve")
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
