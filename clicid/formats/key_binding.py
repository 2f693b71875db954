"""Who holds an SD-JWT: the steps that its key binding answers, whatever the format (RFC 9901 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.errors import Refused
from clicid.formats.base import CheckName
from clicid.formats.steps import signature
from clicid.securing import jws

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Rules
    from clicid.formats.steps import Step
    from clicid.keys.public import PublicKey
    from clicid.securing.sd_jwt.combined import Combined, KeyBinding

AT_REST: Final = frozenset({CheckName.HOLDER_BINDING, CheckName.NONCE, CheckName.AUDIENCE})
"""Steps that a credential at rest has no answer to."""

SECTIONS: Final = {
    CheckName.HOLDER_BINDING: "RFC 9901 7.3; OpenID4VP 1.0 B.3.6",
    CheckName.NONCE: "RFC 9901 7.3; OpenID4VP 1.0 14.1",
    CheckName.AUDIENCE: "RFC 9901 7.3; OpenID4VP 1.0 14.2",
}


def steps(
    parts: Combined, holder: PublicKey | None, *, rules: Rules, binding: Binding | None, now: datetime
) -> list[Step]:
    """None at rest, one inside a presentation, three where the token is the presentation.

    The KB-JWT is by the key in `cnf`, just made, over exactly this selection, for this request.
    Inside a presentation that already proved its holder's key, that key must be the one in `cnf`.

    Args:
        parts: The token.
        holder: The key of its `cnf`.
        rules: Leeway, and how old a proof may be.
        binding: To whom and in answer to what it must be made.
        now: The time of the check.
    """
    if binding is None:
        return []
    if binding.holder_key is not None:
        enclosing = binding.holder_key
        return [(CheckName.HOLDER_BINDING, lambda: check_enclosed(holder, enclosing))]
    proof = _Proof(parts.key_binding, holder, parts.hashed)
    return [
        (CheckName.HOLDER_BINDING, lambda: proof.check(rules, now)),
        (CheckName.NONCE, lambda: proof.same_nonce(binding.nonce)),
        (CheckName.AUDIENCE, lambda: proof.same_audience(binding.audience)),
    ]


def check_enclosed(holder: PublicKey | None, enclosing: PublicKey) -> None:
    """Refuse (`holder.*`) unless a credential's `cnf` holds the key of the presentation around it."""
    if holder is None:
        raise Refused("holder.binding_missing", "/cnf")
    if holder != enclosing:
        raise Refused("holder.key_mismatch", "/cnf")


class _Proof(NamedTuple):
    key_binding: KeyBinding | None
    holder: PublicKey | None
    hashed: str

    def check(self, rules: Rules, now: datetime) -> None:
        proof, holder = self.key_binding, self.holder
        if holder is None or proof is None:
            raise Refused("holder.binding_missing")
        signature("holder.signature", jws.verify, proof.jws, holder)
        if proof.sd_hash != self.hashed:
            raise Refused("holder.selection")
        if not -rules.leeway <= now - proof.issued_at <= rules.key_binding_max_age + rules.leeway:
            raise Refused("holder.proof_time")

    def same_nonce(self, nonce: str) -> None:
        if self.key_binding is None or self.key_binding.nonce != nonce:
            raise Refused("holder.nonce")

    def same_audience(self, audience: str) -> None:
        if self.key_binding is None or self.key_binding.audience != audience:
            raise Refused("holder.audience")
