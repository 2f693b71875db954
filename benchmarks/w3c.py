"""ClicAge as a W3C credential by ClicID, plain PyLD, didkit, @digitalbazaar, and the raw signatures."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from nacl.bindings import crypto_sign_open

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
    context_documents,
    twelve_claims_document,
)
from benchmarks.measure import Contender, Contest
from benchmarks.node_peers import LESS, VC, WARM, Task, credentials
from benchmarks.peers import Didkit, PlainPyld
from clicid.codec import instant
from clicid.formats import vc_di
from clicid.formats.base import FormatId
from clicid.securing.data_integrity import EDDSA_RDFC_2022
from clicid.verification import Accepted, check, check_credential
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measure import Figure
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity

LESS_OF_PYLD: Final = "structure, safe mode, accreditation, DID record, dates, status, report"
_CLAIMS: Final = {"age": "one claim", "twelve": "twelve claims"}
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
        self._twelve = [
            twelve_claims_document(issuer.w3c, holder.did, number)
            for number, holder in enumerate(self._holders)
        ]
        self._twelve_credentials = [self._sealed(document) for document in self._twelve]
        self.presentations = [self._presented(number) for number in range(count + 1)]
        # What is signed is always a pair of digests: the floor takes 64 bytes.
        self._signatures = [
            (issuer.ed25519.sign(number.to_bytes(64)), holder.sign(number.to_bytes(64)))
            for number, holder in enumerate(self._holders)
        ]
        self._plain = PlainPyld(context_documents())
        self._didkit = Didkit.measured(count)
        self._elsewhere = credentials(
            issuer.w3c.key_id,
            self._task("age", age_document, count),
            self._task("twelve", twelve_claims_document, count),
        )

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        didkit = self._didkit.figure("verify", _LESS_DIDKIT)
        return (
            self._verify("verify", "age", self._credentials, didkit),
            self._verify("verify_twelve", "twelve", self._twelve_credentials),
            self._verify_presentation(),
            self._issue(),
            self._present(),
        )

    def _verify(self, name: str, task: str, raw: Sequence[bytes], *elsewhere: Figure) -> Contest:
        key = self._issuer.ed25519.verifier
        return Contest(
            f"w3c.{name}",
            f"W3C VC, eddsa-rdfc-2022, verify a credential of {_CLAIMS[task]}, {len(raw[0])} bytes",
            Contender(
                "clicid", "ClicID verification.check_credential", "", lambda number: self._check(raw[number])
            ),
            (
                self._pyld(lambda number: self._plain.verify(raw[number], key), LESS_OF_PYLD),
                self._floor("one Ed25519 verification", self._verify_raw),
                Contender(
                    "libsodium", "the same by libsodium", f"PyNaCl {version('PyNaCl')}", self._open_raw
                ),
            ),
            (*elsewhere, *(replace(one, less=LESS) for one in self._elsewhere.get(f"{task}.verify", ()))),
        )

    def _task(
        self, name: str, make: Callable[[IssuerIdentity, str, int], dict[str, Json]], count: int
    ) -> Task:
        warm = min(count, WARM)
        documents = [make(self._issuer.w3c, Ed25519Key().did, number) for number in range(count + warm)]
        return Task(name, VC, EDDSA_RDFC_2022, documents, warm)

    def _verify_presentation(self) -> Contest:
        key = self._issuer.ed25519.verifier
        return Contest(
            "w3c.verify_presentation",
            f"W3C VC, verify a presentation of {len(self.presentations[0])} bytes with one credential",
            Contender("clicid", "ClicID verification.check", "", self._check_presentation),
            (
                self._pyld(
                    lambda number: self._plain.verify_presentation(
                        self.presentations[number],
                        self._holders[number].verifier,
                        key,
                        BINDING.audience,
                        BINDING.nonce,
                    ),
                    LESS_OF_PYLD,
                ),
                self._floor("two Ed25519 verifications", self.verify_both_raw),
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
            (self._didkit.figure("issue", _LESS_DIDKIT), *self._elsewhere.get("age.issue", ())),
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

    def _check(self, raw: bytes) -> None:
        ending = check_credential(
            raw,
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
            self.presentations[number],
            self._issuer.have,
            request=W3C_REQUEST,
            policy=self._issuer.policy,
            checkers=CHECKERS,
            now=NOW,
        )
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good presentation was not accepted: {ending}")

    def _issued(self, number: int) -> bytes:
        return self._sealed(self._documents[number])

    def _sealed(self, document: dict[str, Json]) -> bytes:
        prepared = vc_di.prepare_credential(self._issuer.w3c, document, CONTEXTS, created=VALIDITY.valid_from)
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

    def _open_raw(self, number: int) -> None:
        crypto_sign_open(self._signatures[number][0] + number.to_bytes(64), self._issuer.ed25519.public.raw)

    def verify_both_raw(self, number: int) -> None:
        """The raw signatures of a presentation with one credential."""
        self._verify_raw(number)
        self._holders[number].verifier.verify(self._signatures[number][1], number.to_bytes(64))


def _proof(method: str, purpose: str, created: str) -> dict[str, Any]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": method,
        "proofPurpose": purpose,
    }
