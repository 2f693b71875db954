"""A hosted page: one browser, one wallet at a time, one way back to the service provider.

The page belongs to the browser that opened it first. In it the person chooses how to show: each choice begins
a request of its own, and ends the one before it. What becomes of it is told to that browser alone, which goes
back to the service provider with a code that nobody else has; without it the result is handed to nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, saved, shape
from clicid.codec.web import encode_form, web_url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vp import verifier
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.session import Phase, Session, TimePassed, Verdict
from verifier.usecases import answering, asking, collecting
from verifier.usecases.asking import LIFE, Wish

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from verifier.store import StoredPage
    from verifier.usecases.collecting import Result
    from verifier.usecases.service import Service

CROSS_DEVICE_LIFE: Final = timedelta(minutes=2)
"""How long a code on a screen can be scanned: a copy of it is of no use later."""

_BY_REFERENCE: Final = "request_uri="
_KIND: Final = "verifier.page"
_VERSION: Final = 1
_SECRET_BYTES: Final = 32
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Channel(StrEnum):
    """How the person chose to show; NONE until then."""

    NONE = ""
    SAME = "same"
    CROSS = "cross"
    BROWSER = "browser"


class ElsewhereError(Exception):
    """The page belongs to another browser."""


@dataclass(frozen=True, slots=True)
class Page:
    """The state of a page.

    Args:
        wish: What is asked for.
        browser: SHA-256 (hex) of the browser's secret; "" until one has opened the page.
        channel: How the person chose to show.
        session_id: The request that was begun for it, or "".
        url: The link to a wallet.
        brought: The code that the wallet sent the person's browser back with, or "".
        onward: SHA-256 (hex) of the code that the service provider must bring; "" until there is one.
    """

    wish: Wish
    browser: str = ""
    channel: Channel = Channel.NONE
    session_id: str = ""
    url: str = field(default="", repr=False)
    brought: str = field(default="", repr=False)
    onward: str = ""

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        wish = self.wish
        return saved.dump(
            _KIND,
            _VERSION,
            {
                "query": wish.query,
                "purpose": wish.purpose,
                "encrypted": wish.response_mode.encrypted,
                "identity": wish.identity,
                "transaction_data": [*wish.transaction_data],
                "return_to": wish.return_to,
                "browser": self.browser,
                "channel": self.channel.value,
                "session_id": self.session_id,
                "url": self.url,
                "brought": self.brought,
                "onward": self.onward,
            },
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Page:
        """Read a stored state. Raises LocalError `oid4vp.state`."""
        with saved.reading("oid4vp.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            encrypted = shape.boolean(obj, "encrypted")
            return cls(
                wish=Wish(
                    query=shape.member(obj, "query"),
                    purpose=shape.text(obj, "purpose"),
                    response_mode=ResponseMode.DIRECT_POST_JWT if encrypted else ResponseMode.DIRECT_POST,
                    identity=saved.text(obj, "identity"),
                    transaction_data=tuple(shape.items(obj, "transaction_data", minimum=0, maximum=64)),
                    return_to=saved.text(obj, "return_to"),
                ),
                browser=saved.text(obj, "browser"),
                channel=saved.choice(Channel, saved.text(obj, "channel"), "/channel"),
                session_id=saved.text(obj, "session_id"),
                url=saved.text(obj, "url"),
                brought=saved.text(obj, "brought"),
                onward=saved.text(obj, "onward"),
            )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a page stands, for its browser.

    Args:
        page: Its state.
        phase: Of the request that was begun; CREATED where there is none.
        verdict: How that ended, if it did.
        code: The reason code, unless it was accepted.
    """

    page: Page
    phase: Phase
    verdict: Verdict | None = None
    code: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of the request."""
        return self.phase in (Phase.CONCLUDED, Phase.COLLECTED, Phase.DECLINED, Phase.EXPIRED)

    @property
    def fetched(self) -> bool:
        """Whether a wallet has read the request: one that stands in the link itself is read unseen."""
        return self.phase is Phase.HANDED_OUT and _BY_REFERENCE in self.page.url

    @property
    def goes_on(self) -> bool:
        """Whether the browser has nothing more to do here than to go on to the service provider.

        On the same device the wallet sends it on, with a code without which there is no result: whoever goes
        before that comes with nothing.
        """
        brought = self.page.channel is not Channel.SAME or bool(self.page.brought)
        return self.verdict is Verdict.ACCEPTED and bool(self.page.wish.return_to) and brought


def create(service: Service, owner: str, wish: Wish) -> tuple[str, int, tuple[str, ...]]:
    """Make a page for a client: its id, when it ends, and the claims beyond the registration.

    Raises:
        Refused: As `asking.check`; `codec.url` for a `return_to` that is none.
    """
    checked = asking.check(service, wish)
    if wish.return_to:
        web_url(wish.return_to, "return_to")
    page_id = base64url.encode(service.random(16))
    expires_at = int((service.clock() + LIFE).timestamp())
    service.store.add_page(page_id, owner, Page(wish).to_bytes(), expires_at)
    return page_id, expires_at, checked.beyond_registration


def opened(service: Service, page_id: str, browser: str) -> tuple[Standing, str]:
    """How the page stands, for its browser; the first one to open it becomes that.

    Args:
        service: The verifier.
        page_id: Which.
        browser: The secret that the browser brought, or "".

    Returns:
        And a new secret for it to keep, or "".

    Raises:
        ElsewhereError: It is another's.
        RemoteError: `invalid_request` for no page, or one that ended.
    """
    stored = _find(service, page_id)
    page = Page.from_bytes(stored.state)
    if page.browser:
        _check_browser(page, browser)
        return _standing(service, page), ""
    # A browser keeps one secret for all its pages, or the second page would take the first one's place.
    secret = browser if _SECRET.fullmatch(browser) else base64url.encode(service.random(_SECRET_BYTES))
    page = replace(page, browser=_digest(secret))
    if service.store.replace_page(stored, page.to_bytes()) is None:
        raise ElsewhereError
    return _standing(service, page), "" if secret == browser else secret


def standing(service: Service, page_id: str, browser: str) -> Standing:
    """The same for a browser whose page it is already; raises as `opened` does."""
    page = Page.from_bytes(_find(service, page_id).state)
    _check_browser(page, browser)
    return _standing(service, page)


def start(service: Service, page_id: str, browser: str, channel: Channel) -> dict[str, Json]:
    """Begin a request in the way that the person chose, in the place of the one before; NONE ends that alone.

    What was answered is not begun anew.

    Returns:
        What the page gives to ``navigator.credentials.get``; empty for other channels.

    Raises:
        ElsewhereError, RemoteError: As `opened`; `oid4vp.sequence` once there is an answer, and where two
            begin at once.
        Refused, LocalError: As `asking.create`.
    """
    stored = _find(service, page_id)
    page = Page.from_bytes(stored.state)
    _check_browser(page, browser)
    phase = _standing(service, page).phase
    if phase in (Phase.ANSWERED, Phase.CONCLUDED, Phase.COLLECTED):
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="there is an answer")
    if page.session_id:
        _end(service, page.session_id)
    following = replace(page, channel=channel, session_id="", url="", brought="")
    made = None if channel is Channel.NONE else _begin(service, stored, page.wish, channel)
    if made is not None:
        following = replace(following, session_id=made.session_id, url=made.url)
    if service.store.replace_page(stored, following.to_bytes()) is None:
        if made is not None:
            _end(service, made.session_id)
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="another choice was first")
    return {} if made is None else made.digital


def _end(service: Service, session_id: str) -> None:
    service.store.drop_session(session_id)
    service.answer_keys.destroy(session_id)


def _begin(service: Service, stored: StoredPage, wish: Wish, channel: Channel) -> asking.Created:
    left = timedelta(seconds=stored.expires_at - int(service.clock().timestamp()))
    if left <= timedelta(0):
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="the page is over")
    encrypted = wish.response_mode.encrypted
    match channel:
        case Channel.SAME:
            back = f"{service.origin}/page/{stored.page_id}/back"
            return asking.create(service, stored.client_id, replace(wish, return_to=back), left)
        case Channel.CROSS:
            life = min(left, CROSS_DEVICE_LIFE)
            return asking.create(service, stored.client_id, replace(wish, return_to=""), life)
        case _:
            mode = ResponseMode.DC_API_JWT if encrypted else ResponseMode.DC_API
            asked = replace(wish, return_to="", response_mode=mode, origin=service.origin)
            return asking.create(service, stored.client_id, asked, left)


def answer(service: Service, page_id: str, browser: str, protocol: str, data: Json) -> None:
    """Take what the browser got by the Digital Credentials API; only its own page's.

    Raises:
        ElsewhereError, RemoteError: As `opened`, and as `answering.take_from_page`.
    """
    page = standing(service, page_id, browser).page
    answering.take_from_page(service, page.session_id, protocol, data)


def came_back(service: Service, page_id: str, browser: str, code: str) -> None:
    """The wallet on this device sent the browser back with a code, which the result will need.

    Another code than the wallet was given changes nothing.

    Raises:
        ElsewhereError, RemoteError: As `opened`: whoever was sent a link is not who showed something.
    """
    stored = _find(service, page_id)
    page = Page.from_bytes(stored.state)
    _check_browser(page, browser)
    session = service.store.session(page.session_id) if page.session_id else None
    digest = "" if session is None else Session.from_bytes(session.state).response_code_digest
    if digest and hmac.compare_digest(_digest(code), digest):
        service.store.replace_page(stored, replace(page, brought=code).to_bytes())


def onward(service: Service, page_id: str, browser: str) -> str:
    """Where the browser goes on, with a fresh code for the service provider; "" for nowhere.

    Raises:
        ElsewhereError, RemoteError: As `opened`; `oid4vp.sequence` before the end.
    """
    stored = _find(service, page_id)
    page = Page.from_bytes(stored.state)
    _check_browser(page, browser)
    if not _standing(service, page).ended:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="there is no end yet")
    if not page.wish.return_to:
        return ""
    code = base64url.encode(service.random(_SECRET_BYTES))
    if service.store.replace_page(stored, replace(page, onward=_digest(code)).to_bytes()) is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="another call was first")
    joint = "&" if "?" in page.wish.return_to else "?"
    return f"{page.wish.return_to}{joint}{encode_form({'response_code': code}).decode()}"


def collect(service: Service, page_id: str, owner: str, response_code: str) -> Result | Phase | None:
    """The result of a page's request, or the phase in which it is; None for what is no page.

    Raises:
        RemoteError: As `collecting.collect`.
    """
    stored = service.store.page(page_id)
    if stored is None:
        return None
    page = Page.from_bytes(stored.state)
    if stored.client_id != owner:
        raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.owner")
    found = _standing(service, page)
    if found.phase is not Phase.CONCLUDED and found.phase is not Phase.COLLECTED:
        over = int(service.clock().timestamp()) >= stored.expires_at
        return Phase.EXPIRED if over and found.phase is Phase.CREATED else found.phase
    if page.wish.return_to and not (page.onward and hmac.compare_digest(_digest(response_code), page.onward)):
        # OpenID4VP 14.3: only the browser in which the page was opened completes it.
        raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.owner", "response_code")
    return collecting.collect(service, page.session_id, owner, page.brought)


def _find(service: Service, page_id: str) -> StoredPage:
    """The page; until a while after its end, for who comes back late."""
    stored = service.store.page(page_id)
    if stored is None or int(service.clock().timestamp()) >= stored.expires_at + LIFE.total_seconds():
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="unknown request")
    return stored


def _check_browser(page: Page, browser: str) -> None:
    if not page.browser or not hmac.compare_digest(_digest(browser), page.browser):
        raise ElsewhereError


def _standing(service: Service, page: Page) -> Standing:
    stored = service.store.session(page.session_id) if page.session_id else None
    if stored is None:
        return Standing(page, Phase.CREATED)
    session = _now(Session.from_bytes(stored.state), service.clock())
    return Standing(page, session.phase, session.verdict, session.code)


def _now(session: Session, now: datetime) -> Session:
    """As it stands at this time; what has ended stays so."""
    if session.phase in (Phase.CREATED, Phase.HANDED_OUT):
        return verifier.step(session, TimePassed(), now=now, random=_no_random)[0]
    return session


def _no_random(_size: int) -> bytes:
    raise LocalError("oid4vp.sequence", detail="nothing is drawn where only time passes")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
