"""Errors as problem details (RFC 9457): a stable code and a sentence in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse

from clicid.errors import RemoteError

if TYPE_CHECKING:
    from clicid.errors import ClicidError


def problem(status: int, error: ClicidError, headers: dict[str, str] | None = None) -> JSONResponse:
    """The answer for an error of ours; `error` is the wire code where a protocol has one."""
    body: dict[str, object] = {
        "type": f"urn:clicid:error:{error.code}",
        "code": error.code,
        "title": error.reason.en,
        "title_sv": error.reason.sv,
        "status": status,
    }
    if error.where:
        body["where"] = error.where
    if isinstance(error, RemoteError):
        body["error"] = error.wire
    return JSONResponse(body, status, headers, media_type="application/problem+json")
