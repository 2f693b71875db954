"""The VC API's routes for FastAPI: issuer, verifier and wallet each mount what they offer.

The applications never import each other; what their faces have in common stands here once. A
service is what an application can do, in the kernel's own types; who may call is the application's
to say, as dependencies of the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeVar

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from clicid.did import resolution
from clicid.did.resolution import Question
from clicid.errors import ClicidError, LocalError, Refused, Undecided
from clicid.vc_api import answers, messages, operations, options, problems, resolving
from clicid.vc_api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from fastapi.params import Depends

    from clicid.codec.strict_json import Json
    from clicid.did.resolution import Records
    from clicid.vc_api.issuing import Issued
    from clicid.vc_api.messages import DeriveRequest, IssueRequest, ProveRequest, VerifyRequest
    from clicid.verification import Ending

R = TypeVar("R")

_STATUS: Final = {"codec.size": 413, "http.media_type": 415, "http.host": 421, "http.token": 401}
_NO_STORE: Final = {"Cache-Control": "no-store"}


class Issuing(Protocol):
    """Signs credentials."""

    def issue(self, request: IssueRequest) -> Issued:
        """What was secured, and its digest; `Refused` with the place in the credential or in ``/options``."""


class Verifying(Protocol):
    """Decides on credentials and presentations."""

    def verify(self, request: VerifyRequest) -> Ending:
        """The ending, with its report."""


class Holding(Protocol):
    """Derives and presents what a holder has."""

    def derive(self, request: DeriveRequest) -> Mapping[str, Json]:
        """The derived credential; `Refused` as `Issuing.issue`."""

    def prove(self, request: ProveRequest) -> Mapping[str, Json]:
        """The secured presentation; `Refused` as `Issuing.issue`."""


def issuing(
    service: Issuing, guards: Sequence[Depends] = (), extra: Mapping[str, Any] | None = None
) -> APIRouter:
    """`POST /credentials/issue`.

    Args:
        service: What issues.
        guards: Who may call.
        extra: Members of its own for the route's description.
    """
    routes = APIRouter(tags=["VC API: issuer"], dependencies=guards)

    def issue(request: IssueRequest) -> dict[str, Json]:
        return answers.issued(*service.issue(request))

    _post(routes, operations.ISSUE, _making(messages.issue, issue, messages.CREDENTIAL), extra)
    return routes


def holding(service: Holding, guards: Sequence[Depends] = ()) -> APIRouter:
    """`POST /credentials/derive` and `POST /presentations/prove`."""
    routes = APIRouter(tags=["VC API: holder"], dependencies=guards)

    def derive(request: DeriveRequest) -> dict[str, Json]:
        return answers.derived(service.derive(request))

    def prove(request: ProveRequest) -> dict[str, Json]:
        return answers.proved(service.prove(request))

    _post(routes, operations.DERIVE, _making(messages.derive, derive, messages.VERIFIABLE_CREDENTIAL))
    _post(routes, operations.PROVE, _making(messages.prove, prove, messages.PRESENTATION))
    return routes


def verifying(service: Verifying, guards: Sequence[Depends] = ()) -> APIRouter:
    """`POST /credentials/verify` and `POST /presentations/verify`."""
    routes = APIRouter(tags=["VC API: verifier"], dependencies=guards)
    for operation, member in (
        (operations.VERIFY_CREDENTIAL, messages.VERIFIABLE_CREDENTIAL),
        (operations.VERIFY_PRESENTATION, messages.VERIFIABLE_PRESENTATION),
    ):
        _post(routes, operation, _deciding(service, member))
    return routes


def identifiers(records: Records, clock: Callable[[], datetime], guards: Sequence[Depends] = ()) -> APIRouter:
    """`GET /1.0/identifiers/{did}`.

    Args:
        records: What is at hand of DIDs; nobody is called here for one.
        clock: The time for which the latest version is wanted.
        guards: Who may call.
    """
    routes = APIRouter(tags=["DID resolution"], dependencies=guards)

    def answer(did: str, options: list[tuple[str, str]], accept: str) -> resolving.Answer:
        try:
            media_type = resolving.accepted(accept)
            question = Question.parse(did, options)
            return resolving.resolved(resolution.resolve(question, records, clock()), media_type)
        except (Refused, Undecided) as error:
            return resolving.unresolved(error)

    @routes.get("/1.0/identifiers/{did:path}")
    async def resolve(request: Request, did: str, accept: Annotated[str, Header()] = "*/*") -> Response:
        """What a DID resolves to, or the document alone for who asks for that.

        Options are `versionId` (of a did:ethr: the number of a block) or `versionTime`.
        """
        options = request.query_params.multi_items()
        found = await run_in_threadpool(answer, did, options, accept)
        return JSONResponse(found.body, found.status, _NO_STORE, media_type=found.media_type)

    return routes


def problem(error: ClicidError, inside: str = "", *, status: int = 0) -> JSONResponse:
    """An error of ours as problem details: 4xx for what came, 5xx for what is wrong on this side.

    Args:
        error: Ours.
        inside: The member of the body that the error's own place is in, as a JSON pointer.
        status: The HTTP status, where it is not the one of the error's kind.
    """
    found = status or _STATUS.get(error.code, 400)
    if isinstance(error, LocalError):
        found = 500
    elif isinstance(error, Undecided):
        found = 503
    body = Problem.of(error, inside).to_json(found)
    return JSONResponse(body, found, _NO_STORE, media_type=problems.MEDIA_TYPE)


def _post(
    routes: APIRouter,
    operation: operations.Operation,
    answer: Callable[[bytes], Response],
    extra: Mapping[str, Any] | None = None,
) -> None:
    async def handle(request: Request) -> Response:
        try:
            return await run_in_threadpool(answer, await _body(request))
        except ClicidError as error:
            return problem(error)

    routes.add_api_route(
        operation.path,
        handle,
        methods=["POST"],
        summary=operation.summary,
        description=operation.description,
        status_code=operation.success,
        openapi_extra={**operation.openapi(), **(extra or {})},
        name=operation.path.strip("/").replace("/", "_"),
        response_class=JSONResponse,
    )


def _making(
    parse: Callable[[bytes], R], make: Callable[[R], dict[str, Json]], member: str
) -> Callable[[bytes], Response]:
    """A route that gives something secured. What is wrong in the member that came is at its place in it."""

    def answer(raw: bytes) -> Response:
        request = parse(raw)
        try:
            return JSONResponse(make(request), answers.CREATED, _NO_STORE)
        except Refused as error:
            return problem(error, "" if error.where.startswith(options.WHERE) else f"/{member}")

    return answer


def _deciding(service: Verifying, member: str) -> Callable[[bytes], Response]:
    def answer(raw: bytes) -> Response:
        request = messages.verify(raw, member)
        found = answers.told(request, service.verify(request))
        return Response(found.body, found.status, _NO_STORE, media_type=found.media_type)

    return answer


async def _body(request: Request) -> bytes:
    """The body, no more of it than a message can have."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # A page of another origin can send plain text and forms without asking first, and JSON not.
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Refused("http.media_type", detail="JSON is read")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > messages.MAX_BYTES:
            raise Refused("codec.size", detail=f"more than {messages.MAX_BYTES} bytes")
    return bytes(body)
