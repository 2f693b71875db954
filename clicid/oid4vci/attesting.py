"""What a wallet and its own provider say to each other, to have the wallet and its keys attested.

No specification has this part (ABCA 1 and OpenID4VCI annexes D and E leave it open), so it is ours, and
small. Each request is a JWT that the wallet instance signs with the key by which its provider knows it, over
a challenge of the provider's. With it come proofs of the keys that are to be attested, over the same
challenge. The provider is never told which issuer an attestation is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.codec.web import JSON_TYPE, HttpRequest
from clicid.errors import Refused, RemoteError, answered_with
from clicid.keys.public import PublicKey
from clicid.oid4vci.key_attestation import MAX_KEYS
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpAnswer
    from clicid.securing.jws import PreparedJws

REQUEST_TYP: Final = "wallet-provider-request+jwt"
KEY_TYP: Final = "wallet-provider-key+jwt"
JWT_TYPE: Final = "application/jwt"
MAX_REQUEST_BYTES: Final = 1 << 16

_MAX_KEY_BYTES: Final = 1 << 12
_MAX_ANSWER_BYTES: Final = 1 << 16
_MAX_CHALLENGE: Final = 256
_MAX_CODE: Final = 256
_MAX_NONCE: Final = 1024
_MAX_TEXT: Final = 2048
_MAX_SECONDS: Final = 31 * 86_400


class Action(StrEnum):
    """What a wallet asks for: the last part of the address, and the request's `action`."""

    REGISTER = "instances"
    ATTEST_CLIENT = "client-attestations"
    ATTEST_KEYS = "key-attestations"


_KEYS: Final = {Action.REGISTER: (0, 0), Action.ATTEST_CLIENT: (1, 1), Action.ATTEST_KEYS: (1, MAX_KEYS)}


