"""A person's browser in front of a hosted page, and the wallet that the person shows with, over the desk."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import zxingcpp
from PIL import Image

from clicid.codec import base64url, strict_json
from clicid.oid4vp import returning
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.request import AuthorizationRequest
from clicid.oid4vp.rules import OPENID4VP
from tests.support.every_format import EveryHolder
from tests.support.world import Dice

if TYPE_CHECKING:
    from clicid.oid4vp.response import AuthorizationResponse
    from tests.unit.verifier.conftest import Desk

LINK = re.compile(r'href="(openid4vp:[^"]+)"')


def request_of(raw: bytes | str, origin: str = "") -> AuthorizationRequest:
    """What a request object says; who signed it is for other tests."""
    text = raw if isinstance(raw, str) else raw.decode()
    payload = strict_json.loads(base64url.decode(text.split(".")[1], max_chars=1 << 20))
    assert isinstance(payload, dict)
    return AuthorizationRequest.parse(payload, origin=origin)


@dataclass
class Wallet:
    """Answers what it is asked, as our kernel's wallet would."""

    desk: Desk
    random: Dice = field(default_factory=lambda: Dice("wallet"))

    def fetch(self, url: str) -> AuthorizationRequest:
        """The request that a link leads to."""
        fields = parse_qs(urlsplit(url).query)
        found = self.desk.http.post(urlsplit(fields["request_uri"][0]).path)
        assert found.status_code == 200, found.text
        return request_of(found.content)

    def answer(self, request: AuthorizationRequest) -> AuthorizationResponse:
        """The answer that the holder's credentials give."""
        assert isinstance(self.desk.holder, EveryHolder)
        return self.desk.holder.answer(request, Channel.of(request))

    def form(self, request: AuthorizationRequest, response: Any = None) -> bytes:
        """What is posted."""
        found = self.answer(request) if response is None else response
        return returning.form(request, found, rules=OPENID4VP, random=self.random)

    def data(self, request: AuthorizationRequest, response: Any = None) -> Any:
        """What a page is given."""
        found = self.answer(request) if response is None else response
        return returning.data(request, found, rules=OPENID4VP, random=self.random)

    def post(self, request: AuthorizationRequest, form: bytes | None = None) -> httpx.Response:
        """The answer, posted where the request wants it."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        path = urlsplit(request.response_uri).path
        found: httpx.Response = self.desk.http.post(
            path, content=self.form(request) if form is None else form, headers=kind
        )
        return found


@dataclass
class Browser:
    """One browser, with its cookies and a language."""

    desk: Desk
    language: str = "en"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._call("get", path, options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._call("post", path, options)

    def _call(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        headers = {"accept-language": self.language, **options.pop("headers", {})}
        call = getattr(self.desk.http, method)
        found: httpx.Response = call(path, cookies=self.cookies, headers=headers, **options)
        return found

    def choose(self, path: str, channel: str) -> httpx.Response:
        """Press a button, and see what comes."""
        assert self.post(f"{path}/start", data={"channel": channel}).status_code == 303
        return self.get(path)

    def link(self, path: str, channel: str = "same") -> str:
        """The link to a wallet on the page."""
        shown = self.choose(path, channel).text
        if channel == "cross":
            stored = self.desk.store.page(path.rpartition("/")[2])
            assert stored is not None
            page = strict_json.loads(stored.state)
            assert isinstance(page, dict)
            return str(page["url"])
        found = LINK.search(shown)
        assert found is not None, shown
        return html.unescape(found[1])


def scanned(shown: str) -> str:
    """What a phone reads off a page: the dark strokes of the drawing, put on a picture."""
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', shown)
    strokes = re.search(r'<path[^>]*stroke="#000"[^>]* d="([^"]+)"', shown) or re.search(
        r'<path[^>]* d="([^"]+)"[^>]*stroke="#000"', shown
    )
    assert box is not None
    assert strokes is not None, shown
    size = int(box[1])
    picture = Image.new("L", (size, size), 255)
    x, y = 0.0, 0.0
    for name, first, second in re.findall(r"([Mmh])([-\d.]+)(?: ?([-\d.]+))?", strokes[1]):
        if name == "h":
            for at in range(int(first)):
                picture.putpixel((int(x) + at, int(y)), 0)
            x += float(first)
        else:
            x, y = (float(first), float(second)) if name == "M" else (x + float(first), y + float(second))
    (found,) = zxingcpp.read_barcodes(picture.resize((size * 4, size * 4), Image.Resampling.NEAREST))
    return str(found.text)
