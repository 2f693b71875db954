"""DIDs, DID URLs and the documents of the methods that need no network."""

from __future__ import annotations

from clicid.did import ethr, jwk, key
from clicid.did.syntax import Did, DidUrl
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
_ED25519 = _STORE.public(_STORE.generate(ED25519, "a"))
_P256 = _STORE.public(_STORE.generate(P256, "b"))

SEEDS = [
    key.create(_ED25519).encode(),
    key.create(_P256).encode(),
    jwk.create(_ED25519).encode(),
    jwk.create(_P256).encode(),
    b"did:ethr:0x539:0x" + b"ab" * 20 + b"#delegate-1",
    b"did:example:a%20b:c/path//x?versionId=1&y=%41#frag/?",
    b"did:a:" + b":" * 200,
]


def target(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        url = DidUrl.parse(text)
    except ClicidError:
        return
    assert str(url) == text
    assert Did.parse(str(url.did)) == url.did
    for document in (key.document, jwk.document):
        try:
            assert document(str(url.did)).id == str(url.did)
        except ClicidError:
            continue
    try:
        assert str(ethr.EthrDid.parse(str(url.did))) == str(url.did)
    except ClicidError:
        return
