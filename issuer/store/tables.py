"""The tables, as the code of today sees them; the migrations make them.

No column holds personal data in the clear. What says something about a person is in `sealed`, under
the key that `key_id` names; that key lies in another file (`issuer.store.person_keys`). Hashes of
phone numbers, document numbers and the like are keyed: without the vault they cannot be guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Seconds(TypeDecorator[datetime]):
    """A point in time, UTC, stored as whole seconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To seconds."""
        del dialect
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From seconds."""
        del dialect
        return None if value is None else datetime.fromtimestamp(value, UTC)


metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Seconds, nullable=False),
    Column("block_hash", LargeBinary, unique=True),
    Column("block_salt", LargeBinary),
    Column("block_code", LargeBinary),
)

person_lookup = Table(
    "person_lookup",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("person_id", String(32), ForeignKey("person.id"), nullable=False, index=True),
)

session = Table(
    "session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key_id", String(32), nullable=False, index=True),
    Column("resume_hash", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("updated_at", Seconds, nullable=False),
    Column("person_id", String(32), index=True),
    Column("phone_confirmed", Boolean, nullable=False),
    Column("email_confirmed", Boolean, nullable=False),
    Column("face_consent", Boolean, nullable=False),
    Column("codes", Text, nullable=False),
    Column("rule", String(16), nullable=False),
    Column("resubmissions", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(64), nullable=False, server_default=""),
    Column("claimed_until", Seconds),
    Column("proposed_by", String(64), nullable=False, server_default=""),
)

consent = Table(
    "consent",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", String(32), ForeignKey("session.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("policy_version", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("withdrawn_at", Seconds),
)

sealed = Table(
    "sealed",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("keep_until", Seconds, index=True),
)

contact_code = Table(
    "contact_code",
    metadata,
    Column("session_id", String(32), ForeignKey("session.id"), primary_key=True),
    Column("channel", String(8), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False),
    Column("expires_at", Seconds, nullable=False),
    Column("tries", Integer, nullable=False),
)

liveness_challenge = Table(
    "liveness_challenge",
    metadata,
    Column("session_id", String(32), ForeignKey("session.id"), primary_key=True),
    Column("id", String(32), nullable=False),
    Column("moves", String(128), nullable=False),
    Column("expires_at", Seconds, nullable=False),
    Column("count", Integer, nullable=False),
)

# Of no onboarding: a hash says nothing to who has not the picture, and whose it was does not matter.
liveness_frame = Table("liveness_frame", metadata, Column("hash", LargeBinary, primary_key=True))

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("hash", LargeBinary, nullable=False),
    Column("at", Seconds, nullable=False),
    Index("attempt_by_hash", "hash", "at"),
)

