"""Whether the proofs of a document answer the request, and are for who asked (VC Data Integrity 1.0, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.formats.base import HolderBound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.formats.base import Rules
    from clicid.securing.data_integrity import Proof


def check_nonce(proofs: Iterable[Proof], asked: str, rules: Rules) -> None:
    """Every proof's `challenge` is the request's nonce.

    Where anybody may present, nothing need be asked.

    Raises:
        Refused: `holder.nonce`.
    """
    if _asks_nothing(asked, rules):
        return
    if not asked:
        raise Refused("holder.nonce", "/proof")
    for proof in proofs:
        if proof.challenge != asked:
            raise Refused("holder.nonce", "/proof")


def check_audience(proofs: Iterable[Proof], asked: str, rules: Rules) -> None:
    """We are in every proof's `domain`.

    Raises:
        Refused: `holder.audience`.
    """
    if _asks_nothing(asked, rules):
        return
    if not asked:
        raise Refused("holder.audience", "/proof")
    for proof in proofs:
        if asked not in proof.domain:
            raise Refused("holder.audience", "/proof")


def _asks_nothing(asked: str, rules: Rules) -> bool:
    return not asked and rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT
