"""Each suite between this code and @digitalbazaar's packages, both ways, where node is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clicid.did import key as did_key
from clicid.errors import Refused
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from tests.support import proofs, w3c
from tests.support.node import answers, install

PACKAGES = Path(__file__).with_name("digitalbazaar")
OPTIONS: dict[str, Any] = {"expires": w3c.NOW.replace(year=2126), "nonce": "x"}


def questions() -> list[dict[str, Any]]:
    """A document of every suite and key as we secure it, and the same with a changed claim."""
    found = []
    for suite, alg in proofs.SUITES:
        secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg, **OPTIONS), alg)
        changed = {**secured, "credentialSubject": {**secured["credentialSubject"], "ageOver18": False}}
        common = {"suite": suite, "alg": alg, "unsigned": w3c.unsigned()}
        found += [{**common, "secured": document} for document in (secured, changed)]
    return found


@pytest.mark.slow
def test_both_ways() -> None:
    if missing := install(PACKAGES):
        pytest.skip(missing)
    asked = questions()
    found = answers(PACKAGES / "interop.mjs", PACKAGES, w3c.published_contexts(), *asked)
    assert [one["verified"] for one in found] == [True, False] * len(proofs.SUITES), found
    for question, answer in zip(asked, found, strict=True):
        theirs = answer["theirs"]
        assert theirs["proof"]["cryptosuite"] == question["suite"]
        assert verified(theirs) == w3c.unsigned()
        with pytest.raises(Refused, match=r"keys\.signature"):
            verified({**theirs, "validUntil": "2126-11-22T00:00:00Z"})


def verified(secured: dict[str, Any]) -> Any:
    """The document, by the did:key that it names."""
    parsed = data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.CLOSED)
    methods = [one.proof.verification_method.partition("#")[0] for one in parsed.proofs]
    return data_integrity.verify(parsed, [did_key.document(did).methods[0].key for did in methods])
