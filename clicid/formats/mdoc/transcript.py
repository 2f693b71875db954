"""The session that a holder's proof is made for, and what is proved (ISO/IEC 18013-5 9.1.3, 9.1.5.1)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clicid.codec import cbor

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

_DEVICE_AUTHENTICATION: Final = b"\x84\x74DeviceAuthentication"
_MAC_KEY_BYTES: Final = 32


def openid4vp(client_id: str, nonce: str, response_uri: str, encryption_key: bytes | None) -> bytes:
    """The SessionTranscript of an answer that is sent to a response URI (B.2.6.1).

    Args:
        client_id: The verifier, with the prefix.
        nonce: The request's.
        response_uri: Where the answer goes; the redirect URI where it goes there.
        encryption_key: SHA-256 thumbprint of the key that the answer is encrypted for (RFC 7638, 32 bytes);
            None where it is not encrypted.
    """
    return _handover("OpenID4VPHandover", [client_id, nonce, encryption_key, response_uri])


def dc_api(origin: str, nonce: str, encryption_key: bytes | None) -> bytes:
    """The SessionTranscript of an answer by the Digital Credentials API (B.2.6.2).

    Args:
        origin: The page's, as the browser says it, without a prefix.
        nonce: The request's.
        encryption_key: As in `openid4vp`.
    """
    return _handover("OpenID4VPDCAPIHandover", [origin, nonce, encryption_key])


def _handover(name: str, info: list[Cbor]) -> bytes:
    return cbor.dumps([None, None, [name, hashlib.sha256(cbor.dumps(info)).digest()]])


def device_authentication(transcript: bytes, doc_type: str, namespaces: bytes) -> bytes:
    """The DeviceAuthenticationBytes that a holder's key signs (9.1.3.4).

    Args:
        transcript: The SessionTranscript, encoded.
        doc_type: The document's type.
        namespaces: The content of the DeviceNameSpacesBytes.
    """
    parts = (_DEVICE_AUTHENTICATION, transcript, cbor.text(doc_type), cbor.embedded(namespaces))
    return cbor.embedded(b"".join(parts))


def mac_key(shared_secret: bytes, transcript: bytes) -> bytes:
    """The EMacKey of a holder's and a reader's key (9.1.3.5; 32 bytes).

    Args:
        shared_secret: What the two agree on (ECDH).
        transcript: The SessionTranscript, encoded.
    """
    salt = hashlib.sha256(cbor.embedded(transcript)).digest()
    return HKDF(hashes.SHA256(), _MAC_KEY_BYTES, salt, b"EMacKey").derive(shared_secret)
