"""The compact form as it came: JWS, disclosures, holder's proof (RFC 9901 4). Nothing is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.securing import jws
from clicid.securing.sd_jwt import disclosure
from clicid.securing.sd_jwt.disclosure import Disclosure, digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import UnverifiedJws

KEY_BINDING_TYP: Final = "kb+jwt"
MAX_BYTES: Final = 1 << 18
MAX_DISCLOSURES: Final = 512
_MAX_KEY_BINDING_BYTES: Final = 1 << 13
_MAX_KEY_BINDING_VALUE: Final = 2048


class KeyBinding(NamedTuple):
    """The holder's proof (RFC 9901 4.3), not verified yet."""

    jws: UnverifiedJws
    issued_at: datetime
    audience: str
    nonce: str
    sd_hash: str

    def __repr__(self) -> str:
        return "<KeyBinding: not shown>"


class Combined(NamedTuple):
    """An SD-JWT with or without key binding.

    Args:
        jws: The issuer's part.
        disclosures: In the order in which they came.
        hashed: What the holder's `sd_hash` must be: over everything up to the last ``~``.
        key_binding: The holder's proof, if there is one.
    """

    jws: UnverifiedJws
    disclosures: tuple[Disclosure, ...]
    hashed: str
    key_binding: KeyBinding | None

    @property
    def payload(self) -> dict[str, Json]:
        """The issuer's payload, digests still in the place of what is hidden. It is read at each call.

        Raises:
            Refused: `codec.*`.
        """
        return _object(self.jws.unverified_payload)


def parse(raw: bytes, *, typ: str) -> Combined:
    """Take a token apart: ``JWS ~ disclosure ~ ... ~ [KB-JWT]``. The issuer's payload is not looked at.

    Args:
        raw: The token.
        typ: What the `typ` of the issuer's part must be.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.algorithm`, `sd_jwt.structure`, `sd_jwt.disclosure`,
            `sd_jwt.claim_name`.
    """
    if len(raw) > MAX_BYTES:
        raise Refused("codec.size", detail=f"more than {MAX_BYTES} bytes")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused("sd_jwt.structure", detail="not ASCII") from error
    signed, *middle = text.split("~")
    if not 1 <= len(middle) <= MAX_DISCLOSURES + 1:
        raise Refused("sd_jwt.structure", detail="no ~, or too many disclosures")
    issuer_jws = jws.parse(signed, typ=typ, max_bytes=MAX_BYTES)
    *shown, last = middle
    return Combined(
        issuer_jws,
        tuple([disclosure.read(item, f"~{index}") for index, item in enumerate(shown, 1)]),
        digest_of(text[: len(text) - len(last)]),
        _key_binding(last) if last else None,
    )


def _object(raw: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES))


def _key_binding(text: str) -> KeyBinding:
    holder_jws = jws.parse(text, typ=KEY_BINDING_TYP, max_bytes=_MAX_KEY_BINDING_BYTES)
    raw = holder_jws.unverified_payload
    payload = strict_json.flat(raw) or _object(raw)
    return KeyBinding(
        jws=holder_jws,
        issued_at=instant.from_numeric_date(shape.member(payload, "iat"), where="/iat"),
        audience=shape.text(payload, "aud", maximum=_MAX_KEY_BINDING_VALUE),
        nonce=shape.text(payload, "nonce", maximum=_MAX_KEY_BINDING_VALUE),
        sd_hash=shape.text(payload, "sd_hash", maximum=64),
    )
