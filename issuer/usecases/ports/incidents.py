"""Many credentials at once. `issuer.store.incidents` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.usecases.emergency import Selection


class Incidents(Protocol):
    """Many credentials at once."""

    def offers(self, credential_id: str, holder_hash: bytes) -> frozenset[str]:
        """The offers with which a credential, or one of this holder key, went out."""

    def count(self, selection: Selection) -> int:
        """How many of the selected are not revoked."""

    def people(self, selection: Selection) -> frozenset[str]:
        """Whom the criteria that are of people name, with credentials or none; nobody if there are none."""

    def revoke(self, selection: Selection, reason: str, actor: str, at: datetime) -> int:
        """Revoke those of the selected that are not, and record why; gives how many."""
