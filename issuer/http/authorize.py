"""The authorization endpoint: pages for a person's browser (OpenID4VCI 5; RFC 6749 3.1, RFC 9126 4).

What goes wrong is told on a page. A browser is sent on only when the person has answered, to the address
that the wallet pushed and was allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from clicid.codec.web import parse_form
from clicid.errors import ClicidError, Refused, RemoteError, Undecided
from clicid.oid4vci.authorization import AuthorizationLink
from issuer.http.access import ANYONE, BROWSER
from issuer.http.bodies import Message
from issuer.http.problems import STATUS
from issuer.http.refusals import HEADER
from issuer.http.services import Services, Use, services
from issuer.pages import rendering, texts
from issuer.pages.rendering import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from issuer.usecases.offering import Blocking
    from issuer.usecases.visited import Begun

_PATH: Final = "/oid4vci/authorize"
_MAX_FORM: Final = 4096
_MAX_COOKIE: Final = 128
_COOKIE: Final = "clicid-authorization-"
_COOKIE_LIFE: Final = 86_400


class _PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and its errors."""
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handler(request)
            except ClicidError as fault:
                status = 429 if fault.code == "oid4vci.pace" else STATUS.get(fault.code, 400)
                page = rendering.error(fault.code, _language(request, ""))
                answer = HTMLResponse(page, status, rendering.headers())
                answer.headers[HEADER] = services(request).refusals.note(request, fault)
                return answer

        return shown


routes: Final = APIRouter(prefix=_PATH, tags=["OpenID4VCI"], route_class=_PageRoute)