class Wire(StrEnum):
    """Why a provider turns a request down: the `error` of its answer."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CHALLENGE = "invalid_challenge"
    INVALID_CODE = "invalid_code"
    INVALID_KEY = "invalid_key"
    UNKNOWN_INSTANCE = "unknown_instance"


_FORBIDDEN: Final = frozenset({Wire.INVALID_CODE, Wire.INVALID_KEY, Wire.UNKNOWN_INSTANCE})


def status(fault: RemoteError) -> int:
    """The HTTP status that goes with an error."""
    return 403 if fault.wire in _FORBIDDEN else 400


@dataclass(frozen=True, slots=True)
class AttestingRequest:
    """What a wallet instance asks of its provider.

    Args:
        action: What for.
        code: To register: the one-time code that the provider gave out.
        keys: To attest: a proof of each key (`prepare_key`).
        nonce: To attest keys: the issuer's c_nonce, or "".
    """

    action: Action
    code: str = field(default="", repr=False)
    keys: tuple[str, ...] = ()
    nonce: str = field(default="", repr=False)

    def prepare(
        self, key: PublicKey, *, alg: str, provider: str, challenge: str, now: datetime
    ) -> PreparedJws:
        """The request up to its signature by the instance's key.

        Args:
            key: The key by which the provider knows this instance.
            alg: Its JOSE algorithm.
            provider: The provider's identifier, its base URL.
            challenge: What it gave.
            now: The time.
        """
        wish: dict[str, Json] = {"code": self.code, "keys": list(self.keys), "nonce": self.nonce}
        claims = {"action": self.action.value, **{name: value for name, value in wish.items() if value}}
        return _prepare(REQUEST_TYP, key, claims, alg=alg, provider=provider, challenge=challenge, now=now)


def prepare_key(key: PublicKey, *, alg: str, provider: str, challenge: str, now: datetime) -> PreparedJws:
    """A proof that the wallet holds a key that is to be attested, up to its signature by that key.

    Args:
        key: The key.
        alg: Its JOSE algorithm.
        provider: As in `AttestingRequest.prepare`.
        challenge: The same as in the request that the proof is for.
        now: The time.
    """
    return _prepare(KEY_TYP, key, {}, alg=alg, provider=provider, challenge=challenge, now=now)


@dataclass(frozen=True, slots=True)
class VerifiedAsking:
    """A request whose signatures hold.

    Args:
        instance: The key of whoever asks; whether it is a wallet that is registered, the store can tell.
        challenge: What it answers; whether it is ours and fresh, the store can tell.
        request: What is asked.
        keys: The keys whose possession was proved, in the request's order, no two alike.
    """

    instance: PublicKey
    challenge: str = field(repr=False)
    request: AttestingRequest
    keys: tuple[PublicKey, ...]


def verify(
    jwt: bytes | str,
    *,
    action: Action,
    provider: str,
    algs: Collection[str],
    now: datetime,
    max_age: timedelta,
    leeway: timedelta,
) -> VerifiedAsking:
    """Check a request (the provider's side).

    1. It is a JWS of its type, by the public key in its own header, with an algorithm that is accepted.
    2. It is for this provider, for what this address does, and of now.
    3. It has as many keys as it needs: none to register, one for a client, at least one to attest keys.
    4. Each key's proof is likewise, and over the same challenge; no key stands twice, nor is the instance's
       own among them: it is the same for all issuers, and would tell them so.

    Args:
        jwt: The request's body.
        action: What the address is for.
        provider: Our identifier.
        algs: JOSE algorithms accepted.
        now: The time.
        max_age: The oldest `iat` accepted.
        leeway: How far `iat` may lie in the future, and beyond `max_age`.

    Raises:
        RemoteError: `invalid_request`: `wallet_provider.request`, `keys.signature`; `invalid_key`:
            `wallet_provider.key`.
    """
    window = (now - max_age - leeway, now + leeway)
    with answered_with(Wire.INVALID_REQUEST, "wallet_provider.request"):
        instance, payload = _verified(jwt, REQUEST_TYP, provider, algs, window)  # 1, 2
        if shape.text(payload, "action", maximum=32) != action:
            raise Refused("codec.shape", "/action", f"{action} is wanted")
        request = AttestingRequest(
            action=action,
            code=shape.optional_text(payload, "code", maximum=_MAX_CODE) or "",
            keys=shape.texts(payload, "keys", maximum=MAX_KEYS) if "keys" in payload else (),
            nonce=shape.optional_text(payload, "nonce", maximum=_MAX_NONCE) or "",
        )
        challenge = shape.text(payload, "challenge", maximum=_MAX_CHALLENGE)
        least, most = _KEYS[action]
        if not least <= len(request.keys) <= most:  # 3
            raise Refused("codec.shape", "/keys", f"{least} to {most} keys are wanted")
    with answered_with(Wire.INVALID_KEY, "wallet_provider.key"):
        keys = tuple(_proved(proof, provider, challenge, algs, window) for proof in request.keys)  # 4
        if len({instance, *keys}) != 1 + len(keys):
            raise Refused("wallet_provider.key", "/keys", "a key twice, or the instance's own")
    return VerifiedAsking(instance, challenge, request, keys)


@dataclass(frozen=True, slots=True)
class Attested:
    """A provider's answer.

    Args:
        attestation: The JWT: a client attestation or a key attestation.
        client_id: The wallet's `client_id`, the `sub` of client attestations.
        expires_in: For how many seconds it holds.
    """

    attestation: str = field(repr=False)
    client_id: str
    expires_in: int

    @classmethod
    def parse(cls, raw: bytes) -> Attested:
        """Read the body.

        Raises:
            Refused: `codec.*`.
        """
        body = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_ANSWER_BYTES, max_depth=4))
        return cls(
            attestation=shape.text(body, "attestation"),
            client_id=shape.text(body, "client_id", maximum=_MAX_TEXT),
            expires_in=shape.integer(body, "expires_in", minimum=1, maximum=_MAX_SECONDS),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "attestation": self.attestation,
            "client_id": self.client_id,
            "expires_in": self.expires_in,
        }


def challenge_request(provider: str) -> HttpRequest:
    """Ask a provider for a challenge."""
    return HttpRequest("POST", f"{provider}/challenge", max_bytes=_MAX_ANSWER_BYTES)


def http_request(provider: str, action: Action, jwt: bytes) -> HttpRequest:
    """Send a request that is signed."""
    return HttpRequest(
        "POST", f"{provider}/{action}", content_type=JWT_TYPE, body=jwt, max_bytes=_MAX_ANSWER_BYTES
    )


def read_challenge(answer: HttpAnswer) -> str:
    """The challenge that a provider gave.

    Raises:
        Refused: as `read_answer`.
    """
    body = shape.as_object(
        strict_json.loads(read_answer(answer, 200), max_bytes=_MAX_ANSWER_BYTES, max_depth=4)
    )
    return shape.text(body, "challenge", maximum=_MAX_CHALLENGE)


def read_answer(answer: HttpAnswer, wanted: int) -> bytes:
    """The body of an answer with the status that is wanted.

    Raises:
        Refused: `wallet_provider.remote`, with the provider's error in the detail.
    """
    if answer.status != wanted or (answer.body and answer.content_type != JSON_TYPE):
        try:
            body = shape.as_object(strict_json.loads(answer.body, max_bytes=_MAX_ANSWER_BYTES, max_depth=4))
            error = Wire(shape.text(body, "error", maximum=64)).value
        except (Refused, ValueError):
            error = ""
        raise Refused("wallet_provider.remote", detail=f"status {answer.status} {error}".rstrip())
    return answer.body


def _prepare(
    typ: str,
    key: PublicKey,
    claims: Mapping[str, Json],
    *,
    alg: str,
    provider: str,
    challenge: str,
    now: datetime,
) -> PreparedJws:
    header: dict[str, Json] = {"typ": typ, "alg": alg, "jwk": key.to_jwk()}
    common: dict[str, Json] = {
        "aud": provider,
        "iat": instant.to_numeric_date(now),
        "challenge": challenge,
    }
    return jws.prepare(header, strict_json.dumps({**common, **claims}))


def _verified(
    jwt: bytes | str, typ: str, provider: str, algs: Collection[str], window: tuple[datetime, datetime]
) -> tuple[PublicKey, dict[str, Json]]:
    cap = MAX_REQUEST_BYTES if typ == REQUEST_TYP else _MAX_KEY_BYTES
    unverified = jws.parse(jwt, typ=typ, max_bytes=cap)
    if unverified.header["alg"] not in algs:
        raise Refused("keys.algorithm", "/alg", "not one that is accepted")
    key = PublicKey.from_jwk(shape.child(unverified.header, "jwk"), "/jwk")
    payload = shape.as_object(strict_json.loads(jws.verify(unverified, key), max_bytes=cap, max_depth=4))
    if shape.text(payload, "aud", maximum=_MAX_TEXT) != provider:
        raise Refused("codec.shape", "/aud", "for somebody else")
    begin, end = window
    if not begin <= instant.from_numeric_date(shape.member(payload, "iat"), where="/iat") <= end:
        raise Refused("codec.shape", "/iat", "too old, or of the future")
    return key, payload


def _proved(
    jwt: str, provider: str, challenge: str, algs: Collection[str], window: tuple[datetime, datetime]
) -> PublicKey:
    key, payload = _verified(jwt, KEY_TYP, provider, algs, window)
    if shape.text(payload, "challenge", maximum=_MAX_CHALLENGE) != challenge:
        raise Refused("codec.shape", "/challenge", "another than the request's")
    return key
