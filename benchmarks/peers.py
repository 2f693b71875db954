"""What others need for the same work: the straightforward way, the usual package, didkit, the floor.

Each peer is written as its own documentation shows it. A peer that does less work than we do is said to.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pyld import jsonld

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

    def _digest(self, document: dict[str, Any]) -> bytes:
        options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": self._load}
        return hashlib.sha256(jsonld.normalize(document, options).encode()).digest()

    def issue(
        self, document: dict[str, Any], key: Ed25519PrivateKey, proof: dict[str, Any]
    ) -> dict[str, Any]:
        """The document with its proof."""
        config = self._digest({"@context": document["@context"], **proof})
        signature = key.sign(config + self._digest(document))
        return document | {"proof": proof | {"proofValue": "z" + _base58(signature)}}

    def verify(self, raw: bytes, key: Ed25519PublicKey) -> None:
        """Raises if the signature is not good."""
        document = json.loads(raw)
        proof = document.pop("proof")
        signature = _from_base58(proof.pop("proofValue")[1:])
        config = self._digest({"@context": document["@context"], **proof})
        key.verify(signature, config + self._digest(document))


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
async def main():
    key = didkit.generate_ed25519_key()
    did = didkit.key_to_did("key", key)
    method = await didkit.key_to_verification_method("key", key)
    options = json.dumps({"proofPurpose": "assertionMethod", "verificationMethod": method})
    issue, verify = [], []
    for n in range(int(sys.argv[1])):
        credential = {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
                      "id": f"urn:uuid:00000000-0000-4000-8000-{n:012d}", "issuer": did,
                      "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": f"did:example:{n}"}}
        start = time.process_time_ns(); signed = await didkit.issue_credential(json.dumps(credential), options, key)
        issue.append((time.process_time_ns() - start) / 1000)
        start = time.process_time_ns(); result = await didkit.verify_credential(signed, "{}")
        verify.append((time.process_time_ns() - start) / 1000)
        assert not json.loads(result)["errors"], result
    print(json.dumps({"version": didkit.get_version(), "issue": issue, "verify": verify}), flush=True)
    os._exit(0)  # didkit aborts when the interpreter ends in the ordinary way
asyncio.run(main())
"""


def didkit_times(count: int) -> dict[str, Any]:
    """Didkit's own times in its own process: a smaller VC 1.1 document, the suite of 2020."""
    done = subprocess.run(
        [sys.executable, "-c", _DIDKIT, str(count)], capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
