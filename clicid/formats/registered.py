"""Registered claims of a JWT around a W3C credential or presentation (RFC 7519 4.1, RFC 7800 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape
from clicid.errors import Refused
from clicid.formats.base import HolderBound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Rules
    from clicid.keys.public import PublicKey

_MAX_TEXT: Final = 2048
_MAX_AUDIENCES: Final = 16


@dataclass(frozen=True, slots=True)
class RegisteredClaims:
    """Those that decide something here; None or empty where they are not there."""

    issuer: str | None
    subject: str | None
    id: str | None
    audience: tuple[str, ...]
    nonce: str | None = field(repr=False)
    issued_at: datetime | None
    not_before: datetime | None
    expires: datetime | None
    holder: PublicKey | None


def read(claims: Mapping[str, Json], holder: PublicKey | None) -> RegisteredClaims:
    """Read the claims.

    Args:
        claims: By their JSON names.
        holder: The key of `cnf`.

    Raises:
        Refused: `codec.shape`, `codec.time`.
    """
    return RegisteredClaims(
        issuer=shape.optional_text(claims, "iss", maximum=_MAX_TEXT),
        subject=shape.optional_text(claims, "sub", maximum=_MAX_TEXT),
        id=shape.optional_text(claims, "jti", maximum=_MAX_TEXT),
        audience=_audience(claims),
        nonce=shape.optional_text(claims, "nonce", maximum=_MAX_TEXT),
        issued_at=_time(claims, "iat"),
        not_before=_time(claims, "nbf"),
        expires=_time(claims, "exp"),
        holder=holder,
    )


def same(code: str, claim: str, value: str | None, member: str | None) -> None:
    """Refuse (`code`) a claim that says something else than the member for the same thing."""
    if value is not None and member is not None and value != member:
        raise Refused(code, f"/{claim}", "not what the document says")


def answers(code: str, given: tuple[str, ...], asked: str, rules: Rules) -> None:
    """Refuse (`code`) claims that say anything but what was asked for.

    Where anybody may present, nothing need be asked.
    """
    if not asked and rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        return
    if given != (asked,):
        raise Refused(code)


def check_just_made(made: datetime | None, claims: RegisteredClaims, rules: Rules, now: datetime) -> None:
    """Refuse (`holder.proof_time`) a proof that was not made just now, or says that it does not hold now.

    Unless anybody may present at any time: then it need not say when it was made.
    """
    oldest = rules.key_binding_max_age + rules.leeway
    lately = made is not None and -rules.leeway <= now - made <= oldest
    if not lately and rules.holder is not HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        raise Refused("holder.proof_time", "/iat")
    if claims.expires is not None and now - rules.leeway >= claims.expires:
        raise Refused("holder.proof_time", "/exp")
    if claims.not_before is not None and now + rules.leeway < claims.not_before:
        raise Refused("holder.proof_time", "/nbf")


def _audience(claims: Mapping[str, Json]) -> tuple[str, ...]:
    """RFC 7519 4.1.3: one text, or a list of them."""
    if "aud" not in claims:
        return ()
    if isinstance(claims["aud"], list):
        return shape.texts(claims, "aud", minimum=1, maximum=_MAX_AUDIENCES)
    return (shape.text(claims, "aud", maximum=_MAX_TEXT),)


def _time(claims: Mapping[str, Json], name: str) -> datetime | None:
    return instant.from_numeric_date(claims[name], where=f"/{name}") if name in claims else None
