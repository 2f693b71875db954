"""Public keys: one value, its JWK, Multikey and SubjectPublicKeyInfo forms, and verification."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError
from py_arkworks_bls12381 import G2Point

from clicid.codec import base64url, jcs, multibase, multicodec, shape
from clicid.errors import Refused
from clicid.keys import algorithms, p256, points
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384, SECP256K1, Algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

_ECDSA: Final = {
    P384: ec.ECDSA(hashes.SHA384()),
    SECP256K1: ec.ECDSA(hashes.SHA256()),
}
_UNCOMPRESSED: Final = b"\x04"
_MAX_COORDINATE_CHARS: Final = 64
# A point of G2 takes 135 characters.
_MAX_MULTIKEY_CHARS: Final = 140
_MAX_SPKI_BYTES: Final = 256
_NAME_OF_CURVE: Final = {"secp256r1": P256, "secp384r1": P384, "secp256k1": SECP256K1}
# RFC 7518 6.2.2, 6.3.2, 6.4.1; RFC 8037 2: members that only a private or secret key has.
_SECRET_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


_set: Final = object.__setattr__


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that is known to be a point of its curve, by whichever way but `claimed` it was made.

    Args:
        algorithm: A row of `algorithms.ALGORITHMS`.
        raw: 32 bytes of RFC 8032 5.1.2, a compressed SEC 1 point of 33 or 49 bytes, or a compressed
            point of G2 of 96 bytes.

    Raises:
        Refused: `keys.format` for a wrong length, a point off the curve or at infinity, an Ed25519
            point of small order, a point of G2 outside the subgroup, or an encoding that is not the
            canonical one.
    """

    algorithm: Algorithm
    raw: bytes
    _handle: points.Handle | None = field(init=False, repr=False, compare=False)
    _verifier: p256.Verifier | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != self.algorithm.raw_size:
            raise Refused("keys.format", detail=f"{self.algorithm.raw_size} bytes are wanted")
        object.__setattr__(self, "_handle", points.load(self.algorithm.name, self.raw))
        object.__setattr__(self, "_verifier", None)

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
                private key, and for coordinates that are not exactly of the curve's size (RFC 7518 6.2.1.2).
        """
        if any(name in jwk for name in _SECRET_MEMBERS):
            raise Refused("keys.format", where, "a private or secret key")
        kty = shape.text(jwk, "kty", where, maximum=16)
        row = algorithms.by_curve(kty, shape.text(jwk, "crv", where, maximum=16), where)
        x = _coordinate(jwk, "x", row, where)
        if row.name == ED25519:
            return cls(row, x)
        y = _coordinate(jwk, "y", row, where)
        return cls.from_point(row, b"\x04" + x + y, where)

    @classmethod
    def from_point(cls, row: Algorithm, point: bytes, where: str = "") -> Self:
        """The key of a SEC 1 point, compressed or not, or of what else `points.load` takes.

        To take both coordinates, and not to find y again from its sign, is a third of a verification less.

        Raises:
            Refused: `keys.format`.
        """
        whole = point[:1] == _UNCOMPRESSED and len(point) == 2 * row.raw_size - 1
        # SEC 1 2.3.3: x, and before it whether y is odd.
        short = (b"\x03" if point[-1] & 1 else b"\x02") + point[1 : row.raw_size] if whole else b""
        if whole and row.name == P256:
            return cls._made(row, short, None, p256.load(point, where))
        handle = points.load(row.name, point, where)
        return cls._made(row, short or points.dump(handle), handle, None)

    @classmethod
    def from_multikey(cls, text: str, where: str = "") -> Self:
        """A `publicKeyMultibase` (Controlled Identifiers 1.0, 2.2.2): base58btc only.

        Raises:
            Refused: `codec.size`, `codec.multibase`, `codec.multicodec`, `keys.algorithm`, `keys.format`.
        """
        return cls(*_multikey(text, where))

    @classmethod
    def claimed(cls, text: str, where: str = "") -> Self:
        """As `from_multikey`, of somebody who has yet to sign something with it.

        Whether an Ed25519 key is a point, `verify` finds out anyway: to ask before takes a third of its time.

        Raises:
            Refused: As `from_multikey`; of an Ed25519 key, `verify` raises `keys.format`, and so does
                whatever takes the key apart (`handle`, `to_jwk`, `to_spki`, `thumbprint`).
        """
        algorithm, raw = _multikey(text, where)
        if algorithm.name != ED25519 or len(raw) != algorithm.raw_size:
            return cls(algorithm, raw)
        return cls._made(algorithm, raw, None, None)

    @classmethod
    def _made(
        cls, algorithm: Algorithm, raw: bytes, handle: points.Handle | None, verifier: p256.Verifier | None
    ) -> Self:
        """Without the look at the bytes that `__post_init__` has: somebody had it, or has it yet."""
        key = object.__new__(cls)
        _set(key, "algorithm", algorithm)
        _set(key, "raw", raw)
        _set(key, "_handle", handle)
        _set(key, "_verifier", verifier)
        return key

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

    @property
    def handle(self) -> points.Handle:
        """The key as the library that computes with it has it.

        Raises:
            Refused: `keys.format` for a claimed key that is no point.
        """
        if self._handle is not None:
            return self._handle
        handle = points.load(self.algorithm.name, self.raw)
        _set(self, "_handle", handle)
        return handle

    def to_jwk(self) -> dict[str, Json]:
        """The required members only (RFC 7638 3.2), in their lexicographic order.

        Raises:
            Refused: `keys.algorithm` for a BLS12-381 key, which has no registered JWK form.
        """
        if isinstance(self.handle, G2Point):
            raise Refused("keys.algorithm", detail="a key without a JWK form")
        jwk: dict[str, Json] = {"crv": self.algorithm.crv, "kty": self.algorithm.kty}
        if isinstance(self.handle, Ed25519PublicKey):
            return jwk | {"x": base64url.encode(self.raw)}
        numbers, size = self.handle.public_numbers(), _coordinate_size(self.algorithm)
        return jwk | {
            "x": base64url.encode(numbers.x.to_bytes(size, "big")),
            "y": base64url.encode(numbers.y.to_bytes(size, "big")),
        }

    def to_multikey(self) -> str:
        """The `publicKeyMultibase` text."""
        return multibase.encode(multicodec.encode(self.algorithm.multicodec, self.raw))

    def to_spki(self) -> bytes:
        """The DER SubjectPublicKeyInfo.

        Raises:
            Refused: `keys.algorithm` for a BLS12-381 key, which has none.
        """
        if isinstance(self.handle, G2Point):
            raise Refused("keys.algorithm", detail="a key without a SubjectPublicKeyInfo")
        return self.handle.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def thumbprint(self) -> str:
        """The SHA-256 JWK thumbprint in base64url (RFC 7638 3).

        Raises:
            Refused: `keys.algorithm`, as `to_jwk`.
        """
        return base64url.encode(hashlib.sha256(jcs.dumps(self.to_jwk())).digest())

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if `signature` is this key's over `message`.

        ECDSA is over SHA-256 of the message, on P-384 over SHA-384, r || s; a high s is accepted, as
        RFC 7518 3.4 does. Ed25519 is checked without the cofactor (RFC 8032 5.1.7 allows both), as
        OpenSSL does; neither s beyond the group's order nor R of small order passes (ADR 0020).

        Raises:
            Refused: `keys.signature`; `keys.algorithm` for a BLS12-381 key: BBS signs a list; `keys.format`
                for a claimed key that is no point.
        """
        if self.algorithm.name == BLS12_381_G2:
            raise Refused("keys.algorithm", detail="a BBS key signs a list of messages")
        if len(signature) != self.algorithm.signature_size:
            self._check_claimed()
            raise Refused("keys.signature", detail=f"{self.algorithm.signature_size} bytes are wanted")
        # Not by isinstance: of these abstract classes that takes a hundredth of the verification.
        if self.algorithm.name == P256:
            if not p256.verify(self._verifier or self._made_verifier(), signature, message):
                raise Refused("keys.signature")
            return
        try:
            if self.algorithm.name == ED25519:
                crypto_sign_open(signature + message, self.raw)
            else:
                half = len(signature) // 2
                r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
                curve_key = cast("ec.EllipticCurvePublicKey", self.handle)
                curve_key.verify(encode_dss_signature(r, s), message, _ECDSA[self.algorithm.name])
        except (InvalidSignature, BadSignatureError) as error:
            self._check_claimed()
            raise Refused("keys.signature") from error

    def _made_verifier(self) -> p256.Verifier:
        """What checks by a key that came as a compressed point, kept for the next time."""
        handle = cast("ec.EllipticCurvePublicKey", self.handle)
        verifier = p256.load(
            handle.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        )
        _set(self, "_verifier", verifier)
        return verifier

    def _check_claimed(self) -> None:
        """Before it is said that a signature is wrong: whether a claimed key is one at all."""
        if self._handle is None and self.algorithm.name == ED25519:
            points.load(self.algorithm.name, self.raw)


def _multikey(text: str, where: str) -> tuple[Algorithm, bytes]:
    if not text.startswith(multibase.BASE58BTC):
        raise Refused("codec.multibase", where, "a Multikey is written in base58btc")
    decoded = multibase.decode(text, where=where, max_chars=_MAX_MULTIKEY_CHARS)
    code, raw = multicodec.decode(decoded, where=where)
    return algorithms.by_multicodec(code, where), raw


def _coordinate(jwk: Mapping[str, Json], name: str, row: Algorithm, where: str) -> bytes:
    place, size = shape.pointer(where, name), _coordinate_size(row)
    raw = base64url.decode(shape.text(jwk, name, where, maximum=_MAX_COORDINATE_CHARS), where=place)
    if len(raw) != size:
        raise Refused("keys.format", place, f"{size} bytes are wanted")
    return raw


def _coordinate_size(row: Algorithm) -> int:
    """SEC 1 2.3.3: one byte before a compressed point's coordinate says which y."""
    return row.raw_size if row.name == ED25519 else row.raw_size - 1
