"""Token Status List: the CWT form of a list (draft-ietf-oauth-status-list, sections 4 and 5.2)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, cast

from clicid.codec import cbor, shape
from clicid.errors import Refused
from clicid.keys import algorithms
from clicid.securing import cose
from clicid.status.inflate import inflate
from clicid.status.token_list import BITS, MAX_LIST_BYTES, StatusListToken, TokenStatusList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.strict_json import Json
    from clicid.securing.cose import PreparedCose, UnverifiedCose

MEDIA_TYPE: Final = "application/statuslist+cwt"
TYP: Final = MEDIA_TYPE
"""The protected `typ` (5.2)."""
MAX_BYTES: Final = 1 << 25

SUB: Final = 2
EXP: Final = 4
IAT: Final = 6
STATUS_LIST: Final = 65533
TTL: Final = 65534

_CWT: Final = b"\xd8\x3d"
"""Tag 61 (RFC 8392 6), which may stand before the tag of COSE_Sign1."""
_FIRST_NOT_ASCII: Final = b"\x80"
_MAX_DEPTH: Final = 4
_CODE: Final = "status.token_list"


def is_cwt(raw: bytes) -> bool:
    """Whether a Status List Token begins as no JWT does."""
    return raw[:1] >= _FIRST_NOT_ASCII


def parse(raw: bytes) -> UnverifiedCose:
    """Take a token apart; nothing is verified.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.algorithm`, as `cose.parse`.
    """
    return cose.parse(raw.removeprefix(_CWT), typ=TYP, max_bytes=MAX_BYTES)


def claims(payload: bytes) -> StatusListToken:
    """A verified payload to its claims. Unknown claims are ignored (RFC 8392, section 3.1).

    Raises:
        Refused: `codec.*`; `status.token_list` for what is no map, other bits or broken compression.
    """
    found = cbor.loads(payload, where="CWT", max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH, any_order=True)
    if not isinstance(found, dict):
        raise Refused(_CODE, detail="a map of claims is wanted")
    return StatusListToken(
        sub=shape.as_text(cast("Json", found.get(SUB)), f"/{SUB}"),
        iat=_integer(found, IAT),
        exp=_integer(found, EXP) if EXP in found else None,
        ttl=_integer(found, TTL, minimum=1) if TTL in found else None,
        status_list=_decoded(found.get(STATUS_LIST)),
    )


def prepare(token: StatusListToken, alg: str, named: Mapping[Key, Cbor]) -> PreparedCose:
    """A token up to its signature.

    Args:
        token: The claims.
        alg: The algorithm's name.
        named: What names the signer in the protected header: `cose.KID` or `cose.X5CHAIN`, with its value.

    Raises:
        Refused: `keys.algorithm`.
    """
    held = token.status_list
    members: dict[Key, Cbor] = {
        SUB: token.sub,
        IAT: token.iat,
        EXP: token.exp,
        TTL: token.ttl,
        STATUS_LIST: {"bits": held.bits, "lst": zlib.compress(held.entries, 6)},
    }
    payload = cbor.dumps({name: value for name, value in members.items() if value is not None})
    return cose.prepare({cose.ALG: algorithms.by_name(alg).cose[0], cose.TYP: TYP, **named}, payload)


def _integer(found: Mapping[Key, Cbor], name: int, minimum: int = 0) -> int:
    return shape.as_integer(cast("Json", found.get(name)), f"/{name}", minimum=minimum)


def _decoded(value: Cbor) -> TokenStatusList:
    where = f"/{STATUS_LIST}"
    if not isinstance(value, dict):
        raise Refused(_CODE, where, "a map is wanted")
    bits, packed = value.get("bits"), value.get("lst")
    if isinstance(bits, bool) or not isinstance(bits, int) or bits not in BITS:
        raise Refused(_CODE, f"{where}/bits", "1, 2, 4 or 8")
    if not isinstance(packed, bytes):
        raise Refused(_CODE, f"{where}/lst", "a byte string is wanted")
    return TokenStatusList(bits, inflate(packed, most=MAX_LIST_BYTES, gzip=False, code=_CODE))
