"""What vouches for the logs that were read: state proofs by the node itself, a block by another node.

A node that leaves out a log at the end is found out here at once; without proofs it would be at that
subject's next log. Every head that a decision rests on is proven when it changes, and in turn while it
does not, so that an omission nobody else would notice is found within a bounded number of syncs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused, Undecided
from clicid.ledger import proofs
from clicid.ledger.events import Contract
from clicid.ledger.ground import CONTRADICTED, DISPUTED, UNPROVEN, UNWITNESSED, Ground, relied
from clicid.ledger.heads import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.adapters.chain_endpoint import ChainReader
    from clicid.adapters.jsonrpc import Header
    from clicid.ledger.branch import Branch
    from clicid.ledger.ground import Demands
    from clicid.ledger.heads import Head, Subject
    from clicid.ledger.network import NetworkFile

AT_ONCE: Final = 64
"""Heads asked for in one call, and proven in turn at each sync though they have not changed."""

_ZERO: Final = bytes(32)


class Vouching:
    """Finds how far a branch is vouched for.

    Args:
        network: Where the contracts are.
        witness: A second, independent node, or None.
        demands: What the policy wants.
    """

    def __init__(self, network: NetworkFile, witness: ChainReader | None, demands: Demands) -> None:
        self._network = network
        self._witness = witness
        self.demands: Final = demands
        self._proven: dict[Subject, Head] = {}
        """The heads last proven."""
        self._half: set[Subject] = set()
        """Those of which only the last change's block is proven."""
        self._turn = 0

    def forget_after(self, number: int) -> None:
        """Blocks above a number were lost: what was proven of them is no proof for those in their place."""
        self._proven = {one: head for one, head in self._proven.items() if head.block <= number}

    def look(self, node: ChainReader, branch: Branch, latest: Header, final: int) -> Ground:
        """How far a branch is vouched for now.

        Args:
            node: Whence it was read.
            branch: What was read, up to `latest`.
            latest: The node's latest block.
            final: Number of the last block that confirmations make final.

        Raises:
            Undecided: `chain.proof` if what is proven is not what the logs say; `chain.witness` if the
                other node has another block; `chain.reorganising` if the node's own chain moved.
        """
        seen = self._seen(node, latest, final)
        notes = (UNPROVEN,) * (not self._prove(node, branch, latest)) + (UNWITNESSED,) * (seen is None)
        if self.demands.lack(notes):
            ground = branch.ground
            return Ground(ground.number, ground.time, "", notes)
        block = seen if self.demands.witness and seen is not None else latest
        return Ground(block.number, block.time, "", notes)

    # The witness --------------------------------------------------------------------------------

    def _seen(self, node: ChainReader, latest: Header, final: int) -> Header | None:
        """The last block that the witness has too, if it is not below the last final one.

        1. Its latest block, or ours if that is lower, is the same.
        2. Otherwise two ends of the chain are about, and the last final block must be the same.
        3. Otherwise it is on another chain.
        """
        if self._witness is None:
            return None
        try:
            theirs = self._witness.header(None)
        except Undecided:
            return None
        if theirs is None:
            return None
        numbers = sorted({min(theirs.number, latest.number), min(theirs.number, max(final, 0))}, reverse=True)
        for number in numbers:
            ours = latest if number == latest.number else node.header(number)
            seen = theirs if number == theirs.number else self._witness.header(number)
            # The time too: without proofs a node's word for it is held against nothing else.
            if ours and seen and (ours.hash, ours.time) == (seen.hash, seen.time):
                return ours if number >= final else None
        raise Undecided(DISPUTED, "", f"at block {numbers[-1]}")

    # Proofs -------------------------------------------------------------------------------------

    def _prove(self, node: ChainReader, branch: Branch, latest: Header) -> bool:
        """Whether all that is relied on is proven: what has changed now, the rest in its turn."""
        if latest.state_root is None:
            return False
        heads = branch.heads()
        relied_on = {subject: heads.get(subject, NOTHING) for subject in relied(branch)}
        owed = [one for one, head in relied_on.items() if self._proven.get(one) != head]
        asked = dict.fromkeys([*owed, *self._in_turn(list(relied_on))])
        self._half &= relied_on.keys()
        for contract in Contract:
            mine = [subject for subject in asked if subject[0] is contract]
            for at in range(0, len(mine), AT_ONCE):
                page = {subject: relied_on[subject] for subject in mine[at : at + AT_ONCE]}
                if not self._compare(node, latest, contract, page):
                    return False
        return not self._half

    def _in_turn(self, subjects: list[Subject]) -> list[Subject]:
        start = self._turn % len(subjects)
        self._turn = start + AT_ONCE
        return (subjects[start:] + subjects[:start])[:AT_ONCE]

    def _compare(
        self, node: ChainReader, latest: Header, contract: Contract, page: dict[Subject, Head]
    ) -> bool:
        """Hold some heads against the contract's storage; False if the node proves nothing.

        A node that is busy with its next block may answer from another than it was asked for, and to
        call that a lie costs us minutes: so it is asked once more. A liar may lie twice.
        """
        try:
            return self._hold(node, latest, contract, page)
        except Undecided as error:
            if error.code != CONTRADICTED:
                raise
            return self._hold(node, latest, contract, page)

    def _hold(self, node: ChainReader, latest: Header, contract: Contract, page: dict[Subject, Head]) -> bool:
        slots = [proofs.head_slot(subject) for subject in page]
        if contract is Contract.DID:
            slots += [proofs.mapping_slot(proofs.CHANGED_SLOT, identity) for _, identity in page]
        words = self._words(node, latest, contract, slots)
        if words is None:
            return False
        changed = words[len(page) :] or [_ZERO] * len(page)
        for (subject, head), word, block in zip(page.items(), words, changed, strict=False):
            expected = proofs.head_word(head)
            # The public ERC-1056 registry keeps no heads, only the block of the last change: what else
            # stood in that block stays open. It is no contradiction, and half a proof.
            half = word == _ZERO and head.block > 0 and block == head.block.to_bytes(32)
            if word != expected and not half:
                raise self._wrong(node, latest, contract, f"the head of {subject[1].hex()}")
            self._proven[subject] = head
            (self._half.add if word != expected else self._half.discard)(subject)
        return True

    def _words(
        self, node: ChainReader, latest: Header, contract: Contract, slots: Sequence[bytes]
    ) -> list[bytes] | None:
        """Words of a contract's storage, or None if the node proves nothing."""
        address = self._network.contracts[contract].address
        try:
            given = node.proof(address, slots, latest.number)
        except Undecided as error:
            if error.code != "chain.answer":
                raise
            return None
        try:
            root = proofs.storage_root(latest.state_root or b"", address, given.account)
            return [
                proofs.storage_word(root, slot, nodes) for slot, nodes in zip(slots, given.slots, strict=True)
            ]
        except Refused as error:
            raise self._wrong(node, latest, contract, "the proof does not hold") from error

    def _wrong(self, node: ChainReader, latest: Header, contract: Contract, what: str) -> Undecided:
        """The error for a contradiction, unless the chain has moved. After it all is to be proven anew."""
        self._proven.clear()
        again = node.header(latest.number)
        if again is None or again.hash != latest.hash:
            return Undecided("chain.reorganising", "", f"at block {latest.number}")
        return Undecided(CONTRADICTED, contract, what)
