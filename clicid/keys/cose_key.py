"""Public keys as COSE_Key maps (RFC 9052 7, RFC 9053 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec

from clicid.errors import Refused
from clicid.keys import algorithms
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor, Key

KTY: Final = 1
CRV: Final = -1
X: Final = -2
Y: Final = -3
D: Final = -4
OKP: Final = 1
EC2: Final = 2


def from_cose(key: Cbor, where: str = "") -> PublicKey:
    """The key of a COSE_Key of type OKP or EC2.

    Parameters that say nothing about its value (`kid`, `key_ops` ...) are not read.

    Raises:
        Refused: `keys.algorithm`; `keys.format` also for a private key.
    """
    if not isinstance(key, dict) or D in key:
        raise Refused("keys.format", where, "no public COSE_Key")
    kty, crv, x = key.get(KTY), key.get(CRV), key.get(X)
    if isinstance(crv, bool) or not isinstance(crv, int) or not isinstance(x, bytes):
        raise Refused("keys.format", where, "no curve or no x")
    row = algorithms.by_cose_curve(crv, where)
    if kty != (OKP if row.kty == "OKP" else EC2):
        raise Refused("keys.format", where, "the key type does not fit the curve")
    size = row.raw_size - (row.kty != "OKP")
    if len(x) != size:
        raise Refused("keys.format", where, f"{size} bytes are wanted")
    point = x if row.kty == "OKP" else _point(x, key.get(Y), where)
    return PublicKey.from_point(row, point, where)


def to_cose(key: PublicKey) -> dict[Key, Cbor]:
    """The required parameters only; of the point of an EC2 key, y is its sign bit alone."""
    row = key.algorithm
    if row.cose_curve is None:
        raise Refused("keys.algorithm", detail=f"{row.name} has no COSE_Key form")
    if row.kty == "OKP":
        return {KTY: OKP, CRV: row.cose_curve, X: key.raw}
    return {KTY: EC2, CRV: row.cose_curve, X: key.raw[1:], Y: key.raw[0] == 3}


def to_whole_cose(key: PublicKey) -> dict[Key, Cbor]:
    """As `to_cose`, with both coordinates: readers of mdocs need not know the sign bit.

    Raises:
        Refused: `keys.algorithm`.
    """
    short = to_cose(key)
    if not isinstance(key.handle, ec.EllipticCurvePublicKey):
        return short
    size = key.algorithm.raw_size - 1
    return short | {Y: key.handle.public_numbers().y.to_bytes(size, "big")}


def _point(x: bytes, y: Cbor, where: str) -> bytes:
    """A SEC 1 point: y is its bytes, or the sign bit alone (RFC 9053 7.1.1)."""
    if isinstance(y, bool):
        return (b"\x03" if y else b"\x02") + x
    if not isinstance(y, bytes) or len(y) != len(x):
        raise Refused("keys.format", where, "y is neither a sign bit nor as long as x")
    return b"\x04" + x + y
