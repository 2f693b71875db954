"""Background work: signed lists are fetched while nobody waits, an outage is told once."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.codec import base64url, strict_json
from clicid.errors import Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.ledger.blocks import Block
from clicid.ledger.ground import Ground
from clicid.status.token_list import MEDIA_TYPE
from tests.support.asking import CHECKERS
from tests.support.world import DID, LIST_URL, NOW, Store, World
from tests.unit.verification import test_signed_lists as signed_list
from verifier.refresh import lists
from verifier.refresh.evidence import ListWatch
from verifier.refresh.following import Following
from verifier.refresh.forms import MAX_BYTES, all_forms
from verifier.refresh.lists import SignedListMaterials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIST = signed_list.token(World())
NEED = Need(NeedKind.STATUS_LIST, LIST_URL, DID)
STATUS = Need(NeedKind.STATUS, LIST_URL, DID)


def token(payload: bytes = b'{"iat": 1795348800}', typ: str = "statuslist+jwt") -> bytes:
    """A list that the world's issuer signed, or what is none."""
    if typ == "statuslist+jwt" and payload == b'{"iat": 1795348800}':
        return LIST
    header = strict_json.dumps({"typ": typ, "alg": "ES256"})
    return ".".join(base64url.encode(part) for part in (header, payload, bytes(64))).encode()


@dataclass
class Web:
    """A fetcher that answers as it is told, and remembers what it was asked for."""

    answers: list[Any]
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        assert (accept, max_bytes) == (TYPES[url], MAX_BYTES)
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Fetched)
        return answer


FORMS = all_forms(CHECKERS)
TYPES = {form.url(LIST_URL): form.media_type for form in FORMS}
"""By the URL at which a form is asked for, what it is asked for as."""


def fetched(body: bytes, status: int = 200, media_type: str = MEDIA_TYPE) -> Fetched:
    return Fetched(status=status, media_type=media_type, body=body, headers={})


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[[Web], SignedListMaterials]]:
    made: list[SignedListMaterials] = []

    def run(web: Web) -> SignedListMaterials:
        chain: Any = Store(World().have)
        fetcher: Any = web
        watch = ListWatch(chain, World().rules, tmp_path / "evidence")
        made.append(SignedListMaterials(chain, fetcher, lambda: NOW, watch, FORMS))
        made[-1].start()
        return made[-1]

    yield run
    for one in made:
        one.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_list_comes_after_it_was_asked_for(running: Callable[[Web], SignedListMaterials]) -> None:
    web = Web([fetched(token())])
    materials = running(web)
    assert materials.get(NEED, NOW) == Unavailable(NOW, "not fetched yet")
    until(lambda: isinstance(materials.get(NEED, NOW), Material))
    found = materials.get(NEED, NOW)
    assert isinstance(found, Material)
    assert (found.body, found.obtained_at, found.source) == (token(), NOW, LIST_URL)
    assert found.as_of.timestamp() == 1_795_348_800
    until(lambda: len(web.asked) == len(TYPES))
    assert web.asked == list(TYPES)


def test_everything_else_is_read_off_the_chain(running: Callable[[Web], SignedListMaterials]) -> None:
    web = Web([fetched(token())])
    found = running(web).get(STATUS, NOW)
    assert isinstance(found, Material)
    assert found.source.startswith("chain ")
    assert web.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Undecided("fetch.failed", LIST_URL),
        Refused("fetch.redirect", LIST_URL),
        fetched(token(), status=404),
        fetched(token(), media_type="text/html"),
        fetched(b"no token"),
        fetched(token(typ="jwt")),
        fetched(token(b"[]")),
        fetched(token(b"{}")),
        fetched(token(b'{"iat": "today"}')),
        fetched(token(b'{"iat": 1, "iat": 2}')),
    ],
)
def test_what_is_no_list_leaves_what_was_there(
    running: Callable[[Web], SignedListMaterials], answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "INTERVAL_SECONDS", 0.01)
    web = Web([answer])
    materials = running(web)
    assert isinstance(materials.get(NEED, NOW), Unavailable)
    until(lambda: len(web.asked) > 1)
    assert isinstance(materials.get(NEED, NOW), Unavailable)
    web.answers = [fetched(token())]
    until(lambda: isinstance(materials.get(NEED, NOW), Material))
    web.answers = [answer]
    seen = len(web.asked)
    until(lambda: len(web.asked) > seen + 1)
    assert isinstance(materials.get(NEED, NOW), Material)


