"""The hosted pages over HTTP: what the browser asks for, bound to it by a cookie."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Cookie, Depends, Form, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from clicid.codec import shape, strict_json
from clicid.errors import Refused, RemoteError
from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from clicid.oid4vp.session import Phase, Verdict
from verifier.http.clients import Parts, Use
from verifier.pages import rendering, texts
from verifier.pages.rendering import HEADERS, STATIC, View
from verifier.usecases import paging
from verifier.usecases.paging import Channel, ElsewhereError, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

routes: Final = APIRouter(tags=["person"])

_FOLDER: Final = Path(__file__).resolve().parents[1] / "pages" / "static"
_ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript"}
_DAY: Final = "public, max-age=86400"


def _browser(
    use: Use,
    bound: Annotated[str, Cookie(alias="__Host-clicid", max_length=128)] = "",
    plain: Annotated[str, Cookie(alias="clicid", max_length=128)] = "",
) -> str:
    return bound if _is_secure(use) else plain


Browser = Annotated[str, Depends(_browser)]


def _is_secure(use: Parts) -> bool:
    return use.service.origin.startswith("https:")


def _view(use: Use, page_id: str, accept_language: Annotated[str, Header()] = "") -> View:
    return View(use.brand, texts.preferred(accept_language), f"/page/{page_id}")


Drawn = Annotated[View, Depends(_view)]


def _page(view: View, draw: Callable[[], str]) -> Response:
    """A page, or the page that says why there is none."""
    try:
        return HTMLResponse(draw(), headers=HEADERS)
    except ElsewhereError:
        return HTMLResponse(rendering.told(view, "elsewhere"), 403, HEADERS)
    except RemoteError:
        return HTMLResponse(rendering.told(view, "unknown"), 404, HEADERS)


@routes.get("/page/{page_id}", response_class=HTMLResponse)
def page(use: Use, view: Drawn, browser: Browser, page_id: str) -> Response:
    """What the person sees now. Whoever opens it first goes on; nobody else."""
    given: list[str] = []

    def draw() -> str:
        found, secret = paging.opened(use.service, page_id, browser)
        given.append(secret)
        return _draw(use, view, found)

    response = _page(view, draw)
    if given and given[0]:
        secure = _is_secure(use)
        response.set_cookie(
            "__Host-clicid" if secure else "clicid",
            given[0],
            secure=secure,
            httponly=True,
            samesite="lax",
            path="/",
        )
    return response


def _draw(use: Parts, view: View, found: Standing) -> str:
    page = found.page
    if found.ended:
        return _drawn_end(view, found)
    if found.phase is Phase.ANSWERED:
        return rendering.deciding(view)
    if page.channel is Channel.SAME:
        return rendering.same_device(view, page.url, fetched=found.fetched)
    if page.channel is Channel.CROSS:
        return rendering.cross_device(view, page.url, fetched=found.fetched)
    registration = use.service.registration
    purpose = registration.purpose(page.wish.purpose).text[view.language]
    return rendering.choose(view, purpose, registration.privacy_policy, by_browser=use.by_browser)


def _drawn_end(view: View, found: Standing) -> str:
    address = f"{view.path}/onward" if found.page.wish.return_to else ""
    if found.verdict is Verdict.ACCEPTED:
        return rendering.done(view, address if found.goes_on else "")
    heading = found.phase.value if found.verdict is None else found.verdict.value
    restart = found.phase in (Phase.DECLINED, Phase.EXPIRED)
    return rendering.ended(
        view, heading, "" if found.verdict is None else found.code, address, restart=restart
    )


@routes.get("/page/{page_id}/status")
def status(use: Use, browser: Browser, page_id: str) -> Response:
    """Whether something has happened, for the page's own script."""
    try:
        found = paging.standing(use.service, page_id, browser)
    except (ElsewhereError, RemoteError):
        return JSONResponse({}, 403, HEADERS)
    told = {"fetched": found.fetched, "ended": found.ended, "onward": found.goes_on}
    return JSONResponse(told, headers=HEADERS)


