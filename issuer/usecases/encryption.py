"""Encrypted requests to the credential endpoints: our keys, the one in use and those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE
from clicid.keys.algorithms import P256
from clicid.oid4vci import encryption
from clicid.oid4vci.metadata import RequestEncryption, ResponseEncryption
from clicid.securing import jwe
from clicid.securing.jwe import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.oid4vci.credential import CredentialResponse, DeferredResponse
    from clicid.oid4vci.encryption import AnswerEncryption
    from issuer.usecases.ports import Random

_MAX_BYTES: Final = 1 << 18


class Encryption:
    """Opens requests and seals answers.

    Args:
        keystore: Where the keys live.
        names: Keys on P-256: the first is published, all are taken. One that is not there is made.
        random: A source of random bytes.
        requests: Whether each request must be encrypted.
        responses: Whether each answer must be.
    """

    def __init__(
        self, keystore: KeyStore, names: Sequence[str], random: Random, *, requests: bool, responses: bool
    ) -> None:
        self._keystore = keystore
        self._random = random
        refs = [keystore.find(name) or keystore.generate(P256, name) for name in names]
        self._refs: dict[str, KeyRef] = {keystore.public(ref).thumbprint(): ref for ref in refs}
        published = [
            Recipient(keystore.public(ref), kid, jwe.ECDH_ES).to_jwk() for kid, ref in self._refs.items()
        ][:1]
        self.requests = RequestEncryption(tuple(published), tuple(jwe.ENCS), requests) if published else None
        # A wallet says to whom an answer is encrypted in a request that is encrypted itself.
        self.responses = ResponseEncryption(jwe.ALGS, tuple(jwe.ENCS), responses) if published else None

    def open(self, body: bytes, content_type: str) -> tuple[bytes, bool]:
        """The request in a body, and whether it was encrypted (OpenID4VCI 10).

        Raises:
            RemoteError: `invalid_encryption_parameters`.
        """
        if content_type.partition(";")[0].strip().lower() != encryption.MEDIA_TYPE:
            encryption.check_plain(self.requests)
            return body, False
        opened = encryption.open_request(
            body, offered=self.requests, agree=self._agreeing, max_bytes=_MAX_BYTES
        )
        return opened, True

    def answer(
        self, made: CredentialResponse | DeferredResponse, wanted: AnswerEncryption | None
    ) -> tuple[bytes, str]:
        """The body of an answer, encrypted where that is wanted, and its media type."""
        if wanted is None:
            return strict_json.dumps(made.to_wire()), JSON_TYPE
        return wanted.seal(made.to_wire(), random=self._random), encryption.MEDIA_TYPE

    def _agreeing(self, kid: str) -> Callable[[PublicKey], bytes] | None:
        ref = self._refs.get(kid)
        return None if ref is None else lambda public: self._keystore.agree(ref, public)
