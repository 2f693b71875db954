"""Disclosures: one claim or array element each, and the digest that stands for it (RFC 9901 4.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from clicid.codec import base64url, shape, strict_json
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

SD: Final = "_sd"
"""Member that holds the digests of an object's hidden members (RFC 9901 4.2.4.1)."""
ELLIPSIS: Final = "..."
"""Member that holds the digest of a hidden array element (RFC 9901 4.2.4.2)."""
SD_ALG: Final = "_sd_alg"
RESERVED: Final = frozenset({SD, ELLIPSIS, SD_ALG})

MAX_CHARS: Final = 1 << 15
MAX_DEPTH: Final = 12
_SALT_BYTES: Final = 16


class Disclosure(NamedTuple):
    """A disclosure as it was read or made.

    Args:
        text: The base64url text; the digest is over it, never over a re-encoding.
        name: The claim's name; None for an array element.
        value: The value, in which further digests may stand.
    """

    text: str
    name: str | None
    value: Json

    @property
    def digest(self) -> str:
        """base64url of SHA-256 over the text's ASCII bytes (RFC 9901 4.2.3)."""
        return digest_of(self.text)

    def __repr__(self) -> str:
        return "<Disclosure: not shown>"


def digest_of(text: str) -> str:
    """base64url of SHA-256 over ASCII text."""
    return base64url.encode(hashlib.sha256(text.encode("ascii")).digest())


def read(text: str, where: str) -> Disclosure:
    """A disclosure from its text.

    Raises:
        Refused: `codec.base64url`, `codec.json`, `codec.size`; `sd_jwt.disclosure` if it is no array
            of salt, optional name, and value; `sd_jwt.claim_name` for a name that is reserved.
    """
    raw = base64url.decode(text, where=where, max_chars=MAX_CHARS)
    usual = _usual(raw)
    if usual is not None:
        return Disclosure(text, *usual)
    parts = strict_json.loads(raw, max_bytes=MAX_CHARS, max_depth=MAX_DEPTH)
    if not isinstance(parts, list) or len(parts) not in {2, 3} or not isinstance(parts[0], str):
        raise Refused("sd_jwt.disclosure", where)
    if len(parts) == 2:
        return Disclosure(text, None, parts[1])
    name = parts[1]
    if not isinstance(name, str):
        raise Refused("sd_jwt.disclosure", where, "the name is no string")
    if name in RESERVED:
        raise Refused("sd_jwt.claim_name", where)
    return Disclosure(text, name, parts[2])


def _usual(raw: bytes) -> tuple[str, Json] | None:
    """Name and value of a disclosed member whose value is a text or a truth, as most are.

    Of what has no object in it no member's name can stand twice, and of numbers there is none: what is left
    two readers see alike.
    """
    if b"{" in raw:
        return None
    try:
        parts = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if type(parts) is not list or len(parts) != 3 or not type(parts[0]) is type(parts[1]) is str:
        return None
    _, name, value = parts
    if name in RESERVED or (value is not None and type(value) is not str and type(value) is not bool):
        return None
    return name, value


def make(salt: bytes, name: str | None, value: Json) -> Disclosure:
    """A new disclosure.

    Args:
        salt: 16 random bytes, never used twice (RFC 9901 9.3).
        name: The claim's name; None for an array element.
        value: The value, with digests already in the place of what is hidden inside it.

    Raises:
        Refused: `sd_jwt.disclosure` for a salt of another size.
    """
    if len(salt) != _SALT_BYTES:
        raise Refused("sd_jwt.disclosure", detail=f"a salt has {_SALT_BYTES} bytes")
    parts: list[Json] = (
        [base64url.encode(salt), value] if name is None else [base64url.encode(salt), name, value]
    )
    return Disclosure(base64url.encode(strict_json.dumps(parts)), name, value)


def digests(value: Json, where: str) -> list[str]:
    """The content of an `_sd` member.

    Raises:
        Refused: `sd_jwt.digest` if it is no array of strings.
    """
    if not isinstance(value, list) or len(value) > shape.MAX_ITEMS:
        raise Refused("sd_jwt.digest", where)
    return [as_digest(item, where) for item in value]


def as_digest(value: Json, where: str) -> str:
    """A digest; whether it is a decoy cannot be told, and must not be.

    Raises:
        Refused: `sd_jwt.digest` if it is no string.
    """
    if not isinstance(value, str):
        raise Refused("sd_jwt.digest", where)
    return value
