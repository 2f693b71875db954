"""Issuers on no chain that the policy names, over real HTTP: what is accepted, refused, undecided."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from clicid.codec import base64url
from clicid.errors import LocalError, Undecided
from clicid.formats.base import CheckName, FormatId, Need, NeedKind, Unavailable, Wanted
from clicid.formats.issuer import NAMED
from clicid.status import token_list, token_list_cwt
from clicid.status.rows import REVOKED, SUSPENDED
from clicid.verification import Accepted, bundle, check
from clicid.verification.issuers_lists import OWN_WORD
from tests.support.known_network import KnownNetwork
from tests.support.named_issuer import (
    CHECKERS,
    DID_AGE,
    DOCUMENT,
    HOST,
    INDEX,
    LIST_AGE,
    LIST_URL,
    LOG,
    METADATA,
    OTHER_VCT,
    Named,
    Site,
)
from tests.support.refusals import refused
from tests.support.webvh import NOW, Controller
from verifier.config import load
from verifier.main import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from verifier.usecases.service import Service

SECOND = timedelta(seconds=1)
ACCEPTED = ("accepted", "")


@pytest.fixture
def named(site: Site, tmp_path: Path) -> Iterator[Named]:
    yield from running(Named(site, tmp_path))


@pytest.fixture
def by_web(site: Site, tmp_path: Path) -> Iterator[Named]:
    yield from running(Named(site, tmp_path, "web"))


@pytest.fixture
def by_metadata(site: Site, tmp_path: Path) -> Iterator[Named]:
    yield from running(Named(site, tmp_path, "https"))


def running(issuer: Named) -> Iterator[Named]:
    issuer.materials.refresh()
    yield issuer
    issuer.materials.stop()


@pytest.mark.parametrize("method", ["named", "by_web", "by_metadata"])
def test_is_accepted_and_the_report_says_by_whose_word(method: str, request: pytest.FixtureRequest) -> None:
    issuer: Named = request.getfixturevalue(method)
    issuer.site.asked.clear()
    issuer.now += 10 * SECOND
    ending = issuer.decide()
    assert isinstance(ending, Accepted)
    lines = {line.check: line for line in ending.report.sections[0].lines}
    assert lines[CheckName.ISSUER_KNOWN].detail == NAMED
    key, status = lines[CheckName.ISSUER_KEY], lines[CheckName.STATUS]
    assert (key.age, key.allowed) == (10 * SECOND, DID_AGE)
    assert (status.age, status.allowed, status.detail) == (10 * SECOND, LIST_AGE, OWN_WORD)
    assert status.source == LIST_URL
    assert issuer.site.asked == [], "nobody is called while a presentation is checked"
    assert issuer.chain.asked == []


def test_an_issuer_by_identifier_survives_a_restart_without_its_server(by_metadata: Named) -> None:
    by_metadata.site.files.clear()
    by_metadata.restart()
    assert by_metadata.said() == ACCEPTED
    by_metadata.now += DID_AGE + SECOND
    assert by_metadata.said() == ("undecided", "did.too_old")


def test_keys_elsewhere_are_fetched_with_the_metadata(by_metadata: Named) -> None:
    found = by_metadata.metadata()
    by_metadata.site.files[METADATA] = (
        "application/json",
        json.dumps({"issuer": HOST, "jwks_uri": f"{HOST}/keys"}).encode(),
    )
    by_metadata.site.files["/keys"] = ("application/jwk-set+json", json.dumps(found["jwks"]).encode())
    by_metadata.restart()
    by_metadata.materials.refresh()
    assert by_metadata.site.asked[-3:-1] == [METADATA, "/keys"]
    assert by_metadata.said() == ACCEPTED


@pytest.mark.parametrize(
    "edit",
    [
        {"issuer": "https://other.example"},
        {"issuer": f"{HOST}/"},
        {"jwks_uri": f"{HOST}/keys"},
        {"jwks": None},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "a"}]}},
    ],
    ids=json.dumps,
)
def test_metadata_that_are_none_are_not_taken(by_metadata: Named, edit: dict[str, object]) -> None:
    found = {name: value for name, value in (by_metadata.metadata() | edit).items() if value is not None}
    by_metadata.site.files[METADATA] = ("application/json", json.dumps(found).encode())
    by_metadata.materials.refresh()
    assert by_metadata.materials.troubles[HOST] in {"issuer.metadata", "codec.shape", "keys.format"}
    assert by_metadata.said() == ACCEPTED, "what was there stays, and grows old"


def test_a_key_taken_away_signs_no_more_and_one_for_encryption_never_did(by_metadata: Named) -> None:
    by_metadata.show("b")
    by_metadata.materials.refresh()
    assert by_metadata.said() == ("refused", "issuer.key_unknown")
    found = by_metadata.metadata("a")
    found["jwks"]["keys"][0]["use"] = "enc"
    by_metadata.site.files[METADATA] = ("application/json", json.dumps(found).encode())
    by_metadata.materials.refresh()
    assert by_metadata.said() == ("refused", "issuer.key_unknown")


def test_two_keys_of_one_name_are_no_keys(by_metadata: Named) -> None:
    found = by_metadata.metadata("a", "b")
    found["jwks"]["keys"][1]["kid"] = found["jwks"]["keys"][0]["kid"]
    by_metadata.site.files[METADATA] = ("application/json", json.dumps(found).encode())
    by_metadata.materials.refresh()
    assert by_metadata.materials.troubles[HOST] == "issuer.metadata"


def test_a_w3c_credential_goes_the_same_way(named: Named) -> None:
    ending = named.decide_on(named.w3c_presentation(), FormatId.LDP_VP)
    assert isinstance(ending, Accepted)
    details = {line.check: line.detail for line in ending.report.sections[1].lines}
    assert {details[check] for check in (CheckName.ISSUER_KNOWN, CheckName.SCHEMA)} == {NAMED}
    assert details[CheckName.STATUS] == OWN_WORD
    named.now += SECOND
    named.show_list({INDEX: REVOKED})
    named.materials.refresh()
    assert named.decide_on(named.w3c_presentation(), FormatId.LDP_VP).report.code == "status.revoked"


def test_another_type_needs_the_chain(named: Named) -> None:
    assert named.said(vct=OTHER_VCT) == ("refused", "issuer.not_accredited")


def test_who_is_not_named_is_refused_and_not_asked(named: Named) -> None:
    """However good its keys and signatures are."""
    stranger = Controller("issuer.example:stranger", store=named.controller.store).create()
    named.site.asked.clear()
    assert named.said(did=stranger.did) == ("refused", "issuer.not_accredited")
    named.materials.refresh()
    assert set(named.site.asked) == {LOG, "/status/1"}


def test_it_has_no_name_but_its_did(named: Named) -> None:
    assert named.said(identifier="https://bank.example") == ("refused", "issuer.identifier")


def test_only_an_issuer_of_no_chain_can_be_named(named: Named) -> None:
    (one,) = named.rules.by_name.values()
    for did in ("did:ethr:0x1:0x" + "ab" * 20, "did:key:z6Mk", "did:jwk:e30", "did:peer:2.V", "*", ""):
        with refused("did.syntax" if did in ("*", "") else "did.method"):
            replace(named.rules, by_name={did: one})
    with refused("did.syntax"):
        replace(named.rules, by_name={"did:webvh:x": one})


def test_a_key_that_was_taken_away_is_refused(named: Named) -> None:
    named.controller.update(named.controller.state("b", did=named.did))
    named.show()
    named.materials.refresh()
    assert named.said() == ("refused", "issuer.key_revoked")


def test_a_web_document_without_the_key_refuses_it(by_web: Named) -> None:
    by_web.show("b")
    by_web.materials.refresh()
    assert by_web.said() == ("refused", "issuer.key_unknown")


def test_a_log_that_goes_back_leaves_undecided_until_it_goes_on(named: Named) -> None:
    older = named.controller.files.log
    named.controller.update()
    named.show()
    named.materials.refresh()
    assert named.said() == ACCEPTED
    named.site.files[LOG] = ("text/jsonl", older)
    named.materials.refresh()
    assert named.said() == ("undecided", "did.rolled_back")
    assert named.materials.troubles[named.did] == "did.rolled_back"
    named.materials.stop()
    named.restart()
    del named.site.files[LOG]
    named.materials.refresh()
    assert named.said() == ("undecided", "did.rolled_back"), "remembered over a restart and an outage"
    named.show()
    named.materials.refresh()
    assert named.said() == ACCEPTED


def test_a_log_that_tells_another_story_leaves_undecided(named: Named) -> None:
    first = list(named.controller.lines)
    named.controller.update()
    named.show()
    named.materials.refresh()
    named.controller.lines[:] = first
    named.controller.update(named.controller.state("a", "b", did=named.did))
    named.show()
    named.materials.refresh()
    assert named.said() == ("undecided", "did.forked")


def test_a_document_grows_old_while_its_server_is_silent(by_web: Named) -> None:
    del by_web.site.files[DOCUMENT]
    by_web.now += DID_AGE
    by_web.materials.refresh()
    assert by_web.said() == ACCEPTED
    by_web.now += SECOND
    by_web.materials.refresh()
    assert by_web.said() == ("undecided", "did.too_old")
    assert by_web.materials.troubles[by_web.did] == "fetch.content"


def test_what_is_no_document_takes_the_place_of_nothing(by_web: Named) -> None:
    for body in (b"", b"[]", b'{"id": "did:web:other.example"}'):
        by_web.site.files[DOCUMENT] = ("application/did+json", body)
        by_web.materials.refresh()
        assert by_web.said() == ACCEPTED


@pytest.mark.parametrize(
    ("value", "ending"),
    [
        (REVOKED, ("refused", "status.revoked")),
        (SUSPENDED, ("refused", "status.suspended")),
        (REVOKED | SUSPENDED, ("refused", "status.value")),
    ],
)
def test_what_its_list_says_counts(named: Named, value: int, ending: tuple[str, str]) -> None:
    named.now += SECOND
    named.show_list({INDEX: value})
    named.materials.refresh()
    assert named.said() == ending


def test_its_list_grows_old_and_a_revocation_in_it_does_not(named: Named) -> None:
    """The age is that of the signature, however often it is fetched."""
    named.now += LIST_AGE
    named.materials.refresh()
    assert named.said() == ACCEPTED
    named.now += SECOND
    named.materials.refresh()
    assert named.said() == ("undecided", "status.too_old")
    named.show_list({INDEX: REVOKED})
    named.materials.refresh()
    named.now += LIST_AGE + SECOND
    named.materials.refresh()
    assert named.said() == ("refused", "status.revoked")


def test_a_list_that_has_expired_only_refuses(named: Named) -> None:
    for marked, ending in (
        ({}, ("undecided", "status.too_old")),
        ({INDEX: SUSPENDED}, ("undecided", "status.too_old")),
        ({INDEX: REVOKED}, ("refused", "status.revoked")),
    ):
        named.now += SECOND
        named.show_list(marked, exp=int(named.now.timestamp()) + 1)
        named.materials.refresh()
        named.now += SECOND
        assert named.said() == ending


def test_without_a_list_nothing_is_decided(site: Site, tmp_path: Path) -> None:
    issuer = Named(site, tmp_path)
    assert issuer.said() == ("undecided", "did.unavailable"), "nothing was fetched yet"
    del site.files["/status/1"]
    issuer.materials.refresh()
    assert issuer.said() == ("undecided", "status.unavailable")
    assert issuer.materials.troubles == {LIST_URL: "fetch.content"}
    issuer.materials.stop()


def test_a_credential_leads_nobody_to_another_list(named: Named) -> None:
    named.site.asked.clear()
    assert named.said(list_url="https://issuer.example/status/2") == ("undecided", "status.unavailable")
    named.materials.refresh()
    assert "/status/2" not in named.site.asked


def test_an_index_outside_its_list_is_refused(named: Named) -> None:
    named.materials.stop()
    (named.folder / "named").rename(named.folder / "before")
    named.restart()
    named.show_list({}, size=1)
    named.materials.refresh()
    assert named.said() == ("refused", "status.index")


def test_what_it_did_not_sign_for_this_list_is_not_taken(named: Named) -> None:
    named.now += SECOND
    kept = named.site.files["/status/1"]
    good = named.signed_list({})
    for kind, body in (
        (kept[0], named.signed_list({INDEX: REVOKED}, sub="https://issuer.example/status/2")),
        (kept[0], named.signed_list({INDEX: REVOKED}, name="stranger")),
        (kept[0], named.signed_list({INDEX: REVOKED}, exp=int(NOW.timestamp()))),
        (kept[0], named.signed_list({INDEX: REVOKED}, at=NOW + timedelta(hours=1))),
        (kept[0], good[:-8] + b"AAAAAAAA"),
        ("text/html", good),
    ):
        named.site.files["/status/1"] = (kind, body)
        named.materials.refresh()
        assert named.said() == ACCEPTED
        assert LIST_URL in named.materials.troubles


def test_a_list_as_a_cwt(named: Named) -> None:
    good = named.signed_cwt({})
    for kind, body, ending in (
        (token_list.MEDIA_TYPE, named.signed_cwt({INDEX: REVOKED}), ACCEPTED),
        (token_list_cwt.MEDIA_TYPE, named.signed_list({INDEX: REVOKED}), ACCEPTED),
        (token_list_cwt.MEDIA_TYPE, named.signed_cwt({INDEX: REVOKED}, name="stranger"), ACCEPTED),
        (token_list_cwt.MEDIA_TYPE, good[:-8] + bytes(8), ACCEPTED),
        (token_list_cwt.MEDIA_TYPE, good, ACCEPTED),
        (token_list_cwt.MEDIA_TYPE, named.signed_cwt({INDEX: REVOKED}), ("refused", "status.revoked")),
    ):
        named.now += SECOND
        named.site.files["/status/1"] = (kind, body)
        named.materials.refresh()
        assert named.said() == ending
    named.materials.stop()
    named.restart()
    del named.site.files["/status/1"]
    named.materials.refresh()
    assert named.said() == ("refused", "status.revoked")
    named.now += SECOND
    later = named.signed_cwt({9: REVOKED})
    named.site.files["/status/1"] = (token_list_cwt.MEDIA_TYPE, later)
    named.materials.refresh()
    assert named.materials.troubles == {LIST_URL: "status.signed_list_differs"}
    (kept,) = (named.folder / "evidence").glob("*.json")
    evidence = json.loads(kept.read_text())
    assert base64url.decode(evidence["signed"]) == later
    assert base64url.decode(evidence["against"]["signed"]) == body


def test_a_list_whose_key_was_taken_away_decides_nothing(named: Named) -> None:
    named.controller.update(named.controller.state("a", "b", did=named.did))
    named.show()
    named.now += SECOND
    named.show_list({}, name="b")
    named.materials.refresh()
    assert named.said() == ACCEPTED
    named.controller.update(named.controller.state("a", did=named.did))
    named.show()
    named.materials.refresh()
    assert named.said() == ("undecided", "status.unavailable")


def test_an_older_list_takes_nothing_back_also_after_a_restart(named: Named) -> None:
    older = named.site.files["/status/1"]
    named.now += SECOND
    named.show_list({INDEX: REVOKED})
    named.materials.refresh()
    named.site.files["/status/1"] = older
    for _ in range(2):
        named.materials.refresh()
        assert named.said() == ("refused", "status.revoked")
        assert named.materials.troubles == {LIST_URL: "status.signed_list_older"}
        named.materials.stop()
        named.restart()
    assert named.watch.found["status.signed_list_older"] == 0, "one that was just started"
    named.materials.refresh()
    assert named.watch.found["status.signed_list_older"] == 1


def test_an_older_copy_of_the_same_grows_old(named: Named) -> None:
    older = named.site.files["/status/1"]
    named.now += SECOND
    named.show_list({})
    named.materials.refresh()
    named.site.files["/status/1"] = older
    named.materials.refresh()
    assert named.materials.troubles == {LIST_URL: "status.signed_list_older"}
    assert named.said() == ACCEPTED
    named.now += LIST_AGE + SECOND
    named.materials.refresh()
    assert named.said() == ("undecided", "status.too_old")


@pytest.mark.parametrize("later", [SECOND, -SECOND])
def test_lists_that_contradict_each_other_accept_nothing_until_one_goes_on(
    named: Named, later: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """The one revokes what the other does not: whichever is true, the issuer showed something else."""
    named.now += timedelta(minutes=1)
    named.show_list({6: REVOKED})
    named.materials.refresh()
    assert named.said() == ACCEPTED
    with caplog.at_level(logging.ERROR):
        named.show_list({7: REVOKED} if later > -later else {6: REVOKED, 7: REVOKED}, at=named.now + later)
        named.materials.refresh()
    assert "status.signed_list_differs" in caplog.text
    for _ in range(2):
        assert named.said() == ("undecided", "status.signed_list_differs")
        named.materials.stop()
        named.restart()
        del named.site.files[LOG]
        named.materials.refresh()
        named.show()
    contradicting = named.site.files["/status/1"]
    named.show_list({6: REVOKED}, at=named.now + 2 * SECOND)
    named.materials.refresh()
    assert named.said() == ("undecided", "status.signed_list_differs"), "the other one is not forgotten"
    named.site.files["/status/1"] = contradicting
    (kept,) = (named.folder / "evidence").glob("*.json")
    assert json.loads(kept.read_bytes())["issuer"] == named.did
    named.show_list({6: REVOKED, 7: REVOKED}, at=named.now + 3 * SECOND)
    named.materials.refresh()
    assert named.said() == ACCEPTED
    named.materials.stop()
    named.restart()
    named.materials.refresh()
    assert named.said() == ACCEPTED


def test_a_revocation_stands_while_its_list_is_contradicted(named: Named) -> None:
    named.now += SECOND
    named.show_list({INDEX: REVOKED})
    named.materials.refresh()
    named.now += SECOND
    named.show_list({})
    named.materials.refresh()
    assert named.said() == ("refused", "status.revoked")


def test_what_was_written_down_and_cannot_be_read_is_told_at_the_start(named: Named) -> None:
    (path,) = (named.folder / "named").glob("*.jwt")
    path.write_bytes(b"no list")
    with refused("config.file", kind=LocalError):
        named.restart()
    path.unlink()
    path.mkdir()
    with refused("config.file", str(path), kind=LocalError):
        named.restart()


def test_a_thread_keeps_it_up_to_date(named: Named) -> None:
    named.materials.stop()
    named.restart()
    named.materials.start()
    deadline = time.monotonic() + 30
    while named.said() != ACCEPTED:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_wanted_is_its_document_and_then_its_list(named: Named) -> None:
    """The list only once the issuer's signature stands over its address."""
    document, listed = Need(NeedKind.DID, named.did), Need(NeedKind.STATUS_LIST, LIST_URL, named.did)
    have = {need: named.materials.get(need, named.now) for need in (document, listed)}
    for given, wanted in (((), document), ((document,), listed)):
        at_hand = {need: have[need] for need in given}
        ending = check(
            named.presentation(),
            at_hand,
            request=named.request(),
            policy=named.policy,
            checkers=CHECKERS,
            now=named.now,
        )
        assert ending == Wanted((wanted,))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_a_fault_of_ours_is_told(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(named.site, "get", broken)
    named.materials.start()
    named.materials._thread.join(30)
    assert named.materials.troubles == {named.did: "verifier.follower"}


def test_a_saved_check_names_it(named: Named) -> None:
    """In a version that an older reader refuses: it would decide otherwise."""
    ending = named.decide()
    have = {need: named.materials.get(need, named.now) for need in named.materials._known}
    raw = bundle.dump(named.presentation(), have, request=named.request(), policy=named.policy, now=named.now)
    assert json.loads(raw)["version"] == 3
    assert bundle.replay(raw, lambda _: CHECKERS).report == ending.report
    ethr = raw.replace(named.did.encode(), b"did:ethr:0x1:0x" + b"ab" * 20)
    with refused("verifier.bundle", kind=LocalError):
        bundle.replay(ethr, lambda _: CHECKERS)


def test_other_kinds_come_from_the_chain(named: Named) -> None:
    assert NeedKind.ACCREDITATION not in {need.kind for need in named.chain.asked}
    named.said(vct=OTHER_VCT)
    assert {need.kind for need in named.chain.asked} == {NeedKind.ACCREDITATION}


COMPOSED = """
[[policy.issuers_by_name]]
did = "did:web:localhost%3A1"
types = ["https://schemas.clicid.example/age/v1"]
lists = ["https://localhost:1/status/1"]
max_age_seconds = { did = 3600, status = 86400 }
"""


def test_a_verifier_as_it_is_served_fetches_them_and_says_what_fails(tmp_path: Path) -> None:
    config = KnownNetwork().verifier(tmp_path, 'rpc = ["http://127.0.0.1:1"]', more=COMPOSED)
    app = create_app(load(config))
    troubles = anyio.run(_troubles, app)
    assert set(troubles) == {"did:web:localhost%3A1", "https://localhost:1/status/1"}
    service: Service = app.state.parts.service
    found = service.materials.get(Need(NeedKind.DID, "did:web:localhost%3A1"), NOW)
    assert found == Unavailable(NOW, troubles["did:web:localhost%3A1"])
    with pytest.raises(Undecided) as caught:  # It resolves what the policy names.
        service.records.documents.published("did:web:localhost%3A1")
    assert caught.value.detail.partition(":")[0] == troubles["did:web:localhost%3A1"]


async def _troubles(app: FastAPI) -> dict[str, str]:
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        with anyio.fail_after(60):
            while True:
                health = await client.get("http://verifier.example/health")
                told: dict[str, str] = health.json()["issuers_by_name"]
                if len(told) == 2:
                    return told
                await anyio.sleep(0.01)
