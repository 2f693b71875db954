"""A service provider asks, a wallet answers, the verifier decides: one round, from the outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.provider_client import ProviderClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.setup.provider import Provider


@dataclass(frozen=True, slots=True)
class Answer:
    """How a round ended.

    Args:
        seen: What the person's screen showed.
        report: The verifier's report; empty where the wallet answered nothing.
        claims: What the service provider was given, by query id.
    """

    seen: str
    report: dict[str, Any]
    claims: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def verdict(self) -> str:
        """``accepted``, ``refused``, ``undecided``, or ``unanswered``."""
        return str(self.report.get("verdict", "unanswered"))

    @property
    def code(self) -> str:
        """The reason's code; empty where accepted or unanswered."""
        return str(self.report.get("code", ""))


def ask(provider: Provider, query: dict[str, Any], present: Callable[[str], str]) -> Answer:
    """Create a request, have it answered, fetch the result.

    Args:
        provider: Who asks.
        query: What for (DCQL).
        present: Given the request's link, answers it; gives what the person saw.
    """
    with ProviderClient(provider) as backend:
        asked = backend.ask(query)
        seen = present(asked["request_url"])
        status, result = backend.result(asked["id"])
    if status != 200:
        return Answer(seen, {})
    claims = {key: row[0]["claims"] for key, row in (result.get("claims") or {}).items()}
    return Answer(seen, result["report"], claims)
