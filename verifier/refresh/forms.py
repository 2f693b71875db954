"""The forms in which an issuer publishes a list that it anchors, and what each says in the same words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from clicid.codec import instant, shape, strict_json
from clicid.securing import jws
from clicid.status import bitstring, token_list
from clicid.verification import signed_bits, signed_lists

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Material, Need, Rules
    from clicid.ledger.facts import StatusSnapshot
    from clicid.verification import Checkers
    from clicid.verification.signed_lists import Word

MAX_BYTES: Final = 8 << 20
TOKEN: Final = "token"  # noqa: S105 - the name of a form, and no secret


class Form(Protocol):
    """One of them. What is asked about goes by the list's own URL, in whichever form."""

    @property
    def name(self) -> str:
        """What evidence calls it."""

    @property
    def media_type(self) -> str:
        """What it is asked for as, and has to come as."""

    def url(self, list_url: str) -> str:
        """Where it stands."""

    def signed_at(self, body: bytes) -> datetime:
        """When it says that it was signed; nothing is verified. Refused `codec.*`, `securing.*`."""

    def word(self, need: Need, found: Material, have: Have, *, rules: Rules, now: datetime) -> Word:
        """What it says, if it is the issuer's and not over. Refused or Undecided if not."""

    def anchored(self, snapshot: StatusSnapshot, at: datetime) -> Word | None:
        """What it would say of the anchored list, signed at that time; None if there is none of it."""


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A Status List Token, at the list's own URL."""

    name: str = TOKEN
    media_type: str = token_list.MEDIA_TYPE

    def url(self, list_url: str) -> str:
        """The same."""
        return list_url

    def signed_at(self, body: bytes) -> datetime:
        """Its `iat`."""
        token = jws.parse(body, typ=token_list.TYP, max_bytes=MAX_BYTES)
        payload = shape.as_object(strict_json.loads(token.unverified_payload, max_bytes=MAX_BYTES))
        return instant.from_numeric_date(shape.member(payload, "iat"))

    def word(self, need: Need, found: Material, have: Have, *, rules: Rules, now: datetime) -> Word:
        """As `signed_lists.verified`."""
        return signed_lists.word(
            signed_lists.verified(found.body, need.uri, need.subject, have, rules=rules, now=now)
        )

    def anchored(self, snapshot: StatusSnapshot, at: datetime) -> Word | None:
        """As `signed_lists.anchored`."""
        return signed_lists.anchored(snapshot, at)


@dataclass(frozen=True, slots=True)
class BitstringForm:
    """A Bitstring Status List credential for one purpose."""

    name: str
    checkers: Checkers = field(repr=False)
    media_type: str = "application/vc"

    def url(self, list_url: str) -> str:
        """The list's, and the purpose."""
        return bitstring.list_url(list_url, self.name)

    def signed_at(self, body: bytes) -> datetime:
        """Its `validFrom`."""
        return signed_bits.signed_at(body)

    def word(self, need: Need, found: Material, have: Have, *, rules: Rules, now: datetime) -> Word:
        """As `signed_bits.word`."""
        return signed_bits.word(
            found, need.uri, self.name, need.subject, have, rules=rules, checkers=self.checkers, now=now
        )

    def anchored(self, snapshot: StatusSnapshot, at: datetime) -> Word | None:
        """As `signed_bits.anchored`."""
        return signed_bits.anchored(snapshot, self.name, at)


def all_forms(checkers: Checkers) -> tuple[Form, ...]:
    """The token first, then the credential of each purpose."""
    return (TokenForm(), *(BitstringForm(purpose, checkers) for purpose in bitstring.PURPOSES))
