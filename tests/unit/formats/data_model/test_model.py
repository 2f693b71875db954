from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.formats.base import FormatId
from clicid.formats.data_model import (
    CredentialDocument,
    EmbeddedCredential,
    Enveloped,
    Version,
    envelope,
    parse_credential,
    parse_enveloped,
    parse_presentation,
)
from clicid.formats.data_model.credential import ISSUABLE
from tests.support import model_rows
from tests.support.refusals import refused

BASE = model_rows.load("credential")["base"]
PRESENTATION = model_rows.load("presentation")["base"]


def issuable(document: Any) -> CredentialDocument:
    return parse_credential(document, versions=ISSUABLE)


@pytest.mark.parametrize("document", model_rows.accepted("credential"))
def test_credentials(document: Any) -> None:
    assert issuable(document) == parse_credential(document)
    assert parse_credential(strict_json.loads(json.dumps(document)), "/a").version is Version.V2_0  # type: ignore[arg-type]


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("credential"))
def test_no_credentials(document: Any, code: str, where: str) -> None:
    with refused(code, where):
        issuable(document)


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("credential"))
def test_the_place_is_below_the_place_given(document: Any, code: str, where: str) -> None:
    with refused(code, f"/verifiableCredential/0{where}"):
        parse_credential(document, "/verifiableCredential/0", versions=ISSUABLE)


@pytest.mark.parametrize("document", model_rows.accepted("credential_1_1"))
def test_credentials_of_1_1(document: Any) -> None:
    assert parse_credential(document).version is Version.V1_1
    with refused("vc.context", "/@context/0"):
        issuable(document)


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("credential_1_1"))
def test_no_credentials_of_1_1(document: Any, code: str, where: str) -> None:
    with refused(code, where):
        parse_credential(document)


@pytest.mark.parametrize("document", model_rows.accepted("presentation"))
def test_presentations(document: Any) -> None:
    assert parse_presentation(document).version is Version.V2_0


@pytest.mark.parametrize(("document", "code", "where"), model_rows.refused("presentation"))
def test_no_presentations(document: Any, code: str, where: str) -> None:
    with refused(code, where):
        parse_presentation(document, versions=ISSUABLE)


def test_what_a_credential_says() -> None:
    found = parse_credential(BASE)
    assert found.id == BASE["id"]
    assert found.types == ("VerifiableCredential", "Badge")
    assert found.issuer == "did:example:issuer"
    assert found.subjects == tuple(BASE["credentialSubject"])
    assert found.valid_from == datetime(2024, 2, 1, 0, 0, 0, 125000, UTC)
    assert found.valid_until == datetime(2034, 2, 1, 0, 0, 0, 125000, UTC)
    assert {name: len(entries) for name, entries in found.entries.items()} == {
        "credentialStatus": 2,
        "credentialSchema": 1,
        "refreshService": 1,
        "termsOfUse": 1,
        "evidence": 1,
    }
    first, second = found.entries["credentialStatus"]
    assert (first.id, first.types, first.where) == (
        "https://issuer.example/status/1#7", ("Entry",), "/credentialStatus/0",
    )  # fmt: skip
    assert second.id is None
    assert found.entries["evidence"][0].members == BASE["evidence"]
    assert [resource.media_type for resource in found.related] == ["image/png", None]


def test_what_a_presentation_holds() -> None:
    found = parse_presentation(PRESENTATION)
    assert found.holder == "did:example:anna"
    proved, enveloped, own, old = found.credentials
    assert isinstance(proved, EmbeddedCredential)
    assert (proved.self_asserted, proved.members) == (False, PRESENTATION["verifiableCredential"][0])
    assert enveloped == Enveloped(FormatId.VC_JWT, b"eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
    assert isinstance(own, EmbeddedCredential)
    assert own.self_asserted
    assert isinstance(old, EmbeddedCredential)
    assert old.document.version is Version.V1_1
    assert set(found.entries) == {"termsOfUse"}
    assert (
        parse_presentation({"@context": [Version.V2_0.value], "type": "VerifiablePresentation"}).credentials
        == ()
    )


def test_envelopes() -> None:
    wrapped = {"@context": Version.V2_0.value, "type": "EnvelopedVerifiablePresentation"}
    for url, form, raw in (
        ("data:application/vp+jwt,e30.e30.c2ln", FormatId.VP_JWT, b"e30.e30.c2ln"),
        ("data:application/vp+sd-jwt,e30.e30.c2ln~e30~", FormatId.VP_SD_JWT, b"e30.e30.c2ln~e30~"),
        ("data:application/vp+cose;base64,0oRB", FormatId.VP_COSE, b"\xd2\x84\x41"),
        ("data:application/vp+jwt,e30%2Ee30.c2ln", FormatId.VP_JWT, b"e30.e30.c2ln"),
    ):
        assert parse_enveloped({**wrapped, "id": url}, kind=envelope.PRESENTATION) == Enveloped(form, raw)
    with refused("vc.envelope", "/type"):
        parse_enveloped({**wrapped, "id": "data:application/vc+jwt,x"}, kind=envelope.CREDENTIAL)
    with refused("vc.envelope", "/id"):
        long = "data:application/vp+jwt," + "a" * envelope.MAX_DATA
        parse_enveloped({**wrapped, "id": long}, kind=envelope.PRESENTATION)


def _values(document: Any, where: str = "") -> list[str]:
    """The places of every member and element."""
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [place for key, value in items for place in (f"{where}/{key}", *_values(value, f"{where}/{key}"))]


HOSTILE: list[Any] = [
    None,
    True,
    -1,
    2**53 - 1,
    1e308,
    "",
    "x" * 100_000,
    "\u0000",
    [],
    {},
    [[[[]]]],
    {"a": {"a": {"a": 1}}},
]


@pytest.mark.parametrize("base", [BASE, PRESENTATION], ids=["credential", "presentation"])
def test_whatever_stands_anywhere_ends_well(base: Any) -> None:
    """Each value at each place: a document or our error, never another exception."""
    parse = parse_credential if base is BASE else parse_presentation
    for where in _values(base):
        for value in HOSTILE:
            document = json.loads(json.dumps(base))
            parent = document
            *steps, last = where.split("/")[1:]
            for step in steps:
                parent = parent[int(step)] if isinstance(parent, list) else parent[step]
            parent[int(last) if isinstance(parent, list) else last] = value
            try:
                parse(document)
            except ClicidError as error:
                assert error.code.startswith("vc."), (where, value)  # noqa: PT017 - the point is which error


def test_nothing_shown_in_print() -> None:
    assert "another, not named" not in repr(parse_credential(BASE))
    assert "eyJhbGciOiJFUzI1NiJ9" not in repr(parse_presentation(PRESENTATION))
