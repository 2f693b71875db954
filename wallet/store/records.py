"""The wallet's records and their one form: JSON inside the vault.

Nothing of this is ever in the clear on disk; a vault opened with a wrong passphrase opens nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from clicid.codec import jcs, strict_json
from clicid.codec.base64url import decode, encode
from clicid.errors import LocalError

if TYPE_CHECKING:
    from clicid.adapters.askar_vault import AskarVault


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """One copy of a credential with the key it is bound to.

    Args:
        credential_id: The wallet's own name for it.
        format: ``dc+sd-jwt`` or ``ldp_vc``.
        credential_type: The type's URI.
        issuer: The issuer's DID.
        key_name: The holder key in this vault.
        raw: The credential as issued.
        received_at: Seconds since 1970.
        display: The name to show, by locale.
        uses: Verifiers it was shown to (client ids): a copy is linkable between them.
        test: Whether it is a sandbox's test credential.
        proof: That its digest stands under an issuance root (`InclusionProof`), or nothing yet.
    """

    credential_id: str
    format: str
    credential_type: str
    issuer: str
    key_name: str
    raw: bytes
    received_at: int
    display: dict[str, str]
    uses: tuple[str, ...] = ()
    test: bool = False
    proof: bytes = field(default=b"", repr=False)


class Event(StrEnum):
    """What a history entry is about."""

    RECEIVED = "received"
    PRESENTED = "presented"
    DECLINED = "declined"
    REFUSED = "refused"
    REMOVED = "removed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the person's history: names of what was shown, never the values.

    Args:
        at: Seconds since 1970.
        event: What happened.
        party: The other side: a registered name, or the identifier where there is none.
        registered: Whether the chain knows the party.
        purpose: For what it was asked, as registered.
        credential_ids: Which copies it concerns.
        shown: Names of the claims that left the wallet.
        outcome: How it ended, in one word or a reason code; ``no_answer`` while that is not known.
    """

    at: int
    event: Event
    party: str
    registered: bool
    purpose: str
    credential_ids: tuple[str, ...]
    shown: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class BlockingCode:
    """What lets a person block their credentials at one issuer, with or without the wallet."""

    issuer: str
    block_url: str
    block_id: str
    code: str


class WalletRecords:
    """Typed access to the vault's records."""

    def __init__(self, vault: AskarVault) -> None:
        self._vault = vault

    def put(self, credential: HeldCredential) -> None:
        """Write or replace a credential."""
        row = asdict(credential) | {
            "raw": encode(credential.raw),
            "uses": list(credential.uses),
            "proof": encode(credential.proof),
        }
        self._write("credential", credential.credential_id, row)

    def credentials(self) -> list[HeldCredential]:
        """All credentials, oldest first."""
        rows = [self._read(record.value) for record in self._vault.records("credential")]
        held = [
            HeldCredential(
                **row
                | {
                    "raw": decode(row["raw"]),
                    "uses": tuple(row["uses"]),
                    # Wallets of before there were proofs have none.
                    "proof": decode(row.get("proof", "")),
                }
            )
            for row in rows
        ]
        return sorted(held, key=lambda one: (one.received_at, one.credential_id))

    def credential(self, credential_id: str) -> HeldCredential:
        """One credential, by its id or an unambiguous beginning of it. LocalError `wallet.unknown`."""
        found = [one for one in self.credentials() if one.credential_id.startswith(credential_id)]
        # Nothing is no beginning: an empty variable in a script must not name the only credential.
        if len(found) != 1 or not credential_id:
            raise LocalError("wallet.unknown", credential_id, f"{len(found)} credentials begin so")
        return found[0]

    def remove(self, credential_id: str) -> None:
        """Forget a credential."""
        self._vault.delete_record("credential", credential_id)

    def add_history(self, entry: HistoryEntry) -> str:
        """Append to the history; gives the entry's name for `end_history`."""
        name = f"{len(self._vault.records('history')):08d}"
        self.end_history(name, entry)
        return name

    def end_history(self, name: str, entry: HistoryEntry) -> None:
        """Write how something ended that was noted when it began."""
        row = asdict(entry) | {"credential_ids": list(entry.credential_ids), "shown": list(entry.shown)}
        self._write("history", name, row)

    def history(self) -> list[HistoryEntry]:
        """The history, oldest first."""
        rows = [self._read(record.value) for record in self._vault.records("history")]
        return [
            HistoryEntry(
                **row
                | {
                    "event": Event(row["event"]),
                    "credential_ids": tuple(row["credential_ids"]),
                    "shown": tuple(row["shown"]),
                }
            )
            for row in rows
        ]

    def _write(self, category: str, name: str, row: dict[str, Any]) -> None:
        self._vault.put_record(category, name, jcs.dumps(row))

    @staticmethod
    def _read(value: bytes) -> dict[str, Any]:
        row = strict_json.loads(value)
        if not isinstance(row, dict):
            raise LocalError("wallet.damaged", detail="a record is no object")
        return row
