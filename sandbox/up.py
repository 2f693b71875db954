"""What ``clicid-sandbox up`` tells: addresses, secrets' files, a first request, the test people."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from clicid.errors import LocalError
from sandbox import people
from sandbox.enrolling import PASSPORT, SELFIE, photographs
from sandbox.network import OPERATOR
from sandbox.provider_client import NAME_AND_AGE, placed
from sandbox.setup.provider import CLIENT_ID, PURPOSE
from sandbox.standing import standing
from sandbox.telling import working

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from sandbox.network import Founded, Network

_LOOK_SECONDS: Final = 1.0
_ENDINGS: Final = {
    "refused": "the issuer refuses",
    "review": "waits for an operator",
}


def stay_up(folder: Path, console: Console) -> None:
    """Found or open the network in a folder, tell where everything is, stay until told to end.

    Raises:
        LocalError: As `sandbox.standing.standing`; `sandbox.service` when a service ended by itself.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    def tell(text: str) -> None:
        console.print(Text(text, "dim"))

    with standing(folder, tell) as network:
        with working(console, "starting the services, photographing ten test people"):
            for case in people.test_people():
                photographs(folder, case)
            network.wait()
        _write_secrets(folder, network.founded)
        _addresses(folder, network.founded, console)
        _first_request(folder, network.founded, console)
        _people(folder, console)
        console.print("\nUp. Ctrl-C ends it; everything is kept for the next time.")
        _watch(network, ended)
        tell("ending")


def _watch(network: Network, ended: threading.Event) -> None:
    while not ended.wait(_LOOK_SECONDS):
        for service in network.services.values():
            if not service.running:
                raise LocalError("sandbox.service", service.name, f"it ended: {service.last_line()}")


def _write_secrets(folder: Path, founded: Founded) -> None:
    shop = founded.provider("shop")
    for path, text in (
        (folder / "operator.token", founded.operator_token),
        (shop.config.with_name("client.secret"), shop.client_secret),
    ):
        path.touch(0o600)
        path.write_text(text, "ascii")
    query = {"purpose": PURPOSE, "dcql_query": placed(NAME_AND_AGE, founded.vocabulary)}
    shop.config.with_name("request.json").write_text(json.dumps(query, indent=1) + "\n", "utf-8")


def _addresses(folder: Path, founded: Founded, console: Console) -> None:
    shop = founded.provider("shop")
    _rows(
        console,
        "\nWhere everything is",
        ("issuer", founded.identifier),
        ("  its API, as a page", f"{founded.identifier}/"),
        ("operators", founded.operators),
        ("  as", OPERATOR),
        ("  token in", f"{folder / 'operator.token'}"),
        ("verifier of the shop", shop.origin),
        ("  its API", f"{shop.origin}/openapi.json"),
        ("  client id", CLIENT_ID),
        ("  client secret in", f"{shop.config.with_name('client.secret')}"),
        ("chain, JSON-RPC", founded.rpc),
        ("network file", f"{folder / 'network.json'}"),
        ("  its digest", founded.digest),
        ("one-time codes in", f"{folder / 'outbox'}"),
        ("logs in", f"{folder / 'logs'}"),
    )


def _first_request(folder: Path, founded: Founded, console: Console) -> None:
    """Lines to be pasted: they are never wrapped."""
    shop = founded.provider("shop")
    place = shop.config.parent
    console.print(Text("\nA first request, for the name and whether over 18", "bold"))
    for line in (
        f"TOKEN=$(curl -s -u {CLIENT_ID}:$(cat {place}/client.secret) \\",
        f"  -d grant_type=client_credentials {shop.origin}/oauth2/token \\",
        '  | sed \'s/.*"access_token": *"\\([^"]*\\)".*/\\1/\')',
        "curl -s -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\",
        f"  -d @{place}/request.json {shop.origin}/requests",
    ):
        console.print(Text(line), soft_wrap=True)
    console.print("and the answer of a test person to the request_url that comes back:")
    console.print(Text(f"clicid-sandbox present approved REQUEST_URL --dir {folder}"), soft_wrap=True)


def _people(folder: Path, console: Console) -> None:
    table = Table(title="Test people", title_justify="left", title_style="bold", show_edge=False)
    for heading in ("clicid-sandbox person ...", "name", "passport", "how it ends"):
        table.add_column(heading, overflow="fold")
    for case in people.test_people():
        ending = _ENDINGS.get(case.ending) or (f"refused: {case.code}" if case.code else "accepted")
        if case.level == "low":
            ending = "accepted, level low"
        person = case.person
        table.add_row(case.case, f"{person.given_name} {person.family_name}", person.number, ending)
    console.print()
    console.print(table)
    console.print(Text(f"Their photographs: {folder / 'people'}/.../{PASSPORT}, {SELFIE}"), soft_wrap=True)


def _rows(console: Console, title: str, *rows: tuple[str, str]) -> None:
    console.print(Text(title, "bold"))
    for name, value in rows:
        console.print(Text(f"{name:<22}{value}"), soft_wrap=True)
