"""Having credentials issued anew before they end, or when all their copies were shown.

It is done when the person says so, or a timer, and never while something is shown: the issuer would learn
when that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused, Undecided
from clicid.oid4vci.acceptance import Acceptance, Phase
from clicid.oid4vci.wallet import Session
from wallet.store.records import OpenIssuance
from wallet.usecases.accepting import Issuing, resume, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.store.records import HeldCredential, IssuanceSession
    from wallet.usecases.parts import Parts

_EARLY: Final = timedelta(days=14)
"""How long before its end a credential is renewed, or for a fifth of its life if that is shorter."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of going on with issuances, or of renewals.

    Args:
        kept: Of each credential that came one copy.
        faults: Why others did not come.
    """

    kept: tuple[HeldCredential, ...]
    faults: tuple[Refused | Undecided, ...]


def state_of(copies: Sequence[HeldCredential], now: datetime) -> str:
    """Whether an entry needs to be renewed: ``""``, ``spent`` or ``ending``."""
    if all(one.spent for one in copies):
        return "spent"
    ends = min((one.expires_at for one in copies if one.expires_at), default=0)
    if not ends:
        return ""
    life = ends - min(one.received_at for one in copies)
    early = min(_EARLY.total_seconds(), life / 5)
    return "ending" if now.timestamp() >= ends - early else ""


def renew(parts: Parts, names: list[str]) -> Fetched:
    """Have credentials issued anew; the new ones take the place of the old ones once they are here.

    Args:
        parts: The wallet.
        names: Which, by the names of their entries; all that need it if there are none.

    Raises:
        LocalError: `wallet.unknown` for a name that is none; `wallet.no_renewal` for a credential whose
            issuer gave nothing to renew it by.
    """
    tidy(parts)
    now = parts.clock()
    if names:
        wanted = [parts.records.entry(name) for name in names]
        for copies in wanted:
            if not copies[0].session:
                raise LocalError("wallet.no_renewal", copies[0].entry)
    else:
        entries = parts.records.entries().values()
        wanted = [copies for copies in entries if copies[0].session and state_of(copies, now)]
    by_session: dict[str, list[HeldCredential]] = {}
    for copies in wanted:
        by_session.setdefault(copies[0].session, []).append(copies[0])
    sessions = parts.records.sessions()
    kept: list[HeldCredential] = []
    faults: list[Refused | Undecided] = []
    for name, entries_of in by_session.items():
        session = sessions.get(name)
        if session is None:
            raise LocalError("wallet.damaged", detail="a session is gone")
        try:
            kept += _renew(parts, session, entries_of)
        except (Refused, Undecided) as error:
            faults.append(error)
    return Fetched(tuple(kept), tuple(faults))


def _renew(parts: Parts, session: IssuanceSession, wanted: list[HeldCredential]) -> list[HeldCredential]:
    run = OpenIssuance(
        parts.random(8).hex(),
        b"",
        key_names=(session.key_name,) if session.key_name else (),
        replaces=tuple(one.entry for one in wanted),
        session=session.session_id,
    )
    issuing = Issuing(parts, run)
    by = Session(
        session.credential_issuer,
        session.server,
        session.refresh_token,
        session.session_key,
        session.client_id,
    )
    configurations = tuple(dict.fromkeys(one.configuration_id for one in wanted))
    return list(issuing.walk(*issuing.role.renew(by, configurations, now=parts.clock())))


def go_on(parts: Parts) -> Fetched:
    """Go on with every issuance that was not ready, or was stopped."""
    tidy(parts)
    kept: list[HeldCredential] = []
    faults: list[Refused | Undecided] = []
    for run in parts.records.runs():
        try:
            kept += resume(parts, run)
        except (Refused, Undecided) as error:
            faults.append(error)
    return Fetched(tuple(kept), tuple(faults))


def waiting(parts: Parts) -> list[datetime]:
    """When those issuances may be gone on with for which an issuer needs time, the earliest first."""
    states = [Acceptance.from_bytes(run.state) for run in parts.records.runs() if run.state]
    return sorted(datetime.fromtimestamp(one.due, UTC) for one in states if one.phase is Phase.WAITING)
