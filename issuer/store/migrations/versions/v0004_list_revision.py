"""A list knows how often what is served of it may have changed: who serves it need not build it to see."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("status_list", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    # Counted by the database, so that no statement of ours can forget it. An index that is given out without
    # flags changes nothing that is shown. INSERT OR REPLACE would not be counted (SQLite fires no DELETE
    # trigger for the row that it replaces): entries are inserted, updated or upserted.
    for action, when, row in (
        ("INSERT", "WHEN NEW.flags != 0 OR NEW.anchored != 0", "NEW"),
        ("UPDATE OF flags, anchored, written, held", "", "NEW"),
        ("DELETE", "", "OLD"),
    ):
        name = f"status_entry_{action.split()[0].lower()}"
        op.execute(
            f"CREATE TRIGGER {name} AFTER {action} ON status_entry {when} BEGIN "  # noqa: S608 - fixed texts
            f"UPDATE status_list SET revision = revision + 1 WHERE id = {row}.list_id; END"
        )
