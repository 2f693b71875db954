"""DIDs of issuers that the policy names, resolved over HTTP by what is held of them; nobody is called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from clicid.adapters import vc_api_routes
from clicid.adapters.did_records import NamedDocuments, NoChain
from clicid.did.resolution import Records
from tests.support.asgi import Client, asking
from tests.support.named_issuer import DOCUMENT, LOG, Named, Site
from tests.support.webvh import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from clicid.formats.base import Material, Need, Unavailable

HOUR = timedelta(hours=1)
NOT_NAMED = "of DIDs on the web only issuers that the policy names are known here"


class Desk:
    """A verifier that names one issuer, and who asks it for DIDs."""

    def __init__(self, issuer: Named, client: Client) -> None:
        self.issuer = issuer
        self._client = client

    def ask(self, did: str = "", **options: str) -> tuple[int, Any]:
        """Status and body; whoever asks, no web server is asked for it."""
        self.issuer.site.asked.clear()
        answer = self._client.get(f"/1.0/identifiers/{did or self.issuer.did}", params=options)
        assert self.issuer.site.asked == []
        return answer.status_code, answer.json()

    def error(self, did: str = "", **options: str) -> tuple[int, str, str]:
        """Status, code and detail of what does not resolve, of which no document comes along."""
        status, body = self.ask(did, **options)
        assert body["didDocument"] is None
        error = body["didResolutionMetadata"]["error"]
        return status, error["code"], error["detail"]

    def metadata(self, **options: str) -> Any:
        return self.ask(**options)[1]["didDocumentMetadata"]


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Iterator[Desk]:
    yield from asked(Named(site, tmp_path))


@pytest.fixture
def by_web(site: Site, tmp_path: Path) -> Iterator[Desk]:
    yield from asked(Named(site, tmp_path, "web"))


@dataclass(frozen=True)
class Held:
    """What the verifier holds, also after it began anew."""

    issuer: Named

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        return self.issuer.materials.get(need, now)

    get_at_once = get


def asked(issuer: Named) -> Iterator[Desk]:
    app = FastAPI()
    documents = NamedDocuments(Held(issuer), lambda: issuer.now, issuer.rules.by_name)
    records = Records(documents, NoChain("no chain is followed here"))
    app.include_router(vc_api_routes.identifiers(records, lambda: issuer.now))
    with asking(app, "http://verifier.example") as client:
        yield Desk(issuer, client)
    issuer.materials.stop()


def test_a_log_is_given_whole(desk: Desk) -> None:
    issuer = desk.issuer
    first = issuer.controller.version_id
    issuer.controller.update(issuer.controller.state("a", "b", did=issuer.did))
    issuer.show()
    issuer.materials.refresh()
    status, found = desk.ask()
    assert (status, len(found["didDocument"]["verificationMethod"])) == (200, 2)
    assert found["didResolutionMetadata"] == {
        "contentType": "application/did",
        "source": f"https://issuer.example{LOG}",
        "asOf": "2026-11-26T00:00:00Z",
    }
    now = found["didDocumentMetadata"]
    assert now["versionId"] == issuer.controller.version_id
    assert (now["created"], now["updated"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    assert (now["deactivated"], "nextVersionId" in now) == (False, False)
    for asked in ({"versionId": first}, {"versionNumber": "1"}, {"versionTime": "2026-01-01T12:00:00Z"}):
        older = desk.ask(**asked)[1]
        assert len(older["didDocument"]["verificationMethod"]) == 1
        assert older["didDocumentMetadata"]["versionId"] == first
        assert older["didDocumentMetadata"]["nextVersionId"] == issuer.controller.version_id
        assert older["didDocumentMetadata"]["nextUpdate"] == "2026-01-02T00:00:00Z"
    assert desk.error(versionId="9-none")[:2] == (404, "did.version_unknown")
    assert desk.error(versionTime="2025-12-31T00:00:00Z")[:2] == (404, "did.version_unknown")


def test_a_log_that_ended_says_so_and_keeps_its_versions(desk: Desk) -> None:
    issuer = desk.issuer
    issuer.controller.update(deactivated=True)
    issuer.show()
    issuer.materials.refresh()
    status, found = desk.ask()
    assert (status, found["didDocument"], found["didDocumentMetadata"]["deactivated"]) == (410, None, True)
    assert desk.ask(versionNumber="1")[1]["didDocument"]["id"] == issuer.did


def test_how_old_it_is_is_told_while_its_server_is_silent(desk: Desk) -> None:
    issuer = desk.issuer
    issuer.materials.refresh()
    del issuer.site.files[LOG]
    issuer.now += HOUR
    issuer.materials.refresh()
    assert desk.ask()[1]["didResolutionMetadata"]["asOf"] == "2026-11-26T00:00:00Z"


def test_an_older_log_is_not_given_until_one_goes_on(desk: Desk) -> None:
    issuer = desk.issuer
    older = issuer.controller.files.log
    issuer.controller.update(issuer.controller.state("b", did=issuer.did))
    issuer.show()
    issuer.materials.refresh()
    issuer.site.files[LOG] = ("text/jsonl", older)
    issuer.materials.refresh()
    for options in ({}, {"versionNumber": "1"}):
        status, code, detail = desk.error(**options)
        assert (status, code, detail.partition(":")[0]) == (404, "did.unavailable", "did.rolled_back")
    issuer.materials.stop()
    issuer.restart()
    issuer.materials.refresh()
    assert desk.error()[2].startswith("did.rolled_back"), "remembered over a restart"
    issuer.show()
    issuer.materials.refresh()
    assert desk.metadata()["versionId"] == issuer.controller.version_id


def test_a_log_that_tells_another_story_is_not_given(desk: Desk) -> None:
    issuer = desk.issuer
    first = list(issuer.controller.lines)
    issuer.controller.update()
    issuer.show()
    issuer.materials.refresh()
    issuer.controller.lines[:] = first
    issuer.controller.update(issuer.controller.state("a", "b", did=issuer.did))
    issuer.show()
    issuer.materials.refresh()
    assert desk.error()[2].startswith("did.forked")


def test_a_web_document_is_given_as_it_was_fetched_last(by_web: Desk) -> None:
    issuer = by_web.issuer
    issuer.materials.refresh()
    fetched = json.loads(issuer.site.files[DOCUMENT][1])
    issuer.show("b")
    issuer.now += HOUR
    status, found = by_web.ask()
    assert (status, found["didDocument"], found["didDocumentMetadata"]) == (200, fetched, {})
    assert found["didResolutionMetadata"]["asOf"] == "2026-11-26T00:00:00Z"
    issuer.materials.refresh()
    found = by_web.ask()[1]
    assert found["didDocument"] == json.loads(issuer.site.files[DOCUMENT][1])
    assert found["didResolutionMetadata"]["asOf"] == "2026-11-26T01:00:00Z"
    assert by_web.error(versionId="1")[:2] == (501, "did.option_unknown")


def test_before_anything_was_fetched_there_is_nothing(desk: Desk) -> None:
    assert desk.error() == (404, "did.unavailable", "not fetched yet")


def test_of_who_is_not_named_nothing_is_told(desk: Desk) -> None:
    """Not even of a log that lies beside a named one, or of the same log by another DID of it."""
    desk.issuer.materials.refresh()
    neighbour = Controller("issuer.example:next", store=desk.issuer.controller.store).create()
    elsewhere = desk.issuer.did.replace("issuer.example", "other.example")
    for did in (neighbour.did, elsewhere, "did:web:issuer.example", "did:web:stranger.example"):
        assert desk.error(did) == (404, "did.unavailable", NOT_NAMED)
