"""The operator's metrics, for whoever has the token."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Response

from clicid.adapters import oauth_clients
from clicid.adapters.metrics import CONTENT_TYPE
from verifier.http.clients import UnauthorizedError
from verifier.metrics import Metrics


def metrics_routes(metrics: Metrics, token_sha256: str) -> APIRouter:
    """``GET /metrics`` in Prometheus's text format, for a bearer token with this SHA-256 (hex)."""
    routes = APIRouter(tags=["operator"])

    @routes.get("/metrics")
    def read(authorization: Annotated[str, Header()] = "") -> Response:
        """How the chain is followed; needs the operator's token."""
        given = hashlib.sha256(oauth_clients.bearer(authorization).encode()).hexdigest()
        if not hmac.compare_digest(given, token_sha256):
            raise UnauthorizedError
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return routes
