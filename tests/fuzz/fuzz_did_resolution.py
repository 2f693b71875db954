"""DID resolution over HTTP: any identifier, option and Accept header ends in an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clicid.did import resolution
from clicid.did.ethr_history import About, Change, History
from clicid.did.resolution import Published, Question, Records
from clicid.errors import ClicidError, Undecided
from clicid.vc_api import resolving

if TYPE_CHECKING:
    from clicid.did.ethr import EthrDid

_DID = "did:ethr:0x539:0x" + "11" * 20
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_HUB = Change(About.ATTRIBUTE, 5, 1_700_000_000, b"did/svc/Hub".ljust(32, b"\0"), b"[{}]", 1 << 60)


class _Documents:
    def published(self, did: str) -> Published:
        return Published(b'{"id": "%s"}' % did.encode(), "https://a.example/did.json", _NOW)


class _Chain:
    def history(self, did: EthrDid) -> History:
        if did.chain_id != 1337:
            raise Undecided("did.unavailable")
        return History(did, (_HUB,), 9, 1_700_000_100, "chain 1337 block 9")

    def block_times(self, number: int) -> tuple[int, int]:
        return 1_600_000_000 + number, 1_600_000_001 + number


_RECORDS = Records(_Documents(), _Chain())

SEEDS = [
    b"\n".join((text.encode(), accept))
    for text, accept in (
        (_DID, b"*/*"),
        (f"{_DID}?versionId=5", b"application/did;q=0.5, application/did-resolution;q=0"),
        (
            f"{_DID}?versionTime=2023-11-14T22%3A13:20Z",
            b'application/ld+json;profile="https://w3id.org/did-resolution"',
        ),
        ("did:web:a.example", b"application/did+json"),
        ("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH#z", b"text/html"),
    )
]


def target(data: bytes) -> None:
    text, _, accept = data.decode("utf-8", errors="replace").partition("\n")
    assert _answer(text, accept).status in {200, 400, 404, 406, 410, 500, 501}


def _answer(text: str, accept: str) -> resolving.Answer:
    try:
        media_type = resolving.accepted(accept)
        found = resolution.resolve(Question.parse(text), _RECORDS, _NOW)
    except ClicidError as error:
        return resolving.unresolved(error)
    return resolving.resolved(found, media_type)
