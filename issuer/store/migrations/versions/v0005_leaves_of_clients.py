"""Digests of what clients of the VC API had secured: there is no copy that they belong to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COLUMNS = "digest, credential_id, at, list_id, version, proof"


def upgrade() -> None:
    # SQLite cannot lift NOT NULL from a column: the table is made anew.
    op.create_table(
        "issuance_leaf_anew",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("credential_id", sa.String(length=64)),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("proof", sa.LargeBinary(), nullable=False, server_default=sa.text("(zeroblob(0))")),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.execute(
        f"INSERT INTO issuance_leaf_anew ({_COLUMNS}) SELECT {_COLUMNS} FROM issuance_leaf"  # noqa: S608 - fixed texts
    )
    op.drop_table("issuance_leaf")
    op.rename_table("issuance_leaf_anew", "issuance_leaf")
    op.create_index(op.f("ix_issuance_leaf_credential_id"), "issuance_leaf", ["credential_id"], unique=False)
    op.create_index(
        "issuance_leaf_waiting", "issuance_leaf", ["at"], unique=False, sqlite_where=sa.text("version = 0")
    )
