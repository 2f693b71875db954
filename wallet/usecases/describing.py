"""What the publisher of a type says of it: names for people, and what every credential has (SD-JWT VC 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.codec.web import JSON_TYPE, HttpRequest
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.sd_jwt_vc import token, type_metadata

if TYPE_CHECKING:
    from wallet.labels import Described
    from wallet.usecases.parts import Parts


@dataclass(frozen=True, slots=True)
class Names:
    """A publisher's names: of the type by language, and of its claims."""

    of_type: dict[str, str] = field(default_factory=dict)
    of_claims: tuple[Described, ...] = ()


def names(parts: Parts, raw: bytes) -> Names:
    """What an SD-JWT VC's type and its claims are called; nothing where its publisher cannot be asked.

    The publisher is asked when the credential comes, once it is known whose it is, and never when it is
    shown: it would learn when that was. Of the network's own types everything is at hand. Whoever cannot be
    asked keeps nothing back: a type need not be described (5.8).

    Args:
        parts: The wallet.
        raw: The credential, with all its disclosures, which is good.

    Raises:
        Refused: `sd_jwt.type_claims` for a credential that is not as its type says; `sd_jwt.type_metadata`,
            `codec.*`, `vc.resource` for a description that is none, or other bytes than the issuer meant.
    """
    parsed = token.parse(raw)
    if not parsed.credential_type.startswith(type_metadata.SCHEMES):
        return Names()
    known = dict(parts.type_metadata)
    found = type_metadata.collect(parsed.credential_type, parsed.integrity, known)
    while isinstance(found, str):
        body = _fetched(parts, found)
        if body is None:
            return Names()
        known[found] = body
        found = type_metadata.collect(parsed.credential_type, parsed.integrity, known)
    type_metadata.check(found, token.reveal(parsed))
    return Names(
        {label.locale: label.name for label in found.display or ()},
        tuple(
            (claim.path, tuple((label.locale, label.name) for label in claim.display))
            for claim in found.claims
            if claim.display
        ),
    )


def _fetched(parts: Parts, address: str) -> bytes | None:
    request = HttpRequest("GET", address, accept=JSON_TYPE, max_bytes=type_metadata.MAX_BYTES)
    try:
        answer = parts.http.send(request)
    except (Refused, Undecided, LocalError):
        return None
    return answer.body if (answer.status, answer.content_type) == (200, JSON_TYPE) else None
