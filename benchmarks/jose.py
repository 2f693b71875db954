"""ClicAge as `vc+jwt` by ClicID, by joserfc, and the raw signatures."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from benchmarks.documents import (
    CHECKERS,
    CONTEXTS,
    CRYPTOGRAPHY,
    ECDSA,
    VALIDITY,
    Ed25519Key,
    Issuer,
    P256Key,
    age_document,
    completed,
)
from benchmarks.measure import Contender, Contest
from clicid.codec import base64url
from clicid.formats import vc_jose
from clicid.formats.base import FormatId
from clicid.formats.vc_jose import Sealing
from clicid.rdf.profile import Profile
from clicid.verification import Accepted, check_credential
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.formats.base import IssuerIdentity


_LESS: Final = "data model, safe mode, accreditation, DID record, dates, status, strict JSON, report"
_LESS_ISSUE: Final = "data model, safe mode"


class _LongHeaders(jws.JWSRegistry):
    """The package's own, with room for a certificate."""

    max_header_length = 4096


class JoseContests:
    """Verify and issue over `count` credentials, each of another holder, by either kind of key."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._issuer = issuer
        self._holders = [Ed25519Key() for _ in range(count + 1)]

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        issuer = self._issuer
        return (
            *_Kind(issuer, self._holders, issuer.ed25519, issuer.w3c).contests(),
            *_Kind(issuer, self._holders, issuer.p256, issuer.sd_jwt).contests(),
        )


class _Kind:
    """The contests of one kind of key."""

    def __init__(
        self,
        issuer: Issuer,
        holders: Sequence[Ed25519Key],
        key: Ed25519Key | P256Key,
        identity: IssuerIdentity,
    ) -> None:
        self._issuer = issuer
        self._key = key
        self._sealing = Sealing(identity, key.public.algorithm.name, VALIDITY.valid_from)
        self._alg = key.public.algorithm.jose
        self._documents = [age_document(identity, holder.did, at) for at, holder in enumerate(holders)]
        self._credentials = [self._issued(number) for number in range(len(holders))]
        self._parts = [_parts(credential, key) for credential in self._credentials]
        self._peer = _joserfc_key(key)
        self._registry = _LongHeaders(algorithms=[self._alg])
        self._header = {"typ": "vc+jwt", "cty": "vc", "alg": self._alg, "kid": identity.key_id}

    def contests(self) -> Sequence[Contest]:
        """Verify and issue."""
        return self._verify(), self._issue()

    def _verify(self) -> Contest:
        return Contest(
            f"jose.verify_{self._alg.lower()}",
            f"vc+jwt, {self._alg}, verify a credential of {len(self._credentials[0])} bytes",
            Contender("clicid", "ClicID verification.check_credential", "", self._check),
            (
                Contender("joserfc", "joserfc", version("joserfc"), self._verify_by_joserfc, _LESS),
                self._floor("verification", self._verify_raw),
            ),
        )

    def _issue(self) -> Contest:
        return Contest(
            f"jose.issue_{self._alg.lower()}",
            f"vc+jwt, {self._alg}, issue",
            Contender("clicid", "ClicID vc_jose.prepare_jwt and signature", "", self._issued),
            (
                Contender("joserfc", "joserfc", version("joserfc"), self._issue_by_joserfc, _LESS_ISSUE),
                self._floor("signature", lambda number: self._sign_raw(self._parts[number][0])),
            ),
        )

    def _floor(self, what: str, run: Any) -> Contender:
        return Contender("floor", f"floor: one {self._key.public.algorithm.name} {what}", CRYPTOGRAPHY, run)

    def _check(self, number: int) -> None:
        ending = check_credential(
            self._credentials[number],
            self._issuer.have,
            format=FormatId.VC_JWT,
            policy=self._issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good credential was not accepted: {ending}")

    def _issued(self, number: int) -> bytes:
        prepared = vc_jose.prepare_jwt(self._documents[number], self._sealing, CONTEXTS, Profile.CLOSED)
        return completed(prepared, self._key)

    def _verify_by_joserfc(self, number: int) -> object:
        found = jws.deserialize_compact(self._credentials[number], self._peer, registry=self._registry)
        return json.loads(found.payload)

    def _issue_by_joserfc(self, number: int) -> object:
        payload = json.dumps({**self._documents[number], **self._sealing.claims()})
        return jws.serialize_compact(self._header, payload, self._peer, algorithms=[self._alg])

    def _verify_raw(self, number: int) -> None:
        message, signature = self._parts[number]
        if isinstance(self._key, Ed25519Key):
            self._key.verifier.verify(signature, message)
        else:
            self._key.verifier.verify(signature, message, ECDSA)

    def _sign_raw(self, message: bytes) -> bytes:
        if isinstance(self._key, Ed25519Key):
            return self._key.private.sign(message)
        return self._key.private.sign(message, ECDSA)


def _parts(credential: bytes, key: Ed25519Key | P256Key) -> tuple[bytes, bytes]:
    """The message and the signature in the form that `cryptography` takes."""
    message, _, text = credential.rpartition(b".")
    signature = base64url.decode(text.decode())
    if isinstance(key, P256Key):
        signature = encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )
    return message, signature


def _joserfc_key(key: Ed25519Key | P256Key) -> Any:
    kind = OKPKey if isinstance(key, Ed25519Key) else ECKey
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return kind.import_key(pem)
