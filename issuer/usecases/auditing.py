"""The audit table: every act of an operator, and of a person on their own case, chained by hashes.

A row's hash is SHA-256 over the JCS form of the row and the hash before it: nothing can be changed or
left out without breaking every later hash, and the newest hash can be published anywhere.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, jcs, strict_json
from clicid.errors import Refused
from issuer.usecases.records import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

PERSON: Final = "person"
SYSTEM: Final = "system"
DECISION: Final = "decision"
SHA256: Final = "sha256:"
_PAGE: Final = 500


def record(
    tx: Transaction, env: Environment, *, actor: str, act: str, subject: str, detail: str = ""
) -> None:
    """Add an act within the transaction of what it records.

    Args:
        tx: The transaction.
        env: For the time.
        actor: The operator's name, `PERSON` or `SYSTEM`.
        act: What was done, for example ``revoke``.
        subject: The id of what it was done to; never a name or number of a person.
        detail: Codes that say more; never a claim value.
    """
    last = tx.audit.last()
    previous = last.hash if last else bytes(32)
    row = Act(
        number=last.number + 1 if last else 1,
        at=env.now(),
        actor=actor,
        act=act,
        subject=subject,
        detail=detail,
        previous=previous,
        hash=b"",
    )
    tx.audit.add(_hashed(row))


def verify(tx: Transaction) -> int:
    """Walk the whole table; gives the number of rows.

    Raises:
        Refused: ``audit.broken``, with the number of the first row that does not fit.
    """
    number, previous = 0, bytes(32)
    while rows := tx.audit.page(number, _PAGE):
        number, previous = walk(rows, number, previous)
    return number


def walk(rows: Iterable[Act], number: int = 0, previous: bytes = bytes(32)) -> tuple[int, bytes]:
    """Walk rows that follow a row of this number and hash; gives those of the last.

    Raises:
        Refused: ``audit.broken``, with the number of the first row that does not fit.
    """
    for row in rows:
        if row.number != number + 1 or row.previous != previous or row.hash != _hashed(row).hash:
            raise Refused("audit.broken", str(number + 1))
        number, previous = row.number, row.hash
    return number, previous


def rows_from_json(raw: bytes, *, max_bytes: int) -> tuple[Act, ...]:
    """Rows as the operators' interface gives them.

    Raises:
        Refused: ``codec.size``, ``codec.json``, ``audit.broken`` for what are no rows.
    """
    rows = strict_json.loads(raw, max_bytes=max_bytes, max_values=max_bytes)
    if not isinstance(rows, list):
        raise Refused("audit.broken", "0")
    return tuple(_row(row) for row in rows)


def digests_of(rows: Iterable[Act], subject: str) -> frozenset[str]:
    """The SHA-256 of the files of evidence of an onboarding."""
    return frozenset(
        word.removeprefix(SHA256)
        for row in rows
        if row.act == DECISION and row.subject == subject
        for word in row.detail.split()
        if word.startswith(SHA256)
    )


def _row(row: strict_json.Json) -> Act:
    match row:
        case {
            "number": int(number),
            "at": str(at),
            "actor": str(actor),
            "act": str(act),
            "subject": str(subject),
            "detail": str(detail),
            "previous": str(previous),
            "hash": str(hash_),
        }:
            try:
                hashes = bytes.fromhex(previous), bytes.fromhex(hash_)
            except ValueError:
                raise Refused("audit.broken", str(number)) from None
            return Act(number, instant.parse(at), actor, act, subject, detail, *hashes)
        case _:
            raise Refused("audit.broken", "0")


def _hashed(row: Act) -> Act:
    body = jcs.dumps(
        {
            "number": row.number,
            "at": int(row.at.timestamp()),
            "actor": row.actor,
            "act": row.act,
            "subject": row.subject,
            "detail": row.detail,
            "previous": row.previous.hex(),
        }
    )
    return Act(
        row.number,
        row.at,
        row.actor,
        row.act,
        row.subject,
        row.detail,
        row.previous,
        hashlib.sha256(body).digest(),
    )
