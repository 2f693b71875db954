"""An issuer that shows different lists, or an old one, is found out by whoever is shown it."""

from __future__ import annotations

import json
import logging
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.gather import settle
from clicid.codec import base64url
from clicid.formats.base import CheckName, FormatId, Material, Need, NeedKind
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.ledger.facts import ABSENT
from clicid.ledger.records import TROUBLE_DIGEST
from clicid.status.rows import REVOKED, SUSPENDED
from clicid.verification import Accepted, Ending, SignedLists, check
from clicid.verification.signed_lists import Agreement
from tests.support.world import DID, LIST_URL, NOW, Store, World
from tests.unit.verification.test_signed_lists import SECOND, token
from verifier.refresh import evidence
from verifier.refresh.evidence import ListWatch
from verifier.refresh.forms import TokenForm

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.formats.base import Have, Wanted

SIGNED = Need(NeedKind.STATUS_LIST, LIST_URL, DID)
ANCHORED = Need(NeedKind.STATUS, LIST_URL, DID)
BEFORE, AFTER = SECOND - 3600, SECOND + 1
"""Signed before the last block that is known, and after it."""


def bits(marked: dict[int, int]) -> bytes:
    packed = bytearray(4)
    for index, value in marked.items():
        packed[index >> 2] |= value << (index & 3) * 2
    return bytes(packed)


class Verifier:
    """One verifier that knows a chain, and what it is shown over HTTP."""

    def __init__(self, folder: Path, anchored: dict[int, int], trouble: str = "") -> None:
        self.world = World()
        entries = bits(anchored)
        self.world.snapshot = replace(self.world.snapshot, entries=entries, trouble=trouble)
        self.world.policy = replace(self.world.policy, signed_lists=SignedLists.MAY_REFUSE)
        self.store = Store(self.world.have)
        self.watch = ListWatch(self.store, self.world.rules, folder)
        self.folder = folder
        self.kept: Material | None = None

    def shown(self, marked: dict[int, int], at: int, **how: Any) -> bool:
        """The issuer's server answers with this; whether it is used from now on."""
        new = Material(token(self.world, bits(marked), iat=at, **how), NOW, NOW, LIST_URL)
        anchored = self.watch.anchored(SIGNED, NOW)
        taken = self.watch.take(SIGNED, TokenForm(), new, kept=self.kept, anchored=anchored, now=NOW)
        if taken:
            self.kept = new
        return taken

    def decide(self) -> Ending:
        """On the credential at index 5."""
        have: Any = {**self.world.have} | ({SIGNED: self.kept} if self.kept else {})
        store = Store(have)
        checkers = {FormatId.SD_JWT_VC: SdJwtVcChecker()}

        def step(found: Have) -> Ending | Wanted:
            return check(
                self.world.presentation(),
                found,
                request=self.world.request,
                policy=self.world.policy,
                checkers=checkers,
                now=NOW,
            )

        return settle(step, store, NOW)

    def said(self) -> str:
        lines = self.decide().report.sections[0].lines
        return next(line.detail for line in lines if line.check is CheckName.STATUS)

    @property
    def evidence(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_bytes()) for path in sorted(self.folder.glob("*.json"))]


def found(*codes: Agreement) -> dict[str, int]:
    return {code.value: 1 for code in codes}


def test_what_is_anchored_is_what_is_shown(tmp_path: Path) -> None:
    for marked in ({}, {5: REVOKED}, {5: SUSPENDED}):
        verifier = Verifier(tmp_path / str(len(marked)), marked)
        assert verifier.shown(marked, AFTER)
        assert (dict(verifier.watch.found), verifier.evidence) == ({}, [])
    assert Verifier(tmp_path, {5: REVOKED | SUSPENDED}).shown({5: REVOKED}, AFTER), "revoked wins"


def test_an_older_list_takes_nothing_back(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {5: REVOKED})
    verifier.shown({}, BEFORE)
    assert verifier.decide().report.code == "status.revoked"
    assert dict(verifier.watch.found) == found(Agreement.OLDER)
    assert [one["code"] for one in verifier.evidence] == ["status.signed_list_older"]


def test_a_list_with_other_bits_is_told_and_kept_with_what_contradicts_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = Verifier(tmp_path, {6: REVOKED})
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            verifier.shown({7: REVOKED}, AFTER)
    assert dict(verifier.watch.found) == {"status.signed_list_differs": 3}
    assert len(caplog.records) == 1, "the same is told once"
    assert LIST_URL in caplog.text
    (kept,) = verifier.evidence
    assert (kept["issuer"], kept["list"], kept["code"]) == (DID, LIST_URL, "status.signed_list_differs")
    assert verifier.kept is not None
    assert kept["signed"].encode() == verifier.kept.body
    against = kept["against"]
    assert zlib.decompress(base64url.decode(against["entries"])) == bits({6: REVOKED})
    assert (against["version"], against["source"]) == (3, "chain 1 block 100")
    assert isinstance(verifier.decide(), Accepted), "by the anchored list"
    assert verifier.said() == "the signed list is not the anchored one: status.signed_list_differs"


