"""The wallet's records and their one form: JSON inside the vault.

Nothing of this is ever in the clear on disk; a vault opened with a wrong passphrase opens nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from clicid.adapters.askar_vault import Record, Removal
from clicid.codec import jcs, strict_json
from clicid.codec.base64url import decode, encode
from clicid.errors import LocalError
from wallet.labels import ClaimLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        batch: What copies of one credential have in common, each to be shown once; "" for a single one.
        configuration_id: The issuer's name for what it is.
        session: By which it can be issued anew (`IssuanceSession`), or "".
        expires_at: When it ends, in seconds since 1970; 0 if it does not say.
        labels: What people call its claims.
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
    batch: str = ""
    configuration_id: str = ""
    session: str = ""
    expires_at: int = 0
    labels: tuple[ClaimLabel, ...] = ()

    @property
    def entry(self) -> str:
        """The name of the entry that a person sees: of all copies together."""
        return self.batch or self.credential_id

    @property
    def spent(self) -> bool:
        """Whether it is a copy of several, and was shown."""
        return bool(self.batch and self.uses)


@dataclass(frozen=True, slots=True)
class IssuanceSession:
    """What lets credentials be issued anew: a refresh token, and the key that it is bound to.

    Args:
        session_id: The wallet's own name for it.
        credential_issuer: The issuer.
        server: Its authorization server.
        refresh_token: What gets an access token.
        session_key: The key's public half as Multikey, or "".
        key_name: The key in this vault, or "".
        client_id: Whose client the wallet was, or "".
    """

    session_id: str
    credential_issuer: str
    server: str
    refresh_token: str = field(repr=False)
    session_key: str
    key_name: str
    client_id: str


@dataclass(frozen=True, slots=True)
class OpenIssuance:
    """An issuance under way: what a wallet that was stopped goes on from.

    Args:
        run_id: The wallet's own name for it.
        state: The protocol role's, as it stores it.
        key_names: Every key that was made for it, or was about to be: none stays that nothing needs.
        replaces: Entries in whose place the new ones come.
        session: The session that it renews by, or "".
    """

    run_id: str
    state: bytes = field(repr=False)
    key_names: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    session: str = ""


class Event(StrEnum):
    """What a history entry is about."""

    RECEIVED = "received"
    PRESENTED = "presented"
    DECLINED = "declined"
    REFUSED = "refused"
    REMOVED = "removed"
    BLOCKED = "blocked"
    RENEWED = "renewed"


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
        beyond: Of what was shown, the claims that the party is not registered to ask for: the person was
            told, and insisted.
        called: What of `shown` people call otherwise: with their labels, by language.
    """

    at: int
    event: Event
    party: str
    registered: bool
    purpose: str
    credential_ids: tuple[str, ...]
    shown: tuple[str, ...]
    outcome: str
    beyond: tuple[str, ...] = ()
    called: dict[str, dict[str, str]] = field(default_factory=dict)


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
        self._vault.apply([_credential(credential)])

    def keep(
        self,
        credentials: Sequence[HeldCredential],
        entry: HistoryEntry,
        run: OpenIssuance,
        replaced: Sequence[HeldCredential] = (),
    ) -> None:
        """Write credentials, the history of it and where the issuance stands, and remove what they replace.

        All of it or nothing: whenever the wallet stops, each credential is there once, and its key with it.
        """
        self._vault.apply(
            [
                *map(_credential, credentials),
                _record("history", self._next_history(), _history_row(entry)),
                _run(run),
                *(Removal("credential", one.credential_id) for one in replaced),
            ]
        )

    def put_run(self, run: OpenIssuance) -> None:
        """Write where an issuance stands."""
        self._vault.apply([_run(run)])

    def remove_run(self, run_id: str) -> None:
        """Forget an issuance that is over."""
        self._vault.delete_record("issuance", run_id)

    def runs(self) -> list[OpenIssuance]:
        """Issuances under way or stopped, in no order."""
        rows = [self._read(record.value) for record in self._vault.records("issuance")]
        return [
            OpenIssuance(
                **row
                | {
                    "state": decode(row["state"]),
                    "key_names": tuple(row["key_names"]),
                    "replaces": tuple(row["replaces"]),
                }
            )
            for row in rows
        ]

    def put_session(self, session: IssuanceSession) -> None:
        """Write or replace a session."""
        self._write("session", session.session_id, asdict(session))

    def sessions(self) -> dict[str, IssuanceSession]:
        """By their names."""
        rows = [self._read(record.value) for record in self._vault.records("session")]
        return {row["session_id"]: IssuanceSession(**row) for row in rows}

    def remove_session(self, session_id: str) -> None:
        """Forget a session."""
        self._vault.delete_record("session", session_id)

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
                    # Nor labels those of before there were any.
                    "labels": tuple(
                        ClaimLabel(tuple(one["path"]), one["texts"]) for one in row.get("labels", ())
                    ),
                }
            )
            for row in rows
        ]
        return sorted(held, key=lambda one: (one.received_at, one.credential_id))

    def entries(self) -> dict[str, list[HeldCredential]]:
        """What a person sees as one credential, with all its copies, by its name; oldest first."""
        found: dict[str, list[HeldCredential]] = {}
        for one in self.credentials():
            found.setdefault(one.entry, []).append(one)
        return found

    def at_hand(self) -> list[HeldCredential]:
        """Of each entry the copy that would be shown next: one that nobody saw, if there is one."""
        return [min(copies, key=lambda one: len(one.uses)) for copies in self.entries().values()]

    def entry(self, name: str) -> list[HeldCredential]:
        """All copies of a credential, by its name or an unambiguous beginning, or by a copy's own.

        Raises:
            LocalError: `wallet.unknown`.
        """
        found = [
            copies
            for key, copies in self.entries().items()
            if key.startswith(name) or any(one.credential_id == name for one in copies)
        ]
        # Nothing is no beginning: an empty variable in a script must not name the only credential.
        if len(found) != 1 or not name:
            raise LocalError("wallet.unknown", name, f"{len(found)} credentials begin so")
        return found[0]

    def credential(self, name: str) -> HeldCredential:
        """Of the copies of a credential the one that would be shown next. LocalError `wallet.unknown`."""
        return min(self.entry(name), key=lambda one: len(one.uses))

    def remove(self, credential_id: str) -> None:
        """Forget a credential."""
        self._vault.delete_record("credential", credential_id)

    def add_history(self, entry: HistoryEntry) -> str:
        """Append to the history; gives the entry's name for `end_history`."""
        name = self._next_history()
        self.end_history(name, entry)
        return name

    def _next_history(self) -> str:
        return f"{len(self._vault.records('history')):08d}"

    def end_history(self, name: str, entry: HistoryEntry) -> None:
        """Write how something ended that was noted when it began."""
        self._write("history", name, _history_row(entry))

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
                    # Wallets of before it was noted have none.
                    "beyond": tuple(row.get("beyond", ())),
                }
            )
            for row in rows
        ]

    def _write(self, category: str, name: str, row: dict[str, Any]) -> None:
        self._vault.apply([_record(category, name, row)])

    @staticmethod
    def _read(value: bytes) -> dict[str, Any]:
        row = strict_json.loads(value)
        if not isinstance(row, dict):
            raise LocalError("wallet.damaged", detail="a record is no object")
        return row


def _record(category: str, name: str, row: dict[str, Any]) -> Record:
    return Record(category, name, jcs.dumps(row))


def _credential(credential: HeldCredential) -> Record:
    row = asdict(credential) | {
        "raw": encode(credential.raw),
        "uses": list(credential.uses),
        "proof": encode(credential.proof),
        "labels": [{"path": list(one.path), "texts": one.texts} for one in credential.labels],
    }
    return _record("credential", credential.credential_id, row)


def _history_row(entry: HistoryEntry) -> dict[str, Any]:
    return asdict(entry) | {
        "credential_ids": list(entry.credential_ids),
        "shown": list(entry.shown),
        "beyond": list(entry.beyond),
    }


def _run(run: OpenIssuance) -> Record:
    row = asdict(run) | {
        "state": encode(run.state),
        "key_names": list(run.key_names),
        "replaces": list(run.replaces),
    }
    return _record("issuance", run.run_id, row)
