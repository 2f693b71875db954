"""Grants of onboardings that nobody has decided on: they have a session, and no person yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

_COLUMNS = "id, person_id, lookup, token_lookup, body, expires_at"


def upgrade() -> None:
    # SQLite cannot lift NOT NULL from a column: the table is made anew.
    op.create_table(
        "grant_state_anew",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32)),
        sa.Column("session_id", sa.String(length=32)),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("token_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup"),
        sa.UniqueConstraint("token_lookup"),
    )
    op.execute(
        f"INSERT INTO grant_state_anew ({_COLUMNS}) SELECT {_COLUMNS} FROM grant_state"  # noqa: S608 - fixed texts
    )
    op.drop_table("grant_state")
    op.rename_table("grant_state_anew", "grant_state")
    op.create_index(op.f("ix_grant_state_person_id"), "grant_state", ["person_id"], unique=False)
    op.create_index(op.f("ix_grant_state_session_id"), "grant_state", ["session_id"], unique=False)
