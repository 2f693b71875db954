"""Where the browser comes back to: one address of this machine, for one visit, and nobody else."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from clicid.errors import LocalError, Undecided
from tests.support.refusals import refused
from wallet.http import redirect
from wallet.http.redirect import Loopback, Pasted


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr("webbrowser.open", seen.append)
    return seen


def get(url: str, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def visiting(loopback: Loopback, *visits: tuple[str, str]) -> tuple[Any, list[tuple[int, str]]]:
    came: list[Any] = []
    thread = threading.Thread(
        target=lambda: came.append(loopback.visit("https://issuer.example/authorize", "s"))
    )
    thread.start()
    answers = [get(*visit) for visit in visits]
    thread.join(10)
    return came[0] if came else None, answers


def test_it_waits_for_the_one_address(opened: list[str]) -> None:
    told: list[str] = []
    with Loopback(0, told.append) as loopback:
        uri = loopback.redirect_uri
        assert uri.startswith("http://127.0.0.1:")
        origin = uri.removesuffix(redirect.PATH)
        came, answers = visiting(
            loopback,
            (f"{origin}/", ""),
            (f"{origin}/callback", ""),
            (f"{origin}/callback/x?code=c", ""),
            (f"{uri}?code=evil&state=s", "evil.example"),
            (f"{uri}?code=c&state=s", ""),
        )
    assert [status for status, _ in answers] == [404, 404, 404, 404, 200]
    assert came == f"{uri}?code=c&state=s"
    assert "plånboken" in answers[-1][1]
    assert "wallet" in answers[-1][1]
    assert "code=c" not in answers[-1][1]
    assert told == opened == ["https://issuer.example/authorize"]


def test_a_page_in_the_browser_that_sends_something_there_ends_no_issuance(opened: list[str]) -> None:
    with Loopback(0, lambda _: None) as loopback:
        uri = loopback.redirect_uri
        queries = (
            "code=evil",
            "error=access_denied&state=",
            "code=c&state=t",
            "state=s&state=s",
            "%",
            "state=%ff",
        )
        came, answers = visiting(loopback, *((f"{uri}?{one}", "") for one in (*queries, "code=c&state=s")))
    assert [status for status, _ in answers] == [404] * len(queries) + [200]
    assert came == f"{uri}?code=c&state=s"


def test_it_does_not_wait_for_ever(opened: list[str]) -> None:
    with Loopback(0, lambda _: None, wait=0.2) as loopback, refused("wallet.browser", kind=Undecided):
        loopback.visit("https://issuer.example/authorize", "s")
    assert len(opened) == 1


def test_who_sends_much_else_does_not_make_it_end_sooner(opened: list[str]) -> None:
    with Loopback(0, lambda _: None, wait=8) as loopback:
        uri = loopback.redirect_uri
        came, _ = visiting(loopback, *[(f"{uri}?x", "")] * 20, (f"{uri}?code=c&state=s", ""))
    assert came == f"{uri}?code=c&state=s"


def test_a_port_that_is_taken_is_said() -> None:
    with Loopback(0, lambda _: None) as loopback:
        port = int(loopback.redirect_uri.split(":")[2].split("/")[0])
        with refused("wallet.port", str(port), kind=LocalError):
            Loopback(port, lambda _: None)


def test_pasted_from_a_browser_elsewhere() -> None:
    shown: list[str] = []

    def ask(url: str) -> str:
        shown.append(url)
        return "  https://wallet.example/cb?code=c \n"

    assert (
        Pasted("https://wallet.example/cb", ask).visit("https://a.example", "s")
        == "https://wallet.example/cb?code=c"
    )
    assert shown == ["https://a.example"]
