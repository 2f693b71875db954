"""What was refused: one line of the log each, under a reference that the peer is told too.

The peer sees a code and the reference; reason, place and the engineer's detail stand in the line. So
whoever is asked for help finds what it was, and the peer learns nothing from the answer.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final

from clicid.errors import RemoteError
from issuer.logs import LOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from clicid.errors import ClicidError

HEADER: Final = "ClicID-Reference"
_REFERENCE_BYTES: Final = 8


class Refusals:
    """Counts refusals by reason code, and writes them down."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, request: Request, fault: ClicidError) -> str:
        """Write a refusal down; gives its reference."""
        reference = secrets.token_hex(_REFERENCE_BYTES)
        self._counts[fault.code] += 1
        path = getattr(request.scope.get("route"), "path", "none")
        answer = f" answered {fault.wire}" if isinstance(fault, RemoteError) else ""
        LOG.info("refused %s %s %s%s: %s", reference, request.method, path, answer, fault)
        return reference

    def counts(self) -> Mapping[str, int]:
        """How many since the start, by reason code."""
        return self._counts
