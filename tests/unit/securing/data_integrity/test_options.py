"""What the options of a proof may be; what they may not is in the hostile vectors."""

from __future__ import annotations

import pytest

from clicid.errors import Refused
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Purpose
from tests.support import proofs, w3c


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose(purpose: Purpose) -> None:
    signed = proofs.signed(w3c.unsigned(), proofs.options(purpose=purpose))
    (parsed,) = proofs.parse(signed).proofs
    assert parsed.proof.purpose is purpose
    parsed.verify(w3c.STORE.public(w3c.ISSUER_REF))


def test_the_least_that_a_proof_has() -> None:
    signed = proofs.signed(w3c.unsigned(), proofs.options(created=None))
    members = {"type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"}
    assert signed["proof"].keys() == members
    assert proofs.parse(signed).proofs[0].proof.created is None


def test_a_set_of_texts_on_the_wire() -> None:
    for domain, wire in ((("x",), "x"), (("x", "y"), ["x", "y"])):
        signed = proofs.signed(w3c.unsigned(), proofs.options(domain=domain))
        assert signed["proof"]["domain"] == wire
        assert proofs.parse(signed).proofs[0].proof.domain == domain


def test_a_time_without_an_offset() -> None:
    """VC Data Integrity 1.0, 2.1: others' may be taken for UTC; ours always says."""
    secured = proofs.signed(w3c.unsigned(), proofs.options(expires=w3c.NOW))
    for name in ("created", "expires"):
        secured["proof"][name] = secured["proof"][name].removesuffix("Z")
        with pytest.raises(Refused, match=r"codec\.time"):
            proofs.parse(secured)
    (found,) = data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.OPEN).proofs
    assert (found.proof.created, found.proof.expires) == (w3c.DAY, w3c.NOW)
