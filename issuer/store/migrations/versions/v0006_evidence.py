"""Evidence has a digest for each input and keeps every score: the single ones get their names."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for kind, given in (("document", "document"), ("face", "selfie")):
        op.execute(
            "UPDATE evidence SET body = json_set(body, '$.digests', "  # noqa: S608 - fixed texts
            f"json_object('{given}', json_extract(body, '$.digest'))) "
            f"WHERE kind = '{kind}' AND json_extract(body, '$.digest') <> ''"
        )
    for kind, measured in (("document", "text"), ("face", "distance")):
        op.execute(
            "UPDATE evidence SET body = json_set(body, '$.scores', "  # noqa: S608 - fixed texts
            f"json_object('{measured}', json_extract(body, '$.score'))) "
            f"WHERE kind = '{kind}' AND json_extract(body, '$.score') IS NOT NULL"
        )
    op.execute("UPDATE evidence SET body = json_remove(body, '$.digest', '$.score')")
