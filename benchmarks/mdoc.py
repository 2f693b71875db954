"""Mobile documents by ClicID and the raw signatures: every document distinct, of another holder."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.documents import (
    CHECKERS,
    CRYPTOGRAPHY,
    ECDSA,
    VALIDITY,
    Issuer,
    P256Key,
    completed,
    status_ref,
)
from benchmarks.measure import Contender, Contest
from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats import mdoc
from clicid.formats.base import Binding, FormatId, Need, NeedKind
from clicid.formats.mdoc import issuer_signed, transcript
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.trust.iaca import Authority
from clicid.trust.iaca_making import Place, prepare_authority, prepare_signer
from clicid.verification import Accepted, Request, check
from tests.support.world import DAY, DID, NOW, SCHEMA_DIGEST, accreditation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.codec.cbor import Cbor

_DAY: Final = Tagged(1004, "1990-02-28")
_TEXTS: Final = (
    *("family_name", "given_name", "issuing_authority", "un_distinguishing_sign", "birth_place"),
    *("resident_address", "resident_city", "resident_postal_code", "issuing_jurisdiction"),
)
_SESSION: Final = transcript.openid4vp(
    "x509_hash:verifier", "a nonce of the benchmark", "https://verifier.example/response", None
)
_BINDING: Final = Binding("x509_hash:verifier", "a nonce of the benchmark", transcript=_SESSION)
_REQUEST: Final = Request(FormatId.DEVICE_RESPONSE, _BINDING, frozenset({MDL_DOCTYPE}))
_PLACE: Final = Place("SE", "Benchmark", "https://issuer.example/contact", "https://issuer.example/crl")


class MdocContests:
    """Verify, issue and present over `count` documents of 20 elements, all shown."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._root, self._signer = P256Key(), P256Key()
        root, self._certificate = self._certified()
        self._policy, self._have = _trusting(issuer, root)
        self._holders = [P256Key() for _ in range(count + 1)]
        self._elements = [_elements(number) for number in range(count + 1)]
        self._credentials = [self._issued(number) for number in range(count + 1)]
        self._presentations = [self._presented(number) for number in range(count + 1)]

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        floor = _Floor(self._signer, self._holders, self._presentations)
        shown, size = len(self._elements[0]), len(self._presentations[0])
        message = secrets.token_bytes(1500)
        return (
            Contest(
                "mdoc.verify",
                f"mdoc, verify by device signature, {shown} elements shown, {size} bytes",
                Contender(
                    "clicid",
                    "ClicID verification.check",
                    "",
                    lambda number: self._check(self._presentations[number]),
                ),
                (Contender("floor", "floor: two P-256 verifications", CRYPTOGRAPHY, floor.verify_both),),
            ),
            Contest(
                "mdoc.issue",
                f"mdoc, issue, {shown} elements",
                Contender("clicid", "ClicID mdoc.prepare_credential and signature", "", self._issued),
                (self._signature("floor: one P-256 signature", message),),
            ),
            Contest(
                "mdoc.present",
                f"mdoc, present {shown} elements with device signature",
                Contender("clicid", "ClicID mdoc.prepare_presentation and signature", "", self._presented),
                (self._signature("floor: one P-256 signature", message),),
            ),
        )

    def _signature(self, name: str, message: bytes) -> Contender:
        return Contender(
            "floor",
            name,
            CRYPTOGRAPHY,
            lambda number: self._signer.private.sign(message + number.to_bytes(4), ECDSA),
        )

    def _certified(self) -> tuple[bytes, bytes]:
        begins: Any = {"begins": NOW - 100 * DAY, "days": 400, "random": secrets.token_bytes}
        root = completed(prepare_authority(_PLACE, self._root.public, **begins), self._root)
        signer = prepare_signer(_PLACE, self._signer.public, root, self._root.public, **begins)
        return root, completed(signer, self._root)

    def _check(self, presentation: bytes) -> None:
        ending = check(
            presentation, self._have, request=_REQUEST, policy=self._policy, checkers=CHECKERS, now=NOW
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good presentation was not accepted: {ending}")

    def _issued(self, number: int) -> bytes:
        prepared = mdoc.prepare_credential(
            self._certificate,
            {MDL: self._elements[number]},
            doc_type=MDL_DOCTYPE,
            holder=self._holders[number].public,
            signed=NOW - DAY,
            validity=VALIDITY,
            status=status_ref(number),
            random=secrets.token_bytes,
        )
        return completed(prepared, self._signer)

    def _presented(self, number: int) -> bytes:
        chosen = [(MDL, name) for name in self._elements[number]]
        prepared = mdoc.prepare_presentation(self._credentials[number], chosen, _SESSION)
        return completed(prepared, self._holders[number])


def _trusting(issuer: Issuer, root: bytes) -> tuple[Any, dict[Need, Any]]:
    """The policy that trusts the root, and what the chain says of its issuer."""
    authority = Authority.load(root)
    rules = replace(issuer.policy.rules, authorities={authority: DID})
    policy = replace(issuer.policy, rules=rules, schemas={MDL_DOCTYPE: SCHEMA_DIGEST})
    right = accreditation_of(MDL_DOCTYPE, SCHEMA_DIGEST, issuer.x5c)
    body = replace(right, ca_digest=authority.key_digest).to_bytes()
    model = next(found for need, found in issuer.have.items() if need.kind is NeedKind.ACCREDITATION)
    have: dict[Need, Any] = dict(issuer.have)
    have[Need(NeedKind.ACCREDITATION, MDL_DOCTYPE, DID)] = replace(model, body=body)
    return policy, have


def _elements(number: int) -> dict[str, Cbor]:
    """20 of a driving licence, the portrait as small as it gets by radio."""
    texts: dict[str, Cbor] = {name: f"{name} {number}" for name in _TEXTS}
    return texts | {
        "birth_date": _DAY,
        "issue_date": _DAY,
        "expiry_date": _DAY,
        "issuing_country": "SE",
        "document_number": f"{number:09}",
        "portrait": secrets.token_bytes(1500),
        "driving_privileges": [
            {"vehicle_category_code": code, "issue_date": _DAY, "expiry_date": _DAY} for code in ("AM", "B")
        ],
        "age_over_18": True,
        "age_over_65": False,
        "sex": 2,
        "height": 171,
    }


class _Floor:
    """The two signatures of a presentation and nothing else: bytes and keys are cut out beforehand."""

    def __init__(self, signer: P256Key, holders: Sequence[P256Key], presentations: Sequence[bytes]) -> None:
        self._pairs = []
        for holder, presentation in zip(holders, presentations, strict=True):
            document: Any = cbor.loads(presentation, tags=frozenset((24,)))
            document = document["documents"][0]
            auth = issuer_signed.from_item(document["issuerSigned"], "").auth
            proof = document["deviceSigned"]["deviceAuth"]["deviceSignature"]
            proved = transcript.device_authentication(_SESSION, MDL_DOCTYPE, b"\xa0")
            signed = cbor.dumps(["Signature1", proof[0], b"", proved])
            self._pairs.append(
                [(signer, _der(auth.signature), auth.signing_input), (holder, _der(proof[3]), signed)]
            )

    def verify_both(self, number: int) -> None:
        for key, signature, message in self._pairs[number]:
            key.verifier.verify(signature, message, ECDSA)


def _der(raw: bytes) -> bytes:
    """A signature as OpenSSL wants it."""
    return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
