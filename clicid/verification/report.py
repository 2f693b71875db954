"""The report: one line a check, and never a claim's value.

It is what logs, consoles and support desks see: names of what was shown, and nothing that was sent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant
from clicid.errors import REASONS
from clicid.formats.base import FormatId, Line, Outcome
from clicid.formats.steps import all_passed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clicid.codec.strict_json import Json

VERSION: Final = 2
_MAX_DETAIL: Final = 200
_MAX_NAME: Final = 256


class Verdict(StrEnum):
    """The three endings."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Section(NamedTuple):
    """The lines about one thing that was presented.

    Args:
        format: How it was read.
        issuer: The issuer's DID; empty for an enclosing presentation or while it is unknown.
        credential_type: The type URI; likewise.
        shown: Names of the claims that were shown, sorted; empty unless all checks passed.
        lines: One a check, in the order in which they were walked.
    """

    format: FormatId
    issuer: str
    credential_type: str
    shown: tuple[str, ...]
    lines: tuple[Line, ...]


class Report(NamedTuple):
    """Everything that may be said about a check.

    Args:
        verdict: How it ended.
        code: The reason: that of the first line that failed, or else of the first undecided one.
        checked_at: The time the check used.
        policy: The name of the policy.
        network: SHA-256 of the network file, in hex.
        sections: The enclosing thing first, then what was nested in it.
        notes: Reason codes of what the policy allows and whoever reads the report should know, sorted.
    """

    verdict: Verdict
    code: str
    checked_at: datetime
    policy: str
    network: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The form of `schemas/report.schema.json`."""
        reason = REASONS.get(self.code)
        return {
            "version": VERSION,
            "verdict": self.verdict,
            "code": self.code,
            "reason": {"en": reason.en, "sv": reason.sv} if reason else None,
            "checked_at": instant.format_stamp(self.checked_at),
            "policy": self.policy,
            "network": self.network,
            "notes": list(self.notes),
            "sections": [_section(section) for section in self.sections],
        }


def _section(section: Section) -> dict[str, Json]:
    return {
        "format": section.format,
        "issuer": section.issuer[:_MAX_NAME],
        "credential_type": section.credential_type[:_MAX_NAME],
        "shown": [name[:_MAX_NAME] for name in section.shown],
        "checks": [
            {
                "check": line.check,
                "outcome": line.outcome,
                "code": line.code,
                "section": line.section,
                "detail": line.detail[:_MAX_DETAIL],
                "age_seconds": None if line.age is None else int(line.age.total_seconds()),
                "allowed_age_seconds": None if line.allowed is None else int(line.allowed.total_seconds()),
                "source": line.source[:_MAX_DETAIL],
            }
            for line in section.lines
        ],
    }


def judge(sections: Iterable[Section]) -> tuple[Verdict, str]:
    """The verdict over all lines, and its reason: one failure refuses, else one doubt leaves undecided."""
    doubt: Line | None = None
    for section in sections:
        if all_passed(section.lines):
            continue
        for line in section.lines:
            if line.outcome is Outcome.FAILED:
                return Verdict.REFUSED, line.code
            if line.outcome is Outcome.UNDECIDED:
                doubt = doubt or line
    return (Verdict.ACCEPTED, "") if doubt is None else (Verdict.UNDECIDED, doubt.code)
