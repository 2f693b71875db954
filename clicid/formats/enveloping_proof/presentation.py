"""A presentation as it came, read strictly; nothing is verified yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.data_model import Enveloped
    from clicid.formats.enveloping_proof.opened import Opened


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation with its enveloping proof.

    Args:
        opened: Signature, key id, claims and document.
        holder: The holder's DID.
        named_at: The JSON pointer of what says so.
        made: When it was signed, if it says so.
        credentials: What is in the credentials' own envelopes, in order.
    """

    opened: Opened
    holder: str
    named_at: str
    made: datetime | None
    credentials: tuple[Enveloped, ...] = field(repr=False)
