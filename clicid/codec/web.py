"""What protocol cores say to the web, as plain values; and forms and queries, read strictly.

Nothing here sends anything: a core yields an `HttpRequest`, the shell sends it under the rules of
its one fetcher, and gives the `HttpAnswer` back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"

_MAX_URL: Final = 8192
_MAX_FIELDS: Final = 64
_ENCODED: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
# Printable ASCII without what RFC 3986 excludes; a host may not be missing or carry a user.
_URL: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:[/?#][!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]*)?")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request for the shell to send; `body`, `authorization` and `headers` stay out of its repr.

    `headers` are pairs of a lower-case name and a value, beside those that have a member of their own.
    """

    method: Literal["GET", "POST"]
    url: str
    accept: str = JSON_TYPE
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    authorization: str = field(default="", repr=False)
    max_bytes: int = 1 << 20
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: the status, the media type without its parameters, the body, and the headers.

    Header names are lower-case.
    """

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse_form(raw: bytes | str, *, max_bytes: int, where: str = "") -> dict[str, str]:
    """Read `application/x-www-form-urlencoded` text in which no name stands twice.

    Args:
        raw: The encoded text, ASCII.
        max_bytes: The largest text accepted.
        where: What to call it in errors.

    Raises:
        Refused: `codec.size` over the caps, `codec.form` for anything else.
    """
    if len(raw) > max_bytes:
        raise Refused("codec.size", where, f"form over {max_bytes} bytes")
    try:
        text = raw.decode("ascii") if isinstance(raw, bytes) else raw
        pairs = [part.partition("=") for part in text.split("&")] if text else []
        if len(pairs) > _MAX_FIELDS:
            raise Refused("codec.size", where, f"form over {_MAX_FIELDS} fields")
        fields = {_decode(name, where): _decode(value, where) for name, _, value in pairs}
    except UnicodeError as fault:
        raise Refused("codec.form", where, "not UTF-8") from fault
    if len(fields) != len(pairs):
        raise Refused("codec.form", where, "a name stands twice")
    return fields


def _decode(text: str, where: str) -> str:
    if not _ENCODED.fullmatch(text):
        raise Refused("codec.form", where, "loose percent sign")
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def encode_form(fields: Mapping[str, str]) -> bytes:
    """The encoded text of a form, in the order of its fields."""
    return urlencode(fields).encode("ascii")


def encode_query(scheme: str, fields: Mapping[str, str]) -> str:
    """A URL of a scheme that has no host, such as ``openid4vp://?client_id=...``."""
    return f"{scheme}://?" + urlencode(fields, quote_via=quote)


def parse_query(url: str, *, schemes: Sequence[str], max_bytes: int, where: str = "") -> dict[str, str]:
    """The parameters of a URL of one of the schemes. Host and path are ignored, as wallets differ in them.

    Raises:
        Refused: `codec.url` for another scheme or a fragment, and what `parse_form` raises.
    """
    start, _, query = url.partition("?")
    if start.partition(":")[0].lower() not in schemes or "#" in url:
        raise Refused("codec.url", where, f"not a URL of scheme {' or '.join(schemes)}")
    return parse_form(query, max_bytes=max_bytes, where=where)


def web_url(text: str, where: str, *, bare: bool = False, fragment: bool = False) -> str:
    """The same text if it is an absolute http(s) URL with a host and without user.

    Plain http is for loopback in a sandbox: the fetcher refuses it elsewhere.

    Args:
        text: The URL.
        where: What to call it in errors.
        bare: Whether a query is refused, as in an issuer's identifier.
        fragment: Whether there may be one, as in an address for a browser.

    Raises:
        Refused: `codec.url`.
    """
    if len(text) > _MAX_URL or not _URL.fullmatch(text):
        raise Refused("codec.url", where, "not an absolute http(s) URL")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as fault:
        raise Refused("codec.url", where, "malformed host or port") from fault
    if not parts.hostname or port == 0 or text.count("#") > fragment or (bare and "?" in text):
        raise Refused("codec.url", where, "host missing, or a fragment or query that may not be")
    return text


def well_known(identifier: str, name: str) -> str:
    """Where an identifier's document stands: the name goes between host and path (RFC 8414 3.1)."""
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.removesuffix('/')}"
