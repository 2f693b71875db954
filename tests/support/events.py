"""One event of every kind the contracts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.ledger import events

if TYPE_CHECKING:
    from clicid.ledger.events import Event

ID, WORD, RUN = b"\x11" * 20, b"\x22" * 32, b"\x33" * 28
ONE_OF_EACH: list[Event] = [
    events.OwnerChanged(ID, b"\x44" * 20, 7),
    events.DelegateChanged(ID, WORD, b"\x44" * 20, 1 << 200, 7),
    events.AttributeChanged(ID, WORD, b"value of 33 bytes, more than a word", 0, 7),
    events.Accredited(ID, WORD, WORD, 1, 2, True, "https://å.example", WORD, 3, RUN),
    events.Withdrawn(ID, WORD, False, 3, RUN),
    events.Delegated(ID, WORD, b"\x44" * 20, 1, 2, 3, RUN),
    events.DelegationWithdrawn(ID, WORD, b"\x44" * 20, True, 3, RUN),
    events.ServiceProviderRegistered(ID, WORD, 1, 2, 3, RUN),
    events.ServiceProviderWithdrawn(ID, 3, RUN),
    events.ListSignerRegistered(ID, b"\x44" * 20, 1, 2, 3, RUN),
    events.ListSignerWithdrawn(ID, b"\x44" * 20, 3, RUN),
    events.GovernanceProposed(ID, b"\x44" * 20, 3, RUN),
    events.GovernanceChanged(ID, b"\x44" * 20, 3, RUN),
    events.ListCreated(ID, WORD, "https://a.example/1", 2, 1 << 40, "revocation suspension"),
    events.CommitterChanged(WORD, b"\x44" * 20, RUN),
    events.Committed(WORD, 9, b"set", b"", WORD, WORD, RUN),
]
