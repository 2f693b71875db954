"""The digests of what was issued, and the proofs that they stand under an issuance root."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "issuance_leaf",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("credential_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("proof", sa.LargeBinary(), nullable=False, server_default=sa.text("(zeroblob(0))")),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_issuance_leaf_credential_id"), "issuance_leaf", ["credential_id"], unique=False)
    op.create_index(
        "issuance_leaf_waiting", "issuance_leaf", ["at"], unique=False, sqlite_where=sa.text("version = 0")
    )
