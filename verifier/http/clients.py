"""The service provider's side: tokens, requests, results. Every route but the token's needs a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from clicid.adapters import oauth_clients, vc_api_routes
from clicid.codec import base64url
from clicid.did.resolution import Records
from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vp.errors import PresentationRefused, Wire
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.session import Phase
from verifier.config import Client
from verifier.http.bodies import StrictRoute
from verifier.http.problems import problem
from verifier.pages.rendering import Brand
from verifier.usecases import answering, asking, collecting, paging
from verifier.usecases.asking import Wish
from verifier.usecases.service import Service
from verifier.usecases.vc_api import GeneralVerifying

TOKEN_SECONDS: Final = oauth_clients.TOKEN_SECONDS


class NewRequest(BaseModel):
    """What to ask a wallet for."""

    model_config = ConfigDict(extra="forbid")

    dcql_query: dict[str, Any] = Field(description="A DCQL query, OpenID4VP 1.0 section 6")
    purpose: str = Field(description="The id of a purpose in the service provider's registration")
    return_to: str = Field("", description="Where the browser goes after the answer, on the same device")
    page: bool = Field(
        default=False, description="Make a hosted page, on which the person chooses how to show"
    )
    response_mode: ResponseMode | None = Field(None, description="How the answer comes back")
    identity: str = Field("", description="Under which of the verifier's names to ask")
    transaction_data: list[dict[str, Any]] = Field(
        default_factory=list, max_length=8, description="What is to be authorised, OpenID4VP 1.0 section 8.4"
    )
    origin: str = Field("", description="Of your page, for dc_api and dc_api.jwt", max_length=256)


class DigitalAnswer(BaseModel):
    """What your page got from ``navigator.credentials.get``."""

    model_config = ConfigDict(extra="forbid")

    protocol: str = Field(max_length=64)
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with; `verifier.main` puts it into the application's state.

    Args:
        service: The verifier.
        clients: Who may ask.
        brand: Whose the hosted pages are.
        by_browser: Whether they offer the wallets that the browser knows.
    """

    service: Service
    clients: tuple[Client, ...]
    brand: Brand
    by_browser: bool = True


routes: Final = APIRouter(tags=["service provider"], route_class=StrictRoute)


def _parts(request: Request) -> Parts:
    found = request.app.state.parts
    if not isinstance(found, Parts):
        raise TypeError("the application was composed without its parts")
    return found


Use = Annotated[Parts, Depends(_parts)]


class UnauthorizedError(Exception):
    """A call without a good access token; answered with 401 (RFC 6750 3)."""


async def _owner(use: Use, authorization: Annotated[str, Header()] = "") -> str:
    token, store = oauth_clients.bearer(authorization), use.service.store
    now = int(use.service.clock().timestamp())
    owner = store.remembered_client(token, now) or await run_in_threadpool(store.token_client, token, now)
    if owner is None:
        raise UnauthorizedError
    return owner


Owner = Annotated[str, Depends(_owner)]


@routes.post("/oauth2/token")
def token(
    use: Use,
    grant_type: Annotated[str, Form()],
    authorization: Annotated[str, Header()] = "",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
) -> Response:
    """An access token for a client's id and secret (RFC 6749 4.4), good for ten minutes."""
    given = oauth_clients.basic(authorization) or (client_id, client_secret)
    if grant_type != oauth_clients.GRANT:
        return JSONResponse({"error": "unsupported_grant_type"}, 400, _NO_STORE)
    if not oauth_clients.known(use.clients, *given):
        return JSONResponse({"error": "invalid_client"}, 401, _NO_STORE | {"WWW-Authenticate": "Basic"})
    service = use.service
    access_token = base64url.encode(service.random(32))
    service.store.add_token(access_token, given[0], int(service.clock().timestamp()) + TOKEN_SECONDS)
    body = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return JSONResponse(body, 200, _NO_STORE)


@routes.post("/requests", status_code=201)
def create(use: Use, owner: Owner, body: NewRequest) -> Response:
    """Create a request: a page to send the person to, a link for a wallet, or what a page asks a browser."""
    wish = Wish(
        query=body.dcql_query,
        purpose=body.purpose,
        response_mode=body.response_mode or use.service.response_mode,
        identity=body.identity,
        transaction_data=tuple(body.transaction_data),
        return_to=body.return_to,
        origin=body.origin,
    )
    try:
        answer = _create_page(use, owner, wish) if body.page else _create(use, owner, wish)
    except (Refused, LocalError) as error:
        return problem(400, error)
    return JSONResponse(answer, 201, _NO_STORE)


def _create(use: Parts, owner: str, wish: Wish) -> dict[str, Any]:
    made = asking.create(use.service, owner, wish)
    carried = {"digital_credential_request": made.digital} if made.digital else {"request_url": made.url}
    return {
        "id": made.session_id,
        **carried,
        "expires_at": made.expires_at,
        "beyond_registration": list(made.beyond_registration),
    }


def _create_page(use: Parts, owner: str, wish: Wish) -> dict[str, Any]:
    """Its channels are chosen on it: of the response mode it keeps whether answers are encrypted."""
    page_id, expires_at, beyond = paging.create(use.service, owner, wish)
    return {
        "id": page_id,
        "page_url": f"{use.service.origin}/page/{page_id}",
        "expires_at": expires_at,
        "beyond_registration": list(beyond),
    }


@routes.post("/requests/{session_id}/answer")
def answer(use: Use, owner: Owner, session_id: str, body: DigitalAnswer) -> Response:
    """Hand in what your page got by the Digital Credentials API; then collect the result."""
    try:
        asking.check_owner(use.service, session_id, owner)
        answering.take_from_page(use.service, session_id, body.protocol, body.data)
    except PresentationRefused:
        return JSONResponse({"phase": Phase.CONCLUDED.value}, 200, _NO_STORE)
    except RemoteError as error:
        return problem(403 if error.wire == Wire.ACCESS_DENIED else 400, error)
    return JSONResponse({"phase": asking.phase(use.service, session_id).value}, 200, _NO_STORE)


@routes.get("/requests/{session_id}/result")
def result(use: Use, owner: Owner, session_id: str, response_code: str = "") -> Response:
    """Report and claims, once, to the client that asked; 202 with the phase while there is none."""
    try:
        found = paging.collect(use.service, session_id, owner, response_code)
        if found is None:
            found = collecting.collect(use.service, session_id, owner, response_code)
    except RemoteError as error:
        return problem(403 if error.wire == Wire.ACCESS_DENIED else 404, error)
    if isinstance(found, Phase):
        return JSONResponse({"phase": found.value}, 202, _NO_STORE)
    return JSONResponse({"report": found.report, "claims": found.claims}, 200, _NO_STORE)


def is_remembered(service: Service, authorization: str) -> bool:
    """Whether a call comes with an access token that is known to be good without the database."""
    now = int(service.clock().timestamp())
    return service.store.remembered_client(oauth_clients.bearer(authorization), now) is not None


_NO_STORE: Final = {"Cache-Control": "no-store"}


def vc_api(verifying: GeneralVerifying, records: Records) -> APIRouter:
    """The VC API's verifying side and DID resolution, for clients with a token (RFC 6750)."""
    guards = [Depends(_owner)]
    routes = APIRouter()
    routes.include_router(vc_api_routes.verifying(verifying, guards))
    routes.include_router(vc_api_routes.identifiers(records, verifying.clock, guards))
    return routes
