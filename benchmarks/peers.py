"""What others need for the same work: the straightforward way, the usual package, didkit, the floor.

Each peer is written as its own documentation shows it. A peer that does less work than we do is said to.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pyld import jsonld

from benchmarks.measure import Figure, Timing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class PlainPyld:
    """eddsa-rdfc-2022 by PyLD and cryptography, with contexts at hand and nothing else checked.

    It does less than we do: no strict parsing, no structure, no accreditation, no status.
    """

    name = "PyLD + cryptography"

    def __init__(self, contexts: Mapping[str, dict[str, Any]]) -> None:
        self._contexts = contexts
        self.version = f"{version('PyLD')} + {version('cryptography')}"

    def _load(self, url: str, _options: object) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts[url],
        }

    def _digest(self, document: Mapping[str, Any]) -> bytes:
        options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": self._load}
        return hashlib.sha256(jsonld.normalize(document, options).encode()).digest()

    def sign(
        self, document: Mapping[str, Any], key: Ed25519PrivateKey, proof: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The document with its proof."""
        config = self._digest({"@context": document["@context"], **proof})
        signature = key.sign(config + self._digest(document))
        return {**document, "proof": {**proof, "proofValue": "z" + _base58(signature)}}

    def verify(self, raw: bytes, key: Ed25519PublicKey) -> None:
        """Raises if the signature is not good."""
        self._verified(json.loads(raw), key)

    def verify_presentation(
        self, raw: bytes, holder: Ed25519PublicKey, issuer: Ed25519PublicKey, domain: str, challenge: str
    ) -> None:
        """Raises if a signature is not good, or the presentation is not for us."""
        presentation = json.loads(raw)
        proof = self._verified(presentation, holder)
        if (proof["domain"], proof["challenge"]) != (domain, challenge):
            raise ValueError("for another verifier")
        for credential in presentation["verifiableCredential"]:
            self._verified(credential, issuer)

    def _verified(self, document: dict[str, Any], key: Ed25519PublicKey) -> dict[str, Any]:
        proof: dict[str, Any] = document.pop("proof")
        signature = _from_base58(proof.pop("proofValue")[1:])
        config = self._digest({"@context": document["@context"], **proof})
        key.verify(signature, config + self._digest(document))
        return proof


def _base58(data: bytes) -> str:
    number, out = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        out = _ALPHABET[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def _from_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    return number.to_bytes(64)


_DIDKIT = """
import asyncio, json, os, sys, time, didkit
from importlib.metadata import version

def credential(n, did):
    return json.dumps({
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "id": f"urn:uuid:00000000-0000-4000-8000-{n:012d}",
        "issuer": did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": f"did:example:{n}"},
    })

async def main():
    key = didkit.generate_ed25519_key()
    did = didkit.key_to_did("key", key)
    method = await didkit.key_to_verification_method("key", key)
    options = json.dumps({"proofPurpose": "assertionMethod", "verificationMethod": method})
    issue, verify = [], []
    for n in range(int(sys.argv[1])):
        unsigned = credential(n, did)
        start = time.process_time_ns()
        signed = await didkit.issue_credential(unsigned, options, key)
        between = time.process_time_ns()
        result = await didkit.verify_credential(signed, "{}")
        verify.append((time.process_time_ns() - between) / 1000)
        issue.append((between - start) / 1000)
        assert not json.loads(result)["errors"], result
    print(json.dumps({"version": version("didkit"), "issue": issue, "verify": verify}), flush=True)
    os._exit(0)  # didkit aborts when the interpreter ends in the ordinary way

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Didkit:
    """What didkit took in its own process; it signs and verifies a smaller VC 1.1 than ours."""

    version: str
    timings: Mapping[str, Timing]

    @classmethod
    def measured(cls, count: int) -> Didkit:
        """Run it over so many documents."""
        done = subprocess.run(
            [sys.executable, "-c", _DIDKIT, str(count)], capture_output=True, text=True, check=True
        )
        found = json.loads(done.stdout)
        return cls(found["version"], {name: Timing.of(found[name]) for name in ("issue", "verify")})

    def figure(self, operation: str, less: str) -> Figure:
        """Its figure for `issue` or `verify`."""
        return Figure("didkit", "didkit", self.version, less, self.timings[operation])
