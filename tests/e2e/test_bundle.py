"""A second verifier of the same service provider, with no network, decides by a bundle of the first one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from clicid.formats.base import Binding, FormatId
from issuer import iaca
from sandbox.processes import Service, free_port
from tests.support.live import AGE_W3C, IDENTITY, Door, ending
from tests.support.live_network import until
from verifier.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from sandbox.network import Network
    from tests.support.live import Copy

BINDING = Binding("the gate", "a nonce that nobody used before")


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in ("bundle", *words)])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def without_network(network: Network, folder: Path) -> tuple[Path, str]:
    """The shop's verifier once more: its folder copied, a bundle in the place of the node; and its origin."""
    config = network.founded.provider("shop").config
    made = run("make", folder / "today.bundle", "--config", config)
    place = folder / "offline"
    shutil.copytree(config.parent, place, ignore=shutil.ignore_patterns("chain.db*", "verifier.db*"))
    for carried in (network.folder / "network.json", network.folder / "issuer" / iaca.ROOT_PEM):
        shutil.copy(carried, place)
    origin = f"http://127.0.0.1:{free_port()}"
    settings = {
        "origin": f'origin = "{origin}"',
        "network_file": 'network_file = "network.json"',
        "file": f'file = "{iaca.ROOT_PEM}"',
        "chain_max_age_seconds": "chain_max_age_seconds = 3600",
    }
    rows = [
        settings.get(row.partition(" = ")[0], row)
        for row in config.read_text("utf-8").splitlines()
        if not row.startswith("rpc = ")
    ]
    signer = made.split("signer ")[1].strip()
    bundle = ["[bundle]", 'file = "../today.bundle"', f'signers = ["{signer}"]']
    (place / config.name).write_text("\n".join([*rows, *bundle]) + "\n", "utf-8")
    return place / config.name, origin


def test_it_decides_as_the_one_with_a_network(
    network: Network, http: httpx.Client, copies: dict[str, Copy], tmp_path: Path
) -> None:
    config, origin = without_network(network, tmp_path)
    service = Service(
        name="offline",
        module="verifier.cli",
        arguments=("serve", "--config", str(config), "--port", origin.rpartition(":")[2]),
        ready_url=f"{origin}/health",
        log=tmp_path / "offline.log",
    )
    service.start()
    try:
        provider = replace(network.founded.provider("shop"), origin=origin)
        with Door(http, provider) as door:
            asked = door.ask()
            report = door.judge(asked, copies[IDENTITY].sd_jwt(asked.binding))
            assert ending(report) == ("accepted", "")
            health = door.backend.health()
            assert (health["calls"], health["trouble"]) == ({}, "")
            head = health["head"]
            # A newer one takes its place while it runs.
            until(
                lambda: f"block    {head}" not in _made_again(network, tmp_path), seconds=60, what="a block"
            )
            until(lambda: door.backend.health()["head"] > head, seconds=60, what="the newer bundle")
    finally:
        service.stop()


def _made_again(network: Network, folder: Path) -> str:
    run("make", folder / "today.bundle", "--config", network.founded.provider("shop").config)
    return run("show", folder / "today.bundle")


def test_by_hand(network: Network, copies: dict[str, Copy], tmp_path: Path) -> None:
    config, _ = without_network(network, tmp_path)
    shown = tmp_path / "shown.json"
    shown.write_text(json.dumps(copies[AGE_W3C].w3c(BINDING)), "utf-8")
    words = ("--format", FormatId.LDP_VP.value, "--audience", BINDING.audience, "--nonce", BINDING.nonce)
    report = json.loads(run("verify", "--config", config, "--presentation", shown, *words))
    assert report["verdict"] == "accepted"
    sources = {line["source"] for section in report["sections"] for line in section["checks"]}
    assert {source.partition(" block ")[0] for source in sources} - {""} == {
        f"bundle of chain {network.writer.chain_id}"
    }
