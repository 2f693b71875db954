"""SD-JWT VC by ClicID, by the `sd-jwt` package, and the raw signatures: the same documents for all."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from awscrt.crypto import EC
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.documents import (
    AWS_LC,
    BINDING,
    CHECKERS,
    CRYPTOGRAPHY,
    ECDSA,
    IDENTITY,
    SD_JWT_REQUEST,
    SHOWN,
    VALIDITY,
    Issuer,
    P256Key,
    completed,
    identity_claims,
    status_ref,
)
from benchmarks.measure import Contender, Contest
from clicid.codec import base64url, instant
from clicid.formats import sd_jwt_vc
from clicid.verification import Accepted, check
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.formats.base import IssuerIdentity

_LESS_VERIFY: Final = "accreditation, DID record, dates, certificate, status, strict JSON, report"
_LESS_ISSUE: Final = "decoy digests, which hide how many claims there are"
_LESS_PRESENT: Final = "strict JSON, paths into arrays"


class SdJwtContests:
    """Verify, issue and present over `count` credentials, each of another holder."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._issuer = issuer
        self._holders = [P256Key() for _ in range(count + 1)]
        self._claims = [identity_claims(number) for number in range(count + 1)]
        self._credentials = [self._issued(number, issuer.sd_jwt) for number in range(count + 1)]
        self._presentations = [self._presented(number) for number in range(count + 1)]
        self._peer = _Package(self)

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        bare = [
            self._presented(number, self._issued(number, replace(self._issuer.sd_jwt, x5c=())))
            for number in range(len(self._holders))
        ]
        return (
            self._verify("verify", "issuer's certificate chain included", self._presentations),
            self._verify("verify_bare", "without the certificate chain", bare),
            self._issue(),
            self._present(),
        )

    def _verify(self, name: str, how: str, presentations: Sequence[bytes]) -> Contest:
        texts = [presentation.decode() for presentation in presentations]
        floor = _Floor(self._issuer.p256, self._holders, presentations)
        size = len(presentations[0])
        return Contest(
            f"sd_jwt.{name}",
            f"SD-JWT VC, verify, {how}; key binding, 11 disclosures, {len(SHOWN)} shown, {size} bytes",
            Contender(
                "clicid", "ClicID verification.check", "", lambda number: self._check(presentations[number])
            ),
            (
                Contender(
                    "sd-jwt",
                    "sd-jwt",
                    version("sd-jwt"),
                    lambda number: self._peer.verify(texts[number]),
                    _LESS_VERIFY,
                ),
                Contender("floor", "floor: two P-256 verifications", CRYPTOGRAPHY, floor.verify_both),
                Contender("aws-lc", "the same by AWS-LC", AWS_LC, floor.verify_both_by_aws_lc),
            ),
        )

    def _issue(self) -> Contest:
        message = self._credentials[0].partition(b"~")[0]
        return Contest(
            "sd_jwt.issue",
            "SD-JWT VC, issue, 11 disclosures",
            Contender(
                "clicid",
                "ClicID sd_jwt_vc.prepare_credential and signature",
                "",
                lambda number: self._issued(number, self._issuer.sd_jwt),
            ),
            (
                Contender("sd-jwt", "sd-jwt", version("sd-jwt"), self._peer.issue, _LESS_ISSUE),
                Contender(
                    "floor",
                    "floor: one P-256 signature",
                    CRYPTOGRAPHY,
                    lambda number: self._issuer.p256.private.sign(message + number.to_bytes(4), ECDSA),
                ),
            ),
        )

    def _present(self) -> Contest:
        texts = [credential.decode() for credential in self._credentials]
        message = self._presentations[0].rpartition(b"~")[2]
        return Contest(
            "sd_jwt.present",
            f"SD-JWT VC, present {len(SHOWN)} of 11 with key binding",
            Contender("clicid", "ClicID sd_jwt_vc.prepare_presentation and signature", "", self._presented),
            (
                Contender(
                    "sd-jwt",
                    "sd-jwt",
                    version("sd-jwt"),
                    lambda number: self._peer.present(number, texts[number]),
                    _LESS_PRESENT,
                ),
                Contender(
                    "floor",
                    "floor: one P-256 signature",
                    CRYPTOGRAPHY,
                    lambda number: self._holders[number].private.sign(message, ECDSA),
                ),
            ),
        )

    def _check(self, presentation: bytes) -> None:
        ending = check(
            presentation,
            self._issuer.have,
            request=SD_JWT_REQUEST,
            policy=self._issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good presentation was not accepted: {ending}")

    def _issued(self, number: int, issuer: IssuerIdentity) -> bytes:
        prepared = sd_jwt_vc.prepare_credential(
            issuer,
            self._claims[number],
            vct=IDENTITY,
            holder=self._holders[number].public,
            validity=VALIDITY,
            status=status_ref(number),
            always=frozenset(),
            random=secrets.token_bytes,
        )
        return completed(prepared, self._issuer.p256)

    def _presented(self, number: int, credential: bytes | None = None) -> bytes:
        prepared = sd_jwt_vc.prepare_presentation(
            self._credentials[number] if credential is None else credential, SHOWN, BINDING, NOW
        )
        return completed(prepared, self._holders[number])

    def peer_inputs(self) -> tuple[JWK, list[JWK], list[dict[str, Any]]]:
        """The same keys and claims in the form of the `sd-jwt` package, made before the clock runs."""
        issuer = self._issuer
        hidden = [{SDObj(name): value for name, value in claims.items()} for claims in self._claims]
        begin = instant.to_numeric_date(VALIDITY.valid_from)
        opened = {
            "iss": issuer.sd_jwt.identifier,
            "iat": begin,
            "nbf": begin,
            "exp": instant.to_numeric_date(VALIDITY.valid_until),
            "vct": IDENTITY,
        }
        documents = [
            opened | {"status": {"status_list": {"idx": ref.index, "uri": ref.list_url}}} | claims
            for ref, claims in ((status_ref(number), claims) for number, claims in enumerate(hidden))
        ]
        return _jwk(issuer.p256), [_jwk(holder) for holder in self._holders], documents

    def header(self) -> dict[str, Any]:
        """The protected header of every credential, but for its algorithm."""
        issuer = self._issuer.sd_jwt
        x5c = [base64.b64encode(der).decode() for der in issuer.x5c]
        return {"typ": "dc+sd-jwt", "kid": issuer.key_id, "x5c": x5c}


class _Package:
    """The `sd-jwt` package as its README uses it, with keys at hand."""

    def __init__(self, contests: SdJwtContests) -> None:
        self._key, self._holders, self._claims = contests.peer_inputs()
        self._public = JWK.from_json(self._key.export_public())
        self._header = contests.header()

    def verify(self, presentation: str) -> None:
        verifier = SDJWTVerifier(
            presentation, lambda _issuer, _header: self._public, BINDING.audience, BINDING.nonce
        )
        if "family_name" not in verifier.get_verified_payload():
            raise SystemExit("sd-jwt did not give what was disclosed")

    def issue(self, number: int) -> str:
        holder, claims = self._holders[number], self._claims[number]
        made = SDJWTIssuer(claims, self._key, holder, sign_alg="ES256", extra_header_parameters=self._header)
        return str(made.sd_jwt_issuance)

    def present(self, number: int, credential: str) -> str:
        holder = SDJWTHolder(credential)
        wanted = {path[0]: True for path in SHOWN}
        holder.create_presentation(
            wanted, BINDING.nonce, BINDING.audience, self._holders[number], sign_alg="ES256"
        )
        return str(holder.sd_jwt_presentation)


class _Floor:
    """The two signatures of a presentation and nothing else: bytes and keys are cut out beforehand."""

    def __init__(self, issuer: P256Key, holders: Sequence[P256Key], presentations: Sequence[bytes]) -> None:
        self._pairs = []
        for holder, presentation in zip(holders, presentations, strict=True):
            credential, _, rest = presentation.partition(b"~")
            proof = rest.rpartition(b"~")[2]
            self._pairs.append([(issuer, *_cut(credential)), (holder, *_cut(proof))])
        self._by_aws_lc = [
            [(_aws_lc(key), signature, message) for key, signature, message in pair] for pair in self._pairs
        ]

    def verify_both(self, number: int) -> None:
        for key, signature, message in self._pairs[number]:
            key.verifier.verify(signature, message, ECDSA)

    def verify_both_by_aws_lc(self, number: int) -> None:
        for verifier, signature, message in self._by_aws_lc[number]:
            if not verifier.verify(hashlib.sha256(message).digest(), signature):
                raise SystemExit("a good signature was refused")


def _aws_lc(key: P256Key) -> EC:
    return EC.new_key_from_der_data(key.public.to_spki())


def _cut(token: bytes) -> tuple[bytes, bytes]:
    """What was signed, and the signature as OpenSSL wants it."""
    message, _, signature = token.rpartition(b".")
    raw = base64url.decode(signature.decode())
    return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), message


def _jwk(key: P256Key) -> JWK:
    return JWK.from_pyca(key.private)
