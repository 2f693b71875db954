"""How often a person was asked for something again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "session", sa.Column("resubmissions", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
