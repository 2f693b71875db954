"""One presentation as the wallet sees it: its state, the events that move it, and the table.

The diagram in `docs/protocols.md` is made from the table, and `wallet.step` refuses to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import base64url, saved, shape
from clicid.codec.web import HttpRequest
from clicid.errors import Refused, Undecided
from clicid.formats.base import Wanted
from clicid.oid4vp.client_id import ORIGIN, ClientId
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import AuthorizationRequest

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpAnswer
    from clicid.formats.base import Have
    from clicid.oid4vp.asker import OverAsking
    from clicid.oid4vp.request_object import VerifiedRequest
    from clicid.oid4vp.response import AuthorizationResponse

_KIND: Final = "oid4vp.presentation"
_VERSION: Final = 1


class Phase(StrEnum):
    """What the wallet waits for."""

    REQUEST_OBJECT = "request_object"
    MATERIAL = "material"
    CHOICE = "choice"
    RECEIPT = "receipt"
    REFUSAL_RECEIPT = "refusal_receipt"
    FINISHED = "finished"
    DECLINED = "declined"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to the last `HttpRequest`."""

    answer: HttpAnswer


@dataclass(frozen=True, slots=True)
class Gathered:
    """All material that was ever wanted for this request, or that it could not be had."""

    have: Have


@dataclass(frozen=True, slots=True)
class Presented:
    """The person consented, and this is the signed answer."""

    response: AuthorizationResponse = field(repr=False)


@dataclass(frozen=True, slots=True)
class Declined:
    """The person declined, or the wallet holds nothing that answers; the verifier is told which."""

    error: Wire = Wire.ACCESS_DENIED


Event: TypeAlias = Answered | Gathered | Presented | Declined


@dataclass(frozen=True, slots=True)
class ChoiceWanted:
    """Show the person who asks for what, and why; then match, ask, sign, and send `Presented`.

    `over_asking` lists claims that the asker's registered purpose does not cover.
    """

    verified: VerifiedRequest
    over_asking: tuple[OverAsking, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """All is over. `redirect_uri` is where the person's browser goes on, or "".

    Args:
        presented: Whether something was presented.
        redirect_uri: Where the browser goes on.
        code: The reason, a key of `REASONS`, if the wallet itself could not answer; "" if it did or the
            person declined.
    """

    presented: bool
    redirect_uri: str = field(default="", repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True)
class ForPage:
    """Over the Digital Credentials API: give this object to the page that asked. All is over then."""

    data: dict[str, Json] = field(repr=False)
    presented: bool


class NotAccepted(Refused):
    """The verifier did not accept what was presented; `detail` is what it says of that.

    Args:
        description: As the verifier says it, or "".
        redirect_uri: Where the person's browser goes on, or "".
    """

    def __init__(self, description: str, redirect_uri: str) -> None:
        super().__init__("oid4vp.not_accepted", detail=description)
        self.redirect_uri: Final = redirect_uri


Reply: TypeAlias = HttpRequest | Wanted | ChoiceWanted | Finished | ForPage | Refused | Undecided
"""What `wallet.step` answers: something to do, or why the presentation failed."""

_AFTER_REQUEST: Final = frozenset({Phase.MATERIAL, Phase.CHOICE, Phase.REFUSAL_RECEIPT, Phase.FAILED})

TRANSITIONS: Final[dict[tuple[Phase, type], frozenset[Phase]]] = {
    (Phase.REQUEST_OBJECT, Answered): _AFTER_REQUEST,
    (Phase.MATERIAL, Gathered): _AFTER_REQUEST,
    # Over the Digital Credentials API there is no receipt: the page has the answer at once, or none.
    (Phase.CHOICE, Presented): frozenset({Phase.RECEIPT, Phase.FINISHED}),
    (Phase.CHOICE, Declined): frozenset({Phase.REFUSAL_RECEIPT, Phase.DECLINED}),
    (Phase.RECEIPT, Answered): frozenset({Phase.FINISHED, Phase.FAILED}),
    # Whether the verifier hears of it or not, nothing was shown.
    (Phase.REFUSAL_RECEIPT, Answered): frozenset({Phase.DECLINED}),
}


@dataclass(frozen=True, slots=True)
class Presentation:
    """The state of one presentation at the wallet.

    Args:
        phase: What is waited for.
        client_id: Who the link says is asking.
        wallet_nonce: What was posted for the request object, or "".
        request_object: As fetched, until it is verified.
        request: The verified request.
        origin: Over the Digital Credentials API, the page's; "" otherwise.
        code: Why the wallet itself cannot answer; "" if it can.
    """

    phase: Phase
    client_id: ClientId
    wallet_nonce: str = ""
    request_object: bytes = field(default=b"", repr=False)
    request: AuthorizationRequest | None = None
    origin: str = ""
    code: str = ""

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        request: Json = None if self.request is None else self.request.to_wire()
        return saved.dump(
            _KIND,
            _VERSION,
            {
                "phase": self.phase.value,
                "client_id": str(self.client_id),
                "wallet_nonce": self.wallet_nonce,
                "request_object": base64url.encode(self.request_object),
                "request": request,
                "origin": self.origin,
                "code": self.code,
            },
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Presentation:
        """Read a stored state.

        Raises:
            LocalError: `oid4vp.state`.
        """
        with saved.reading("oid4vp.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            request = shape.member(obj, "request")
            # States from before there were requests by a browser have neither.
            origin, code = (saved.text(obj, name) if name in obj else "" for name in ("origin", "code"))
            named = shape.text(obj, "client_id")
            return cls(
                phase=saved.choice(Phase, shape.text(obj, "phase"), "/phase"),
                client_id=ClientId(ORIGIN, origin)
                if named == f"{ORIGIN}:{origin}"
                else ClientId.parse(named),
                wallet_nonce=saved.text(obj, "wallet_nonce"),
                request_object=base64url.decode(saved.text(obj, "request_object")),
                request=None
                if request is None
                else AuthorizationRequest.parse(shape.as_object(request), origin=origin),
                origin=origin,
                code=code,
            )
