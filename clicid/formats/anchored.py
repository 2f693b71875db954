"""What an issuance root saves: a credential that was anchored before its issuer's trust ended.

Two failures name a block: the issuer's key was in other hands from then on, or the issuer's right was
withdrawn and what it had anchored was kept. A credential that shows its digest to be under a root of
the issuer's in an earlier block passes all the same. The proof comes with the presentation, the root
from the chain; neither is looked at unless one of these lines would fail.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from clicid.errors import Refused
from clicid.formats import issuer
from clicid.formats.base import Line, Material, Need, NeedKind, Outcome, Unavailable, Wanted
from clicid.formats.issuer import Keyed, Known, look_up, stale, unreadable
from clicid.ledger.facts import IssuanceRoot
from clicid.trust.issuance import InclusionProof, credential_digest, uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.formats.base import Have, Rules

T = TypeVar("T", Known, Keyed)
T_co = TypeVar("T_co", Known, Keyed, covariant=True)

ENDED: Final = frozenset({"issuer.key_compromised", "issuer.not_anchored"})
"""The codes of the lines that an older root can save."""


class Step(Protocol[T_co]):
    """A step that may be walked again, with the root that the credential stands under."""

    def __call__(self, *, anchored: IssuanceRoot) -> T_co | Line | Wanted:
        """What it finds."""


def saved(
    found: Line,
    again: Step[T],
    issued: Callable[[], tuple[bytes, bytes] | None],
    did: str,
    have: Have,
    *,
    rules: Rules,
    now: datetime,
) -> T | Line | Wanted:
    """The line in which a step has ended; if it is one of `ENDED`, what the step finds with the root.

    1. The credential has a digest. One shown under another signature each time (bbs-2023) has none,
       and its holder has it issued anew.
    2. The holder has brought a proof; it leads from that digest to a root.
    3. The root stands on chain, by this issuer, in a final block. Until it is final nothing is decided.
    4. The step is walked again, which compares blocks.

    What is wrong with a proof does not change the reason: the line that failed stays, and tells of it.

    Args:
        found: The line.
        again: The step.
        issued: What the issuer's key has signed, and the signature.
        did: The issuer.
        have: Material at hand.
        rules: Largest ages.
        now: The time of the check.

    Returns:
        What the step returns; a line `issuance_root.not_final` or `issuance_root.unavailable`,
        undecided, or with what throws doubt on the chain; or what is wanted.
    """
    if found.code not in ENDED:
        return found
    try:
        proof = _proof(found, issued(), did, have)
    except Refused as refusal:
        proof = _still(found, ": ".join(part for part in (refusal.code, refusal.detail) if part))
    if not isinstance(proof, InclusionProof):
        return proof
    root = _root(found, proof.root, did, have, rules=rules, now=now)
    return _again(found, again, root) if isinstance(root, IssuanceRoot) else root


def issuer_key(
    key_id: str,
    did: str,
    issued: Callable[[], tuple[bytes, bytes] | None],
    have: Have,
    *,
    rules: Rules,
    now: datetime,
) -> Keyed | Line | Wanted:
    """`issuer.issuer_key`, also for what was issued while the key was in the issuer's hands alone."""
    found = issuer.issuer_key(key_id, did, have, rules=rules, now=now)
    if isinstance(found, Line):
        again = partial(issuer.issuer_key, key_id, did, have, rules=rules, now=now)
        return saved(found, again, issued, did, have, rules=rules, now=now)
    return found


def _again(line: Line, again: Step[T], root: IssuanceRoot) -> T | Line | Wanted:
    """Step 4."""
    then = again(anchored=root)
    if isinstance(then, Wanted):
        return then
    if isinstance(then, Line):
        return _still(then, f"anchored in block {root.block}, not before") if then.code == line.code else then
    return then._replace(line=then.line._replace(detail=f"issued before: anchored in block {root.block}"))


def _proof(
    line: Line, issued: tuple[bytes, bytes] | None, did: str, have: Have
) -> InclusionProof | Line | Wanted:
    """Steps 1 and 2; raises Refused for a proof that is none."""
    if issued is None:
        return _still(line, "a credential of this kind is issued anew: it can show no proof of its time")
    digest = credential_digest(*issued)
    need = Need(NeedKind.INCLUSION_PROOF, uri(digest), did)
    found = have.get(need)
    if found is None:
        return Wanted((need,))
    if isinstance(found, Unavailable):
        return _still(line, "no proof that it was issued before")
    proof = InclusionProof.from_bytes(found.body)
    if not proof.proves(digest):
        return _still(line, "the proof that it was issued before is another credential's")
    return proof


def _root(
    line: Line, root: bytes, did: str, have: Have, *, rules: Rules, now: datetime
) -> IssuanceRoot | Line | Wanted:
    """Step 3. What is final stays so, whatever its age; that a root is nowhere must be known lately.

    Whoever tells of the root is asked after whoever told of the key: in between it may have come into doubt.
    """
    need = Need(NeedKind.ISSUANCE_ROOT, uri(root), did)
    material = look_up(need, have, check=line.check, section=line.section)
    if not isinstance(material, Material):
        return material
    try:
        fact = IssuanceRoot.from_bytes(material.body)
    except Refused as error:
        return unreadable(need, error, check=line.check, section=line.section)
    if fact is None:
        late = stale(material, NeedKind.DID, check=line.check, section=line.section, rules=rules, now=now)
        return late or _still(line, "the root is none that this issuer has anchored")
    if (fact.did, fact.root) != (did, root):
        return _still(line, "what is known of the root is another issuer's")
    if material.doubt or not fact.final:
        code = material.doubt or "issuance_root.not_final"
        return line._replace(outcome=Outcome.UNDECIDED, code=code, source=material.source)
    return fact


def _still(line: Line, detail: str) -> Line:
    return line._replace(detail=detail)