def test_there_is_an_end_to_what_strangers_make_it_remember(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lists, "MAX_LISTS", 2)
    chain: Any = Store({})
    fetcher: Any = Web([fetched(token())])
    watch = ListWatch(chain, World().rules, tmp_path / "evidence")
    materials = SignedListMaterials(chain, fetcher, lambda: NOW, watch, FORMS)
    for number in range(5):
        need = Need(NeedKind.STATUS_LIST, f"{LIST_URL}{number}", DID)
        assert isinstance(materials.get(need, NOW), Unavailable)
    assert len(materials._wanted) == 2


@dataclass
class ScriptedFollower:
    """Answers each `sync` with the next fault, or None for a success."""

    faults: list[Exception | None]
    head: Block | None = None
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def ground(self) -> Ground:
        return Ground() if self.head is None else Ground(self.head.number, self.head.time)

    def sync(self, now: Any) -> None:
        fault = self.faults.pop(0)
        if fault is not None:
            raise fault
        self.head = Block(7, bytes(32), bytes(32), int(now.timestamp()) - 3)

    def broken_lists(self) -> dict[str, str]:
        return dict(self.broken)


def test_an_outage_is_told_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    gone = Undecided("chain.unreachable", "", "refused")
    follower: Any = ScriptedFollower([gone, gone, Refused("network.code", "trust"), None, None, gone])
    following = Following(follower, lambda: NOW)
    assert following.health().trouble == "chain.unreachable"
    assert (following.health().head, following.health().age_seconds) == (-1, None)
    seen = []
    with caplog.at_level(logging.WARNING):
        for _ in range(6):
            following._once()
            seen.append(following.health().trouble)
    assert seen == ["chain.unreachable"] * 2 + ["network.code", "", "", "chain.unreachable"]
    assert len(caplog.records) == 4
    assert (following.health().head, following.health().age_seconds) == (7, 3.0)


def test_a_list_that_differs_from_its_digest_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    follower: Any = ScriptedFollower([None] * 4)
    following = Following(follower, lambda: NOW)
    for broken in ({}, {LIST_URL: "status.digest_mismatch"}, {LIST_URL: "status.digest_mismatch"}):
        follower.broken = broken
        following._once()
    assert following.health().broken_lists == {LIST_URL: "status.digest_mismatch"}
    (record,) = caplog.records
    assert record.getMessage() == f"status.digest_mismatch: nothing is accepted by list {LIST_URL}"


def test_it_follows_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.refresh.following.INTERVAL_SECONDS", 0.01)
    follower: Any = ScriptedFollower([None] * 1_000)
    following = Following(follower, lambda: NOW)
    following.start()
    until(lambda: len(follower.faults) < 995)
    following.stop()
    left = len(follower.faults)
    time.sleep(0.05)
    assert len(follower.faults) == left


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_a_fault_of_ours_is_seen_on_the_health_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Decisions become undecided by age; whoever watches must see why."""

    class Broken:
        head = final = None
        ground = Ground()

        def broken_lists(self) -> dict[str, str]:
            return {}

        def sync(self, _now: object) -> None:
            raise ZeroDivisionError

    monkeypatch.setattr("verifier.refresh.following.INTERVAL_SECONDS", 0.01)
    following = Following(Broken(), lambda: NOW)
    following._thread.start()
    following._thread.join(10)
    assert following.health().trouble == "verifier.follower"
    following.stop()
