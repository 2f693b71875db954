"""What end-to-end tests share beside their fixtures: a person at the door, settings, what must not change."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.onboarding_client import OnboardingClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.network import Network
    from sandbox.onboarding_client import Offer
    from sandbox.processes import Service

OTHER_CLIENT: Final = "other-backend"
OTHER_SECRET: Final = "the other backend's own secret"

# What must be the same after a refusal. Codes, tries, nonces and the audit table are made to change; how far
# the worker has come with what was there before, and roots of what was issued, change by themselves.
_CHANGING = "json_array_length(changes, '$.set') + json_array_length(changes, '$.cleared') > 0"
_KEPT = {
    "person": "SELECT * FROM person",
    "person_lookup": "SELECT * FROM person_lookup",
    "consent": "SELECT * FROM consent",
    "credential": "SELECT * FROM credential",
    "status_list": "SELECT id, url, size, given FROM status_list",
    "status_entry": "SELECT list_id, idx, flags FROM status_entry",
    "status_act": "SELECT * FROM status_act",
    "status_batch": f"SELECT list_id, changes FROM status_batch WHERE {_CHANGING}",
}


@dataclass
class Identified:
    """A person whom the issuer approved, and the first offer with its blocking code."""

    client: OnboardingClient
    passport: bytes
    first_offer: Offer


def someone(network: Network, phone: str, email: str) -> OnboardingClient:
    """Somebody at the issuer's door."""
    return OnboardingClient(
        network.founded.identifier, network.folder / "outbox", language="en", phone=phone, email=email
    )


def set_policy(config: Path, **values: object) -> None:
    """Change settings of a verifier that is not started yet."""
    rows = config.read_text("utf-8").splitlines()
    for name, value in values.items():
        (place,) = [at for at, row in enumerate(rows) if row.startswith(f"{name} = ")]
        rows[place] = f"{name} = {value}"
    config.write_text("\n".join(rows) + "\n", "utf-8")


def kept(network: Network) -> dict[str, list[tuple[Any, ...]]]:
    """What the issuer has stored, table by table."""
    with closing(sqlite3.connect(issuer_database(network))) as database:
        return {name: sorted(database.execute(rows).fetchall(), key=repr) for name, rows in _KEPT.items()}


def issuer_database(network: Network) -> Path:
    """The issuer's database file."""
    (path,) = (network.folder / "issuer" / "data").glob("issuer.sqlite")
    return path


def until(condition: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Wait for something that another process does; gives how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


@contextmanager
def paused(service: Service) -> Iterator[None]:
    """The process stands still: it accepts connections and answers nothing."""
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(service.process.pid, signal.SIGCONT)
