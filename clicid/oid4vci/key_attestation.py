"""Key attestations (OpenID4VCI annex D): a wallet provider says where keys are kept and who may use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.formats import status_claim
from clicid.keys.public import PublicKey
from clicid.oid4vci import times, wallet_provider
from clicid.oid4vci.errors import Wire
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.formats.base import StatusRef
    from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
    from clicid.securing.jws import PreparedJws

TYP: Final = "key-attestation+jwt"

HIGH: Final = "iso_18045_high"
BASIC: Final = "iso_18045_basic"
"""The first and the last of the four values that D.2 has for `key_storage` and `user_authentication`; an
ecosystem may have others."""

MAX_KEYS: Final = 64

_MAX_LEVELS: Final = 16
_MAX_LEVEL: Final = 512
_MAX_NONCE: Final = 1024


def prepare(
    keys: Sequence[PublicKey],
    *,
    alg: str,
    kid: str,
    chain: Sequence[bytes],
    now: datetime,
    lifetime: timedelta,
    key_storage: Sequence[str],
    user_authentication: Sequence[str],
    nonce: str = "",
    status: StatusRef | None = None,
) -> PreparedJws:
    """An attestation up to its signature (D.1).

    Args:
        keys: Of one key store: what is attested.
        alg: Of the provider's key, as JOSE has it.
        kid: Its name, where `chain` is empty.
        chain: Its certificates, DER, leaf first, without the root; or none.
        now: The time.
        lifetime: How long it holds.
        key_storage: What attacks the store withstands (D.2); none says nothing of it.
        user_authentication: The same of how a person lets a key be used.
        nonce: The issuer's c_nonce, if it gives one.
        status: Its entry in the provider's status list.
    """
    payload: dict[str, Json] = {
        "iat": instant.to_numeric_date(now),
        "exp": instant.to_numeric_date(now + lifetime),
        "attested_keys": [key.to_jwk() for key in keys],
    }
    optional: dict[str, Json] = {
        "key_storage": [*key_storage],
        "user_authentication": [*user_authentication],
        "nonce": nonce,
    }
    payload |= {name: value for name, value in optional.items() if value}
    if status is not None:
        payload["status"] = status_claim.claim(status)
    header = {"typ": TYP, "alg": alg, **wallet_provider.key_header(kid, chain)}
    return jws.prepare(header, strict_json.dumps(payload))


@dataclass(frozen=True, slots=True)
class VerifiedKeyAttestation:
    """What a listed provider says of keys.

    Args:
        keys: The attested keys, no two alike; a key whose proof came along must be among them.
        key_storage: The attacks that the store withstands (D.2); empty where nothing is said.
        user_authentication: The same of the person's consent.
        nonce: The c_nonce in it, or ""; whether it is fresh, only the store can tell.
        status: Where its status stands, or None; the caller looks it up
            (`wallet_provider.status_list`).
        provider: Who says so.
    """

    keys: tuple[PublicKey, ...]
    key_storage: tuple[str, ...]
    user_authentication: tuple[str, ...]
    nonce: str = field(repr=False)
    status: StatusRef | None
    provider: WalletProvider


def verify(
    jwt: str,
    *,
    providers: WalletProviders,
    algs: Collection[str],
    now: datetime,
    max_age: timedelta,
    leeway: timedelta,
    need_exp: bool,
) -> VerifiedKeyAttestation:
    """Check a key attestation (D.1).

    1. It is a JWS of type `key-attestation+jwt`, by a listed provider.
    2. It is not over, nor of the future, nor too old; `exp` is there where it must be.
    3. It attests at least one public key, and none twice.

    Args:
        jwt: The attestation.
        providers: Whose word counts.
        algs: JOSE algorithms accepted: the `proof_signing_alg_values_supported` (F.1).
        now: The time.
        max_age: The oldest `iat` accepted.
        leeway: How far `iat` may lie in the future, and a time beyond its end.
        need_exp: Whether it stands in a `jwt` proof, where `exp` is mandatory.

    Raises:
        RemoteError: `invalid_proof`: `oid4vci.key_attestation`, `oid4vci.wallet_provider`, `keys.signature`,
            `oid4vci.key_attestation_time`.
    """
    provider, payload = wallet_provider.attested(  # 1
        jwt,
        typ=TYP,
        providers=providers,
        algs=algs,
        now=now,
        wire=Wire.INVALID_PROOF,
        code="oid4vci.key_attestation",
    )
    with answered_with(Wire.INVALID_PROOF, "oid4vci.key_attestation"):
        issued_at = instant.from_numeric_date(shape.member(payload, "iat"), where="/iat")
        if not now - max_age - leeway <= issued_at <= now + leeway:  # 2
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.key_attestation_time", "/iat")
        if need_exp:
            shape.member(payload, "exp")
        if wrong := times.outside(payload, now, leeway):
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.key_attestation_time", wrong)
        return VerifiedKeyAttestation(
            keys=_keys(payload),  # 3
            key_storage=_levels(payload, "key_storage"),
            user_authentication=_levels(payload, "user_authentication"),
            nonce=shape.optional_text(payload, "nonce", maximum=_MAX_NONCE) or "",
            status=status_claim.parse(payload),
            provider=provider,
        )


def _keys(payload: Mapping[str, Json]) -> tuple[PublicKey, ...]:
    found = shape.items(payload, "attested_keys", minimum=1, maximum=MAX_KEYS)
    places = [f"/attested_keys/{at}" for at in range(len(found))]
    keys = tuple(
        PublicKey.from_jwk(shape.as_object(jwk, place), place)
        for jwk, place in zip(found, places, strict=True)
    )
    if len(set(keys)) != len(keys):
        raise Refused("codec.shape", "/attested_keys", "a key stands twice")
    return keys


def _levels(payload: Mapping[str, Json], name: str) -> tuple[str, ...]:
    if name not in payload:
        return ()
    found = shape.texts(payload, name, minimum=1, maximum=_MAX_LEVELS)
    if any(len(level) > _MAX_LEVEL for level in found):
        raise Refused("codec.shape", f"/{name}", "a value is too long")
    return found
