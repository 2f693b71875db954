"""ClicAge as a W3C credential by ClicID, by plain PyLD, by didkit, and the raw signatures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from benchmarks.documents import (
    BINDING,
    CHECKERS,
    CONTEXTS,
    CRYPTOGRAPHY,
    VALIDITY,
    W3C_REQUEST,
    Ed25519Key,
    Issuer,
    age_document,
    completed,
)
from benchmarks.measure import Contender, Contest
from benchmarks.peers import Didkit, PlainPyld
from clicid.adapters import package_data
from clicid.codec import instant
from clicid.formats import vc_di
from clicid.formats.base import FormatId
from clicid.verification import Accepted, check, check_credential
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LESS: Final = "structure, safe mode, accreditation, DID record, dates, status, report"
_LESS_ISSUE: Final = "safe mode: what JSON-LD drops goes unnoticed"
_LESS_DIDKIT: Final = "all but the proof: a smaller VC 1.1 under did:key, Ed25519Signature2018"


class W3cContests:
    """Verify, issue and present over `count` credentials, each of another holder."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._issuer = issuer
        self._holders = [Ed25519Key() for _ in range(count + 1)]
        self._documents = [
            age_document(issuer.w3c, holder.did, number) for number, holder in enumerate(self._holders)
        ]
        self._credentials = [self._issued(number) for number in range(count + 1)]
        self._presentations = [self._presented(number) for number in range(count + 1)]
        # What is signed is always a pair of digests: the floor takes 64 bytes.
        self._signatures = [
            (issuer.ed25519.sign(number.to_bytes(64)), holder.sign(number.to_bytes(64)))
            for number, holder in enumerate(self._holders)
        ]
        self._plain = PlainPyld(_contexts())
        self._didkit = Didkit.measured(count)

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        return self._verify_credential(), self._verify_presentation(), self._issue(), self._present()

    def _verify_credential(self) -> Contest:
        key = self._issuer.ed25519.verifier
        return Contest(
            "w3c.verify",
            f"W3C VC, eddsa-rdfc-2022, verify a credential of {len(self._credentials[0])} bytes",
            Contender("clicid", "ClicID verification.check_credential", "", self._check_credential),
            (
                self._pyld(lambda number: self._plain.verify(self._credentials[number], key), _LESS),
                self._floor("one Ed25519 verification", self._verify_raw),
            ),
            (self._didkit.figure("verify", _LESS_DIDKIT),),
        )

    def _verify_presentation(self) -> Contest:
        key = self._issuer.ed25519.verifier
        return Contest(
            "w3c.verify_presentation",
            f"W3C VC, verify a presentation of {len(self._presentations[0])} bytes with one credential",
            Contender("clicid", "ClicID verification.check", "", self._check_presentation),
            (
                self._pyld(
                    lambda number: self._plain.verify_presentation(
                        self._presentations[number],
                        self._holders[number].verifier,
                        key,
                        BINDING.audience,
                        BINDING.nonce,
                    ),
                    _LESS,
                ),
                self._floor("two Ed25519 verifications", self._verify_both_raw),
            ),
        )

    def _issue(self) -> Contest:
        issuer = self._issuer
        proof = _proof(issuer.w3c.key_id, "assertionMethod", instant.format_stamp(VALIDITY.valid_from))
        return Contest(
            "w3c.issue",
            "W3C VC, issue",
            Contender("clicid", "ClicID vc_di.prepare_credential and signature", "", self._issued),
            (
                self._pyld(
                    lambda number: json.dumps(
                        self._plain.sign(self._documents[number], issuer.ed25519.private, proof)
                    ),
                    _LESS_ISSUE,
                ),
                self._floor(
                    "one Ed25519 signature", lambda number: issuer.ed25519.private.sign(number.to_bytes(64))
                ),
            ),
            (self._didkit.figure("issue", _LESS_DIDKIT),),
        )

    def _present(self) -> Contest:
        return Contest(
            "w3c.present",
            "W3C VC, present one credential",
            Contender("clicid", "ClicID vc_di.prepare_presentation and signature", "", self._presented),
            (
                self._pyld(self._present_plainly, _LESS_ISSUE),
                self._floor(
                    "one Ed25519 signature",
                    lambda number: self._holders[number].private.sign(number.to_bytes(64)),
                ),
            ),
        )

    def _pyld(self, run: Callable[[int], object], less: str) -> Contender:
        return Contender("pyld", PlainPyld.name, self._plain.version, run, less)

    @staticmethod
    def _floor(name: str, run: Callable[[int], object]) -> Contender:
        return Contender("floor", f"floor: {name}", CRYPTOGRAPHY, run)

    def _check_credential(self, number: int) -> None:
        ending = check_credential(
            self._credentials[number],
            self._issuer.have,
            format=FormatId.LDP_VC,
            policy=self._issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good credential was not accepted: {ending}")

    def _check_presentation(self, number: int) -> None:
        ending = check(
            self._presentations[number],
            self._issuer.have,
            request=W3C_REQUEST,
            policy=self._issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good presentation was not accepted: {ending}")

    def _issued(self, number: int) -> bytes:
        prepared = vc_di.prepare_credential(
            self._issuer.w3c, self._documents[number], CONTEXTS, created=VALIDITY.valid_from
        )
        return completed(prepared, self._issuer.ed25519)

    def _presented(self, number: int) -> bytes:
        holder = self._holders[number]
        prepared = vc_di.prepare_presentation([self._credentials[number]], holder.did, BINDING, CONTEXTS, NOW)
        return completed(prepared, holder)

    def _present_plainly(self, number: int) -> str:
        holder = self._holders[number]
        method = f"{holder.did}#{holder.public.to_multikey()}"
        proof = _proof(method, "authentication", instant.format_stamp(NOW)) | {
            "domain": BINDING.audience,
            "challenge": BINDING.nonce,
        }
        presentation = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "holder": holder.did,
            "verifiableCredential": [json.loads(self._credentials[number])],
        }
        return json.dumps(self._plain.sign(presentation, holder.private, proof))

    def _verify_raw(self, number: int) -> None:
        message = number.to_bytes(64)
        self._issuer.ed25519.verifier.verify(self._signatures[number][0], message)

    def _verify_both_raw(self, number: int) -> None:
        self._verify_raw(number)
        self._holders[number].verifier.verify(self._signatures[number][1], number.to_bytes(64))


def _contexts() -> dict[str, Any]:
    rows = json.loads(package_data.schema("contexts/manifest.json"))
    return {row["url"]: json.loads(package_data.schema(f"contexts/{row['file']}")) for row in rows}


def _proof(method: str, purpose: str, created: str) -> dict[str, Any]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": method,
        "proofPurpose": purpose,
    }
