"""When a JWT may be used: what any of them may say of it (RFC 7519 4.1.4, 4.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json


def outside(payload: Mapping[str, Json], now: datetime, leeway: timedelta) -> str:
    """The place of the claim by which a JWT is over or has not begun, ``/exp`` or ``/nbf``; "" for neither.

    Both are optional: where one must be there, whoever asks has seen that it is.

    Raises:
        Refused: `codec.time`.
    """
    if "exp" in payload and instant.from_numeric_date(payload["exp"], where="/exp") <= now - leeway:
        return "/exp"
    if "nbf" in payload and instant.from_numeric_date(payload["nbf"], where="/nbf") > now + leeway:
        return "/nbf"
    return ""
