"""did:webvh: an identifier, a log, and what is kept of both files."""

from __future__ import annotations

from clicid.did.webvh import documents, log
from clicid.did.webvh.files import Files
from clicid.did.webvh.identifier import LOG, WebvhDid
from clicid.errors import ClicidError
from tests.support.webvh import NOW, Controller

_CONTROLLER = Controller(place="issuer.example:a")
_CONTROLLER.create(nextKeyHashes=[], portable=True, watchers=["https://watcher.example"])
_DID = _CONTROLLER.did
SEEDS = [
    _CONTROLLER.files.log,
    _CONTROLLER.update(_CONTROLLER.state("b", did=_DID)).files.log,
    _CONTROLLER.update(deactivated=True, updateKeys=[]).files.to_bytes(),
    _DID.encode(),
    f"did:webvh:{_DID.split(':')[2]}:example.com%3A80:%20".encode(),
]


def target(data: bytes) -> None:
    try:
        did = WebvhDid.parse(data.decode("utf-8", errors="surrogateescape"))
        assert did.url(LOG).startswith("https://")
    except ClicidError:
        pass
    try:
        kept = Files.from_bytes(data)
        assert Files.from_bytes(kept.to_bytes()) == kept
    except ClicidError:
        kept = Files(data)
    try:
        found = log.read(_DID, kept, NOW)
    except ClicidError:
        return
    # Whoever has no key of ours can only leave out what came last, or add proofs' worth of white space.
    assert set(found.version_ids) <= set(_CONTROLLER.read().version_ids)
    assert documents.document(found, NOW).id == _DID
