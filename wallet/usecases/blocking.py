"""Blocking everything at an issuer by the blocking code: with the wallet or, from anywhere, without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpRequest
from clicid.errors import Refused
from wallet.store.records import Event, HistoryEntry

if TYPE_CHECKING:
    from wallet.store.records import BlockingCode
    from wallet.usecases.parts import Parts


def block(parts: Parts, code: BlockingCode) -> None:
    """Have the issuer suspend every credential of the person the code belongs to.

    Raises:
        Refused: `wallet.blocking` if the issuer did not.
        Undecided: `fetch.failed` without an answer.
    """
    body = strict_json.dumps({"block_id": code.block_id, "code": code.code})
    answer = parts.http.send(HttpRequest("POST", code.block_url, content_type=JSON_TYPE, body=body))
    done = answer.status in (200, 202, 204)
    entry = HistoryEntry(
        at=int(parts.clock().timestamp()),
        event=Event.BLOCKED,
        party=code.issuer,
        registered=False,
        purpose="",
        credential_ids=tuple(one.credential_id for one in parts.records.credentials()),
        shown=(),
        outcome="blocked" if done else "wallet.blocking",
    )
    parts.records.add_history(entry)
    if not done:
        raise Refused("wallet.blocking", detail=f"status {answer.status}")
