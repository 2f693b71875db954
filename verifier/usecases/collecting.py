"""Giving report and claims to the client that asked, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.errors import RemoteError
from clicid.oid4vp import verifier
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.session import HandOver, NotYet, Phase, ReportAsked, Session
from verifier.usecases.asking import find

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from verifier.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Result:
    """How a request ended; claims only if it was accepted, and never printed."""

    report: Json
    claims: Json = field(repr=False)


def collect(service: Service, session_id: str, owner: str, response_code: str) -> Result | Phase:
    """The result, or the phase in which the request still is.

    Raises:
        RemoteError: `access_denied` for another client, a missing response code, or a second time.
    """
    stored = find(service, session_id)
    session = Session.from_bytes(stored.state)
    asked = ReportAsked(owner, response_code)
    following, reply = verifier.step(session, asked, now=service.clock(), random=service.random)
    if isinstance(reply, RemoteError):
        raise reply
    if isinstance(reply, NotYet):
        return reply.phase
    if not isinstance(reply, HandOver) or stored.report is None:
        return session.phase
    claims = service.store.take_claims(stored, following.to_bytes())
    if claims is None and session.verdict == "accepted":
        raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.collected")
    return Result(
        report=strict_json.loads(stored.report),
        claims=None if claims is None else strict_json.loads(claims, max_bytes=4 << 20),
    )