@routes.post("/page/{page_id}/start")
def start(
    use: Use, view: Drawn, browser: Browser, page_id: str, channel: Annotated[str, Form(max_length=16)] = ""
) -> Response:
    """The person chose a way; back to the page, which shows it."""
    chosen = next((one for one in (Channel.SAME, Channel.CROSS) if one.value == channel), Channel.NONE)
    try:
        paging.start(use.service, page_id, browser, chosen)
    except ElsewhereError:
        return HTMLResponse(rendering.told(view, "elsewhere"), 403, HEADERS)
    except RemoteError:
        pass  # There is an answer, or no page: the page says which.
    return RedirectResponse(view.path, 303, HEADERS)


@routes.post("/page/{page_id}/browser")
def ask_browser(use: Use, browser: Browser, page_id: str) -> Response:
    """What the page gives to ``navigator.credentials.get``."""
    try:
        return JSONResponse(paging.start(use.service, page_id, browser, Channel.BROWSER), headers=HEADERS)
    except (ElsewhereError, RemoteError):
        return JSONResponse({}, 403, HEADERS)


@routes.post("/page/{page_id}/browser/answer")
async def answer_of_browser(use: Use, browser: Browser, page_id: str, request: Request) -> Response:
    """What the wallet gave the page. How it ended the page says; 400 only for what is no answer."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_RESPONSE_BYTES:
            return JSONResponse({}, 413, HEADERS)
    try:
        await run_in_threadpool(_answer, use, browser, page_id, bytes(raw))
    except ElsewhereError:
        return JSONResponse({}, 403, HEADERS)
    except Refused:
        return JSONResponse({}, 400, HEADERS)
    return JSONResponse({"ended": True}, headers=HEADERS)


def _answer(use: Parts, browser: str, page_id: str, raw: bytes) -> None:
    obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_RESPONSE_BYTES))
    protocol, data = shape.text(obj, "protocol", maximum=64), shape.member(obj, "data")
    paging.answer(use.service, page_id, browser, protocol, data)


@routes.get("/page/{page_id}/back")
def back(use: Use, view: Drawn, browser: Browser, page_id: str, response_code: str = "") -> Response:
    """Where a wallet on the same device sends the browser. Another browser gets nowhere from here."""
    try:
        paging.came_back(use.service, page_id, browser, response_code)
        goes_on = paging.standing(use.service, page_id, browser).goes_on
    except ElsewhereError:
        return HTMLResponse(rendering.told(view, "elsewhere"), 403, HEADERS)
    except RemoteError:
        return HTMLResponse(rendering.told(view, "unknown"), 404, HEADERS)
    return RedirectResponse(f"{view.path}/onward" if goes_on else view.path, 303, HEADERS)


@routes.get("/page/{page_id}/onward")
def onward(use: Use, view: Drawn, browser: Browser, page_id: str) -> Response:
    """On to the service provider, with a code of this browser's."""
    try:
        address = paging.onward(use.service, page_id, browser)
    except ElsewhereError:
        return HTMLResponse(rendering.told(view, "elsewhere"), 403, HEADERS)
    except RemoteError:
        return HTMLResponse(rendering.told(view, "unknown"), 404, HEADERS)
    return RedirectResponse(address or view.path, 303, HEADERS)


@routes.get(STATIC + "/{name}")
def asset(use: Use, name: str) -> Response:
    """Style, script and logo."""
    headers = HEADERS | {"Cache-Control": _DAY}
    if name in _ASSETS:
        return Response(_static(name), media_type=_ASSETS[name], headers=headers)
    if name == "brand.css":
        return Response(use.brand.stylesheet(), media_type="text/css", headers=headers)
    if name == "logo" and use.brand.logo is not None:
        kind, body = use.brand.logo
        # A picture may be a document of its own (SVG): opened by itself it runs nothing.
        return Response(
            body,
            media_type=kind,
            headers=headers | {"Content-Security-Policy": "default-src 'none'; sandbox"},
        )
    return Response(status_code=404, headers=headers)


@functools.cache
def _static(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
