"""The doctor's look at a sandbox: is every service there, and does every verifier follow the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from clicid.errors import ClicidError
from sandbox.finding import Finding
from sandbox.network import read_founded
from sandbox.processes import answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.network import Founded

HEAD_SECONDS: Final = 30.0
"""Older than this, the sandbox's chain stands still: it makes a block a second."""
_UP: Final = "clicid-sandbox up"


def sandbox(folder: Path) -> Iterator[Finding]:
    """What runs in a folder, whether it answers, and how old its verifiers' last block is."""
    try:
        founded = read_founded(folder)
    except ClicidError:
        yield Finding("sandbox", f"none in {folder}", good=False, needed=False, remedy=f"to start one: {_UP}")
        return
    yield Finding("network file", founded.digest, good=True)
    if not any(answers(address) for _, address in _addresses(founded)):
        yield Finding(
            "sandbox", f"not running in {folder}", good=False, needed=False, remedy=f"to start one: {_UP}"
        )
        return
    for name, address in _addresses(founded):
        there = answers(address)
        yield Finding(
            name, address if there else f"silent: {address}", good=there, remedy=f"stop and start: {_UP}"
        )
    for provider in founded.providers:
        yield _head(founded, provider.name, provider.origin)


def _addresses(founded: Founded) -> list[tuple[str, str]]:
    own = [("chain", founded.rpc), ("issuer", founded.identifier), ("operators", founded.operators)]
    if founded.wallet_provider_port:
        own.append(("wallet provider", founded.wallet_provider))
    return own + [(f"verifier of {one.name}", one.origin) for one in founded.providers]


def _head(founded: Founded, name: str, origin: str) -> Finding:
    """How far a verifier follows the chain, and that it trusts the network which was founded here."""
    what = f"{name}: chain, network"
    try:
        health: dict[str, Any] = httpx.get(f"{origin}/health", timeout=5, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return Finding(what, "no answer", good=False, remedy=f"stop and start: {_UP}")
    age = health["head_age_seconds"]
    if health["network"] != founded.digest:
        return Finding(
            what, f"another network: {health['network']}", good=False, remedy="give it this one's file"
        )
    fresh = age is not None and age <= HEAD_SECONDS
    shown = "no block known" if age is None else f"block {health['head']}, {age:.0f} s old"
    return Finding(what, shown, good=fresh, remedy=f"look into the chain's log ({health['trouble']})")
