"""What the store gives and takes: frozen values without personal data.

Whatever says something about a person lies sealed in the vault; records hold ids, states, hashes and
dates. Times are UTC, whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from issuer.usecases.states import State


_NEVER: Final = datetime.fromtimestamp(0, UTC)


class Channel(StrEnum):
    """How a one-time code travels."""

    PHONE = "phone"
    EMAIL = "email"


class ConsentKind(StrEnum):
    """What a person was told, or agreed to. The first is no consent, the others can be withdrawn."""

    NOTICE = "notice"
    FACE_COMPARISON = "face_comparison"
    FACE_SEARCH = "face_search"


class Role(StrEnum):
    """What an operator may do."""

    REVIEWER = "reviewer"
    REVOKER = "revoker"
    AUDITOR = "auditor"
    ADMIN = "admin"
    MONITOR = "monitor"


class CopyState(StrEnum):
    """Where the issuing of one copy of a credential stands."""

    RESERVED = "reserved"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    VOID = "void"


class BatchState(StrEnum):
    """Where a version of a list on its way to the chain stands."""

    PREPARED = "prepared"
    SENT = "sent"
    IN_BLOCK = "in_block"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Session:
    """One onboarding.

    `key_id` names the key its data is sealed under; once approved it is the person's own.
    `version` counts changes: a write that saw an older one is refused. `codes` are those of the
    latest decision. `rule` is the sandbox's forced outcome, empty outside one. `resubmissions` counts
    how often the person was asked for something again. In review, `claimed_by` has the case alone
    until then, and `proposed_by` has proposed a verdict that another reviewer has to agree with.
    """

    id: str
    key_id: str
    resume_hash: bytes = field(repr=False)
    state: State
    version: int
    language: str
    created_at: datetime
    updated_at: datetime
    person_id: str | None = None
    phone_confirmed: bool = False
    email_confirmed: bool = False
    face_consent: bool = False
    codes: tuple[str, ...] = ()
    rule: str = ""
    resubmissions: int = 0
    claimed_by: str = ""
    claimed_until: datetime | None = None
    proposed_by: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code on its way: a keyed hash, never the digits."""

    session_id: str
    channel: Channel
    code_hash: bytes = field(repr=False)
    expires_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """Heavy work to be done for a session."""

    id: str
    session_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What was decided, by the table or by an operator."""

    session_id: str
    outcome: str
    codes: tuple[str, ...]
    level: str
    rules_version: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a credential: its own id, holder key, and status entry. `worker` is who makes it."""

    id: str
    person_id: str | None
    offer_id: str
    configuration: str
    list_id: str
    index: int
    holder_hash: bytes
    state: CopyState
    valid_until: datetime
    issued_at: datetime
    notification_hash: bytes = b""
    worker: str = ""


class Key(StrEnum):
    """What an issuance is found by; also by refresh tokens that are over, which must not come again."""

    OFFER = "offer"
    """The address of an offer by reference."""
    ISSUER_STATE = "issuer_state"
    REQUEST = "request"
    CODE = "code"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Visit:
    """A person at the authorization endpoint.

    `bucket` is whose share of pushed requests it counts to. It ends at `until`. `browser_hash` is the
    keyed hash of the browser's cookie, empty before it came; `session_id` the onboarding that it named, and
    `proved` whether the one-time code that went to its phone came back. `code_hash` is that code's,
    `tries` counts wrong ones.
    """

    grant_id: str
    bucket: str
    until: datetime
    browser_hash: bytes = b""
    session_id: str = ""
    proved: bool = False
    code_hash: bytes = field(default=b"", repr=False)
    code_until: datetime = _NEVER
    tries: int = 0


@dataclass(frozen=True, slots=True)
class GrantRow:
    """An issuance under way. Found by the keyed hashes of its secrets: see `Key`.

    `body` is the protocol core's state as versioned JSON; it holds hashes, no codes. One that was made
    before the onboarding was decided on has its `session_id`, and no person until then.
    """

    id: str
    person_id: str | None
    body: str
    expires_at: datetime
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListRow:
    """A status list: its URL on chain, and the last version that stood there, -1 until it was seen there.

    `given` counts the indexes that were given out or used up by decoys. `released` is when held
    changes last went out. `revision` grows whenever what is served of the list may have changed.
    """

    id: str
    url: str
    size: int
    anchored_version: int = -1
    given: int = 0
    released: datetime = _NEVER
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One status entry: `flags` as decided here, `anchored` as it stands on chain.

    Bit 0 is revoked, bit 1 suspended.
    """

    list_id: str
    index: int
    flags: int
    anchored: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One version of a list on its way to the chain, written down before it is sent.

    `set` and `cleared` are delta indexes (entry x width + bit), sorted. `root` is the issuance root
    that goes with it, zero for none. `transaction` (0x and hex) and `block` are those in which it
    stands on chain.
    """

    list_id: str
    version: int
    set: tuple[int, ...]
    cleared: tuple[int, ...]
    digest: bytes
    state: BatchState
    root: bytes = bytes(32)
    transaction: str = ""
    block: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """A signed transaction that carries a version, kept before it is sent. Fees are wei per gas.

    One that is not `alive` lost its nonce to another. It is kept until its version is final, for a
    reorganisation may bring it back.
    """

    hash: bytes
    list_id: str
    version: int
    nonce: int
    tip: int
    max_fee: int
    raw: bytes = field(repr=False)
    at: datetime
    alive: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an entry's last change has come: ``none``, ``requested``, ``sent``, ``in_block``, ``final``."""

    state: str
    version: int = 0
    transaction: str = ""
    block: int = 0


@dataclass(frozen=True, slots=True)
class Operator:
    """A named person who may act at the operators' address."""

    id: str
    name: str
    roles: frozenset[Role]
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the audit table; `hash` covers the row and the hash before it."""

    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: str
    previous: bytes
    hash: bytes
