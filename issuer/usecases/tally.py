"""What this process's worker has come to, for whoever watches it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class Tally:
    """What the rounds so far have come to.

    Args:
        last_success: When one last ended without trouble, or None. A round that another process kept from
            beginning is none.
        troubles: How often there was what trouble, by reason code.
    """

    last_success: datetime | None = None
    troubles: Counter[str] = field(default_factory=Counter)
