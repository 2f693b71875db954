"""One presentation as the verifier sees it: its state, the events that move it, and the table.

The diagram in `docs/protocols.md` is made from the table, and `verifier.step` refuses to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import instant, saved, shape
from clicid.errors import RemoteError
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import AuthorizationRequest
from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse, ResponseReceipt

if TYPE_CHECKING:
    from datetime import datetime

_KIND: Final = "oid4vp.session"
_VERSION: Final = 1


class Phase(StrEnum):
    """Where a presentation stands."""

    CREATED = "created"
    HANDED_OUT = "handed_out"
    ANSWERED = "answered"
    CONCLUDED = "concluded"
    COLLECTED = "collected"
    DECLINED = "declined"
    EXPIRED = "expired"


class Verdict(StrEnum):
    """How an answered presentation ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ObjectFetched:
    """A wallet fetches the request object; `wallet_nonce` is what it posted, or ""."""

    wallet_nonce: str = ""


@dataclass(frozen=True, slots=True)
class ResponsePosted:
    """A wallet posts its answer or its refusal."""

    response: AuthorizationResponse | ErrorResponse


@dataclass(frozen=True, slots=True)
class Concluded:
    """The application has checked the answer; `code` is the reason unless it was accepted."""

    verdict: Verdict
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """A client asks how it ended; `response_code` is what the person's browser brought, or ""."""

    owner: str
    response_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened; look at the clock."""


Event: TypeAlias = ObjectFetched | ResponsePosted | Concluded | ReportAsked | TimePassed


@dataclass(frozen=True, slots=True)
class HandOut:
    """Sign this request as a request object and send it."""

    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Check:
    """Check this answer, then send `Concluded`; it will not be taken a second time."""

    response: AuthorizationResponse


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give report and claims to the client that asked: now, and only now."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """There is no report; the phase says whether there may be one later."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Noted:
    """Done; there is nothing to hand out."""


Reply: TypeAlias = HandOut | Check | ResponseReceipt | HandOver | NotYet | Noted | RemoteError
"""What `verifier.step` answers. A `RemoteError` is for the wire (`errors.to_wire`)."""

TRANSITIONS: Final[dict[tuple[Phase, type], frozenset[Phase]]] = {
    (Phase.CREATED, ObjectFetched): frozenset({Phase.HANDED_OUT, Phase.EXPIRED}),
    (Phase.CREATED, ReportAsked): frozenset({Phase.CREATED, Phase.EXPIRED}),
    (Phase.CREATED, TimePassed): frozenset({Phase.CREATED, Phase.EXPIRED}),
    (Phase.HANDED_OUT, ObjectFetched): frozenset({Phase.HANDED_OUT, Phase.EXPIRED}),
    (Phase.HANDED_OUT, ResponsePosted): frozenset(
        {Phase.HANDED_OUT, Phase.ANSWERED, Phase.DECLINED, Phase.EXPIRED}
    ),
    (Phase.HANDED_OUT, ReportAsked): frozenset({Phase.HANDED_OUT, Phase.EXPIRED}),
    (Phase.HANDED_OUT, TimePassed): frozenset({Phase.HANDED_OUT, Phase.EXPIRED}),
    (Phase.ANSWERED, Concluded): frozenset({Phase.CONCLUDED}),
    (Phase.ANSWERED, ReportAsked): frozenset({Phase.ANSWERED, Phase.EXPIRED}),
    (Phase.ANSWERED, TimePassed): frozenset({Phase.ANSWERED, Phase.EXPIRED}),
    (Phase.CONCLUDED, ReportAsked): frozenset({Phase.CONCLUDED, Phase.COLLECTED}),
    (Phase.DECLINED, ReportAsked): frozenset({Phase.DECLINED}),
    (Phase.EXPIRED, ReportAsked): frozenset({Phase.EXPIRED}),
}

# What a peer is told when its message has no row above. Events of our own have none here: out of
# order they are our mistake.
OUT_OF_PLACE: Final[dict[type, tuple[Wire, str]]] = {
    ObjectFetched: (Wire.INVALID_REQUEST, "oid4vp.sequence"),
    ResponsePosted: (Wire.INVALID_REQUEST, "oid4vp.sequence"),
    ReportAsked: (Wire.ACCESS_DENIED, "oid4vp.collected"),
}


@dataclass(frozen=True, slots=True)
class Session:
    """The state of one presentation.

    Args:
        phase: Where it stands.
        owner: The client that created it, and alone may have its report.
        request: What is asked, with nonce and state of this session.
        expires_at: When an answer comes too late.
        return_to: Where the person's browser goes after the answer; "" when another device asked.
        response_code_digest: SHA-256 (hex) of the code that this browser must bring back; "" until
            there is one, and where there is nothing to be had with it.
        verdict: How it ended, once it is concluded.
        code: The reason, a key of `REASONS`, unless accepted; a wallet's own error if it declined.
    """

    phase: Phase
    owner: str
    request: AuthorizationRequest
    expires_at: datetime
    return_to: str = ""
    response_code_digest: str = ""
    verdict: Verdict | None = None
    code: str = ""

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        return saved.dump(
            _KIND,
            _VERSION,
            {
                "phase": self.phase.value,
                "owner": self.owner,
                "request": self.request.to_wire(),
                "origin": self.request.origin,
                "expires_at": instant.to_numeric_date(self.expires_at),
                "return_to": self.return_to,
                "response_code_digest": self.response_code_digest,
                "verdict": "" if self.verdict is None else self.verdict.value,
                "code": self.code,
            },
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Session:
        """Read a stored state.

        Raises:
            LocalError: `oid4vp.state`.
        """
        with saved.reading("oid4vp.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            verdict = saved.text(obj, "verdict")
            # States from before there were requests by a browser have no origin.
            origin = saved.text(obj, "origin") if "origin" in obj else ""
            return cls(
                phase=saved.choice(Phase, shape.text(obj, "phase"), "/phase"),
                owner=shape.text(obj, "owner"),
                request=AuthorizationRequest.parse(shape.child(obj, "request"), origin=origin),
                expires_at=instant.from_numeric_date(shape.member(obj, "expires_at"), where="/expires_at"),
                return_to=saved.text(obj, "return_to"),
                response_code_digest=saved.text(obj, "response_code_digest"),
                verdict=saved.choice(Verdict, verdict, "/verdict") if verdict else None,
                code=saved.text(obj, "code"),
            )
