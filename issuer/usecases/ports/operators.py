"""Operators, and what was done. `issuer.store.operators` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.usecases.records import Act, Operator


class Operators(Protocol):
    """Named operators."""

    def add(self, operator_: Operator, /, token_hash: bytes, at: datetime) -> None:
        """A new one; ``operator.exists`` if the name is taken."""

    def by_token(self, token_hash: bytes) -> Operator | None:
        """The operator in force behind a token."""

    def all(self) -> tuple[Operator, ...]:
        """All, by name."""

    def disable(self, name: str, at: datetime) -> bool:
        """Take an operator out of force; False if there is none of that name."""


class Audit(Protocol):
    """The append-only table of acts."""

    def last(self) -> Act | None:
        """The newest row."""

    def add(self, act: Act) -> None:
        """One more row."""

    def page(self, after: int, limit: int) -> tuple[Act, ...]:
        """Rows after a number, in order."""
