"""How far what the logs say is vouched for, and which heads must be proven for that.

Logs are a node's word. Two things vouch for them: proofs of the contracts' heads from a block's state
root, and a second node that has the same block. What gives trust counts up to the block that is
vouched for as the policy demands, what takes it away from the first block that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, shape, strict_json
from clicid.ledger import events
from clicid.ledger.events import Contract

if TYPE_CHECKING:
    from clicid.ledger.branch import Branch
    from clicid.ledger.heads import Subject

UNPROVEN: Final = "chain.unproven"
UNWITNESSED: Final = "chain.unwitnessed"
CONTRADICTED: Final = "chain.proof"
DISPUTED: Final = "chain.witness"


@dataclass(frozen=True, slots=True)
class Demands:
    """What must vouch for the chain before good news counts; a policy's, without a default.

    Args:
        proofs: State proofs of every head that a decision rests on.
        witness: A second, independent node that has the same block.
    """

    proofs: bool
    witness: bool

    def lack(self, notes: tuple[str, ...]) -> str:
        """The first demanded thing that is missing, as a reason code; empty if nothing is."""
        lacking = (self.proofs and UNPROVEN, self.witness and UNWITNESSED)
        return next((code for code in lacking if code and code in notes), "")

    def __bool__(self) -> bool:
        return self.proofs or self.witness


@dataclass(frozen=True, slots=True)
class Ground:
    """The last block that is vouched for.

    Args:
        number: Its number, -1 before the first.
        time: Its time, seconds since 1970.
        doubt: Reason code for which nothing known may lead to an acceptance now; empty if there is none.
        notes: `UNPROVEN`, `UNWITNESSED`: what does not vouch for it. Where a policy allows that, the
            reports say so.
    """

    number: int = -1
    time: int = 0
    doubt: str = ""
    notes: tuple[str, ...] = (UNPROVEN, UNWITNESSED)

    def to_bytes(self) -> bytes:
        """As a store keeps it."""
        values = {"number": self.number, "time": self.time, "notes": list(self.notes)}
        return jcs.dumps(values | ({"doubt": self.doubt} if self.doubt else {}))

    @classmethod
    def from_bytes(cls, body: bytes) -> Ground:
        """Raises Refused `codec.*`."""
        obj = shape.as_object(strict_json.loads(body))
        return cls(
            shape.integer(obj, "number", minimum=-1),
            shape.integer(obj, "time"),
            shape.optional_text(obj, "doubt") or "",
            tuple(shape.texts(obj, "notes")),
        )


def reached(branch: Branch, demands: Demands) -> Ground:
    """How far a branch is vouched for, where a policy demands so much: without demands, to its head."""
    head = branch.head
    if demands or head is None:
        return branch.ground
    return replace(branch.ground, number=head.number, time=head.time)


def relied(branch: Branch) -> list[Subject]:
    """The subjects on whose heads an acceptance can rest once all blocks known are final, sorted.

    They are governance's own, and of everybody whom it or an accredited issuer has named: what is said of
    them, their identity and, of those who may issue, their lists. What strangers write about themselves
    leads to nothing, so that leaving it out harms nobody.
    """
    state = branch.state
    issuers = {identity for identity, _ in (*state.accreditations, *state.delegations)}
    named = set(state.registrations)
    lists = {(held.identity, held.list_id) for held in state.lists.values()}
    for pending in branch.pending:
        for logged in pending.block.logs:
            match logged.event:
                case events.Accredited(identity=identity) | events.Delegated(delegate=identity):
                    issuers.add(identity)
                case events.ServiceProviderRegistered(identity=identity):
                    named.add(identity)
                case events.ListCreated(identity=identity, list_id=list_id):
                    lists.add((identity, list_id))
                case _:
                    pass
    named |= issuers
    return sorted(
        [
            (Contract.TRUST, bytes(20)),
            *((contract, identity) for contract in (Contract.DID, Contract.TRUST) for identity in named),
            *((Contract.STATUS, list_id) for identity, list_id in lists if identity in issuers),
        ]
    )
