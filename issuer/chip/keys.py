"""Public keys of states and chips, and whether a signature is theirs.

`cryptography` does the work for RSA and the curves it has; for the brainpool curves that it has not, the
equation of FIPS 186-5 6.4.2 is worked out here. Only public values pass through it, so it need not hide time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.errors import Refused
from issuer.chip import asn1
from issuer.chip.curves import CURVES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

    from issuer.chip.curves import Curve

DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - states sign with it still; what stands on it is told
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""The hash algorithms of travel documents (9303-12 4.4), by the name that hashlib has for them too."""

_RSA: Final = "1.2.840.113549.1.1.1"
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
_EC: Final = "1.2.840.10045.2.1"
MIN_RSA_BITS: Final = 1024  # a chip's own key; whoever signs documents needs more
MAX_RSA_BITS: Final = 8192
MAX_EXPONENT: Final = 2**64
_UNCOMPRESSED: Final = 4


def digest(name: str, data: bytes) -> bytes:
    """The hash value of `data` by a name of `DIGESTS`."""
    return hashlib.new(name, data).digest()


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA key: modulus and exponent."""

    n: int
    e: int

    @property
    def name(self) -> str:
        """As reports say it."""
        return f"RSA-{self.n.bit_length()}"

    def verify(self, signature: bytes, data: bytes, padding: AsymmetricPadding, hash_name: str) -> bool:
        """Whether the signature is over `data` by this key."""
        try:
            key = rsa.RSAPublicNumbers(self.e, self.n).public_key()
            key.verify(signature, data, padding, DIGESTS[hash_name])
        except (InvalidSignature, ValueError, UnsupportedAlgorithm):
            return False
        return True


@dataclass(frozen=True, slots=True)
class EcKey:
    """A point of a known curve."""

    curve: Curve
    x: int
    y: int

    @property
    def name(self) -> str:
        """As reports say it."""
        return self.curve.name

    def verify(self, r: int, s: int, data: bytes, hash_name: str) -> bool:
        """Whether (r, s) is a signature over `data` by this key."""
        if not (0 < r < self.curve.n and 0 < s < self.curve.n):
            return False
        if self.curve.library is None:
            return self.equation_holds(r, s, digest(hash_name, data))
        try:
            key = ec.EllipticCurvePublicNumbers(self.x, self.y, self.curve.library).public_key()
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(DIGESTS[hash_name]))
        except (InvalidSignature, ValueError, UnsupportedAlgorithm):
            return False
        return True

    def equation_holds(self, r: int, s: int, hashed: bytes) -> bool:
        """FIPS 186-5 6.4.2 from step 2, for r and s within their range."""
        curve = self.curve
        e = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - curve.n.bit_length())
        inverse = pow(s, -1, curve.n)
        point = _sum(curve, e * inverse % curve.n, curve.g, r * inverse % curve.n, (self.x, self.y))
        return point is not None and point[0] % curve.n == r


PublicKey = RsaKey | EcKey


def read(info: Any, code: str, where: str) -> PublicKey:
    """The key of a SubjectPublicKeyInfo as asn1crypto has it.

    Raises:
        Refused: `code` for a malformed one, `chip.algorithm` for a kind, size, curve or set of curve
            parameters that is not in our tables.
    """
    with asn1.reading(code, where):
        kind = info["algorithm"]["algorithm"].dotted
        if kind in {_RSA, _RSA_PSS}:
            return _rsa(info["public_key"].parsed, where)
        if kind == _EC:
            curve = _curve(info["algorithm"]["parameters"], where)
            return point(curve, bytes(info["public_key"]), code, where)
    raise Refused("chip.algorithm", where, f"a key of kind {kind}")


def point(curve: Curve, data: bytes, code: str, where: str) -> EcKey:
    """The key of an uncompressed point (SEC 1 2.3.4).

    Raises:
        Refused: `code` for anything else, and for a point that is not the curve's.
    """
    size = curve.field_bytes
    if len(data) != 1 + 2 * size or data[0] != _UNCOMPRESSED:
        raise Refused(code, where, "not an uncompressed point of its curve")
    x, y = int.from_bytes(data[1 : 1 + size], "big"), int.from_bytes(data[1 + size :], "big")
    if not curve.has(x, y):
        raise Refused(code, where, "a point that is not on its curve")
    return EcKey(curve, x, y)


def _rsa(key: Any, where: str) -> RsaKey:
    n, e = key["modulus"].native, key["public_exponent"].native
    sized = n > 0 and MIN_RSA_BITS <= n.bit_length() <= MAX_RSA_BITS and 3 <= e < MAX_EXPONENT
    if not sized or not e & n & 1:
        raise Refused("chip.algorithm", where, "an RSA key of a size or exponent that is not accepted")
    return RsaKey(n, e)


def _curve(parameters: Any, where: str) -> Curve:
    chosen = parameters.chosen
    if parameters.name == "named":
        curve = CURVES.get(chosen.dotted)
        if curve is None:
            raise Refused("chip.algorithm", where, f"the curve {chosen.dotted}")
        return curve
    if parameters.name != "specified":
        raise Refused("chip.algorithm", where, "a curve that is not named")
    return _explicit(chosen, where)


def _explicit(domain: Any, where: str) -> Curve:
    """The known curve that has each of these values (X9.62 SpecifiedECDomain); a seed says nothing of it."""
    field = domain["field_id"]
    base = bytes(domain["base"])
    for curve in CURVES.values():
        size = curve.field_bytes
        whole = b"\x04" + curve.g[0].to_bytes(size, "big") + curve.g[1].to_bytes(size, "big")
        short = bytes([2 | curve.g[1] & 1]) + whole[1 : 1 + size]
        if (
            field["field_type"].native == "prime_field"
            and field["parameters"].native == curve.p
            and int.from_bytes(domain["curve"]["a"].native, "big") == curve.a
            and int.from_bytes(domain["curve"]["b"].native, "big") == curve.b
            and base in {whole, short}
            and domain["order"].native == curve.n
            and domain["cofactor"].native == 1
        ):
            return curve
    raise Refused("chip.algorithm", where, "explicit parameters of no known curve")


# Jacobian coordinates: (X, Y, Z) is the point (X / Z², Y / Z³); Z = 0 is the point at infinity.
_Jacobian = tuple[int, int, int]
_INFINITY: Final = (1, 1, 0)


def _sum(curve: Curve, u: int, g: tuple[int, int], v: int, q: tuple[int, int]) -> tuple[int, int] | None:
    """u·g + v·q by Shamir's trick; None for the point at infinity."""
    one, other = (*g, 1), (*q, 1)
    both = _add(curve, one, other)
    total: _Jacobian = _INFINITY
    for bit in range(max(u.bit_length(), v.bit_length()) - 1, -1, -1):
        total = _double(curve, total)
        match u >> bit & 1, v >> bit & 1:
            case 1, 1:
                total = _add(curve, total, both)
            case 1, 0:
                total = _add(curve, total, one)
            case 0, 1:
                total = _add(curve, total, other)
    x, y, z = total
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    return x * inverse**2 % curve.p, y * inverse**3 % curve.p


def _double(curve: Curve, point: _Jacobian) -> _Jacobian:
    x, y, z = point
    p = curve.p
    if z == 0 or y == 0:
        return _INFINITY
    s = 4 * x * y * y % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * pow(y, 4, p)) % p, 2 * y * z % p


def _add(curve: Curve, one: _Jacobian, other: _Jacobian) -> _Jacobian:
    (x1, y1, z1), (x2, y2, z2), p = one, other, curve.p
    if z1 == 0 or z2 == 0:
        return other if z1 == 0 else one
    u1, u2 = x1 * z2 * z2 % p, x2 * z1 * z1 % p
    s1, s2 = y1 * pow(z2, 3, p) % p, y2 * pow(z1, 3, p) % p
    if u1 == u2:
        return _double(curve, one) if s1 == s2 else _INFINITY
    h, r = (u2 - u1) % p, (s2 - s1) % p
    h2 = h * h % p
    h3, v = h2 * h % p, u1 * h2 % p
    x3 = (r * r - h3 - 2 * v) % p
    return x3, (r * (v - x3) - s1 * h3) % p, h * z1 * z2 % p