job = Table(
    "job",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", String(32), ForeignKey("session.id"), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("worker", String(64)),
    Column("lease_until", Seconds),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String(32), ForeignKey("session.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Seconds, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String(32), ForeignKey("session.id"), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("codes", Text, nullable=False),
    Column("level", String(16), nullable=False),
    Column("rules_version", String(16), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", Seconds, nullable=False),
)

grant = Table(
    "grant_state",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", String(32), ForeignKey("person.id"), index=True),
    Column("session_id", String(32), index=True),
    Column("body", Text, nullable=False),
    Column("expires_at", Seconds, nullable=False, index=True),
)

grant_key = Table(
    "grant_key",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column(
        "grant_id", String(32), ForeignKey("grant_state.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("kind", String(16), nullable=False),
)

visit = Table(
    "visit",
    metadata,
    Column("grant_id", String(32), ForeignKey("grant_state.id", ondelete="CASCADE"), primary_key=True),
    Column("bucket", String(80), nullable=False),
    Column("until", Seconds, nullable=False),
    Column("browser_hash", LargeBinary, nullable=False, server_default=text("(zeroblob(0))")),
    Column("session_id", String(32), nullable=False, server_default=""),
    Column("proved", Boolean, nullable=False, server_default="0"),
    Column("code_hash", LargeBinary, nullable=False, server_default=text("(zeroblob(0))")),
    Column("code_until", Seconds, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("visit_by_bucket", "bucket", "until"),
)

proof_seen = Table(
    "proof_seen",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("until", Seconds, nullable=False, index=True),
)

nonce = Table(
    "nonce",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("expires_at", Seconds, nullable=False, index=True),
    Column("used", Boolean, nullable=False),
)

status_list = Table(
    "status_list",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", String(512), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("anchored_version", Integer, nullable=False),
    Column("given", Integer, nullable=False, server_default="0"),
    Column("released", Seconds, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="0"),
)

status_entry = Table(
    "status_entry",
    metadata,
    Column("list_id", String(32), ForeignKey("status_list.id"), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("flags", Integer, nullable=False),
    Column("anchored", Integer, nullable=False),
    Column("written", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("held", Boolean, nullable=False, server_default="0"),
    # Of millions of entries few are open, flagged or under way: only those are indexed.
    Index("status_entry_open", "list_id", "idx", sqlite_where=text("flags != anchored")),
    Index("status_entry_flagged", "list_id", "idx", sqlite_where=text("flags != 0 OR anchored != 0")),
    Index("status_entry_version", "list_id", "version", sqlite_where=text("version != 0")),
)

credential = Table(
    "credential",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person_id", String(32), ForeignKey("person.id"), index=True),
    Column("offer_id", String(32), nullable=False, index=True),
    Column("configuration", String(64), nullable=False),
    Column("list_id", String(32), ForeignKey("status_list.id"), nullable=False),
    Column("idx", Integer, nullable=False),
    Column("holder_hash", LargeBinary, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("valid_until", Seconds, nullable=False),
    Column("notification_hash", LargeBinary, nullable=False, index=True),
    Column("issued_at", Seconds, nullable=False, server_default="0"),
    Column("worker", String(64), nullable=False, server_default=""),
    UniqueConstraint("list_id", "idx", name="credential_entry"),
    Index("credential_by_time", "issued_at"),
)

status_act = Table(
    "status_act",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("list_id", String(32), nullable=False),
    Column("idx", Integer, nullable=False),
    Column("act", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", Seconds, nullable=False),
    Index("status_act_by_entry", "list_id", "idx"),
)

status_batch = Table(
    "status_batch",
    metadata,
    Column("list_id", String(32), ForeignKey("status_list.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("changes", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("transaction_id", String(80), nullable=False),
    Column("prepared_at", Seconds, nullable=False),
    Column("root", LargeBinary, nullable=False, server_default=text(f"x'{bytes(32).hex()}'")),
    Column("block", BigInteger, nullable=False, server_default="0"),
)

status_transaction = Table(
    "status_transaction",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("list_id", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("tip", String(32), nullable=False),  # wei: may be more than 64 bits
    Column("max_fee", String(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("alive", Boolean, nullable=False),
    Column("at", Seconds, nullable=False),
    ForeignKeyConstraint(
        ["list_id", "version"], ["status_batch.list_id", "status_batch.version"], ondelete="CASCADE"
    ),
    Index("status_transaction_of", "list_id", "version"),
)

issuance_leaf = Table(
    "issuance_leaf",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    # Who is erased takes the digests along; the root stays, and tells nothing of them. Of what a client of
    # the VC API had secured there is the digest alone.
    Column("credential_id", ForeignKey("credential.id", ondelete="CASCADE"), index=True),
    Column("at", Seconds, nullable=False),
    Column("list_id", String(32), nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("proof", LargeBinary, nullable=False, server_default=text("(zeroblob(0))")),
    Index("issuance_leaf_waiting", "at", sqlite_where=text("version = 0")),
)

operator = Table(
    "operator",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("roles", String(128), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Seconds, nullable=False),
    Column("disabled_at", Seconds),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Seconds, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
