"""Chains under an authority that a policy trusts: RFC 5280, as far as a list of anchors needs it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from clicid.errors import Refused
from clicid.trust import anchors
from clicid.trust.anchors import Anchor
from tests.support.refusals import refused
from tests.support.world import DAY, NOW
from tests.support.x509 import Party, issue, usage

ROOT, MIDDLE, LEAF, OTHER = (
    Party(name, number) for number, name in enumerate(["Root", "Middle", "Leaf", "Other"], 21)
)
IDENTIFIER = "https://pid.example/issuer"
ROOT_DER = issue(ROOT, ROOT, ca=True)
MIDDLE_DER = issue(MIDDLE, ROOT, ca=True, path_length=0)
LEAF_DER = issue(LEAF, MIDDLE, names=[IDENTIFIER, "PID.example"])
DIRECT = issue(LEAF, ROOT, names=[IDENTIFIER])
TRUSTED = (Anchor.load(issue(OTHER, OTHER, ca=True)), Anchor.load(ROOT_DER))


def found(
    *chain: bytes, trusted: tuple[Anchor, ...] = TRUSTED, later: timedelta = timedelta(0)
) -> anchors.Leaf:
    return anchors.leaf(chain, trusted, now=NOW + later)


def test_a_leaf_directly_under_its_anchor_and_one_under_another_authority() -> None:
    assert found(DIRECT).key == LEAF.key
    leaf = found(LEAF_DER, MIDDLE_DER)
    assert (leaf.key, leaf.anchor) == (LEAF.key, TRUSTED[1])
    assert leaf.key_identifiers == (MIDDLE.key_identifier, ROOT.key_identifier)


def test_the_anchor_itself_may_stand_at_the_end() -> None:
    assert found(LEAF_DER, MIDDLE_DER, ROOT_DER) == found(LEAF_DER, MIDDLE_DER)


def test_an_authority_in_the_middle_may_be_the_anchor() -> None:
    assert found(LEAF_DER, trusted=(Anchor.load(MIDDLE_DER),)).anchor.certificate == MIDDLE_DER


def test_it_speaks_for_the_names_it_was_given() -> None:
    leaf = found(LEAF_DER, MIDDLE_DER)
    assert leaf.names(IDENTIFIER)
    assert leaf.names("https://pid.example/another/path")  # its host
    for other in ("https://other.example", "https://sub.pid.example", "https://pid.example.evil.example"):
        assert not leaf.names(other)
    wild = found(issue(LEAF, ROOT, names=["*.pid.example"]))
    assert not wild.names("https://any.pid.example")
    assert not found(issue(LEAF, ROOT)).names(IDENTIFIER)


def test_a_name_of_an_anchor_is_its_keys() -> None:
    renewed = Anchor.load(issue(ROOT, ROOT, ca=True, ends=NOW + 900 * DAY))
    assert renewed.name == TRUSTED[1].name != TRUSTED[0].name
    assert found(DIRECT, trusted=(TRUSTED[1], renewed)).anchor == renewed  # what holds longest


BENT = {
    "nothing": ((), "issuer.certificate"),
    "too many": ((LEAF_DER, *[MIDDLE_DER] * 4), "issuer.certificate"),
    "no certificate": ((b"0",), "issuer.certificate"),
    "another's root": ((issue(LEAF, OTHER),), None),
    "a root nobody trusts": ((issue(LEAF, MIDDLE),), "issuer.unknown"),
    "self-signed": ((issue(LEAF, LEAF),), "issuer.unknown"),
    "the root's name, another key": ((issue(LEAF, Party("Root", 99)),), "issuer.unknown"),
    "the anchor alone": ((ROOT_DER,), "issuer.certificate"),
    "an authority as leaf": ((MIDDLE_DER,), "issuer.certificate"),
    "a link missing": ((issue(LEAF, OTHER), MIDDLE_DER), "issuer.certificate"),
    "the wrong order": ((MIDDLE_DER, LEAF_DER), "issuer.certificate"),
    "a leaf that issued": ((issue(OTHER, LEAF), LEAF_DER, MIDDLE_DER), "issuer.certificate"),
    "deeper than allowed": (
        (issue(LEAF, OTHER), issue(OTHER, MIDDLE, ca=True), MIDDLE_DER),
        "issuer.certificate",
    ),
    "expired": ((issue(LEAF, ROOT, begins=NOW - 9 * DAY, ends=NOW - DAY),), "issuer.certificate"),
    "not begun": ((issue(LEAF, ROOT, begins=NOW + DAY),), "issuer.certificate"),
    "a hash of 224 bits": ((issue(LEAF, ROOT, hashed=hashes.SHA224()),), "issuer.certificate"),
    "may not sign": ((issue(LEAF, ROOT, (usage(key_agreement=True), True)),), "issuer.certificate"),
    "an authority that may not issue": (
        (LEAF_DER, issue(MIDDLE, ROOT, (usage(digital_signature=True), True), ca=True)),
        "issuer.certificate",
    ),
    "constraints on names": (
        (
            LEAF_DER,
            issue(MIDDLE, ROOT, (x509.NameConstraints([x509.DNSName("a.example")], None), True), ca=True),
        ),
        "issuer.certificate",
    ),
    "constraints on names that are not marked critical": (
        (
            LEAF_DER,
            issue(MIDDLE, ROOT, (x509.NameConstraints([x509.DNSName("a.example")], None), False), ca=True),
        ),
        "issuer.certificate",
    ),
    "a critical extension": (
        (issue(LEAF, ROOT, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b""), True)),),
        "issuer.certificate",
    ),
}


@pytest.mark.parametrize(("chain", "code"), BENT.values(), ids=BENT)
def test_bent_chains(chain: tuple[bytes, ...], code: str | None) -> None:
    if code is None:
        assert found(*chain).anchor == TRUSTED[0]
        return
    with pytest.raises(Refused) as refused:
        found(*chain)
    assert refused.value.code == code


def test_an_anchor_has_dates_too() -> None:
    ended = (Anchor.load(issue(ROOT, ROOT, ca=True, ends=NOW + DAY)),)
    assert found(DIRECT, trusted=ended).key == LEAF.key
    with pytest.raises(Refused, match=r"issuer\.certificate"):
        found(DIRECT, trusted=ended, later=2 * DAY)


@pytest.mark.parametrize(
    "der", [LEAF_DER, b"", issue(ROOT, ROOT, (usage(digital_signature=True), True), ca=True)]
)
def test_what_is_no_anchor(der: bytes) -> None:
    with pytest.raises(Refused, match=r"issuer\.certificate"):
        Anchor.load(der)


def test_a_chain_that_leads_nowhere_is_whole_by_itself_or_refused() -> None:
    alone = issue(LEAF, LEAF, names=["a.example"])
    assert anchors.unanchored((alone,), now=NOW).key == LEAF.key
    under = anchors.unanchored((LEAF_DER, MIDDLE_DER), now=NOW)
    assert (under.key, under.anchor.certificate) == (LEAF.key, MIDDLE_DER)
    for chain in (
        (),
        (issue(LEAF, LEAF, ends=NOW - DAY / 2),),
        (issue(LEAF, LEAF, begins=NOW + DAY),),
        (ROOT_DER,),
        (issue(LEAF, LEAF, hashed=hashes.SHA224()),),
        (issue(LEAF, LEAF, (x509.NameConstraints([x509.DNSName("a.example")], None), True)),),
        (issue(LEAF, OTHER), MIDDLE_DER),
        (LEAF_DER, issue(MIDDLE, ROOT)),
        (b"0",),
    ):
        with refused("issuer.certificate"):
            anchors.unanchored(chain, now=NOW)


@pytest.mark.parametrize("critical", [False, True])
def test_an_anchor_whose_constraints_would_not_be_kept_is_none(critical: bool) -> None:
    constraints = x509.NameConstraints([x509.DNSName("a.example")], None)
    with refused("issuer.certificate", "anchor"):
        Anchor.load(issue(ROOT, ROOT, (constraints, critical), ca=True))
