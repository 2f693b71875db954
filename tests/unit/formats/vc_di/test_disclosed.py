"""Credentials of which their holder shows a part: what the report says, and who may show them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clicid.codec import base64url
from clicid.formats.base import Binding, Checked, CheckName, FormatId, HolderBound, Need, NeedKind, Outcome
from clicid.formats.vc_di import LdpVcChecker
from clicid.formats.vc_di.bound_secret import presentation_header
from clicid.keys.algorithms import BLS12_381_G2, P256
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.securing.data_integrity.bbs_values import Feature
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from tests.support import disclosures, w3c
from tests.support.refusals import refused

CHECKER = LdpVcChecker(w3c.CONTEXTS)
BINDING = replace(w3c.BINDING, audience=disclosures.DOMAIN, holder_key=w3c.HOLDER_KEY)
ISSUERS = {
    ECDSA_SD_2023: w3c.did(disclosures.REFS[P256]),
    BBS_2023: w3c.did(disclosures.REFS[BLS12_381_G2]),
}


def issued(suite: str, feature: Feature = Feature.BASELINE, **subject: Any) -> disclosures.Issued:
    document = w3c.unsigned(
        id=None, name=None, issuer=ISSUERS[suite], credentialSubject={"ageOver18": True, **subject}
    )
    mandatory = ("/issuer", "/validUntil", "/credentialStatus")
    return disclosures.Issued(suite, feature, document, mandatory)


def shown(one: disclosures.Issued, binding: Binding = BINDING, *pointers: str) -> bytes:
    base = one.received()
    chosen = pointers or ("/credentialSubject/ageOver18",)
    if one.suite == ECDSA_SD_2023:
        return json.dumps(base.derive(chosen)).encode()
    domain = binding.audience if one.feature.has_nym else None
    random = disclosures.numbers("shown")
    header = presentation_header(binding)
    found = base.derive(chosen, presentation_header=header, random=random, nym_domain=domain)
    return json.dumps(found).encode()


def check(raw: bytes, binding: Binding | None = BINDING, **given: Any) -> Checked:
    parsed = CHECKER.parse(raw)
    fact = w3c.accreditation(did=parsed.issuer)
    (material,) = w3c.have(fact).values()
    have = {Need(NeedKind.ACCREDITATION, w3c.AGE_TYPE, parsed.issuer): material}
    checked = CHECKER.check(parsed, have, rules=given.get("rules", w3c.RULES), binding=binding, now=w3c.NOW)
    assert isinstance(checked, Checked)
    return checked


def reveal(checked: Checked) -> dict[str, Any]:
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert checked.claims is not None
    return checked.claims.reveal()


def ending(checked: Checked) -> tuple[CheckName, str]:
    (line,) = [line for line in checked.lines if line.outcome is Outcome.FAILED]
    assert checked.claims is None
    return line.check, line.code


def test_the_report_says_what_was_shown() -> None:
    one = issued(ECDSA_SD_2023, id=w3c.HOLDER, ageOver65=True)
    checked = check(shown(one))
    assert reveal(checked) == {"ageOver18": True}
    line = checked.lines[-1]
    assert (line.check, line.detail) == (CheckName.DISCLOSURES, "of the subject the holder shows: ageOver18")
    assert CHECKER.format is FormatId.LDP_VC
    nobody = check(shown(issued(ECDSA_SD_2023)))
    assert ending(nobody) == (CheckName.HOLDER_BINDING, "holder.binding_missing")
    assert nobody.lines[-1].outcome is Outcome.NOT_REACHED


def test_a_part_of_which_nothing_is_said_of_anybody() -> None:
    with refused("vc.subject", "/credentialSubject"):
        CHECKER.parse(shown(issued(ECDSA_SD_2023, id=w3c.HOLDER), BINDING, "/validFrom"))


def test_a_base_proof_is_for_its_holder_alone() -> None:
    for suite in ISSUERS:
        with refused("proof.base"):
            CHECKER.parse(json.dumps(issued(suite, id=w3c.HOLDER).secured).encode())


@pytest.mark.parametrize(
    "feature", [Feature.HOLDER_BINDING, Feature.PSEUDONYM, Feature.HOLDER_BINDING_PSEUDONYM]
)
def test_a_secret_binds_a_credential_that_names_nobody(feature: Feature) -> None:
    one = issued(BBS_2023, feature)
    raw = shown(one)
    claims = reveal(check(raw))
    assert claims.pop("ageOver18") is True
    assert set(claims) == ({"pseudonym"} if feature.has_nym else set())
    another = replace(BINDING, nonce="another")
    assert ending(check(raw, another)) == (CheckName.HOLDER_BINDING, "holder.nonce")
    assert reveal(check(raw, None))["ageOver18"] is True


def test_a_pseudonym_is_the_same_here_and_another_elsewhere() -> None:
    one = issued(BBS_2023, Feature.PSEUDONYM)
    later = replace(BINDING, nonce="later")
    elsewhere = replace(BINDING, audience="https://other.example")
    first, second, third = (
        reveal(check(shown(one, binding), binding))["pseudonym"] for binding in (BINDING, later, elsewhere)
    )
    assert first == second != third
    assert len(base64url.decode(first)) == 48


def test_a_pseudonym_for_another_verifier() -> None:
    one = issued(BBS_2023, Feature.PSEUDONYM)
    found = one.received().derive(
        ("/credentialSubject",),
        presentation_header=presentation_header(BINDING),
        random=disclosures.numbers("x"),
        nym_domain="https://other.example",
    )
    assert ending(check(json.dumps(found).encode())) == (CheckName.HOLDER_BINDING, "holder.audience")


def test_bound_to_nothing_it_is_whoevers_has_a_copy() -> None:
    raw = shown(issued(BBS_2023))
    assert ending(check(raw)) == (CheckName.HOLDER_BINDING, "holder.binding_missing")
    anybody = replace(w3c.RULES, holder=HolderBound.UNSAFE_ANYBODY_MAY_PRESENT)
    assert reveal(check(raw, rules=anybody)) == {"ageOver18": True}
    alone = replace(BINDING, holder_key=None)
    found = check(shown(issued(BBS_2023, Feature.PSEUDONYM)), alone)
    assert ending(found) == (CheckName.HOLDER_BINDING, "holder.binding_missing")


def test_a_subject_that_is_named_binds_as_ever() -> None:
    raw = shown(issued(BBS_2023, id=w3c.HOLDER), BINDING, "/credentialSubject")
    assert reveal(check(raw)) == {"ageOver18": True}
    other = replace(BINDING, holder_key=w3c.STORE.public(w3c.OTHER_REF))
    assert ending(check(raw, other)) == (CheckName.HOLDER_BINDING, "holder.key_mismatch")
