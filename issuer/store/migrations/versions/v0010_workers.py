"""Which worker makes a copy of a credential: after a restart its own unfinished ones are void."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("credential", sa.Column("worker", sa.String(length=64), nullable=False, server_default=""))
