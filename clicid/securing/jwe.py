"""Compact JWE (RFC 7516 7.1) for one recipient: ECDH-ES used directly (RFC 7518 4.6), on P-256, with AES-GCM.

The same few algorithms serve OpenID4VCI 10 and OpenID4VP 8.3. Compression is refused: what a stranger may
inflate has no size, and what is compressed together with a secret tells of it by its length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from clicid.codec import base64url, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from clicid.keys.ephemeral import EphemeralKey
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from clicid.codec.strict_json import Json

ECDH_ES: Final = "ECDH-ES"
ALGS: Final = (ECDH_ES,)
"""Key agreement, as metadata list it."""
A128GCM: Final = "A128GCM"
A256GCM: Final = "A256GCM"
ENCS: Final = {A128GCM: 16, A256GCM: 32}
"""Content encryption, as metadata list it, and the bytes of its key (RFC 7518 5.3)."""

_IV_SIZE: Final = 12
_TAG_SIZE: Final = 16
_MAX_HEADER_CHARS: Final = 4096
_MAX_HEADER_DEPTH: Final = 4
_MAX_KID: Final = 256
_MAX_PARTY_CHARS: Final = 1024
# RFC 7516 4.1.3 zip, 4.1.13 crit.
_REFUSED_MEMBERS: Final = {"zip": "no compression is taken", "crit": "no critical extension is understood"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message is encrypted.

    Args:
        key: Its public key, on P-256.
        kid: The `kid` of its JWK, which the message carries; "" where it has none.
        alg: The `alg` of its JWK, which must be there: `ECDH_ES`.

    Raises:
        Refused: `securing.jwe_algorithm` for another `alg` or curve.
    """

    key: PublicKey
    kid: str
    alg: str

    def __post_init__(self) -> None:
        if self.alg != ECDH_ES:
            raise Refused("securing.jwe_algorithm", "/alg", f"{ECDH_ES} is wanted")
        if self.key.algorithm.name != P256:
            raise Refused("securing.jwe_algorithm", "/crv", f"{P256} is wanted")

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Json], where: str = "") -> Self:
        """The recipient of a public JWK (OpenID4VCI 10, OpenID4VP 8.3).

        Raises:
            Refused: `codec.*`, `keys.*` for the key; `securing.jwe_algorithm`, also for a key with another
                `use` than encryption.
        """
        if jwk.get("use", "enc") != "enc":
            raise Refused(
                "securing.jwe_algorithm", shape.pointer(where, "use"), "a key for encryption is wanted"
            )
        alg = shape.text(jwk, "alg", where, maximum=32)
        kid = shape.optional_text(jwk, "kid", where, maximum=_MAX_KID) or ""
        return cls(PublicKey.from_jwk(jwk, where), kid, alg)

    def to_jwk(self) -> dict[str, Json]:
        """The public JWK, as metadata and requests carry it."""
        named: dict[str, Json] = {"kid": self.kid} if self.kid else {}
        return {**self.key.to_jwk(), **named, "use": "enc", "alg": self.alg}


def encrypt(
    payload: bytes,
    recipient: Recipient,
    *,
    enc: str,
    random: Callable[[int], bytes],
    apu: bytes = b"",
    apv: bytes = b"",
) -> bytes:
    """A compact JWE, with an ephemeral key of its own.

    Args:
        payload: What only the recipient shall read.
        recipient: Who that is.
        enc: A key of `ENCS` that the recipient takes.
        random: Gives so many secret random bytes.
        apu: What the sender says of itself (RFC 7518 4.6.1.2).
        apv: The same of the recipient (4.6.1.3).

    Raises:
        LocalError: `securing.jwe_algorithm` for another `enc`.
    """
    if enc not in ENCS:
        raise LocalError("securing.jwe_algorithm", "/enc")
    ephemeral = EphemeralKey(random)
    header: dict[str, Json] = {"alg": ECDH_ES, "enc": enc, "epk": ephemeral.public.to_jwk()}
    header |= {"kid": recipient.kid} if recipient.kid else {}
    header |= {name: base64url.encode(value) for name, value in (("apu", apu), ("apv", apv)) if value}
    encoded = base64url.encode(strict_json.dumps(header))
    key = _derived(ephemeral.agree(recipient.key), enc, apu, apv)
    iv = random(_IV_SIZE)
    sealed = AESGCM(key).encrypt(iv, payload, encoded.encode())
    parts = (iv, sealed[:-_TAG_SIZE], sealed[-_TAG_SIZE:])
    return ".".join((encoded, "", *map(base64url.encode, parts))).encode()


