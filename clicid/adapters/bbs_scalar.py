"""Signing with BBS in software.

Askar makes, seals and keeps keys of BLS12-381 and cannot sign with them. So the scalar is taken from the
vault for the moment of one signature, and this is all that is done with it: it is handed to the kernel,
whose signatures are deterministic, so that no bad random source can leak it. The library's arithmetic is
not of constant time: the time of a signature must not be shown to whoever may ask for many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.keys.bbs.issuing import Blinded, issue
from clicid.keys.bbs.secret import SecretKey

if TYPE_CHECKING:
    from collections.abc import Sequence


def sign(scalar: bytes, header: bytes, messages: Sequence[bytes], blinded: Blinded | None) -> bytes:
    """Sign messages, and what is blinded if there is any.

    Args:
        scalar: The private key, 32 bytes big-endian.
        header: As `KeyStore.bbs_sign`, and so the rest.
        messages: The signer's.
        blinded: What the prover committed to.

    Raises:
        Refused: as `clicid.keys.bbs.issuing.issue`.
    """
    return issue(SecretKey.from_bytes(scalar), header, messages, blinded)
