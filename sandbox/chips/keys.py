"""Signing keys of countries, document signers and chips, and how they and their signatures are written.

Doc 9303-12 section 4.1.6: RSA PKCS#1 v1.5 and PSS, and ECDSA; the hash functions are those of 9303-10
section 4.6.2.3. The SHA-1 rows are for documents of the first years, which are still valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asn1crypto import algos, core, keys
from Crypto.Hash import SHA1, SHA224, SHA256, SHA384, SHA512
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15, pss
from Crypto.Util.number import getPrime
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from clicid.errors import LocalError
from sandbox.chips import arithmetic
from sandbox.chips.curves import CURVES, Curve

if TYPE_CHECKING:
    from collections.abc import Callable

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - documents of the first years are signed over it
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_OTHER_HASHES: Final = {"sha1": SHA1, "sha224": SHA224, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512}
_RSA_BITS: Final = 2048
_EXPONENT: Final = 65537
_SHORT_BITS: Final = 1536
_WEAK_BITS: Final = 1016
_WEAK_SALT: Final = 20  # a longer one does not fit beside SHA-512


@dataclass(frozen=True, slots=True)
class Algorithm:
    """What a country signs with, certificates and security objects alike.

    Args:
        family: ``rsa`` (PKCS#1 v1.5), ``pss`` or ``ecdsa``.
        digest: A name of `HASHES`.
        curve: A name of `CURVES`, for ECDSA.
        explicit: Whether its keys spell out the curve's parameters.
    """

    family: str
    digest: str
    curve: str = ""
    explicit: bool = False

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        parts = (self.curve or self.family, self.digest, "explicit" if self.explicit else "")
        return "-".join(part for part in parts if part)

    def identifier(self, salt: int | None = None) -> algos.SignedDigestAlgorithm:
        """The AlgorithmIdentifier of a signature.

        Args:
            salt: PSS's salt in bytes, where it is not as long as the hash.
        """
        if self.family == "ecdsa":
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.digest}_ecdsa"})
        if self.family == "rsa":
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.digest}_rsa", "parameters": core.Null()})
        hashed = algos.DigestAlgorithm({"algorithm": self.digest, "parameters": core.Null()})
        return algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": algos.RSASSAPSSParams(
                    {
                        "hash_algorithm": hashed,
                        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hashed},
                        "salt_length": HASHES[self.digest].digest_size if salt is None else salt,
                    }
                ),
            }
        )


_CURVE_ROWS: Final = (
    ("p224", "sha224"), ("p256", "sha1"), ("p256", "sha256"), ("p384", "sha384"), ("p521", "sha512"),
    ("brainpool224", "sha224"), ("brainpool256", "sha256"), ("brainpool320", "sha384"),
    ("brainpool384", "sha384"), ("brainpool512", "sha512"),
)  # fmt: skip
ALGORITHMS: Final = {
    one.name: one
    for one in (
        *(Algorithm(family, digest) for family in ("rsa", "pss") for digest in HASHES),
        *(
            Algorithm("ecdsa", digest, curve, explicit)
            for explicit in (False, True)
            for curve, digest in _CURVE_ROWS
        ),
    )
}
"""Everything that a country can sign with here, by name."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, kept in what signs with it.

    Args:
        public: The SubjectPublicKeyInfo.
        identifier: The AlgorithmIdentifier of its signatures.
        digest: The hash function that it signs over.
        sign: Signs a message, not its hash.
    """

    public: keys.PublicKeyInfo
    identifier: algos.SignedDigestAlgorithm
    digest: str
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class EcPair:
    """A private number and its public point, on a curve that the library may not know.

    Args:
        curve: The curve.
        private: The private number.
        point: The public point.
    """

    curve: Curve
    private: int
    point: tuple[int, int]

    @classmethod
    def generate(cls, curve: Curve) -> EcPair:
        """A fresh one."""
        return cls.of(curve, arithmetic.scalar(curve))

    @classmethod
    def of(cls, curve: Curve, private: int) -> EcPair:
        """That of a private number."""
        if curve.known is None:
            return cls(curve, private, arithmetic.multiply(curve, private, (curve.x, curve.y)))
        numbers = ec.derive_private_key(private, curve.known).public_key().public_numbers()
        return cls(curve, private, (numbers.x, numbers.y))

    def sign(self, message: bytes, digest: str) -> bytes:
        """ECDSA, DER."""
        if self.curve.known is None:
            generator = (self.curve.x, self.curve.y)
            return arithmetic.sign(self.curve, self.private, generator, message, digest)
        key = ec.derive_private_key(self.private, self.curve.known)
        return key.sign(message, ec.ECDSA(HASHES[digest]))


def generate(algorithm: Algorithm) -> SigningKey:
    """A fresh key of the algorithm."""
    if algorithm.family != "ecdsa":
        return _rsa(algorithm)
    return on_curve(algorithm, arithmetic.scalar(CURVES[algorithm.curve]))


def short_rsa(algorithm: Algorithm) -> SigningKey:
    """An RSA key that libraries take, of fewer bits than 9303-12 wants of a document signer (4.1.6.1)."""
    return _rsa(algorithm, _SHORT_BITS)


def _rsa(algorithm: Algorithm, bits: int = _RSA_BITS) -> SigningKey:
    private = rsa.generate_private_key(_EXPONENT, bits)
    hashed = HASHES[algorithm.digest]
    padded: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.family == "pss":
        padded = padding.PSS(mgf=padding.MGF1(hashed), salt_length=hashed.digest_size)
    public = rsa_public(private.public_key().public_numbers().n)
    return SigningKey(
        public,
        algorithm.identifier(),
        algorithm.digest,
        lambda message: private.sign(message, padded, hashed),
    )


def on_curve(algorithm: Algorithm, private: int) -> SigningKey:
    """The key of a private number, for an algorithm of the family ``ecdsa``."""
    curve = CURVES[algorithm.curve]
    pair = EcPair.of(curve, private)
    public = ec_public(curve, pair.point, explicit=algorithm.explicit)
    return SigningKey(
        public, algorithm.identifier(), algorithm.digest, lambda message: pair.sign(message, algorithm.digest)
    )


def weak_rsa(algorithm: Algorithm) -> SigningKey:
    """An RSA key under 1024 bits, which the usual library rightly neither makes nor uses."""
    p, q = getPrime(_WEAK_BITS // 2), getPrime(_WEAK_BITS // 2)
    private = RSA.construct((p * q, _EXPONENT, pow(_EXPONENT, -1, (p - 1) * (q - 1)), p, q))

    def sign(message: bytes) -> bytes:
        hashed = _OTHER_HASHES[algorithm.digest].new(message)
        if algorithm.family == "rsa":
            return pkcs1_15.new(private).sign(hashed)
        return pss.new(private, salt_bytes=_WEAK_SALT).sign(hashed)

    return SigningKey(rsa_public(private.n), algorithm.identifier(_WEAK_SALT), algorithm.digest, sign)


def algorithm_named(name: str) -> Algorithm:
    """The algorithm of that name.

    Raises:
        LocalError: ``sandbox.chip``, naming those there are.
    """
    if name not in ALGORITHMS:
        raise LocalError("sandbox.chip", name, "algorithms: " + ", ".join(ALGORITHMS))
    return ALGORITHMS[name]


def rsa_public(modulus: int, exponent: int = _EXPONENT) -> keys.PublicKeyInfo:
    """A SubjectPublicKeyInfo of RSA (RFC 3279 section 2.3.1); PSS's parameters stand in its signatures."""
    return keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "rsa", "parameters": core.Null()},
            "public_key": keys.RSAPublicKey({"modulus": modulus, "public_exponent": exponent}),
        }
    )


