"""How one-time codes leave: to a carrier's gateway, or into a directory that stands in for one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clicid.errors import ClicidError, Undecided

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.fetch import Fetcher
    from clicid.codec.strict_json import Json
    from issuer.usecases.ports import Random
    from issuer.usecases.records import Channel


class DirectoryOutbox:
    """Writes each code to a file of its own: a sandbox's phone and mailbox, never a real one's.

    Args:
        directory: Where the files go; made if missing, readable by its owner only.
        random: For file names.
    """

    def __init__(self, directory: Path, random: Random) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._random = random

    def send(self, channel: Channel, address: str, purpose: str, code: str, language: str) -> None:
        """Write ``{channel}-{random}.json``, whole or not at all."""
        message = {"channel": channel, "to": address, "purpose": purpose, "code": code, "language": language}
        path = self._directory / f"{channel}-{self._random(8).hex()}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(message), "utf-8")
        draft.replace(path)


class GatewayOutbox:
    """Posts each code to the carrier's gateway as JSON, with a bearer token.

    Args:
        url: The gateway's address.
        token: Its bearer token.
        fetcher: Makes the request.
    """

    def __init__(self, url: str, token: str, fetcher: Fetcher) -> None:
        self._url = url
        self._token = token
        self._fetcher = fetcher

    def send(self, channel: Channel, address: str, purpose: str, code: str, language: str) -> None:
        """Post the code.

        Raises:
            Undecided: ``outbox.failed``. What the gateway said is not repeated: it may quote us.
        """
        message: dict[str, Json] = {
            "channel": str(channel),
            "to": address,
            "purpose": purpose,
            "code": code,
            "language": language,
        }
        try:
            answer = self._fetcher.post_json(
                self._url, message, headers={"authorization": f"Bearer {self._token}"}
            )
        except ClicidError as error:
            raise Undecided("outbox.failed", channel, error.code) from None
        if not 200 <= answer.status < 300:
            raise Undecided("outbox.failed", channel, f"HTTP {answer.status}")
