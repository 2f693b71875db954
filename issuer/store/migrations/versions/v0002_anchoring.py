"""Transactions are kept before they are sent; entries know the version that carries them."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WIDTH = 2


def upgrade() -> None:
    op.create_table(
        "status_transaction",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("list_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.String(length=32), nullable=False),
        sa.Column("max_fee", sa.String(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("alive", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id", "version"],
            ["status_batch.list_id", "status_batch.version"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("status_transaction_of", "status_transaction", ["list_id", "version"], unique=False)
    op.add_column("status_batch", sa.Column("root", sa.LargeBinary(), nullable=False, server_default=_ZERO))
    op.add_column("status_batch", sa.Column("block", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("status_list", sa.Column("given", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("status_list", sa.Column("released", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("status_entry", sa.Column("written", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("status_entry", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("status_entry", sa.Column("held", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("credential", sa.Column("issued_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("credential_by_time", "credential", ["issued_at"], unique=False)
    op.drop_index("status_entry_open", "status_entry")
    for name, column, where in (
        ("status_entry_open", "idx", "flags != anchored"),
        ("status_entry_flagged", "idx", "flags != 0 OR anchored != 0"),
        ("status_entry_version", "version", "version != 0"),
    ):
        op.create_index(name, "status_entry", ["list_id", column], unique=False, sqlite_where=sa.text(where))
    _carry_over()


# A column added to rows that are there takes a constant.
_ZERO = sa.text(f"x'{bytes(32).hex()}'")


def _carry_over() -> None:
    """What stood on chain is final; what was written down and not seen there keeps its place."""
    connection = op.get_bind()
    connection.exec_driver_sql("UPDATE status_batch SET state = 'final' WHERE state = 'anchored'")
    connection.exec_driver_sql(
        "UPDATE status_list SET given = "
        "(SELECT count(*) FROM status_entry WHERE status_entry.list_id = status_list.id)"
    )
    connection.exec_driver_sql("UPDATE status_entry SET written = anchored")
    pending = "SELECT list_id, version, changes FROM status_batch WHERE state = 'prepared' ORDER BY version"
    for list_id, version, changes in connection.exec_driver_sql(pending).all():
        for member, change in (("set", "written | ?"), ("cleared", "written & ~?")):
            for position in json.loads(changes)[member]:
                index, bit = divmod(position, _WIDTH)
                connection.exec_driver_sql(
                    f"UPDATE status_entry SET written = {change}, version = ? "  # noqa: S608 - fixed texts
                    "WHERE list_id = ? AND idx = ?",
                    (1 << bit, version, list_id, index),
                )