def ec_public(
    curve: Curve, point: tuple[int, int], *, explicit: bool, generator: tuple[int, int] | None = None
) -> keys.PublicKeyInfo:
    """A SubjectPublicKeyInfo on a curve (RFC 3279 section 2.3.5).

    Args:
        curve: Where the point lies.
        point: The public point.
        explicit: Whether the parameters are spelled out.
        generator: Another generator than the curve's, to be spelled out.
    """
    if explicit:
        parameters = keys.ECDomainParameters(("specified", specified(curve, generator)))
    else:
        parameters = keys.ECDomainParameters(("named", curve.oid))
    return keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": parameters},
            "public_key": keys.ECPointBitString(curve.point(*point)),
        }
    )


def specified(curve: Curve, generator: tuple[int, int] | None = None) -> keys.SpecifiedECDomain:
    """The parameters spelled out: ECParameters of X9.62, version 1, cofactor included (9303-12 4.1.6.3)."""
    return keys.SpecifiedECDomain(
        {
            "version": "ecdpVer1",
            "field_id": {"field_type": "prime_field", "parameters": core.Integer(curve.p)},
            "curve": {"a": curve.element(curve.a), "b": curve.element(curve.b)},
            "base": keys.ECPoint(curve.point(*(generator or (curve.x, curve.y)))),
            "order": curve.n,
            "cofactor": 1,
        }
    )