@routes.get("", response_class=HTMLResponse, **ANYONE)
def arrive(request: Request, use: Use) -> Response:
    """A browser with the link of a pushed request. It goes on to a page of its own, with a cookie."""
    link = AuthorizationLink.parse(request.url.query)
    arrived = use.visiting.arrive(link, _cookies(request))
    answer = RedirectResponse(f"{_PATH}/{arrived.id}", 303, rendering.headers())
    if arrived.cookie:
        secure = use.identifier.startswith("https:")
        answer.set_cookie(
            _cookie_name(use, arrived.id),
            arrived.cookie,
            max_age=_COOKIE_LIFE,
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    return answer


@routes.get("/{grant_id}", response_class=HTMLResponse, **BROWSER)
def show(request: Request, use: Use, grant_id: str) -> Response:
    """The page for what is asked next."""
    return _page(request, use, grant_id)


@routes.get("/{grant_id}/{act}", response_class=HTMLResponse, **BROWSER)
def back(grant_id: str, act: str) -> Response:
    """Who comes back to the address of a form comes to the page."""
    del act
    return RedirectResponse(f"{_PATH}/{quote(grant_id)}", 303, rendering.headers())


@routes.post("/{grant_id}/name", response_class=HTMLResponse, **BROWSER)
def name(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """Which onboarding is the person's."""
    form = _Form(request, use, grant_id, body)
    session_id, token = form.text("session_id", 64), form.text("resume_token", 128)
    return form.next(lambda: use.visiting.name(*form.who, session_id=session_id, token=token))


@routes.post("/{grant_id}/begin", response_class=HTMLResponse, **BROWSER)
def begin(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """Begin an onboarding: its number and resume token are shown once."""
    form = _Form(request, use, grant_id, body)
    language = _language(request, use.visiting.view(grant_id, form.who[1]).requested.ui_locales)
    begun = use.visiting.begin(*form.who, language=language)
    return _page(request, use, grant_id, begun=begun)


@routes.post("/{grant_id}/forget", response_class=HTMLResponse, **BROWSER)
def forget(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """It was another onboarding."""
    form = _Form(request, use, grant_id, body)
    return form.next(lambda: use.visiting.forget(*form.who))


@routes.post("/{grant_id}/send", response_class=HTMLResponse, **BROWSER)
def send(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """Send the one-time code."""
    form = _Form(request, use, grant_id, body)
    return form.next(lambda: use.visiting.send(*form.who))


@routes.post("/{grant_id}/confirm", response_class=HTMLResponse, **BROWSER)
def confirm(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """The code that came. The first time there is a blocking code for it, shown once."""
    form = _Form(request, use, grant_id, body)
    digits = form.text("code", 16).replace(" ", "")
    try:
        blocking = use.visiting.confirm(*form.who, digits=digits)
    except (Refused, Undecided) as fault:
        return form.failed(fault)
    return form.moved() if blocking is None else _page(request, use, grant_id, blocking=blocking)


@routes.post("/{grant_id}/agree", response_class=HTMLResponse, **BROWSER)
def agree(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """The person agrees: back to the wallet, with a code."""
    form = _Form(request, use, grant_id, body)
    try:
        return form.leave(use.visiting.agree(*form.who))
    except (Refused, Undecided) as fault:
        return form.failed(fault)


@routes.post("/{grant_id}/decline", response_class=HTMLResponse, **BROWSER)
def decline(request: Request, use: Use, grant_id: str, body: Message) -> Response:
    """The person does not agree: back to the wallet, with `access_denied`."""
    form = _Form(request, use, grant_id, body)
    return form.leave(use.visiting.decline(*form.who))


class _Form:
    """A form that came from one of our pages."""

    def __init__(self, request: Request, use: Services, grant_id: str, body: bytes) -> None:
        self._request = request
        self._use = use
        self._id = grant_id
        self._fields = parse_form(body, max_bytes=_MAX_FORM)
        cookie = _cookies(request).get(grant_id, "")
        self.who: Final = (grant_id, cookie, self._fields.get("form_token", ""))

    def text(self, name: str, most: int) -> str:
        """A field, cut where it is too long to be right."""
        return self._fields.get(name, "").strip()[: most + 1]

    def next(self, act: Callable[[], None]) -> Response:
        """Do it, and show what is asked next; or the same page, and what went wrong."""
        try:
            act()
        except (Refused, Undecided) as fault:
            return self.failed(fault)
        return self.moved()

    def moved(self) -> Response:
        """On to the page by a request of its own, which can be loaded anew."""
        chosen = self._request.query_params.get("lang", "")
        query = f"?lang={chosen}" if chosen in ("sv", "en") else ""
        return RedirectResponse(f"{_PATH}/{self._id}{query}", 303, rendering.headers())

    def leave(self, url: str) -> Response:
        """Back to the wallet; the cookie is of no use any more."""
        answer = RedirectResponse(url, 303, rendering.headers(url))
        # Browsers pass over a cookie of this prefix that is not secure: one that ends likewise.
        answer.delete_cookie(
            _cookie_name(self._use, self._id),
            path="/",
            secure=self._use.identifier.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return answer

    def failed(self, fault: Refused | Undecided) -> Response:
        """The same page with what went wrong; what cannot go on is told on a page of its own."""
        if isinstance(fault, RemoteError):
            raise fault
        answer = _page(self._request, self._use, self._id, fault=fault.code)
        answer.status_code = STATUS.get(fault.code, 503 if isinstance(fault, Undecided) else 400)
        answer.headers[HEADER] = self._use.refusals.note(self._request, fault)
        return answer


def _page(
    request: Request,
    use: Services,
    grant_id: str,
    *,
    fault: str = "",
    blocking: Blocking | None = None,
    begun: Begun | None = None,
) -> HTMLResponse:
    view = use.visiting.view(grant_id, _cookies(request).get(grant_id, ""))
    chosen = request.query_params.get("lang", "")
    page = Page(
        view,
        _language(request, view.requested.ui_locales),
        chosen if chosen in ("sv", "en") else "",
        use.offered,
        fault,
    )
    body = page.render(blocking=blocking, begun=begun)
    return HTMLResponse(body, headers=rendering.headers(view.requested.redirect_uri))


def _language(request: Request, ui_locales: str) -> texts.Language:
    asked = request.query_params.get("lang", "")
    return texts.choose(asked, ui_locales, request.headers.get("accept-language", ""))


def _cookie_name(use: Services, grant_id: str) -> str:
    # The prefix binds it to this host, to https and to the whole host (RFC 6265bis 4.1.3.2).
    prefix = "__Host-" if use.identifier.startswith("https:") else ""
    return f"{prefix}{_COOKIE}{grant_id}"


def _cookies(request: Request) -> dict[str, str]:
    """Our cookies by authorization."""
    prefix = _cookie_name(services(request), "")
    return {
        name.removeprefix(prefix): value
        for name, value in request.cookies.items()
        if name.startswith(prefix) and len(value) <= _MAX_COOKIE
    }
