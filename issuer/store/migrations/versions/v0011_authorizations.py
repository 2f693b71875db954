"""Authorizations: found by each of their secrets, with the browser they are in; proofs that were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0012"

_COLUMNS = "id, person_id, session_id, body, expires_at"


def upgrade() -> None:
    _make_keys_a_table()
    op.create_table(
        "visit",
        sa.Column("grant_id", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False, server_default=sa.text("(zeroblob(0))")),
        sa.Column("session_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("proved", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False, server_default=sa.text("(zeroblob(0))")),
        sa.Column("code_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["grant_id"], ["grant_state.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("grant_id"),
    )
    op.create_index("visit_by_bucket", "visit", ["bucket", "until"], unique=False)
    op.create_table(
        "proof_seen",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_proof_seen_until"), "proof_seen", ["until"], unique=False)


def _make_keys_a_table() -> None:
    # SQLite drops no column that is unique: the table is made anew. Dropping the old one would take rows
    # that refer to it along, so those come after.
    op.execute(
        "CREATE TEMPORARY TABLE key_before AS SELECT lookup AS hash, id, 'code' AS kind FROM grant_state "
        "UNION SELECT token_lookup, id, 'token' FROM grant_state WHERE token_lookup IS NOT NULL"
    )
    op.create_table(
        "grant_state_anew",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32)),
        sa.Column("session_id", sa.String(length=32)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        f"INSERT INTO grant_state_anew ({_COLUMNS}) SELECT {_COLUMNS} FROM grant_state"  # noqa: S608 - fixed texts
    )
    op.drop_table("grant_state")
    op.rename_table("grant_state_anew", "grant_state")
    for column in ("person_id", "session_id", "expires_at"):
        op.create_index(op.f(f"ix_grant_state_{column}"), "grant_state", [column], unique=False)
    op.create_table(
        "grant_key",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grant_state.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_grant_key_grant_id"), "grant_key", ["grant_id"], unique=False)
    op.execute("INSERT INTO grant_key (hash, grant_id, kind) SELECT hash, id, kind FROM key_before")
    op.execute("DROP TABLE key_before")
