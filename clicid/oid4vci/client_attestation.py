"""Attestation-based client authentication: a wallet shows whose it is, and that it holds the attested key.

Draft-ietf-oauth-attestation-based-client-auth (ABCA), with the claims that OpenID4VCI annex E adds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.formats import status_claim
from clicid.keys import confirmation
from clicid.oid4vci import times, wallet_provider
from clicid.oid4vci.dpop import VerifiedDpop
from clicid.oid4vci.errors import Wire
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import StatusRef
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
    from clicid.securing.jws import PreparedJws

TYP: Final = "oauth-client-attestation+jwt"
POP_TYP: Final = "oauth-client-attestation-pop+jwt"
HEADER: Final = "OAuth-Client-Attestation"
POP_HEADER: Final = "OAuth-Client-Attestation-PoP"
CHALLENGE_HEADER: Final = "OAuth-Client-Attestation-Challenge"
METHOD: Final = "attest_jwt_client_auth"
"""The value of `token_endpoint_auth_methods_supported` for an attestation with a PoP of its own (ABCA 8)."""
COMBINED_METHOD: Final = "attest_jwt_client_auth_dpop"
"""The same where the DPoP proof is the PoP."""

_POP_LIFE: Final = timedelta(minutes=5)
_MAX_POP_BYTES: Final = 1 << 13
_MAX_TEXT: Final = 2048
_MAX_JTI: Final = 256
_MAX_CHALLENGE: Final = 1024


def prepare_attestation(
    key: PublicKey,
    *,
    issuer: str,
    client_id: str,
    alg: str,
    kid: str,
    chain: Sequence[bytes],
    now: datetime,
    lifetime: timedelta,
    wallet_name: str = "",
    wallet_link: str = "",
    status: StatusRef | None = None,
) -> PreparedJws:
    """The wallet provider's word on one wallet instance, up to its signature (ABCA 4; VCI annex E).

    Args:
        key: The instance's key, made for one authorization server (`cnf`).
        issuer: The provider (`iss`): required before draft 08, and so by servers that follow HAIP 1.0.
        client_id: That of the wallet, the same for all its instances (`sub`).
        alg: Of the provider's key, as JOSE has it.
        kid: Its name, where `chain` is empty.
        chain: Its certificates, DER, leaf first, without the root; or none.
        now: The time.
        lifetime: How long it holds.
        wallet_name: For people.
        wallet_link: URL of more about the wallet and its provider.
        status: Its entry in the provider's status list.
    """
    optional: dict[str, Json] = {"wallet_name": wallet_name, "wallet_link": wallet_link}
    payload: dict[str, Json] = {
        "iss": issuer,
        "sub": client_id,
        "iat": instant.to_numeric_date(now),
        "exp": instant.to_numeric_date(now + lifetime),
        "cnf": {"jwk": key.to_jwk()},
        **{name: value for name, value in optional.items() if value},
    }
    if status is not None:
        payload["status"] = status_claim.claim(status)
    header = {"typ": TYP, "alg": alg, **wallet_provider.key_header(kid, chain)}
    return jws.prepare(header, strict_json.dumps(payload))


def prepare_pop(
    *, alg: str, audience: str, jti: str, now: datetime, challenge: str = "", client_id: str = ""
) -> PreparedJws:
    """The wallet's proof that it holds the attested key, up to its signature by that key (ABCA 5.1).

    Args:
        alg: Of the attested key.
        audience: The authorization server's issuer identifier.
        jti: A fresh random value.
        now: The time.
        challenge: What the server gave, if it gives challenges.
        client_id: That of the wallet, for servers of earlier drafts: `iss` was required before 08, `exp`
            before 06. Later ones read neither.
    """
    payload: dict[str, Json] = {"aud": audience, "jti": jti, "iat": instant.to_numeric_date(now)}
    if challenge:
        payload["challenge"] = challenge
    if client_id:
        payload |= {"iss": client_id, "exp": instant.to_numeric_date(now + _POP_LIFE)}
    return jws.prepare({"typ": POP_TYP, "alg": alg}, strict_json.dumps(payload))


@dataclass(frozen=True, slots=True)
class VerifiedClient:
    """A wallet that authenticated.

    Args:
        client_id: Its `client_id`: of a kind of wallet, not of one instance.
        key: The instance's key, to which codes and refresh tokens are to be bound (ABCA 9.3, 9.4).
        provider: Who attested it.
        status: Where the attestation's status stands, or None; the caller looks it up
            (`wallet_provider.status_list`).
        jti: The proof's own id; whether it was here before, only the store can tell.
        challenge: The server's challenge in it, or ""; whether it is fresh, only the store can tell
            (`use_attestation_challenge`).
        until: How long the store must remember `jti`.
        wallet_name: What the provider calls the wallet, or "".
        wallet_link: More about it, or "".
    """

    client_id: str
    key: PublicKey
    provider: WalletProvider
    status: StatusRef | None
    jti: str
    challenge: str = field(repr=False)
    until: datetime
    wallet_name: str
    wallet_link: str


def verify(
    attestation: str,
    pop: str | VerifiedDpop,
    *,
    audience: str,
    client_id: str | None,
    providers: WalletProviders,
    algs: Collection[str],
    now: datetime,
    max_age: timedelta,
    leeway: timedelta,
) -> VerifiedClient:
    """Check the attestation headers of a request to an authorization server (ABCA 7).

    1. The attestation is a JWS of its type, by a listed provider (7.1 steps 2 to 4).
    2. It is not over, nor of the future (step 6).
    3. Its `cnf` holds a public key (step 5).
    4. Its `sub` is a client of that provider's, and the request's `client_id` if it has one (step 7).
    5. The proof of possession is of its type, by that key (7.2 steps 2 to 4), or: the request's DPoP proof is
       by that key (7.3 step 4).
    6. The proof is for this server (7.2 step 7; DPoP by its `htu`), its `iat` in the window (step 6), and
       now in that of its `nbf` and `exp`, if they are there.

    Challenge (steps 5 and 8) and repetition (step 9) are the store's.

    Args:
        attestation: The one `OAuth-Client-Attestation` header.
        pop: The one `OAuth-Client-Attestation-PoP` header; where there is none, the request's DPoP proof, if
            the server's metadata list `COMBINED_METHOD`.
        audience: Our issuer identifier.
        client_id: The request's, or None.
        providers: Whose word counts.
        algs: JOSE algorithms accepted, of attestation and proof.
        now: The time.
        max_age: The oldest `iat` of a proof.
        leeway: How far a time may lie in the future, and beyond its end.

    Raises:
        RemoteError: `invalid_client`: `oid4vci.attestation`, `oid4vci.wallet_provider`,
            `oid4vci.attestation_client`, `oid4vci.attestation_pop`, `oid4vci.attestation_audience`,
            `oid4vci.attestation_time`, `keys.signature`; `use_fresh_attestation`:
            `oid4vci.attestation_expired`.
    """
    provider, payload = wallet_provider.attested(  # 1
        attestation,
        typ=TYP,
        providers=providers,
        algs=algs,
        now=now,
        wire=Wire.INVALID_CLIENT,
        code="oid4vci.attestation",
    )
    with answered_with(Wire.INVALID_CLIENT, "oid4vci.attestation"):
        _check_times(payload, now, leeway)  # 2
        key = confirmation.holder_key(payload)  # 3
        if key is None:
            raise Refused("codec.shape", "/cnf", "missing")
        named = shape.text(payload, "sub", maximum=_MAX_TEXT)
        status = status_claim.parse(payload)
        wallet_name = shape.optional_text(payload, "wallet_name", maximum=_MAX_TEXT) or ""
        wallet_link = shape.optional_text(payload, "wallet_link", maximum=_MAX_TEXT) or ""
    if named not in provider.clients or client_id not in (None, named):  # 4
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_client", "/sub")
    if isinstance(pop, VerifiedDpop):  # 5, 6
        if pop.key != key:
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_pop", "DPoP", "not the attested key")
        jti, challenge, until = pop.jti, pop.nonce, pop.until
    else:
        with answered_with(Wire.INVALID_CLIENT, "oid4vci.attestation_pop"):
            proof = _pop(pop, key, algs)
            if shape.text(proof, "aud", maximum=_MAX_TEXT) != audience:
                raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_audience", "/aud")
            jti = shape.text(proof, "jti", maximum=_MAX_JTI)
            challenge = shape.optional_text(proof, "challenge", maximum=_MAX_CHALLENGE) or ""
            issued_at = instant.from_numeric_date(shape.member(proof, "iat"), where="/iat")
            wrong = times.outside(proof, now, leeway)
        if wrong or not now - max_age - leeway <= issued_at <= now + leeway:
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_time", wrong or "/iat")
        until = issued_at + max_age + leeway
    return VerifiedClient(named, key, provider, status, jti, challenge, until, wallet_name, wallet_link)


def _check_times(payload: Mapping[str, Json], now: datetime, leeway: timedelta) -> None:
    """Step 2."""
    shape.member(payload, "exp")
    wrong = times.outside(payload, now, leeway)
    if wrong == "/exp":
        raise RemoteError(Wire.USE_FRESH_ATTESTATION, "oid4vci.attestation_expired", wrong)
    if "iat" in payload and instant.from_numeric_date(payload["iat"], where="/iat") > now + leeway:
        wrong = "/iat"
    if wrong:
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_time", wrong)


def _pop(jwt: str, key: PublicKey, algs: Collection[str]) -> dict[str, Json]:
    unverified = jws.parse(jwt, typ=POP_TYP, max_bytes=_MAX_POP_BYTES)
    if unverified.header["alg"] not in algs:
        raise Refused("keys.algorithm", "/alg", "not one that is accepted")
    with answered_with(Wire.INVALID_CLIENT, "keys.signature"):
        raw = jws.verify(unverified, key)
    return shape.as_object(strict_json.loads(raw, max_bytes=_MAX_POP_BYTES, max_depth=8))
