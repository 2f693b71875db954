"""Looking at what is in the wallet, and letting go of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clicid.formats.base import FormatId
from clicid.keys.store import KeyRef
from clicid.oid4vp import presenting
from clicid.verification import Verdict
from wallet import labels
from wallet.store.records import Event
from wallet.usecases import naming, proving, renewing
from wallet.usecases.accepting import note
from wallet.usecases.checking import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.store.records import HeldCredential
    from wallet.usecases.parts import Parts


def summary(copies: Sequence[HeldCredential], now: datetime) -> dict[str, Any]:
    """One line: what it is, without a value of it. Copies of one credential are each to be shown once."""
    first = copies[0]
    row = {
        "id": first.entry,
        "type": first.credential_type,
        "format": first.format,
        "issuer": first.issuer,
        "on_chain": naming.on_chain(first.issuer),
        "received": datetime.fromtimestamp(first.received_at, UTC).date().isoformat(),
        "shown_to": len({one for copy in copies for one in copy.uses}),
        "anchored": all(copy.proof for copy in copies),
    }
    if first.expires_at:
        row["ends"] = datetime.fromtimestamp(first.expires_at, UTC).date().isoformat()
    if first.batch:
        row |= {"copies": len(copies), "copies_left": sum(not copy.spent for copy in copies)}
    if why := renewing.state_of(copies, now):
        row["renew"] = why
    return row


def detail(parts: Parts, credential_id: str, language: str = "") -> dict[str, Any]:
    """Every value, and what the verifier's own steps say of it now.

    Args:
        parts: The wallet.
        credential_id: Its id, or how that begins.
        language: In which claims are called by their labels too; "" for technical names alone.

    Raises:
        LocalError: `wallet.unknown`.
    """
    found = parts.records.credential(credential_id)
    form = FormatId(found.format)
    report = judge(parts, form, found.raw, proving.brought(parts, found)).report
    key = parts.keys.public(KeyRef(found.key_name))
    held = presenting.held(presenting.Holding(found.credential_id, form, found.raw, key), parts.contexts)
    state = "good" if report.verdict is Verdict.ACCEPTED else report.code
    claims = labels.labelled(held.tree, found.labels, language) if language else held.tree
    row = summary(parts.records.entry(credential_id), parts.clock())
    return row | {"state": state, "claims": claims}


def remove(parts: Parts, copies: Sequence[HeldCredential]) -> None:
    """Remove a credential, its copies and their keys; and what would renew it, if it renews nothing else."""
    records = parts.records
    for one in copies:
        records.remove(one.credential_id)
        parts.keys.remove(KeyRef(one.key_name))
    first = copies[0]
    session = records.sessions().get(first.session)
    if session is not None and first.session not in {one.session for one in records.credentials()}:
        records.remove_session(first.session)
        if session.key_name:
            parts.keys.remove(KeyRef(session.key_name))
    ids = tuple(one.credential_id for one in copies)
    records.add_history(note(parts, Event.REMOVED, first.issuer, ids, "removed"))
