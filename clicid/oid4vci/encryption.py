"""Encrypted credential requests and responses (OpenID4VCI 10): JWEs over TLS, in both directions.

An error is never encrypted. What a wallet wants its answer encrypted to stands in a request that is itself
encrypted: else whoever sits between could put his own key there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci.errors import Wire
from clicid.securing import jwe
from clicid.securing.jwe import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.metadata import RequestEncryption, ResponseEncryption

MEDIA_TYPE: Final = "application/jwt"
MEMBER: Final = "credential_response_encryption"


@dataclass(frozen=True, slots=True)
class AnswerEncryption:
    """To whom, and with which `enc`, a wallet wants its answer encrypted (8.2)."""

    recipient: Recipient
    enc: str

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> AnswerEncryption:
        """Read `credential_response_encryption`. Nothing is compressed, so `zip` is refused.

        Raises:
            RemoteError: `invalid_encryption_parameters`.
        """
        with answered_with(Wire.INVALID_ENCRYPTION_PARAMETERS, "oid4vci.encryption"):
            if "zip" in obj:
                raise Refused("securing.jwe_algorithm", f"{where}/zip", "nothing is compressed")
            recipient = Recipient.from_jwk(shape.child(obj, "jwk", where), f"{where}/jwk")
            enc = shape.text(obj, "enc", where, maximum=32)
            if enc not in jwe.ENCS:
                raise Refused("securing.jwe_algorithm", f"{where}/enc")
            return cls(recipient, enc)

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"jwk": self.recipient.to_jwk(), "enc": self.enc}

    def seal(self, answer: dict[str, Json], *, random: Callable[[int], bytes]) -> bytes:
        """The answer for that recipient alone."""
        return jwe.encrypt(strict_json.dumps(answer), self.recipient, enc=self.enc, random=random)


def optional(obj: dict[str, Json]) -> AnswerEncryption | None:
    """The member `credential_response_encryption` of a request, if it has one.

    Raises:
        RemoteError: `invalid_encryption_parameters`.
    """
    with answered_with(Wire.INVALID_ENCRYPTION_PARAMETERS, "oid4vci.encryption"):
        found = shape.optional_child(obj, MEMBER)
    return None if found is None else AnswerEncryption.parse(found, f"/{MEMBER}")


def check_answer(
    wanted: AnswerEncryption | None, offered: ResponseEncryption | None, *, encrypted: bool
) -> None:
    """Whether the answer may be given as the request wants it (8.2, 9.1).

    1. Where the issuer demands encrypted answers, there is a key to encrypt to.
    2. A request that names one came encrypted itself.
    3. `alg` and `enc` are of those that the metadata list.

    Args:
        wanted: The request's.
        offered: The metadata's, or None.
        encrypted: Whether the request was.

    Raises:
        RemoteError: `invalid_encryption_parameters`.
    """
    if wanted is None:
        if offered is not None and offered.required:  # 1
            raise _refusal(f"/{MEMBER}", "missing")
        return
    if not encrypted:  # 2
        raise _refusal(f"/{MEMBER}", "in a request that anybody may have changed")
    if offered is None or wanted.recipient.alg not in offered.alg_values:  # 3
        raise _refusal(f"/{MEMBER}/jwk/alg", "not offered")
    if wanted.enc not in offered.enc_values:
        raise _refusal(f"/{MEMBER}/enc", "not offered")


def open_request(
    raw: bytes,
    *,
    offered: RequestEncryption | None,
    agree: Callable[[str], Callable[[PublicKey], bytes] | None],
    max_bytes: int,
) -> bytes:
    """What is in an encrypted request.

    Args:
        raw: The body of a request of type ``application/jwt``.
        offered: What the metadata say of encrypted requests, or None.
        agree: By `kid`, what agrees with another's key: of a `KeyStore`. None for a key that is not ours.
        max_bytes: The most bytes of the body.

    Raises:
        RemoteError: `invalid_encryption_parameters`.
    """
    if offered is None:
        raise _refusal("", "requests are not taken encrypted")
    with answered_with(Wire.INVALID_ENCRYPTION_PARAMETERS, "oid4vci.encryption"):
        message = jwe.parse(raw, max_bytes=max_bytes)
        ours = agree(message.kid)
        if ours is None:
            raise Refused("securing.jwe_key", "/kid")
        return jwe.decrypt(message, agree=ours, kid=message.kid, encs=offered.enc_values)


def check_plain(offered: RequestEncryption | None) -> None:
    """Whether a request may come as it is (10).

    Raises:
        RemoteError: `invalid_encryption_parameters` where each must be encrypted.
    """
    if offered is not None and offered.required:
        raise _refusal("", "a request that is not encrypted")


def _refusal(where: str, detail: str) -> RemoteError:
    return RemoteError(Wire.INVALID_ENCRYPTION_PARAMETERS, "oid4vci.encryption", where, detail)
