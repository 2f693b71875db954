"""What the doctor has to say of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Args:
        what: What was looked at.
        state: What was found.
        good: Whether it is as it should be.
        needed: Whether the project fails without it.
        remedy: What to do where it is not good.
    """

    what: str
    state: str
    good: bool
    needed: bool = True
    remedy: str = ""
