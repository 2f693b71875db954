"""What can go wrong: refused, undecided, or used wrongly; the reason codes are in `clicid.reasons`.

Three endings are kept apart everywhere: a thing is accepted, it is *refused* (it is wrong, and we
know why), or it is *undecided* (we could not find out). Every exception that leaves the kernel is
a `ClicidError`; any other is a bug of ours.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clicid.reasons import REASONS, Reason
from clicid.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "REASONS",
    "ClicidError",
    "LocalError",
    "Reason",
    "Refused",
    "RemoteError",
    "Undecided",
    "answered_with",
]


class ClicidError(Exception):
    """Base of everything the kernel raises.

    Args:
        code: A key of `REASONS`, e.g. ``"codec.base64url"``.
        where: The place in the input, as a JSON pointer or a part's name; empty for the whole.
        detail: What to tell an engineer. Never holds a claim value, secret or whole document.
    """

    def __init__(self, code: str, where: str = "", detail: str = "") -> None:
        if code not in REASONS:
            message = f"reason code {code!r} is not in the table"
            raise LookupError(message)
        super().__init__(code, where, detail)
        self.code: Final = code
        self.where: Final = where
        self.detail: Final = detail

    def __str__(self) -> str:
        parts = [self.code, f"at {self.where}" if self.where else "", REASONS[self.code].en]
        text = ": ".join(part for part in parts if part)
        # The place may name a member that a stranger named: what it says is no line of our log.
        return visible(f"{text} ({self.detail})" if self.detail else text)

    @property
    def reason(self) -> Reason:
        """The row of the table."""
        return REASONS[self.code]


class Refused(ClicidError):
    """The input is wrong. Trying again with the same input gives the same answer."""


class Undecided(ClicidError):
    """What is needed to decide is missing or too old. Trying again later may succeed."""


class LocalError(ClicidError):
    """We were used wrongly or are configured wrongly: the operator's or programmer's mistake."""


class RemoteError(Refused):
    """The other party of a protocol broke its rules.

    Args:
        wire: The error code that the protocol lets us answer with; all that the peer is told.
        code: A key of `REASONS`; like `where` and `detail`, it stays here.
        where: As in `ClicidError`.
        detail: As in `ClicidError`.
    """

    def __init__(self, wire: str, code: str, where: str = "", detail: str = "") -> None:
        super().__init__(code, where, detail)
        self.wire: Final = wire


@contextmanager
def answered_with(wire: str, code: str) -> Iterator[None]:
    """Turn what a parser raises about a peer's message into a `RemoteError` with a wire code.

    Args:
        wire: What the peer is told.
        code: The reason on our side; the parser's own reason is kept in the detail.
    """
    try:
        yield
    except RemoteError:
        raise
    except Refused as fault:
        raise RemoteError(wire, code, fault.where, f"{fault.code} {fault.detail}".rstrip()) from fault
