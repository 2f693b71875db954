"""A whole issuer in a temporary directory: real vault, database, sealing and HTTP; time stands still."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from issuer.config import load
from issuer.ground import open_ground
from issuer.main import Application, compose
from issuer.usecases.operators import OperatorAccounts
from tests.support.issuer_config import IDENTIFIER, configured
from tests.support.issuer_doubles import Clock, Mailbox, MemoryChain, ScriptedEngines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from issuer.ground import Ground
    from issuer.usecases.records import Role


@dataclass
class World:
    """One running issuer and what surrounds it."""

    path: Path
    clock: Clock
    mailbox: Mailbox
    engines: ScriptedEngines
    chain: MemoryChain
    ground: Ground
    application: Application
    portal: BlockingPortal

    @property
    def identifier(self) -> str:
        """The issuer's."""
        return IDENTIFIER

    def call(self, method: str, path: str, *, to: str = "public", **options: Any) -> httpx.Response:
        """One request over HTTP's own interface, in the application's loop."""
        app = self.application.public if to == "public" else self.application.operators
        return self.portal.call(partial(_call, app, method, path, options))

    def operator(self, *roles: Role) -> dict[str, str]:
        """The header of a new operator with these roles."""
        accounts = OperatorAccounts(self.ground.env)
        token = accounts.add(f"op-{secrets.token_hex(4)}", roles, by="test")
        return {"authorization": f"Bearer {token}"}

    def until(self, condition: Any) -> Any:
        """Wait for background work, at most ten seconds."""
        return self.portal.call(partial(_until, condition))


async def _call(app: Any, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=IDENTIFIER) as client:
        return await client.request(method, path, **options)


async def _until(condition: Any) -> Any:
    for _ in range(500):
        if found := await anyio.to_thread.run_sync(condition):
            return found
        await anyio.sleep(0.02)
    raise AssertionError("background work did not get there in ten seconds")


@contextmanager
def running(path: Path, *, config: Path | None = None, background: bool = True) -> Iterator[World]:
    """Start an issuer on what lies in `path`; the second time it finds what it left."""
    clock, mailbox, engines, chain = Clock(), Mailbox(), ScriptedEngines(), MemoryChain()
    file = config or (path / "issuer.toml" if (path / "issuer.toml").exists() else configured(path))
    settings = load(file)
    ground = open_ground(settings)
    ground.database.migrate()
    ground = replace(ground, env=replace(ground.env, clock=clock, outbox=mailbox))
    for url in settings.list_urls():
        chain.open(url, settings.status.size)
    try:
        application = compose(ground, engines=engines, chain=chain)
        with ground.env.store.writing() as tx:
            for row in tx.statuses.lists():
                tx.statuses.seen(row.id)
        with start_blocking_portal() as portal:
            world = World(path, clock, mailbox, engines, chain, ground, application, portal)
            if background:
                with portal.wrap_async_context_manager(application.running()):
                    yield world
            else:
                yield world
    finally:
        ground.close()
