"""What a bundle carries of issuers that the policy names, in the place of their web servers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from clicid.adapters.fetch import Fetched
from clicid.errors import Refused
from verifier.refresh.named import NamedMaterials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from clicid.adapters.bundles import BundledChain
    from clicid.adapters.gather import Source
    from clicid.formats.base import Material, Rules
    from clicid.ledger.web_files import WebFile
    from verifier.refresh.evidence import ListWatch


class BundledFiles:
    """As `Fetcher.get`, by the bundle that was taken in last; nobody is called.

    Args:
        chain: The bundle.
    """

    def __init__(self, chain: BundledChain) -> None:
        self._chain = chain

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:  # noqa: ARG002 - as it was fetched
        """What its maker had of a URL, as of when that lay there.

        Raises:
            Refused: `fetch.content` for what is larger than its maker would have fetched.
        """
        found = self._chain.web_files.get(url)
        if found is None:
            return Fetched(404, "", b"", {})
        if len(found.body) > max_bytes:
            raise Refused("fetch.content", detail=f"more than {max_bytes} bytes")
        return Fetched(200, found.media_type, found.body, {}, found.at, found.doubt)


class BundledNamed(NamedMaterials):
    """Named issuers by bundles: each is taken in once, and held against what was seen before.

    Args:
        rest: For everything else.
        chain: The bundle.
        clock: The time.
        rules: Whom the policy names, how old things may be.
        watch: Where lists that contradict each other are told.
        folder: Keeps what was seen; made when it is not there.
    """

    interval_seconds: ClassVar = 1.0

    def __init__(
        self,
        rest: Source,
        chain: BundledChain,
        clock: Callable[[], datetime],
        *,
        rules: Rules,
        watch: ListWatch,
        folder: Path,
    ) -> None:
        super().__init__(rest, BundledFiles(chain), clock, rules=rules, watch=watch, folder=folder)
        self._chain = chain
        self._taken: Mapping[str, WebFile] | None = None

    def refresh(self) -> None:
        """Take in what a newer bundle carries."""
        files = self._chain.web_files
        if files is not self._taken:
            super().refresh()
            self._taken = files

    def _told(self, found: Material) -> Material:
        return replace(found, source=f"bundle of {found.source}")
