"""Whether an attestation still holds: looked up where its provider says, kept no longer than it says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Semaphore
from typing import Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.codec import strict_json
from clicid.errors import RemoteError, Undecided
from clicid.formats.base import StatusRef
from clicid.oid4vci.proving import Attested
from clicid.oid4vci.wallet_provider import key_header
from clicid.securing import jws
from clicid.status.token_list import MEDIA_TYPE, StatusListToken, TokenStatusList
from issuer.usecases.attestations import AttestationStatuses
from tests.support import attesting
from tests.support.attesting import ALGS, BY_KEY, BY_ROOT
from tests.support.refusals import refused
from tests.support.world import NOW

URL = "https://provider.example/status/1"
ENTRY = StatusRef(URL, 2)


@dataclass
class Provider:
    """A provider's web server, and the time."""

    now: datetime = NOW
    revoked: bytes = bytes(8)
    life: int | None = 600
    ttl: int | None = 60
    answers: dict[str, Fetched | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        assert accept == MEDIA_TYPE
        assert max_bytes
        self.asked.append(url)
        answer = self.answers.get(url) or Fetched(200, MEDIA_TYPE, self.signed(url), {})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def signed(self, url: str) -> bytes:
        at = int(self.now.timestamp())
        exp = None if self.life is None else at + self.life
        claims = StatusListToken(url, at, exp, self.ttl, TokenStatusList(1, self.revoked))
        header = {"typ": "statuslist+jwt", "alg": "ES256", **key_header("", attesting.CHAINS["listed"])}
        return attesting.sign(jws.prepare(header, strict_json.dumps(claims.payload()))).encode()

    def statuses(self) -> AttestationStatuses:
        return AttestationStatuses(self, lambda: self.now, ALGS)


def check(statuses: AttestationStatuses, entry: StatusRef = ENTRY) -> None:
    statuses.check([Attested(entry, BY_ROOT)], "invalid_client")


def test_what_holds() -> None:
    check(Provider().statuses())


def test_what_says_nothing_of_a_status_makes_nobody_call() -> None:
    provider = Provider()
    provider.statuses().check([], "invalid_client")
    assert provider.asked == []


def test_what_was_revoked() -> None:
    provider = Provider(revoked=bytes([0b100]) + bytes(7))
    statuses = provider.statuses()
    with pytest.raises(RemoteError) as caught:
        check(statuses)
    assert (caught.value.wire, caught.value.code) == ("invalid_client", "oid4vci.attestation_revoked")
    check(statuses, replace(ENTRY, index=3))
    with pytest.raises(RemoteError) as caught:
        check(statuses, replace(ENTRY, index=64))
    assert caught.value.code == "status.index"


@pytest.mark.parametrize(
    ("provider", "seconds"),
    [
        (Provider(ttl=60), 60),
        (Provider(ttl=None, life=120), 120),
        (Provider(ttl=10**9, life=None), 300),
        (Provider(ttl=None, life=None), 300),
    ],
)
def test_how_long_a_list_is_kept(provider: Provider, seconds: int) -> None:
    statuses = provider.statuses()
    check(statuses)
    provider.revoked = bytes([0b100]) + bytes(7)
    provider.now = NOW + timedelta(seconds=seconds - 1)
    check(statuses)
    assert len(provider.asked) == 1
    provider.now = NOW + timedelta(seconds=seconds)
    with pytest.raises(RemoteError):
        check(statuses)
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Undecided("fetch.failed"),
        Fetched(404, MEDIA_TYPE, Provider().signed(URL), {}),
        Fetched(200, "text/html", Provider().signed(URL), {}),
        Fetched(200, MEDIA_TYPE, b"x", {}),
        Fetched(200, MEDIA_TYPE, Provider().signed("https://provider.example/status/2"), {}),
        Fetched(200, MEDIA_TYPE, Provider(now=NOW - timedelta(days=1)).signed(URL), {}),
    ],
    ids=["unreachable", "missing", "another type", "no list", "another list", "over"],
)
def test_where_no_list_is_to_be_had_nobody_knows(answer: Any) -> None:
    provider = Provider(answers={URL: answer})
    statuses = provider.statuses()
    with refused("oid4vci.attestation_status", "/status", kind=Undecided):
        check(statuses)
    provider.answers.clear()
    with refused("oid4vci.attestation_status", "/status", kind=Undecided):  # and is left in peace for a while
        check(statuses)
    assert provider.asked == [URL]
    provider.now += timedelta(seconds=10)
    check(statuses)


def test_a_provider_that_hangs_does_not_hold_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has a wallet of its could have the issuer stand still by asking forty times."""
    monkeypatch.setattr("issuer.usecases.attestations._PATIENCE_SECONDS", 0.05)
    goes_on, hangs = Event(), Semaphore(0)

    class Hanging(Provider):
        def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
            hangs.release()
            assert goes_on.wait(10)
            return super().get(url, accept=accept, max_bytes=max_bytes)

    statuses = Hanging().statuses()
    with ThreadPoolExecutor(8) as pool:
        first = [pool.submit(check, statuses) for _ in range(2)]
        assert all(hangs.acquire(timeout=10) for _ in first)
        for one in [pool.submit(check, statuses) for _ in range(6)]:
            with refused("oid4vci.attestation_status", "/status", kind=Undecided):
                one.result(10)
        assert not any(one.done() for one in first)
        goes_on.set()
        for one in first:
            one.result(10)
    check(statuses)


def test_a_list_of_one_provider_says_nothing_of_what_another_attested() -> None:
    provider = Provider()
    statuses = provider.statuses()
    check(statuses)
    with refused("oid4vci.attestation_status", "/status", kind=Undecided):
        statuses.check([Attested(ENTRY, BY_KEY)], "invalid_client")


def test_lists_without_end_do_not_fill_the_memory() -> None:
    provider = Provider()
    statuses = provider.statuses()
    for number in range(100):
        check(statuses, StatusRef(f"https://provider.example/status/{number}", 0))
    assert len(statuses._kept) == 64
    check(statuses, StatusRef("https://provider.example/status/99", 0))
    assert len(provider.asked) == 100
