"""A private key that lives no longer than the object it signs or encrypts for, and so in no store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.errors import Refused
from clicid.keys import points
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

# RFC 6979: the signature's own random number comes from key and message.
_ECDSA: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
# FIPS 186-5 A.2.1: 64 bits more than the order has, so that the remainder shows no preference.
SEED_SIZE: Final = 40
"""How many random bytes a key is made of; the same give the same key."""
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF: Final = 32


class EphemeralKey:
    """A P-256 key made of `random`, which gives so many secret random bytes."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        scalar = int.from_bytes(random(SEED_SIZE), "big") % (_ORDER - 1) + 1
        self._private: Final = ec.derive_private_key(scalar, ec.SECP256R1())
        self.public: Final = PublicKey.from_raw(P256, points.dump(self._private.public_key()))

    def sign(self, message: bytes) -> bytes:
        """ES256: r || s."""
        r, s = decode_dss_signature(self._private.sign(message, _ECDSA))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    def agree(self, public: PublicKey) -> bytes:
        """The raw shared secret of ECDH (32 bytes), as `KeyStore.agree` gives it.

        Raises:
            Refused: `keys.algorithm` for a key of another curve.
        """
        handle = public.handle
        if public.algorithm.name != P256 or not isinstance(handle, ec.EllipticCurvePublicKey):
            raise Refused("keys.algorithm", detail="keys are agreed on P-256 only")
        return self._private.exchange(ec.ECDH(), handle)
