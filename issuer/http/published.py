"""What anyone may fetch: metadata, keys, schemas, contexts, status lists, and a page that says so."""

from __future__ import annotations

import html
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from clicid.codec.accept import bare, ranges
from clicid.codec.web import JSON_TYPE
from clicid.errors import Refused
from clicid.oid4vci import signed_metadata
from clicid.oid4vci.metadata import ISSUER_DOCUMENT
from clicid.status import token_list, token_list_cwt
from clicid.status.bitstring import PURPOSES
from issuer.appearance import LOGO_PATH
from issuer.evidence.file import level_part
from issuer.http.access import ANYONE, MEMBER
from issuer.http.services import Services, Use
from issuer.usecases.lists import CWT, JWT

routes: Final = APIRouter(tags=["published"])

_ANY_ORIGIN: Final = {"Access-Control-Allow-Origin": "*"}
_W3C: Final = "application/vc"
_TOKENS: Final = {JWT: token_list.MEDIA_TYPE, CWT: token_list_cwt.MEDIA_TYPE}


@routes.get("/status/{name}", **ANYONE)
def status_token(request: Request, use: Use, name: str) -> Response:
    """A status list as a Status List Token: a JWT, or a CWT for who asks for that (Token Status List 8.1)."""
    form = token_form(request.headers.get("accept", ""))
    answer = _list(request, use, name, form, _TOKENS[form])
    answer.headers["Vary"] = "Accept"
    return answer


@routes.get("/status/{name}/{purpose}", **ANYONE)
def status_credential(request: Request, use: Use, name: str, purpose: str) -> Response:
    """A status list as a Bitstring Status List credential for revocation or suspension."""
    if purpose not in PURPOSES:
        raise Refused("http.not_found")
    return _list(request, use, name, purpose, _W3C)


def token_form(accept: str) -> str:
    """In which form a token goes to who sent this `Accept`: a CWT to who prefers it to a JWT."""
    return CWT if prefers(accept, token_list_cwt.MEDIA_TYPE, token_list.MEDIA_TYPE) else JWT


def prefers(accept: str, named: str, usual: str) -> bool:
    """Whether an `Accept` (RFC 9110 12.5.1) asks for one media type rather than for the usual one.

    It does if it names that, and names the usual one or anything else with no more weight.
    """
    weights = {bare(kind): weight for kind, weight in ranges(accept)}
    weight = weights.get(named, 0.0)
    anything = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    return weight > weights.get(usual, 0.0) and weight >= anything


def _list(request: Request, use: Services, name: str, form: str, media_type: str) -> Response:
    served = use.lists.serve(f"{use.identifier}/status/{name}", form)
    headers = _ANY_ORIGIN | {
        "ETag": f'"{served.etag}"',
        "Cache-Control": f"public, max-age={int(use.lists.ttl.total_seconds())}",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(served.body, media_type=media_type, headers=headers)


@routes.get("/.well-known/{name}", **ANYONE)
def well_known(request: Request, use: Use, name: str) -> Response:
    """Issuer metadata (signed, for who asks for that), server metadata, and the keys of SD-JWT VCs."""
    if name != ISSUER_DOCUMENT:
        return _document(use, f".well-known/{name}")
    if prefers(request.headers.get("accept", ""), signed_metadata.MEDIA_TYPE, JSON_TYPE):
        answer = Response(
            use.signed_metadata.get(), media_type=signed_metadata.MEDIA_TYPE, headers=_ANY_ORIGIN
        )
        answer.headers["Cache-Control"] = "public, max-age=300"
    else:
        answer = _document(use, f".well-known/{name}")
    answer.headers["Vary"] = "Accept"
    return answer


@routes.get(f"/{LOGO_PATH}", **ANYONE)
def logo(use: Use) -> Response:
    """The mark that wallets show."""
    return _document(use, LOGO_PATH)


@routes.get("/schemas/{path:path}", **ANYONE)
def schema(use: Use, path: str) -> Response:
    """Credential types: JSON Schemas, SD-JWT type metadata, JSON-LD contexts. A version never changes."""
    return _document(use, f"schemas/{path}")


@routes.get("/certificates/{name}", **ANYONE)
def certificate(use: Use, name: str) -> Response:
    """The root under which mdocs and other credentials are signed, and its list of revoked certificates."""
    return _document(use, f"certificates/{name}")


@routes.get("/levels", **ANYONE)
def levels(use: Use) -> dict[str, Any]:
    """The assurance levels that this issuer claims, and the evidence each takes; certified by nobody."""
    rows = [level_part(claim) for claim in use.levels]
    return {"levels": [row.model_dump(mode="json") for row in rows if row is not None]}


def _document(use: Services, path: str) -> Response:
    found = use.documents.get(path)
    if found is None:
        raise Refused("http.not_found")
    cached = f"public, max-age={found.max_age}" + (", immutable" if found.max_age > 86_400 else "")
    return Response(found.body, media_type=found.media_type, headers=_ANY_ORIGIN | {"Cache-Control": cached})


@routes.get("/", response_class=HTMLResponse, **ANYONE)
def landing(request: Request) -> HTMLResponse:
    """This page: what can be called, by whom."""
    document: dict[str, Any] = request.app.openapi()
    rows = "".join(
        f"<tr><td>{method.upper()}</td><td><code>{html.escape(path)}</code></td>"
        f"<td>{html.escape(operation[MEMBER])}</td>"
        f"<td>{html.escape(operation.get('description', '').splitlines()[0])}</td></tr>"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    title = html.escape(document["info"]["title"])
    return HTMLResponse(_PAGE.format(title=title, rows=rows))


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}
td,th{{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}}</style></head>
<body><h1>{title}</h1>
<p>The whole interface as <a href="openapi.json">OpenAPI</a>.</p>
<table><tr><th>Method</th><th>Path</th><th>Who</th><th>What</th></tr>{rows}</table>
</body></html>
"""
