"""Stolen keys and withdrawn rights: what an issuance root saves, and what a thief tries with one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clicid.formats.anchored import saved
from clicid.formats.base import (
    Checked,
    CheckName,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    Unavailable,
    Wanted,
)
from clicid.formats.issuer import issuer_key
from clicid.formats.vc_di import LdpVcChecker, prepare_credential
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.facts import IssuanceRoot
from clicid.trust.issuance import InclusionProof, IssuanceTree, uri
from clicid.verification import issuance_digest
from tests.support import anchoring, disclosures, w3c
from tests.support.anchoring import KINDS, Anchored

SD_JWT = "SD-JWT VC"
ALG = {
    kind: P256 if kind in (SD_JWT, "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023") else ED25519
    for kind in KINDS
}
PASSED = (Outcome.PASSED, "")
REFUSED = (Outcome.FAILED, "issuer.key_compromised")


def digest(kind: str, raw: bytes) -> bytes:
    """The digest that the issuer anchors and the verifier finds."""
    checker = KINDS[kind][0]
    found = issuance_digest(raw, checker.format, {checker.format: checker})
    assert found is not None
    return found


def ending(world: Anchored, kind: str, raw: bytes) -> tuple[Outcome, str]:
    """How it ends: the last line that was reached."""
    checked = world.check(kind, raw)
    assert isinstance(checked, Checked)
    last = [line for line in checked.lines if line.outcome is not Outcome.NOT_REACHED][-1]
    assert (checked.claims is not None) == (last.outcome is Outcome.PASSED)
    return last.outcome, last.code


def key_line(world: Anchored, kind: str, raw: bytes) -> Line:
    checked = world.check(kind, raw)
    assert isinstance(checked, Checked)
    return next(line for line in checked.lines if line.check is CheckName.ISSUER_KEY)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_anchored_before_the_theft_stays_good_and_the_line_says_why(kind: str) -> None:
    world, old = Anchored(), KINDS[kind][1](1)
    block = world.anchor(digest(kind, old), *(bytes([at]) * 32 for at in range(6)))
    assert ending(world, kind, old) == PASSED
    assert key_line(world, kind, old).detail == ""
    world.state(ALG[kind], block + 1)
    assert ending(world, kind, old) == PASSED
    world.revoke(ALG[kind])
    assert ending(world, kind, old) == PASSED
    assert key_line(world, kind, old).detail == f"issued before: anchored in block {block}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_thief_who_dates_back_has_no_proof_and_nobody_elses_helps(kind: str) -> None:
    world, old, forged = Anchored(), KINDS[kind][1](1), KINDS[kind][1](2)
    assert digest(kind, old) != digest(kind, forged)
    block = world.anchor(digest(kind, old))
    world.state(ALG[kind], block + 1)
    world.revoke(ALG[kind])
    assert ending(world, kind, forged) == REFUSED
    assert key_line(world, kind, forged).detail == "no proof that it was issued before"
    world.proofs[digest(kind, forged)] = world.proofs[digest(kind, old)]
    assert ending(world, kind, forged) == REFUSED
    assert (
        key_line(world, kind, forged).detail == "the proof that it was issued before is another credential's"
    )


def test_a_good_proof_saves_no_bad_signature() -> None:
    # Whoever has stolen a committer's key can anchor in time, and has no signature.
    kind, world = "eddsa-rdfc-2022", Anchored()
    unsigned = w3c.unsigned(issuer=anchoring.DID)
    prepared = prepare_credential(anchoring.identity(ED25519), unsigned, w3c.CONTEXTS, created=w3c.DAY)
    forged = w3c.signed(prepared, w3c.OTHER_REF)
    block = world.anchor(digest(kind, forged))
    world.state(ED25519, block + 1)
    assert ending(world, kind, forged) == (Outcome.FAILED, "issuer.signature")


def test_a_root_in_the_stated_block_or_later_comes_too_late() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old))
    world.state(P256, block)
    assert ending(world, SD_JWT, old) == REFUSED
    assert key_line(world, SD_JWT, old).detail == f"anchored in block {block}, not before"


def test_a_statement_can_be_made_earlier_and_not_later() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old))
    world.state(P256, block + 1)
    assert ending(world, SD_JWT, old) == PASSED
    world.state(P256, block)
    assert ending(world, SD_JWT, old) == REFUSED
    world.state(P256, block + 5, final=True)
    assert ending(world, SD_JWT, old) == REFUSED


def test_a_root_anchored_twice_counts_from_the_first() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old))
    world.anchor(digest(SD_JWT, old))
    world.state(P256, block + 1)
    assert ending(world, SD_JWT, old) == PASSED


def test_a_key_that_was_revoked_without_a_statement_saves_nothing() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    world.anchor(digest(SD_JWT, old))
    world.revoke(P256)
    assert ending(world, SD_JWT, old) == (Outcome.FAILED, "issuer.key_revoked")


def test_the_root_of_another_issuer_saves_nothing() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old), by=anchoring.OTHER)
    world.state(P256, block + 1)
    assert ending(world, SD_JWT, old) == REFUSED
    assert key_line(world, SD_JWT, old).detail == "the root is none that this issuer has anchored"


def test_until_the_roots_block_is_final_nothing_is_decided() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old), final=False)
    world.state(P256, block + 1)
    assert ending(world, SD_JWT, old) == (Outcome.UNDECIDED, "issuance_root.not_final")
    world.branch.finalise(block)
    assert ending(world, SD_JWT, old) == PASSED


def test_a_root_on_a_lost_branch_never_was() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old), final=False)
    world.state(P256, block + 1)
    world.reorganise(block - 1)
    world.mine(final=False, salt="another branch")
    # The statement was lost with the root, and still counts.
    assert ending(world, SD_JWT, old) == REFUSED
    assert key_line(world, SD_JWT, old).detail == "the root is none that this issuer has anchored"
    # Anchored anew it stands in a block that is as early, and then it is final.
    world.reorganise(block - 1)
    again = world.anchor(digest(SD_JWT, old))
    assert again == block
    assert ending(world, SD_JWT, old) == PASSED


def test_good_news_ages_and_bad_news_does_not() -> None:
    world, old, forged = Anchored(), KINDS[SD_JWT][1](1), KINDS[SD_JWT][1](2)
    block = world.anchor(digest(SD_JWT, old))
    world.state(P256, block + 1)
    parsed = KINDS[SD_JWT][0].parse(old)
    world.age = 2 * w3c.RULES.max_age[NeedKind.ACCREDITATION]
    found = issuer_key(parsed.key_id, anchoring.DID, world, rules=anchoring.RULES_OF_VERIFIER, now=w3c.NOW)
    assert isinstance(found, Line)
    again: Any = lambda *, anchored: issuer_key(  # noqa: E731 - the step as a checker binds it
        parsed.key_id,
        anchoring.DID,
        world,
        rules=anchoring.RULES_OF_VERIFIER,
        now=w3c.NOW,
        anchored=anchored,
    )

    def walked(raw: bytes) -> tuple[Outcome, str]:
        issued = KINDS[SD_JWT][0].parse(raw).issued
        line = saved(
            found, again, issued, anchoring.DID, world, rules=anchoring.RULES_OF_VERIFIER, now=w3c.NOW
        )
        assert isinstance(line, Line)
        return line.outcome, line.code

    assert walked(forged) == REFUSED
    assert walked(old) == (Outcome.UNDECIDED, "did.too_old")
    # That a root is nowhere is not known from a chain last read so long ago.
    world.proofs[digest(SD_JWT, forged)] = (
        IssuanceTree([digest(SD_JWT, forged)]).prove(digest(SD_JWT, forged)).to_bytes()
    )
    assert walked(forged) == (Outcome.UNDECIDED, "did.too_old")


@pytest.mark.parametrize("proof", [b"", b"\0" * 47, b"\0" * 49, b"\xff" * 48, b"\0" * 5000])
def test_a_malformed_proof_does_not_change_the_reason(proof: bytes) -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    world.proofs[digest(SD_JWT, old)] = proof
    assert ending(world, SD_JWT, old) == PASSED  # nobody looks at what is not needed
    world.state(P256, 1)
    assert ending(world, SD_JWT, old) == REFUSED
    assert key_line(world, SD_JWT, old).detail.startswith("issuance.proof")


class Partly(dict[Need, Material | Unavailable]):
    """What a world says, but for some needs."""

    def __init__(self, world: Anchored, **instead: Any) -> None:
        super().__init__()
        self.world, self.instead = world, instead

    def get(self, need: Need, _default: Any = None) -> Any:
        return self.instead[need.kind.value] if need.kind.value in self.instead else self.world.get(need)


def told(world: Anchored, raw: bytes, **instead: Any) -> Any:
    checker = KINDS[SD_JWT][0]
    return checker.check(
        checker.parse(raw),
        Partly(world, **instead),
        rules=anchoring.RULES_OF_VERIFIER,
        binding=None,
        now=w3c.NOW,
    )


def test_what_is_wanted_and_what_cannot_be_had() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old))
    world.state(P256, block + 1)
    proof = InclusionProof.from_bytes(world.proofs[digest(SD_JWT, old)])
    assert told(world, old, inclusion_proof=None) == Wanted(
        (Need(NeedKind.INCLUSION_PROOF, uri(digest(SD_JWT, old)), anchoring.DID),)
    )
    assert told(world, old, issuance_root=None) == Wanted(
        (Need(NeedKind.ISSUANCE_ROOT, uri(proof.root), anchoring.DID),)
    )
    for instead, code in (
        (Unavailable(w3c.NOW, "down"), "issuance_root.unavailable"),
        (Material(b"{}", w3c.NOW, w3c.NOW, "chain"), "issuance_root.unavailable"),
    ):
        lines = told(world, old, issuance_root=instead).lines
        assert (lines[2].outcome, lines[2].code) == (Outcome.UNDECIDED, code)
    other = IssuanceRoot(anchoring.DID, bytes(32), final=True, block=1, time=1).to_bytes()
    lines = told(world, old, issuance_root=Material(other, w3c.NOW, w3c.NOW, "chain")).lines
    assert (lines[2].outcome, lines[2].code) == REFUSED


def test_a_root_from_a_chain_that_came_into_doubt_meanwhile_decides_nothing() -> None:
    world, old = Anchored(), KINDS[SD_JWT][1](1)
    block = world.anchor(digest(SD_JWT, old))
    world.state(P256, block + 1)
    root = InclusionProof.from_bytes(world.proofs[digest(SD_JWT, old)]).root
    told_of = world.get(Need(NeedKind.ISSUANCE_ROOT, uri(root), anchoring.DID))
    assert isinstance(told_of, Material)
    lines = told(world, old, issuance_root=replace(told_of, doubt="chain.unproven")).lines
    assert (lines[2].outcome, lines[2].code) == (Outcome.UNDECIDED, "chain.unproven")


@pytest.mark.parametrize("kind", KINDS)
def test_a_withdrawal_keeps_what_was_anchored_if_it_says_so(kind: str) -> None:
    made = KINDS[kind][1]
    right = anchoring.VCT if kind == SD_JWT else w3c.AGE_TYPE
    world, old, late = Anchored(), made(1), made(2)
    world.anchor(digest(kind, old))
    world.withdraw(right, keeps_anchored=True)
    world.anchor(digest(kind, late))
    assert ending(world, kind, old) == PASSED
    assert ending(world, kind, late) == (Outcome.FAILED, "issuer.not_anchored")
    assert ending(world, kind, made(3)) == (Outcome.FAILED, "issuer.not_anchored")
    world.withdraw(right, keeps_anchored=False)
    assert ending(world, kind, old) == (Outcome.FAILED, "issuer.accreditation_withdrawn")


def test_unlinkable_credentials_are_issued_anew() -> None:
    one = disclosures.Issued("bbs-2023")
    (proof,) = LdpVcChecker(w3c.CONTEXTS).parse(json.dumps(one.derived()).encode()).unverified.proofs
    assert proof.issued() is None
    line = Line(CheckName.ISSUER_KEY, Outcome.FAILED, "section", "issuer.key_compromised")
    never: Any = None
    found = saved(line, never, proof.issued, "did:x:y", {}, rules=w3c.RULES, now=w3c.NOW)
    assert isinstance(found, Line)
    assert found.code == "issuer.key_compromised"
    assert "anew" in found.detail
