"""What the person at the authorization endpoint is shown, and what their browser is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clicid.oid4vci.kept import Requested
    from issuer.usecases.states import State


class Step(StrEnum):
    """What the person is asked next."""

    NAME = "name"
    """Which onboarding is yours?"""
    UNFINISHED = "unfinished"
    """It is not finished: go on there, and come back."""
    REFUSED = "refused"
    """It was refused."""
    CODE = "code"
    """Which code came to your phone?"""
    AGREE = "agree"
    """This wallet asks for these credentials: do you agree?"""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown to the person.

    Args:
        id: Of the authorization.
        step: What is asked.
        requested: The wallet, and where its answer goes.
        configurations: What it asks for.
        state: Where the onboarding stands, if one was named.
        phone: The last two digits of the phone that the code went to, or "".
        deferred: Whether the credentials will come only when somebody has decided.
        form_token: What each form must bring back.
    """

    id: str
    step: Step
    requested: Requested
    configurations: tuple[str, ...]
    state: State | None
    phone: str
    deferred: bool
    form_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A browser that has come: which authorization it is in, and its cookie; "" where it has that already."""

    id: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """An onboarding that was begun here: its number, and its resume token, shown once."""

    session_id: str
    resume_token: str = field(repr=False)
