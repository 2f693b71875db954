"""DID resolution over HTTP: media types, and the status of every ending."""

from __future__ import annotations

import pytest

from clicid.did.resolution import ErrorType, Resolved, error_type
from clicid.errors import REASONS, Refused, Undecided
from clicid.vc_api import resolving
from clicid.vc_api.resolving import MEDIA_TYPE, OLDER_MEDIA_TYPE
from tests.support.refusals import refused

FOUND = Resolved({"id": "did:example:a"}, {"versionId": "7"}, {"source": "chain 1 block 9"})


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", MEDIA_TYPE),
        (MEDIA_TYPE, MEDIA_TYPE),
        ("application/json", MEDIA_TYPE),
        ("application/*;q=0.1", MEDIA_TYPE),
        ("application/did", "application/did"),
        ("Application/DID+JSON; charset=utf-8", "application/did+json"),
        ("application/did+ld+json; q=1", "application/did+ld+json"),
        ("application/did, application/did-resolution", MEDIA_TYPE),
        ("application/did, application/did-resolution;q=0.9", "application/did"),
        ("application/did;q=0, */*;q=0.5", MEDIA_TYPE),
        ('application/ld+json;profile="https://w3id.org/did-resolution"', OLDER_MEDIA_TYPE),
        ('application/ld+json; profile="https://w3id.org/did-resolution"; q=0.3', OLDER_MEDIA_TYPE),
        ("application/ld+json", OLDER_MEDIA_TYPE),
        ("text/html, */*;q=0.8", MEDIA_TYPE),
    ],
)
def test_media_types(accept: str, media_type: str) -> None:
    assert resolving.accepted(accept) == media_type


@pytest.mark.parametrize("accept", ["text/html", "", "*/*;q=0", "application/did+cbor", "x" * 5000 + ",*/*"])
def test_what_cannot_be_given(accept: str) -> None:
    with refused("did.representation"):
        resolving.accepted(accept)


def test_all_of_it_or_the_document_alone() -> None:
    whole = resolving.resolved(FOUND, MEDIA_TYPE)
    assert (whole.status, whole.media_type) == (200, MEDIA_TYPE)
    assert whole.body == {
        "didDocument": FOUND.document,
        "didResolutionMetadata": {"contentType": "application/did", "source": "chain 1 block 9"},
        "didDocumentMetadata": {"versionId": "7"},
    }
    alone = resolving.resolved(FOUND, "application/did+json")
    assert (alone.status, alone.body, alone.media_type) == (200, FOUND.document, "application/did+json")


@pytest.mark.parametrize("media_type", [MEDIA_TYPE, "application/did"])
def test_one_that_is_deactivated_is_gone(media_type: str) -> None:
    found = resolving.resolved(Resolved(None, {"deactivated": True}), media_type)
    assert (found.status, found.media_type) == (410, MEDIA_TYPE)
    assert isinstance(found.body, dict)
    assert (found.body["didDocument"], found.body["didDocumentMetadata"]) == (None, {"deactivated": True})


@pytest.mark.parametrize(
    ("code", "name", "status"),
    [
        ("did.syntax", "INVALID_DID", 400),
        ("codec.multibase", "INVALID_DID", 400),
        ("did.option", "INVALID_OPTIONS", 400),
        ("did.unavailable", "NOT_FOUND", 404),
        ("did.version_unknown", "NOT_FOUND", 404),
        ("did.version_time", "NOT_FOUND", 404),
        ("did.representation", "REPRESENTATION_NOT_SUPPORTED", 406),
        ("did.document", "INVALID_DID_DOCUMENT", 500),
        ("did.too_large", "INTERNAL_ERROR", 500),
        ("did.method", "METHOD_NOT_SUPPORTED", 501),
        ("did.option_unknown", "FEATURE_NOT_SUPPORTED", 501),
    ],
)
def test_what_does_not_resolve(code: str, name: str, status: int) -> None:
    found = resolving.unresolved(Refused(code, detail="why"))
    assert (found.status, found.media_type) == (status, MEDIA_TYPE)
    assert found.body == {
        "didDocument": None,
        "didResolutionMetadata": {
            "error": {
                "type": f"https://www.w3.org/ns/did#{name}",
                "title": REASONS[code].en,
                "detail": "why",
                "code": code,
            }
        },
        "didDocumentMetadata": {},
    }


def test_every_error_has_a_status() -> None:
    statuses = {resolving.unresolved(Undecided(code)).status for code in REASONS}
    assert statuses == {400, 404, 406, 500, 501}
    assert {error_type(Refused(code)) for code in REASONS} == set(ErrorType)
