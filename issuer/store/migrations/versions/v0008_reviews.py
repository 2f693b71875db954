"""Who has a case of the review queue, and who has proposed how to decide it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("claimed_by", "proposed_by"):
        op.add_column("session", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    op.add_column("session", sa.Column("claimed_until", sa.BigInteger()))