def test_a_newer_list_may_refuse_and_is_no_contradiction(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {6: REVOKED})
    assert verifier.shown({5: REVOKED, 6: REVOKED}, AFTER)
    assert verifier.decide().report.code == "status.revoked"
    assert (dict(verifier.watch.found), verifier.evidence) == ({}, [])
    verifier = Verifier(tmp_path, {})
    assert verifier.shown({6: REVOKED}, AFTER)
    assert isinstance(verifier.decide(), Accepted)
    assert verifier.said() == "the signed list is not the anchored one: ahead"


def test_a_suspension_that_is_lifted_waits_for_the_chain(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {5: SUSPENDED})
    assert verifier.shown({}, AFTER)
    assert verifier.decide().report.code == "status.suspended"
    assert dict(verifier.watch.found) == {}
    verifier.kept = None
    verifier.shown({}, BEFORE)
    assert dict(verifier.watch.found) == found(Agreement.OLDER)


def test_two_verifiers_that_are_shown_two_lists_both_notice(tmp_path: Path) -> None:
    anchored = {5: REVOKED, 6: REVOKED}
    one, two = Verifier(tmp_path / "1", anchored), Verifier(tmp_path / "2", anchored)
    one.shown({5: REVOKED}, AFTER)
    two.shown({6: REVOKED}, AFTER)
    for verifier in (one, two):
        assert dict(verifier.watch.found) == found(Agreement.DIFFERS)
        assert verifier.decide().report.code == "status.revoked"
    assert one.evidence[0]["signed"] != two.evidence[0]["signed"]


def test_a_revocation_that_is_not_anchored_yet_is_not_taken_back_by_another_list(tmp_path: Path) -> None:
    """Two lists by one hand contradict each other, whatever the chain says."""
    for at, code in ((AFTER + 5, Agreement.DIFFERS), (AFTER - 5, Agreement.OLDER)):
        verifier = Verifier(tmp_path / code, {})
        assert verifier.shown({5: REVOKED}, AFTER)
        assert verifier.kept is not None
        assert not verifier.shown({}, at)
        assert dict(verifier.watch.found) == found(code)
        assert verifier.decide().report.code == "status.revoked"
        (kept,) = verifier.evidence
        assert kept["against"]["signed"].encode() == verifier.kept.body
        assert kept["against"]["signed"] != kept["signed"]
        assert verifier.shown({5: REVOKED, 7: REVOKED}, AFTER + 9)


@pytest.mark.parametrize(
    "how",
    [
        {"signer": "other"},
        {"sub": "https://issuer.example/status/2"},
        {"exp": SECOND},
        {"kid": "did:ethr:0x1:0x" + "cd" * 20 + "#delegate-1"},
    ],
)
def test_what_the_issuer_did_not_sign_for_this_list_replaces_nothing(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    verifier = Verifier(tmp_path, {})
    assert verifier.shown({5: REVOKED}, AFTER)
    assert not verifier.shown({}, AFTER + 5, **how)
    assert verifier.decide().report.code == "status.revoked"
    assert (dict(verifier.watch.found), verifier.evidence) == ({}, [])


def test_a_list_of_another_shape_differs(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {})
    verifier.world.snapshot = replace(verifier.world.snapshot, size=32, entries=bytes(8))
    verifier.store.have = verifier.world.have
    verifier.shown({}, AFTER)
    assert dict(verifier.watch.found) == found(Agreement.DIFFERS)


def test_a_list_whose_anchored_digest_differs_leads_to_no_acceptance(tmp_path: Path) -> None:
    """However well the signed one looks."""
    verifier = Verifier(tmp_path, {}, TROUBLE_DIGEST)
    assert verifier.shown({}, AFTER)
    ending = verifier.decide()
    assert (ending.report.verdict, ending.report.code) == ("undecided", "status.digest_mismatch")


@pytest.mark.parametrize("body", [ABSENT, b"no snapshot"])
def test_where_nothing_is_anchored_there_is_nothing_to_hold_it_against(tmp_path: Path, body: bytes) -> None:
    verifier = Verifier(tmp_path, {})
    verifier.store.have = {**verifier.world.have, ANCHORED: verifier.world.material(body)}
    assert verifier.shown({}, AFTER)
    assert dict(verifier.watch.found) == {}


def test_an_issuer_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_FILES", 2)
    verifier = Verifier(tmp_path, {6: REVOKED})
    for second in range(4):
        verifier.shown({7: REVOKED}, AFTER + second)
    assert len(verifier.evidence) == 2
    assert dict(verifier.watch.found) == {"status.signed_list_differs": 4}


def test_evidence_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no folder").write_bytes(b"")
    verifier = Verifier(tmp_path / "no folder", {6: REVOKED})
    verifier.shown({7: REVOKED}, AFTER)
    assert dict(verifier.watch.found) == found(Agreement.DIFFERS)
    assert "could not be kept" in caplog.text


def test_a_good_list_is_taken_again_after_a_bad_one(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {6: REVOKED})
    for second in range(3):
        assert verifier.shown({6: REVOKED}, AFTER + second)
    assert not verifier.shown({6: REVOKED}, AFTER), "an older copy of the same is no news"
    assert verifier.shown({6: REVOKED, 7: SUSPENDED}, AFTER + timedelta(minutes=1).seconds)
