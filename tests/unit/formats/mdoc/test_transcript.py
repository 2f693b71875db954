"""Session transcripts, against the example of OpenID4VP 1.0 B.2.6 (its inputs and digests)."""

from __future__ import annotations

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clicid.formats.mdoc import transcript

NONCE = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA"
THUMBPRINT = bytes.fromhex("4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047")


def test_of_the_digital_credentials_api() -> None:
    assert transcript.dc_api("https://example.com", NONCE, THUMBPRINT).hex() == (
        "83f6f682764f70656e4944345650444341504948616e646f7665725820"
        "fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a"
    )


def test_of_a_response_uri() -> None:
    found = transcript.openid4vp(
        "x509_san_dns:example.com", NONCE, "https://example.com/response", THUMBPRINT
    )
    assert found.hex() == (
        "83f6f682714f70656e494434565048616e646f7665725820"
        "048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
    )


@pytest.mark.parametrize(
    "other",
    [
        ("x509_san_dns:other.example", NONCE, "https://example.com/response", THUMBPRINT),
        ("x509_san_dns:example.com", NONCE[1:], "https://example.com/response", THUMBPRINT),
        ("x509_san_dns:example.com", NONCE, "https://example.com/other", THUMBPRINT),
        ("x509_san_dns:example.com", NONCE, "https://example.com/response", THUMBPRINT[::-1]),
        ("x509_san_dns:example.com", NONCE, "https://example.com/response", None),
    ],
)
def test_it_changes_with_each_part(other: tuple[str, str, str, bytes | None]) -> None:
    same = ("x509_san_dns:example.com", NONCE, "https://example.com/response", THUMBPRINT)
    assert transcript.openid4vp(*other) != transcript.openid4vp(*same)


def test_what_a_device_signs() -> None:
    session = transcript.dc_api("https://example.com", NONCE, None)
    made = cbor2.loads(transcript.device_authentication(session, "type", cbor2.dumps({})))
    assert made.tag == 24
    name, inner, doc_type, namespaces = cbor2.loads(made.value)
    assert (name, doc_type, namespaces) == ("DeviceAuthentication", "type", cbor2.CBORTag(24, b"\xa0"))
    assert cbor2.dumps(inner) == session


def test_the_key_of_a_mac() -> None:
    session = transcript.dc_api("https://example.com", NONCE, None)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(cbor2.dumps(cbor2.CBORTag(24, session)))
    expected = HKDF(hashes.SHA256(), 32, digest.finalize(), b"EMacKey").derive(bytes(32))
    assert transcript.mac_key(bytes(32), session) == expected
