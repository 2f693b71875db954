"""Parties that share no code with ours: packages from npm, a process of node for each role."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import serialization
from jwcrypto.jwk import JWK
from py_arkworks_bls12381 import Scalar

from clicid.adapters import clock
from clicid.codec import base64url
from tests.support.node import install, installed
from tests.support.world import DAY
from tests.support.x509 import Party as Named
from tests.support.x509 import issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from tests.support.memory_keystore import MemoryKeyStore

PACKAGES: Final = Path(__file__).parents[1] / "interop" / "foreign"

CLIENT, ATTESTED = "https://wallet.example", "https://attested.example"
"""By which our issuer knows the foreign wallet: where it is listed, and where its provider is."""
PROVIDER, PROVIDER_ROOT = Named("A foreign provider", 51), Named("Root of a foreign provider", 52)
"""Who attests the foreign wallet and its keys."""


def certify(subject: Named, *, ca: bool = False) -> bytes:
    """A certificate of now under the foreign provider's root."""
    begins, ends = clock.now() - DAY, clock.now() + 100 * DAY
    return issue(subject, PROVIDER_ROOT, ca=ca, begins=begins, ends=ends)


class ForeignError(Exception):
    """What a foreign party could not do, in its own words; `response` is the answer it got or would give."""

    def __init__(self, name: str, message: str, response: dict[str, Any] | None) -> None:
        super().__init__(f"{name}: {message}")
        self.response = response or {}


class Party:
    """One role, asked a call at a time."""

    def __init__(self, process: subprocess.Popen[str], said: Any) -> None:
        self._process = process
        self._said = said

    def __call__(self, call: str, **given: Any) -> Any:
        """Have it do something; gives what came of it.

        Raises:
            ForeignError: It could not.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": call, "with": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the party ended: {self._end()}"
        answer = json.loads(line)
        if "error" in answer:
            raise ForeignError(**answer["error"])
        return answer["value"]

    def _end(self) -> str:
        self._process.wait(5)
        self._said.seek(0)
        return str(self._said.read())


def why_not() -> str:
    """Why no foreign party can be started here; nothing where it can."""
    return install(PACKAGES)


@contextmanager
def party(role: str) -> Iterator[Party]:
    """A process with one role, while the block runs."""
    node = shutil.which("node")
    assert node is not None
    arguments = [node, str(PACKAGES / "party.mjs"), str(installed(PACKAGES)), role]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        yield Party(process, said)


def private_jwk(keys: MemoryKeyStore, ref: KeyRef) -> dict[str, Any]:
    """A private key for another to sign with."""
    _, key = keys._entry(ref)
    assert not isinstance(key, Scalar)
    return exported(key)


def exported(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> dict[str, Any]:
    """A private key as JWK."""
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    found: dict[str, Any] = JWK.from_pem(key.private_bytes(*form)).export(as_dict=True)
    return {name: value for name, value in found.items() if name != "kid"}


def x5c(*certificates: bytes) -> list[str]:
    """Certificates as JSON carries them."""
    return [base64.b64encode(each).decode() for each in certificates]


def pem(*certificates: bytes) -> str:
    """Certificates as files carry them."""
    begin, end = (f"-----{word} CERTIFICATE-----" for word in ("BEGIN", "END"))
    return "".join(f"{begin}\n{each}\n{end}\n" for each in x5c(*certificates))


def thumbprint(key: PublicKey) -> bytes:
    """SHA-256 of a key's members (RFC 7638)."""
    return base64url.decode(key.thumbprint())
