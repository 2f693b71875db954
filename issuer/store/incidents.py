"""Many credentials at once, in a few statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, or_, select, tuple_, update

from issuer.store.tables import (
    Seconds,
    credential,
    decision,
    evidence,
    grant,
    session,
    status_act,
    status_entry,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from issuer.usecases.emergency import Selection

_REVOKED = 1
_APPROVED = "approved"


class SqlIncidents:
    """Finds and revokes what a selection names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offers(self, credential_id: str, holder_hash: bytes) -> frozenset[str]:
        """The offers with which a credential, or one of this holder key, went out."""
        one = or_(credential.c.id == credential_id, credential.c.holder_hash == holder_hash)
        return frozenset(self._connection.scalars(select(credential.c.offer_id).where(one)))

    def count(self, selection: Selection) -> int:
        """How many of the selected are not revoked."""
        entries = _entries(selection).subquery()
        return self._connection.scalar(select(func.count()).select_from(entries)) or 0

    def people(self, selection: Selection) -> frozenset[str]:
        """Whom the criteria that are of people name, with credentials or none; nobody if there are none."""
        found: list[frozenset[str]] = [
            frozenset(self._connection.scalars(one)) for one in _of_people(selection)
        ]
        found += [] if selection.persons is None else [selection.persons]
        return frozenset.intersection(*found) if found else frozenset()

    def revoke(self, selection: Selection, reason: str, actor: str, at: datetime) -> int:
        """Revoke those of the selected that are not, and record why; gives how many."""
        entries = _entries(selection)
        acts = entries.add_columns(
            literal("revoke"), literal(reason), literal(actor), literal(at, type_=Seconds)
        )
        columns = ["list_id", "idx", "act", "reason", "actor", "at"]
        self._connection.execute(insert(status_act).from_select(columns, acts))
        # A wallet that holds one of them does not get it anew.
        offers = _entries(selection).with_only_columns(credential.c.offer_id)
        self._connection.execute(delete(grant).where(grant.c.id.in_(offers)))
        place = tuple_(status_entry.c.list_id, status_entry.c.idx)
        return self._connection.execute(
            update(status_entry)
            .where(place.in_(entries))
            .values(flags=status_entry.c.flags.op("|")(_REVOKED), held=False)
        ).rowcount


def _entries(selection: Selection) -> Select[tuple[str, int]]:
    """List and index of what is selected and not revoked.

    That a wallet says it has deleted a credential is no reason to leave it out: who says so may keep it.
    """
    here = (credential.c.list_id == status_entry.c.list_id) & (credential.c.idx == status_entry.c.idx)
    unrevoked = status_entry.c.flags.op("&")(_REVOKED) == 0
    query = select(credential.c.list_id, credential.c.idx).join(status_entry, here)
    return query.where(unrevoked, *_criteria(selection))


def _criteria(selection: Selection) -> Iterator[ColumnElement[bool]]:
    columns = credential.c
    if selection.credential is not None:
        yield columns.id == selection.credential
    if selection.persons is not None:
        yield columns.person_id.in_(selection.persons)
    if selection.offers is not None:
        yield columns.offer_id.in_(selection.offers)
    if selection.issued_from is not None:
        yield columns.issued_at >= selection.issued_from
    if selection.issued_until is not None:
        yield columns.issued_at < selection.issued_until
    if selection.configuration is not None:
        yield columns.configuration == selection.configuration
    for people in _of_people(selection):
        yield columns.person_id.in_(people)


def _of_people(selection: Selection) -> Iterator[Select[tuple[str]]]:
    """Whom it selects by what was decided of them, and from which evidence."""
    if selection.approved_by is not None:
        approved = (decision.c.by == selection.approved_by) & (decision.c.outcome == _APPROVED)
        yield _people(select(decision.c.session_id).where(approved))
    if selection.engine is not None:
        name, version = (
            func.json_extract(evidence.c.body, f"$.{key}") for key in ("engine", "engine_version")
        )
        known = or_(name == selection.engine, name + " " + version == selection.engine)
        yield _people(select(evidence.c.session_id).where(known))


def _people(sessions: Select[tuple[str]]) -> Select[tuple[str]]:
    return select(session.c.person_id).where(session.c.id.in_(sessions), session.c.person_id.is_not(None))
