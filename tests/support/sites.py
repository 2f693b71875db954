"""An issuer as its callers see it: in memory, or somewhere on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx


class Named(Protocol):
    """Who has an onboarding."""

    @property
    def id(self) -> str:
        """Its number."""

    @property
    def token(self) -> str:
        """Its resume token."""


class Letters(Protocol):
    """Where one-time codes arrive."""

    def last(self, purpose: str = "contact") -> str:
        """The latest for a purpose."""


class Site(Protocol):
    """An issuer: in memory, or somewhere on the network."""

    @property
    def identifier(self) -> str:
        """Its identifier, and address."""

    @property
    def mailbox(self) -> Letters:
        """What it sends."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Its time."""

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, without following redirects."""
