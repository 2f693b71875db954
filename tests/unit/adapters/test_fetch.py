from __future__ import annotations

import gzip
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from clicid.adapters import fetch
from clicid.adapters.fetch import Fetcher
from clicid.codec.web import HttpRequest
from clicid.errors import Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; keeps what it was sent."""

    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.path, headers, self.rfile.read(length)))
        status, sent, body = _ANSWERS.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in sent.items():
            self.send_header(name, value)
        if "content-length" not in sent:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "connection" in sent


_ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/plain": (200, {"content-type": "Application/JSON; charset=utf-8", "X-One": "1"}, b"{}"),
    "/gzip": (200, {"content-encoding": "gzip"}, gzip.compress(b"a" * 5000)),
    "/bomb": (200, {"content-encoding": "gzip"}, gzip.compress(bytes(2_000_000))),
    "/large": (200, {}, bytes(2000)),
    "/broken": (200, {"content-encoding": "gzip"}, b"no gzip at all"),
    "/cut": (200, {"content-encoding": "gzip"}, gzip.compress(b"abc")[:-2]),
    "/twice": (200, {"content-encoding": "gzip"}, gzip.compress(b"abc") * 2),
    "/brotli": (200, {"content-encoding": "br"}, b"x"),
    "/moved": (302, {"location": "https://example.com/"}, b""),
    "/short": (200, {"content-length": "50", "connection": "close"}, b"short"),
    "/error": (503, {}, b"later"),
}


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with _server() as url:
        yield url


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    _Handler.seen.clear()
    made = Fetcher(allow_loopback_http=True, max_bytes=10_000)
    yield made
    made.close()


def test_an_answer_comes_whole_and_is_counted(fetcher: Fetcher, origin: str) -> None:
    found = fetcher.get(f"{origin}/plain", accept="application/json", headers={"authorization": "Bearer x"})
    assert (found.status, found.media_type, found.body) == (200, "application/json", b"{}")
    assert found.headers["x-one"] == "1"
    assert fetcher.get(f"{origin}/error").status == 503
    assert fetcher.counts == {origin: 2}
    path, headers, _ = next(item for item in _Handler.seen if item[0] == "/plain")
    assert (path, headers["accept"], headers["authorization"]) == ("/plain", "application/json", "Bearer x")


def test_json_is_posted(fetcher: Fetcher, origin: str) -> None:
    fetcher.post_json(f"{origin}/json", {"a": [1, None]})
    sent = {path: (headers.get("content-type"), body) for path, headers, body in _Handler.seen}
    assert sent["/json"][0] == "application/json"
    assert json.loads(sent["/json"][1]) == {"a": [1, None]}


def test_a_protocol_cores_request_is_sent_as_it_stands(fetcher: Fetcher, origin: str) -> None:
    request = HttpRequest(
        "POST",
        f"{origin}/core",
        accept="a/b",
        content_type="c/d",
        body=b"e",
        authorization="DPoP f",
        headers=(("dpop", "proof"),),
    )
    answer = fetcher.send(request)
    assert answer.status == 404
    assert answer.headers["server"]
    fetcher.send(HttpRequest("GET", f"{origin}/core-get", accept="a/b"))
    sent = {path: (headers, body) for path, headers, body in _Handler.seen}
    headers, body = sent["/core"]
    assert headers["dpop"] == "proof"
    assert (headers["accept"], headers["content-type"], headers["authorization"]) == ("a/b", "c/d", "DPoP f")
    assert body == b"e"
    assert "content-type" not in sent["/core-get"][0]


def test_gzip_is_undone_within_the_cap(fetcher: Fetcher, origin: str) -> None:
    assert fetcher.get(f"{origin}/gzip").body == b"a" * 5000


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/bomb", "fetch.size"),
        ("/moved", "fetch.redirect"),
        ("/broken", "fetch.content"),
        ("/cut", "fetch.content"),
        ("/twice", "fetch.content"),
        ("/brotli", "fetch.content"),
    ],
)
def test_answers_that_are_refused(fetcher: Fetcher, origin: str, path: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        fetcher.get(origin + path)
    assert caught.value.code == code


def test_the_size_cap_can_be_set_for_one_call(fetcher: Fetcher, origin: str) -> None:
    assert len(fetcher.get(f"{origin}/large").body) == 2000
    with pytest.raises(Refused, match=r"fetch\.size"):
        fetcher.get(f"{origin}/large", max_bytes=1999)


def test_half_an_answer_is_no_answer(fetcher: Fetcher, origin: str) -> None:
    with pytest.raises(Undecided, match=r"fetch\.failed"):
        fetcher.get(f"{origin}/short")


def test_an_answer_that_trickles_is_given_up(
    fetcher: Fetcher, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_TIMEOUT", -1.0)
    with pytest.raises(Undecided, match="takes too long"):
        fetcher.get(f"{origin}/plain")


def test_nobody_there_is_undecided(fetcher: Fetcher) -> None:
    with _server() as gone:
        pass
    with pytest.raises(Undecided, match=r"fetch\.failed"):
        fetcher.get(gone)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://127.0.0.1/",
        "https://",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exämple.com/",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com/" + "a" * 8192,
        "http://10.0.0.1/",
        "http://a.localhost/",
        "file:///etc/passwd",
        "",
    ],
)
def test_urls_that_are_not_fetched(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(Refused, match=r"fetch\.url"):
        fetcher.get(url)
    assert not fetcher.counts


PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "2002:a00:1::",
    "64:ff9b::a00:1",
    "2001:0:a00:1::1",
    "64:ff9b:1::a00:1",
    "::10.0.0.1",
    "::127.0.0.1",
    "fec0::1",
    "192.0.0.8",
    "ff02::1",
]


@pytest.mark.parametrize("address", [*PRIVATE, "127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_private_addresses_are_not_called(address: str) -> None:
    fetcher = Fetcher(resolve=lambda _host, _port: ["93.184.216.34", address])
    with pytest.raises(Refused, match=r"fetch\.address"):
        fetcher.get("https://rebinding.example/")
    fetcher.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_allowing_loopback_allows_no_other_private_address(address: str) -> None:
    fetcher = Fetcher(allow_loopback_http=True, resolve=lambda _host, _port: [address])
    with pytest.raises(Refused, match=r"fetch\.address"):
        fetcher.get("https://rebinding.example/")
    fetcher.close()


def test_a_name_that_turns_into_loopback_is_asked_for_once(origin: str) -> None:
    answers = iter([["127.0.0.1"]])
    fetcher = Fetcher(allow_private=True, resolve=lambda _host, _port: next(answers))
    port = origin.rpartition(":")[2]
    assert fetcher.get(f"http://node.example:{port}/plain").status == 200
    fetcher.close()


def test_a_private_address_may_be_called_where_the_operator_says_so() -> None:
    fetcher = Fetcher(allow_private=True, resolve=lambda _host, _port: ["127.0.0.9"])
    with pytest.raises(Undecided, match=r"fetch\.failed"):
        fetcher.get("http://node.example:9/")
    fetcher.close()


@pytest.mark.parametrize("answer", [[], ["not an address"]])
def test_a_name_that_does_not_resolve_is_undecided(answer: list[str]) -> None:
    fetcher = Fetcher(resolve=lambda _host, _port: answer)
    with pytest.raises(Undecided, match=r"fetch\.failed"):
        fetcher.get("https://nowhere.example/")
    fetcher.close()


def test_the_systems_resolver_knows_this_machine() -> None:
    assert set(fetch.system_resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_localhost_counts_as_loopback_by_name(origin: str) -> None:
    fetcher = Fetcher(allow_loopback_http=True)
    port = origin.rpartition(":")[2]
    assert fetcher.get(f"http://localhost:{port}/plain").status == 200
    with pytest.raises(Undecided):
        fetcher.get("http://[::1]:9/")
    assert set(fetcher.counts) == {f"http://localhost:{port}", "http://[::1]:9"}
    fetcher.close()
