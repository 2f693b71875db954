"""Looking at what is in the wallet, and letting go of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clicid.formats.base import FormatId
from clicid.keys.store import KeyRef
from clicid.oid4vp import presenting
from clicid.verification import Verdict
from wallet.store.records import Event, HistoryEntry
from wallet.usecases import naming, proving
from wallet.usecases.checking import judge

if TYPE_CHECKING:
    from wallet.store.records import HeldCredential
    from wallet.usecases.parts import Parts


def summary(credential: HeldCredential) -> dict[str, Any]:
    """One line: what it is, without a value of it."""
    return {
        "id": credential.credential_id,
        "type": credential.credential_type,
        "format": credential.format,
        "issuer": credential.issuer,
        "on_chain": naming.on_chain(credential.issuer),
        "received": datetime.fromtimestamp(credential.received_at, UTC).date().isoformat(),
        "shown_to": len(credential.uses),
        "anchored": bool(credential.proof),
    }


def detail(parts: Parts, credential_id: str) -> dict[str, Any]:
    """Every value, and what the verifier's own steps say of it now.

    Raises:
        LocalError: `wallet.unknown`.
    """
    found = parts.records.credential(credential_id)
    form = FormatId(found.format)
    report = judge(parts, form, found.raw, proving.brought(parts, found)).report
    key = parts.keys.public(KeyRef(found.key_name))
    held = presenting.held(presenting.Holding(found.credential_id, form, found.raw, key), parts.contexts)
    state = "good" if report.verdict is Verdict.ACCEPTED else report.code
    return summary(found) | {"state": state, "claims": held.tree}


def remove(parts: Parts, credential: HeldCredential) -> None:
    """Remove a credential and destroy its key."""
    parts.records.remove(credential.credential_id)
    parts.keys.remove(KeyRef(credential.key_name))
    parts.records.add_history(
        HistoryEntry(
            at=int(parts.clock().timestamp()),
            event=Event.REMOVED,
            party=credential.issuer,
            registered=False,
            purpose="",
            credential_ids=(credential.credential_id,),
            shown=(),
            outcome="removed",
        )
    )
