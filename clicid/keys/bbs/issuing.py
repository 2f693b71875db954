"""What a key store does with a secret key: the three ways of signing behind one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.keys.bbs.blind import blind_sign
from clicid.keys.bbs.pseudonym import nym_sign
from clicid.keys.bbs.signing import sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.keys.bbs.secret import SecretKey


@dataclass(frozen=True, slots=True)
class Blinded:
    """What is signed beside the signer's messages, unseen.

    Args:
        commitment_with_proof: From the prover (`commit`, `nym_commit`).
        committed: To how many messages they commit here, not counting the nym.
        signer_nym_entropy: The signer's part of a nym secret (`draw_nym`); without it there is none.
    """

    commitment_with_proof: bytes
    committed: int
    signer_nym_entropy: bytes | None = field(default=None, repr=False)


def issue(secret: SecretKey, header: bytes, messages: Sequence[bytes], blinded: Blinded | None) -> bytes:
    """`Sign`, `BlindSign` or `BlindSignWithNym`, with SHA-256.

    Raises:
        Refused: `keys.bbs_messages`, `keys.bbs_commitment`; `keys.format` for the entropy.
    """
    if blinded is None:
        return sign(secret, messages, header=header)
    commitment, entropy = blinded.commitment_with_proof, blinded.signer_nym_entropy
    if entropy is None:
        return blind_sign(secret, commitment, messages, header=header, committed=blinded.committed)
    return nym_sign(secret, commitment, entropy, messages, header=header, committed=blinded.committed)
