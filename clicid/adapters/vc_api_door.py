"""VC API requests that are answered at once, before the framework behind the door sees them.

A check of something of a known layout takes less time than the framework takes to bring a request to its
route. What can be answered at the door is: who asks is known, and so is the layout of what they ask about.
Everything else goes in, with its body, and is answered inside as if there were no door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from clicid.errors import ClicidError
from clicid.vc_api import answers, messages, operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from clicid.vc_api.answers import Told
    from clicid.vc_api.messages import VerifyRequest
    from clicid.verification import Ending

_MOST: Final = 1 << 15
"""Bytes of a body that is looked at here."""
_MOST_CHUNKS: Final = 64
_MEMBERS: Final = {
    operations.VERIFY_CREDENTIAL.path: messages.VERIFIABLE_CREDENTIAL,
    operations.VERIFY_PRESENTATION.path: messages.VERIFIABLE_PRESENTATION,
}


class VerifyingAtOnce(Protocol):
    """Decides on credentials and presentations."""

    def verify_at_once(self, request: VerifyRequest) -> Ending | None:
        """The ending, where it takes no longer than to hand the request to another thread; else None."""


class VcApiDoor:
    """Middleware before an application with the routes of `vc_api_routes.verifying`.

    Args:
        app: The application.
        service: What decides.
        may_enter: Of an `Authorization` header (empty if there is none), whether the caller is known to be
            allowed in. Where that is not known, the application finds it out.
    """

    def __init__(self, app: ASGIApp, service: VerifyingAtOnce, may_enter: Callable[[str], bool]) -> None:
        self._app: Final = app
        self._service: Final = service
        self._may_enter: Final = may_enter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the request in."""
        if scope["type"] != "http" or scope["path"] not in _MEMBERS or not self._is_usual(scope):
            await self._app(scope, receive, send)
            return
        came: list[Message] = []
        body = await _read(receive, came)
        told = None if body is None else self._told(body, _MEMBERS[scope["path"]])
        if told is None:
            await self._app(scope, _again(came, receive), send)
            return
        headers = [
            (b"content-type", told.media_type.encode()),
            (b"content-length", b"%d" % len(told.body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": told.body})

    def _is_usual(self, scope: Scope) -> bool:
        """Whether it is JSON that is posted by somebody who may, each told in one header."""
        kinds: list[bytes] = []
        authorizations: list[bytes] = []
        for name, value in scope["headers"]:
            if name == b"content-type":
                kinds.append(value)
            elif name == b"authorization":
                authorizations.append(value)
        if scope["method"] != "POST" or len(kinds) != 1 or len(authorizations) > 1:
            return False
        if kinds[0].partition(b";")[0].strip().lower() != b"application/json":
            return False
        return self._may_enter(authorizations[0].decode("latin-1") if authorizations else "")

    def _told(self, body: bytes, member: str) -> Told | None:
        try:
            request = messages.verify_unread(body, member) or messages.verify(body, member)
            ending = self._service.verify_at_once(request)
            return None if ending is None else answers.told(request, ending)
        except ClicidError:
            return None  # It happens again inside, where it is told.


async def _read(receive: Receive, came: list[Message]) -> bytes | None:
    """The body; None where it is too long or does not come to its end. What came is added to `came`."""
    size, more = 0, True
    while more and size <= _MOST and len(came) < _MOST_CHUNKS:
        message = await receive()
        came.append(message)
        if message["type"] != "http.request":
            return None
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return None if more or size > _MOST else b"".join([message.get("body", b"") for message in came])


def _again(came: list[Message], receive: Receive) -> Receive:
    """What gives again what came, and then what comes."""

    async def receive_again() -> Message:
        return came.pop(0) if came else await receive()

    return receive_again
