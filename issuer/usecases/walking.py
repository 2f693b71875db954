"""One step of the issuer's role of OpenID4VCI on a stored issuance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import RemoteError
from clicid.oid4vci.issuance import OUT_OF_PLACE, Event, Issuance, Phase, Reply
from issuer.usecases.records import GrantRow, Key

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.oid4vci.issuer import Issuer
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

_KEEP: Final = timedelta(days=2)
_UNANSWERED: Final = frozenset({Phase.INVITED, Phase.PUSHED, Phase.ASKED})


@dataclass(frozen=True, slots=True)
class Walk:
    """The core over the store: the issuance is looked up, moved and kept within the transaction."""

    env: Environment
    core: Issuer

    def __call__(self, tx: Transaction, lookup: bytes, event: Event) -> Reply:
        """Take the step; a wallet's mistake, and an issuance that is not there, is a `RemoteError`."""
        found = tx.issuance.grant(lookup)
        if found is None:
            wire, code = OUT_OF_PLACE[type(event)]
            return RemoteError(wire, code, detail="unknown")
        return self.move(tx, found, event)

    def move(self, tx: Transaction, found: GrantRow, event: Event) -> Reply:
        """The same for an issuance that was looked up; one that is new is kept only if the event fits."""
        state = Issuance.from_bytes(found.body.encode())
        following, reply = self.core.step(state, event, now=self.env.now(), random=self.env.random)
        keep(tx, found, following)
        return reply


def stored(grant_id: str, state: Issuance, *, person_id: str | None = None) -> GrantRow:
    """The row of a new issuance."""
    return GrantRow(grant_id, person_id, state.to_bytes().decode(), ends(state))


def keep(tx: Transaction, found: GrantRow, state: Issuance) -> None:
    """Store a state, to be found by every secret that is of use now, or must not come again."""
    tx.issuance.put_grant(replace(found, body=state.to_bytes().decode(), expires_at=ends(state)))
    digests = {
        Key.REQUEST: "" if state.requested is None else state.requested.request_digest,
        Key.CODE: state.code_digest,
        Key.TOKEN: state.token_digest,
        Key.REFRESH: "" if state.refreshing is None else state.refreshing.digest,
    }
    for kind, digest in digests.items():
        if digest:
            tx.issuance.put_key(found.id, kind, bytes.fromhex(digest))


def ends(state: Issuance) -> datetime:
    """When nothing can come of an issuance any more. What was asked for by nobody known goes at once."""
    if state.invitation is None and state.phase in _UNANSWERED:
        return state.expires_at
    latest = state.expires_at if state.refreshing is None else max(state.expires_at, state.refreshing.until)
    return (latest if state.invitation is None else max(latest, state.invitation.until)) + _KEEP
