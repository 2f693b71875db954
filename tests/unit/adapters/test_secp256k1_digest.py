from __future__ import annotations

import pytest
from eth_keys import datatypes as eth_keys

from clicid.adapters import secp256k1_digest
from clicid.errors import LocalError
from tests.support.refusals import refused

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.mark.parametrize("scalar", [1, 2, 3, 0xDEADBEEF, N - 2, N - 1])
@pytest.mark.parametrize("digest", [bytes(31) + b"\1", b"\xff" * 32, N.to_bytes(32, "big"), bytes(32)])
def test_the_same_bytes_as_another_implementation(scalar: int, digest: bytes) -> None:
    secret = scalar.to_bytes(32, "big")
    # Both draw the nonce as RFC 6979 says, so the whole signature is the same.
    assert (
        secp256k1_digest.sign(secret, digest) == eth_keys.PrivateKey(secret).sign_msg_hash(digest).to_bytes()
    )


def test_a_nonce_at_infinity_is_no_signature() -> None:
    # R = z/s G + r/s Q: with Q = -G and z = r the two terms cancel.
    x, y = secp256k1_digest._G
    with refused("keystore.failed", kind=LocalError):
        secp256k1_digest._recovery_id(7, 7, 1, (x, -y % secp256k1_digest._P))


def test_points() -> None:
    g = secp256k1_digest._G
    assert secp256k1_digest._times(N, g) is None
    assert secp256k1_digest._times(N + 1, g) == g
    assert secp256k1_digest._add(None, g) == g == secp256k1_digest._add(g, None)
    assert secp256k1_digest._add(g, (g[0], -g[1] % secp256k1_digest._P)) is None


def test_size() -> None:
    with refused("keystore.capability", kind=LocalError):
        secp256k1_digest.sign(bytes(31) + b"\1", bytes(20))
