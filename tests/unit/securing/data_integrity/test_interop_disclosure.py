"""Selective disclosure between this code and @digitalbazaar's packages, all ways, where node is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clicid.did import key as did_key
from clicid.errors import Refused
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import holder
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from tests.support import disclosures, w3c
from tests.support.disclosures import MANDATORY, SELECTIVE, Issued
from tests.support.node import answers, install

PACKAGES = Path(__file__).with_name("digitalbazaar")
SUITES = (ECDSA_SD_2023, BBS_2023)


def questions() -> list[dict[str, Any]]:
    """A base and a derived document of each suite, and the derived one with a changed claim."""
    found = []
    for suite in SUITES:
        issued = Issued(suite)
        derived = issued.derived()
        found.append(
            {
                "suite": suite,
                "unsigned": disclosures.document(),
                "mandatory": MANDATORY,
                "selective": SELECTIVE,
                "base": issued.secured,
                "derived": derived,
                "changed": {**derived, "name": {"@value": "Another", "@language": "sv"}},
            }
        )
    return found


@pytest.mark.slow
def test_all_ways() -> None:
    if missing := install(PACKAGES):
        pytest.skip(missing)
    asked = questions()
    found = answers(PACKAGES / "disclose.mjs", PACKAGES, w3c.published_contexts(), *asked)
    assert len(found) == len(SUITES)
    for question, answer in zip(asked, found, strict=True):
        assert answer["derived"] == {"verified": True, "why": ""}
        assert answer["changed"]["verified"] is False
        shown = without_proof(question["derived"])
        for theirs in (answer["fromOurs"], answer["fromTheirs"]):
            assert verified(theirs) == shown
        assert_received(question["suite"], answer["base"], shown)


def assert_received(suite: str, base: dict[str, Any], shown: dict[str, Any]) -> None:
    """Their issuer, our holder: the base proof is good, and what is derived from it verifies."""
    key = issuer_key(base["proof"])
    if suite == ECDSA_SD_2023:
        ecdsa = holder.receive_ecdsa_sd(base, w3c.CONTEXTS, profile=Profile.CLOSED)
        ecdsa.verify(key)
        derived: dict[str, Any] = ecdsa.derive(SELECTIVE)
    else:
        bbs = holder.receive_bbs(base, w3c.CONTEXTS, profile=Profile.CLOSED)
        bbs.verify(key)
        derived = bbs.derive(SELECTIVE, presentation_header=b"", random=disclosures.numbers("interop"))
    assert verified(derived) == shown
    with pytest.raises(Refused, match=r"keys\.signature"):
        verified({**derived, "validUntil": "2126-11-22T00:00:00Z"})


def verified(secured: dict[str, Any]) -> Any:
    """The document, by the did:key that it names."""
    return disclosures.verify(secured, issuer_key(secured["proof"]))


def issuer_key(proof: dict[str, Any]) -> Any:
    """The key of a proof's did:key."""
    return did_key.document(proof["verificationMethod"].partition("#")[0]).methods[0].key


def without_proof(secured: dict[str, Any]) -> dict[str, Any]:
    """The document that was shown."""
    return {name: value for name, value in secured.items() if name != "proof"}
