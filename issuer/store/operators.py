"""Named operators, and the audit table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from clicid.errors import Refused
from issuer.store.tables import audit, operator
from issuer.usecases.records import Act, Operator, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row


class SqlOperators:
    """Named operators."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, operator_: Operator, token_hash: bytes, at: datetime) -> None:
        """A new one; ``operator.exists`` if the name is taken."""
        row = {
            "id": operator_.id,
            "name": operator_.name,
            "roles": _roles(operator_.roles),
            "token_hash": token_hash,
            "created_at": at,
        }
        try:
            self._connection.execute(insert(operator).values(row))
        except IntegrityError:
            raise Refused("operator.exists", "name") from None

    def by_token(self, token_hash: bytes) -> Operator | None:
        """The operator in force behind a token."""
        query = select(operator).where(operator.c.token_hash == token_hash, operator.c.disabled_at.is_(None))
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _operator(row)

    def all(self) -> tuple[Operator, ...]:
        """All, by name."""
        return tuple(
            _operator(row) for row in self._connection.execute(select(operator).order_by(operator.c.name))
        )

    def disable(self, name: str, at: datetime) -> bool:
        """Take an operator out of force; False if there is none of that name."""
        mine = (operator.c.name == name, operator.c.disabled_at.is_(None))
        return self._connection.execute(update(operator).where(*mine).values(disabled_at=at)).rowcount == 1


class SqlAudit:
    """The append-only table of acts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last(self) -> Act | None:
        """The newest row."""
        query = select(audit).order_by(audit.c.number.desc()).limit(1)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Act(**row)

    def add(self, act: Act) -> None:
        """One more row."""
        self._connection.execute(insert(audit).values(asdict(act)))

    def page(self, after: int, limit: int) -> tuple[Act, ...]:
        """Rows after a number, in order."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
        return tuple(Act(**row) for row in self._connection.execute(query).mappings())


def _roles(roles: Iterable[Role]) -> str:
    return " ".join(sorted(roles))


def _operator(row: Row[Any]) -> Operator:
    roles = frozenset(Role(name) for name in row.roles.split())
    return Operator(row.id, row.name, roles, row.disabled_at is not None)
