"""People at the authorization endpoint, and proofs seen. `issuer.store.visits` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.usecases.records import Visit


class Visits(Protocol):
    """Visits and proofs."""

    def put(self, visit: Visit, /) -> None:
        """Keep a visit in place of an older one of that grant."""

    def get(self, grant_id: str) -> Visit | None:
        """The visit of a grant."""

    def remove(self, grant_id: str) -> None:
        """It is over."""

    def remove_of(self, person_id: str) -> None:
        """So are all in which an onboarding of this person was named."""

    def waiting(self, bucket: str, now: datetime) -> int:
        """How many of a bucket are under way."""

    def first(self, hash_: bytes, until: datetime, now: datetime) -> bool:
        """Whether a proof comes for the first time; remembers it until then."""
