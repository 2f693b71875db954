"""Presentation and dated material in, one of three endings and a report out.

`check` is a pure function; `clicid.adapters.gather.settle` feeds it from a store until it ends.
"""

from __future__ import annotations

from clicid.verification.at_once import NotAtOnce, at_once
from clicid.verification.checking import check, check_credential, check_unbound
from clicid.verification.endings import Accepted, Ending, RefusedWith, Shown, UndecidedWith
from clicid.verification.formats import checkers
from clicid.verification.issuance import issuance_digest
from clicid.verification.policy import Policy, Request, SignedLists
from clicid.verification.report import Report, Section, Verdict
from clicid.verification.walk import Checkers

__all__ = [
    "Accepted",
    "Checkers",
    "Ending",
    "NotAtOnce",
    "Policy",
    "RefusedWith",
    "Report",
    "Request",
    "Section",
    "Shown",
    "SignedLists",
    "UndecidedWith",
    "Verdict",
    "at_once",
    "check",
    "check_credential",
    "check_unbound",
    "checkers",
    "issuance_digest",
]
