"""Who holds an SD-JWT: the steps that its key binding answers, whatever the format (RFC 9901 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import CheckName
from clicid.formats.steps import signature
from clicid.securing import jws

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Rules
    from clicid.formats.steps import Walk
    from clicid.keys.public import PublicKey
    from clicid.securing.sd_jwt.combined import Combined, KeyBinding

AT_REST: Final = frozenset({CheckName.HOLDER_BINDING, CheckName.NONCE, CheckName.AUDIENCE})
"""Steps that a credential at rest has no answer to."""

SECTIONS: Final = {
    CheckName.HOLDER_BINDING: "RFC 9901 7.3; OpenID4VP 1.0 B.3.6",
    CheckName.NONCE: "RFC 9901 7.3; OpenID4VP 1.0 14.1",
    CheckName.AUDIENCE: "RFC 9901 7.3; OpenID4VP 1.0 14.2",
}


def walked(
    walk: Walk,
    parts: Combined,
    holder: PublicKey | None,
    *,
    rules: Rules,
    binding: Binding | None,
    now: datetime,
) -> bool:
    """Walk its steps, whether all passed: none at rest, one inside a presentation, three where it is one.

    The KB-JWT is by the key in `cnf`, just made, over exactly this selection, for this request.
    Inside a presentation that already proved its holder's key, that key must be the one in `cnf`.

    Args:
        walk: Gets a line for each.
        parts: The token.
        holder: The key of its `cnf`.
        rules: Leeway, and how old a proof may be.
        binding: To whom and in answer to what it must be made.
        now: The time of the check.
    """
    if binding is None:
        return True
    if binding.holder_key is not None:
        return walk.step(CheckName.HOLDER_BINDING, check_enclosed, holder, binding.holder_key)
    proof = parts.key_binding
    return (
        walk.step(CheckName.HOLDER_BINDING, _check_proof, proof, holder, parts.hashed, rules, now)
        and walk.step(CheckName.NONCE, _check_same, "holder.nonce", proof and proof.nonce, binding.nonce)
        and walk.step(
            CheckName.AUDIENCE, _check_same, "holder.audience", proof and proof.audience, binding.audience
        )
    )


def check_enclosed(holder: PublicKey | None, enclosing: PublicKey) -> None:
    """Refuse (`holder.*`) unless a credential's `cnf` holds the key of the presentation around it."""
    if holder is None:
        raise Refused("holder.binding_missing", "/cnf")
    if holder != enclosing:
        raise Refused("holder.key_mismatch", "/cnf")


def _check_proof(
    proof: KeyBinding | None, holder: PublicKey | None, hashed: str, rules: Rules, now: datetime
) -> None:
    if holder is None or proof is None:
        raise Refused("holder.binding_missing")
    signature("holder.signature", jws.verify, proof.jws, holder)
    if proof.sd_hash != hashed:
        raise Refused("holder.selection")
    if not -rules.leeway <= now - proof.issued_at <= rules.key_binding_max_age + rules.leeway:
        raise Refused("holder.proof_time")


def _check_same(code: str, said: str | None, wanted: str) -> None:
    if said != wanted:
        raise Refused(code)
