from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import web
from tests.support.refusals import refused

FIELDS = st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=8)


@given(FIELDS)
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    assert web.parse_form(web.encode_form(fields), max_bytes=10_000) == fields


@given(FIELDS)
def test_a_query_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    url = web.encode_query("some-scheme", fields)
    assert web.parse_query(url, schemes=("another", "some-scheme"), max_bytes=10_000) == fields


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"a=1&a=2", "codec.form"),
        (b"a=%", "codec.form"),
        (b"a=%f", "codec.form"),
        (b"a=%zz", "codec.form"),
        (b"a=%ff", "codec.form"),
        (b"a=\xff", "codec.form"),
        (b"&" * 70, "codec.size"),
        (b"a" * 101, "codec.size"),
    ],
)
def test_a_loose_form_is_refused(raw: bytes, code: str) -> None:
    with refused(code, "form"):
        web.parse_form(raw, max_bytes=100, where="form")


@pytest.mark.parametrize("url", ["", "b://?x=1", "a://?x=1#y", "://?x"])
def test_a_link_of_another_scheme_is_refused(url: str) -> None:
    with refused("codec.url"):
        web.parse_query(url, schemes=("a",), max_bytes=10)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example/",
        "https://a.example:8443/b/c?d=e%20",
        "http://127.0.0.1:8080/x",
        "https://[::1]/x",
    ],
)
def test_addresses_on_the_web(url: str) -> None:
    assert web.web_url(url, "x") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "//a.example",
        "https://",
        "https:///x",
        "https://:8443/",
        "https://u@a.example",
        "https://u:p@a.example",
        "https://a.example#x",
        "https://a.example/x#",
        "https://a.example/ x",
        "https://a.example/\n",
        "https://a.example/é",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a.example\\@b.example",
        "HTTPS://a.example",
        "ftp://a.example",
        "javascript:alert(1)",
        "https://a.example/" + "x" * 9000,
    ],
)
def test_what_is_no_address_on_the_web_is_refused(url: str) -> None:
    with refused("codec.url", "place"):
        web.web_url(url, "place")


def test_an_identifier_has_no_query() -> None:
    assert web.web_url("https://a.example/x", "x", bare=True)
    with refused("codec.url"):
        web.web_url("https://a.example/x?y", "x", bare=True)


def test_what_is_sent_and_received_is_not_printed() -> None:
    request = web.HttpRequest("POST", "https://a.example", body=b"s3cret", authorization="Bearer s3cret")
    assert "s3cret" not in repr(request) + repr(web.HttpAnswer(200, "", b"s3cret"))
