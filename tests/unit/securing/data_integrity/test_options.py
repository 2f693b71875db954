"""What the options of a proof may be; what they may not is in the hostile vectors."""

from __future__ import annotations

import pytest

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
