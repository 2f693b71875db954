"""Faces that may be searched. `issuer.store.faces` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.evidence.ports import FaceDescriptor


@dataclass(frozen=True, slots=True)
class Near:
    """A person whose face is near to one that was searched."""

    person_id: str
    distance: float


class Faces(Protocol):
    """A store apart from the database: one row a person, each sealed under a key of its own."""

    def put(self, person_id: str, face: FaceDescriptor) -> None:
        """Keep a person's face in place of an older one."""

    def drop(self, person_id: str) -> None:
        """Destroy a person's row: its key first. Dropping what is not there is no error."""

    def rows(self) -> Mapping[str, str]:
        """The ids of persons, and of the keys of their rows."""

    def nearest(self, face: FaceDescriptor, below: float) -> tuple[Near, ...]:
        """Those nearer than `below` of what the same engine described, the nearest first."""
