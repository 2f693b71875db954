"""Public keys: one value, its JWK, Multikey and SubjectPublicKeyInfo forms, and verification."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.codec import base64url, jcs, multibase, multicodec, shape
from clicid.errors import Refused
from clicid.keys import algorithms, points
from clicid.keys.algorithms import ED25519, P256, SECP256K1, Algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

_ECDSA_SHA256: Final = ec.ECDSA(hashes.SHA256())
_COORDINATE_SIZE: Final = 32
_MAX_MULTIKEY_CHARS: Final = 64
_MAX_SPKI_BYTES: Final = 256
_NAME_OF_CURVE: Final = {"secp256r1": P256, "secp256k1": SECP256K1}
# RFC 7518 6.2.2, 6.3.2, 6.4.1; RFC 8037 2: members that only a private or secret key has.
_SECRET_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that is known to be a point of its curve, by whichever way it was made.

    Args:
        algorithm: A row of `algorithms.ALGORITHMS`.
        raw: 32 bytes of RFC 8032 5.1.2, or a compressed SEC 1 point of 33 bytes.

    Raises:
        Refused: `keys.format` for a wrong length, a point off the curve or at infinity, an Ed25519
            point of small order, or an encoding that is not the canonical one.
    """

    algorithm: Algorithm
    raw: bytes
    _handle: points.Handle = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != self.algorithm.raw_size:
            raise Refused("keys.format", detail=f"{self.algorithm.raw_size} bytes are wanted")
        object.__setattr__(self, "_handle", points.load(self.algorithm.name, self.raw))

    @classmethod
    def from_raw(cls, alg: str, raw: bytes) -> Self:
        """The key of an algorithm's name and its short bytes.

        Raises:
            Refused: `keys.algorithm`, `keys.format`.
        """
        return cls(algorithms.by_name(alg), raw)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Json], where: str = "") -> Self:
        """A public JWK (RFC 7517, RFC 8037 2, RFC 8812 3.1).

        Members that say nothing about the key's value (`use`, `kid`, `alg` ...) are not read.

        Raises:
            Refused: `codec.shape`, `codec.base64url`, `keys.algorithm`; `keys.format` also for a
                private key, and for coordinates that are not exactly 32 bytes (RFC 7518 6.2.1.2).
        """
        if any(name in jwk for name in _SECRET_MEMBERS):
            raise Refused("keys.format", where, "a private or secret key")
        kty = shape.text(jwk, "kty", where, maximum=16)
        row = algorithms.by_curve(kty, shape.text(jwk, "crv", where, maximum=16), where)
        x = _coordinate(jwk, "x", where)
        if row.name == ED25519:
            return cls(row, x)
        return cls(row, points.dump(points.load(row.name, b"\x04" + x + _coordinate(jwk, "y", where), where)))

    @classmethod
    def from_multikey(cls, text: str, where: str = "") -> Self:
        """A `publicKeyMultibase` (Controlled Identifiers 1.0, 2.2.2): base58btc only.

        Raises:
            Refused: `codec.size`, `codec.multibase`, `codec.multicodec`, `keys.algorithm`, `keys.format`.
        """
        if not text.startswith(multibase.BASE58BTC):
            raise Refused("codec.multibase", where, "a Multikey is written in base58btc")
        code, raw = multicodec.decode(
            multibase.decode(text, where=where, max_chars=_MAX_MULTIKEY_CHARS), where=where
        )
        return cls(algorithms.by_multicodec(code, where), raw)

    @classmethod
    def from_spki(cls, der: bytes) -> Self:
        """A DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7), as certificates hold it.

        Raises:
            Refused: `keys.format`; `keys.algorithm` for a kind of key that has no row.
        """
        if len(der) > _MAX_SPKI_BYTES:
            raise Refused("keys.algorithm", detail="larger than any key we accept")
        try:
            handle = serialization.load_der_public_key(der)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise Refused("keys.format", detail="not a SubjectPublicKeyInfo") from error
        if isinstance(handle, Ed25519PublicKey):
            return cls.from_raw(ED25519, points.dump(handle))
        if isinstance(handle, ec.EllipticCurvePublicKey) and handle.curve.name in _NAME_OF_CURVE:
            return cls.from_raw(_NAME_OF_CURVE[handle.curve.name], points.dump(handle))
        raise Refused("keys.algorithm")

    def to_jwk(self) -> dict[str, Json]:
        """The required members only (RFC 7638 3.2), in their lexicographic order."""
        jwk: dict[str, Json] = {"crv": self.algorithm.crv, "kty": self.algorithm.kty}
        if isinstance(self._handle, Ed25519PublicKey):
            return jwk | {"x": base64url.encode(self.raw)}
        numbers = self._handle.public_numbers()
        return jwk | {
            "x": base64url.encode(numbers.x.to_bytes(_COORDINATE_SIZE, "big")),
            "y": base64url.encode(numbers.y.to_bytes(_COORDINATE_SIZE, "big")),
        }

    def to_multikey(self) -> str:
        """The `publicKeyMultibase` text."""
        return multibase.encode(multicodec.encode(self.algorithm.multicodec, self.raw))

    def to_spki(self) -> bytes:
        """The DER SubjectPublicKeyInfo."""
        return self._handle.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def thumbprint(self) -> str:
        """The SHA-256 JWK thumbprint in base64url (RFC 7638 3)."""
        return base64url.encode(hashlib.sha256(jcs.dumps(self.to_jwk())).digest())

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if `signature` (64 bytes) is this key's over `message`.

        ECDSA is over SHA-256 of the message, r || s; a high s is accepted, as RFC 7518 3.4 does.

        Raises:
            Refused: `keys.signature`.
        """
        if len(signature) != self.algorithm.signature_size:
            raise Refused("keys.signature", detail=f"{self.algorithm.signature_size} bytes are wanted")
        try:
            if isinstance(self._handle, Ed25519PublicKey):
                self._handle.verify(signature, message)
            else:
                r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
                self._handle.verify(encode_dss_signature(r, s), message, _ECDSA_SHA256)
        except InvalidSignature as error:
            raise Refused("keys.signature") from error


def _coordinate(jwk: Mapping[str, Json], name: str, where: str) -> bytes:
    place = shape.pointer(where, name)
    raw = base64url.decode(shape.text(jwk, name, where, maximum=64), where=place)
    if len(raw) != _COORDINATE_SIZE:
        raise Refused("keys.format", place, f"{_COORDINATE_SIZE} bytes are wanted")
    return raw
