from __future__ import annotations

import pytest

from clicid.did.syntax import MAX_CHARS, Did, DidUrl
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("text", "method", "identifier"),
    [
        ("did:a:b", "a", "b"),
        ("did:ethr:0x539:0xab", "ethr", "0x539:0xab"),
        ("did:web:example.com%3A8443:path", "web", "example.com%3A8443:path"),
        ("did:x1:::a", "x1", "::a"),
        ("did:x:A-Z_.9", "x", "A-Z_.9"),
    ],
)
def test_dids(text: str, method: str, identifier: str) -> None:
    did = Did.parse(text)
    assert did == Did(method, identifier)
    assert str(did) == text
    assert DidUrl.parse(text) == DidUrl(did, "", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did",
        "did:",
        "did:a",
        "did:a:",
        "did:a:b:",
        "did::b",
        "DID:a:b",
        "did:A:b",
        "did:a-b:c",
        "did:a:b%",
        "did:a:b%4",
        "did:a:b%GG",
        "did:a:b c",
        "did:a:å",
        "did:a:b\n",
        " did:a:b",
        "did:a:b@c",
        "did:a:" + "b" * MAX_CHARS,
    ],
)
def test_what_is_no_did(text: str) -> None:
    with refused("did.syntax", "/issuer"):
        Did.parse(text, "/issuer")
    with refused("did.syntax", "/id"):
        DidUrl.parse(text, "/id")


@pytest.mark.parametrize("text", ["did:a:b/", "did:a:b?", "did:a:b#", "did:a:b#c"])
def test_a_did_url_is_no_did(text: str) -> None:
    with refused("did.syntax"):
        Did.parse(text)


@pytest.mark.parametrize(
    ("text", "path", "query", "fragment"),
    [
        ("did:a:b#c", "", None, "c"),
        ("did:a:b#", "", None, ""),
        ("did:a:b?", "", "", None),
        ("did:a:b/", "/", None, None),
        ("did:a:b/c//d;x=1", "/c//d;x=1", None, None),
        ("did:a:b/c?d=e&f=/?#g/?h", "/c", "d=e&f=/?", "g/?h"),
        ("did:a:b:c?versionId=1%20", "", "versionId=1%20", None),
    ],
)
def test_did_urls(text: str, path: str, query: str | None, fragment: str | None) -> None:
    url = DidUrl.parse(text)
    assert (url.path, url.query, url.fragment) == (path, query, fragment)
    assert str(url) == text


@pytest.mark.parametrize(
    "text",
    [
        "did:a:b##",
        "did:a:b#c#d",
        "did:a:b#a b",
        "did:a:b#[",
        "did:a:b?%",
        "did:a:b/å",
        "#c",
        "did:a:b:#c",
        "did:a:b|c",
    ],
)
def test_what_is_no_did_url(text: str) -> None:
    with refused("did.syntax"):
        DidUrl.parse(text)