@dataclass(frozen=True, slots=True)
class UnreadJwe:
    """A JWE that is whole by its looks: who wrote what is known to nobody yet.

    Args:
        header: The protected header.
        enc: Its `enc`, a key of `ENCS`.
        kid: Whose key it is for; "" where the header does not say.
        epk: The sender's ephemeral key, a point of P-256.
        apu: As in `encrypt`.
        apv: As in `encrypt`.
        protected: What the tag is over beside the content: the header as received.
        iv: 12 bytes.
        sealed: The content and its tag of 16 bytes.
    """

    header: Mapping[str, Json]
    enc: str
    kid: str
    epk: PublicKey
    apu: bytes
    apv: bytes
    protected: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def parse(token: bytes | str, *, max_bytes: int) -> UnreadJwe:
    """Take a compact JWE apart.

    1. Five parts within the cap, the second of which is empty, as no key is encrypted (RFC 7518 4.6).
    2. No `zip`; no `crit` (RFC 7516 4.1.3, 4.1.13).
    3. `alg` and `enc` are of the lists here (RFC 8725 3.1).
    4. `epk` is a public key, and a point of the one curve (RFC 7518 4.6.1.1; RFC 8725 3.4).
    5. Nonce and tag have their sizes (RFC 7518 5.3).

    Raises:
        Refused: `codec.*`; `securing.jwe`; `securing.jwe_algorithm`; `keys.*` for the key.
    """
    if len(token) > max_bytes:
        raise Refused("codec.size", detail=f"more than {max_bytes} bytes")
    text = token.decode("ascii", errors="replace") if isinstance(token, bytes) else token
    parts = text.split(".")
    if len(parts) != 5 or parts[1]:  # 1
        raise Refused("securing.jwe", detail="five parts without an encrypted key are wanted")
    raw = base64url.decode(parts[0], where="header", max_chars=_MAX_HEADER_CHARS)
    header = shape.as_object(strict_json.loads(raw, max_depth=_MAX_HEADER_DEPTH))
    for name, detail in _REFUSED_MEMBERS.items():  # 2
        if name in header:
            raise Refused("securing.jwe", f"/{name}", detail)
    if header.get("alg") != ECDH_ES:  # 3
        raise Refused("securing.jwe_algorithm", "/alg", f"{ECDH_ES} is wanted")
    enc = shape.text(header, "enc", maximum=32)
    if enc not in ENCS:
        raise Refused("securing.jwe_algorithm", "/enc", "one of A128GCM and A256GCM is wanted")
    iv, content, tag = (base64url.decode(part, where="content", max_chars=max_bytes) for part in parts[2:])
    if (len(iv), len(tag)) != (_IV_SIZE, _TAG_SIZE):  # 5
        raise Refused("securing.jwe", detail="nonce or tag of another size")
    return UnreadJwe(
        header=MappingProxyType(header),
        enc=enc,
        kid=shape.optional_text(header, "kid", maximum=_MAX_KID) or "",
        epk=_ephemeral(header),
        apu=_party(header, "apu"),
        apv=_party(header, "apv"),
        protected=parts[0].encode(),
        iv=iv,
        sealed=content + tag,
    )


def decrypt(
    message: UnreadJwe, *, agree: Callable[[PublicKey], bytes], kid: str, encs: Collection[str]
) -> bytes:
    """The content, which somebody wrote to the key `kid`; who did, it does not say.

    Args:
        message: As parsed.
        agree: What that key and another agree on: of `KeyStore` or `EphemeralKey`.
        kid: The name of the key, as in its JWK; "" if it has none.
        encs: The content encryption that was offered.

    Raises:
        Refused: `securing.jwe_key` for a message to another key; `securing.jwe_algorithm`;
            `securing.jwe_tag` for one that was changed, or is for another key of that name.
    """
    if message.kid != kid:
        raise Refused("securing.jwe_key", "/kid")
    if message.enc not in encs:
        raise Refused("securing.jwe_algorithm", "/enc", "not one that was offered")
    key = _derived(agree(message.epk), message.enc, message.apu, message.apv)
    try:
        return AESGCM(key).decrypt(message.iv, message.sealed, message.protected)
    except InvalidTag as error:
        raise Refused("securing.jwe_tag") from error


def _ephemeral(header: Mapping[str, Json]) -> PublicKey:
    epk = PublicKey.from_jwk(shape.child(header, "epk"), "/epk")
    if epk.algorithm.name != P256:
        raise Refused("securing.jwe_algorithm", "/epk/crv", f"{P256} is wanted")
    return epk


def _party(header: Mapping[str, Json], name: str) -> bytes:
    text = shape.optional_text(header, name, maximum=_MAX_PARTY_CHARS)
    return b"" if text is None else base64url.decode(text, where=f"/{name}")


def _derived(secret: bytes, enc: str, apu: bytes, apv: bytes) -> bytes:
    """RFC 7518 4.6.2: one round or more of SHA-256 over the secret and whom it is for."""
    size = ENCS[enc]
    public = (size * 8).to_bytes(4, "big")
    info = b"".join(len(part).to_bytes(4, "big") + part for part in (enc.encode(), apu, apv)) + public
    return ConcatKDFHash(hashes.SHA256(), size, info).derive(secret)
