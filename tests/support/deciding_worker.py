"""An issuer's background work in a process of its own, with real engines, to be killed.

Usage: ``python -m tests.support.deciding_worker FOLDER NAME``: on what lies in FOLDER, as worker NAME.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from issuer.config import load
from issuer.ground import open_ground
from issuer.main import Application, compose
from tests.support.issuer_doubles import MemoryChain


def main() -> None:
    """Work until killed."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    settings = load(folder / "issuer.toml").model_copy(update={"worker_name": name})
    chain = MemoryChain()
    for url in settings.list_urls():
        chain.open(url, settings.status.size)
    asyncio.run(_work(compose(open_ground(settings), chain=chain)))


async def _work(application: Application) -> None:
    async with application.engines, application.background.running():
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
