"""The three endings of a check. Only this room can make an acceptance."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from clicid.errors import LocalError

if TYPE_CHECKING:
    from clicid.formats.base import Claims, FormatId
    from clicid.verification.report import Report

SEAL: Final = object()
"""What `Accepted` asks to see. It is not exported: to pass it on is to vouch for every check."""


class Shown(NamedTuple):
    """One accepted credential. The claims have no printable form.

    Args:
        format: How it was read.
        issuer: The issuer's DID.
        credential_type: The type URI.
        claims: What it says about the person.
        chain: The certificates by which the issuer's key is known, DER, the signer's first; or none.
        also: Other types that it is of, for which the policy names the issuer too.
    """

    format: FormatId
    issuer: str
    credential_type: str
    claims: Claims
    chain: tuple[bytes, ...] = ()
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Every check passed.

    Args:
        report: What may be logged.
        credentials: What was shown, in the order of the presentation; for the caller that asked only.
        seal: `SEAL`.

    Raises:
        LocalError: `verification.seal` if built anywhere but here.
    """

    report: Report
    credentials: tuple[Shown, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise LocalError("verification.seal")


@dataclass(frozen=True, slots=True)
class RefusedWith:
    """Something is wrong, and the report says what."""

    report: Report


@dataclass(frozen=True, slots=True)
class UndecidedWith:
    """Something is missing or too old, and the report says what, and how old."""

    report: Report


Ending: TypeAlias = Accepted | RefusedWith | UndecidedWith
