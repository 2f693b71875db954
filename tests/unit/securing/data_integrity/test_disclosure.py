"""Both suites of selective disclosure, from issuer to holder to verifier."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

from clicid.errors import LocalError, Refused
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import bbs_2023, ecdsa_sd_2023, holder
from clicid.securing.data_integrity.bbs_2023 import BBS_2023, DerivedProof
from clicid.securing.data_integrity.bbs_binding import HolderSecrets
from clicid.securing.data_integrity.bbs_values import BASE, DERIVED, Feature
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from tests.support import disclosures, proofs, w3c
from tests.support.disclosures import KINDS, MANDATORY, SELECTIVE, Issued
from tests.support.refusals import refused

each = pytest.mark.parametrize("name", KINDS)
blind = pytest.mark.parametrize("feature", [feature for feature in Feature if feature.is_blind])


def without_proof(secured: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in secured.items() if name != "proof"}


@each
def test_issued_received_and_shown(name: str) -> None:
    issued = Issued(*KINDS[name])
    assert without_proof(issued.secured) == disclosures.document()
    base = issued.received()
    base.verify(issued.key)
    assert base.proof.cryptosuite == issued.suite
    derived = issued.derived()
    assert disclosures.verify(derived, issued.key) == without_proof(derived)
    (shown,) = data_integrity.parse(derived, w3c.CONTEXTS, profile=Profile.CLOSED).proofs
    assert shown.proof == base.proof
    assert derived["proof"].keys() == issued.secured["proof"].keys()
    assert derived["credentialSubject"] == [{"ageOver18": True}, {"ageOver18": False}]
    assert len(derived["credentialStatus"]) == 1
    assert "validFrom" not in derived


@each
@pytest.mark.parametrize(
    ("mandatory", "selective"),
    [((), ("/issuer",)), (("/issuer",), ()), (MANDATORY, MANDATORY), ((), tuple(disclosures.document()))],
)
def test_with_more_and_with_less(name: str, mandatory: tuple[str, ...], selective: tuple[str, ...]) -> None:
    issued = Issued(*KINDS[name], mandatory=mandatory)
    issued.received().verify(issued.key)
    derived = issued.derived([f"/{one.removeprefix('/')}" for one in selective])
    disclosures.verify(derived, issued.key)
    if len(selective) == len(disclosures.document()):
        assert without_proof(derived) == disclosures.document()


@each
@pytest.mark.parametrize(
    ("pointer", "code", "where"),
    [
        ("/credentialSubject/2", "rdf.pointer_nothing", "/credentialSubject/2"),
        ("/name/@value", "rdf.pointer_inside", "/name"),
        ("name", "rdf.pointer", ""),
        ("/name~", "rdf.pointer", ""),
    ],
)
def test_pointers_that_select_nothing(name: str, pointer: str, code: str, where: str) -> None:
    with refused(code, where):
        Issued(*KINDS[name]).derived([pointer])
    with refused(code, where):
        Issued(*KINDS[name], mandatory=[pointer])


@each
def test_nothing_at_all_is_not_shown(name: str) -> None:
    with refused("rdf.pointer_nothing"):
        Issued(*KINDS[name], mandatory=()).derived([])


@each
def test_another_key(name: str) -> None:
    issued = Issued(*KINDS[name])
    derived = issued.derived()
    for alg, ref in disclosures.REFS.items():
        other = w3c.STORE.public(ref)
        if alg == issued.alg:
            continue
        with refused("keys.algorithm", "/proof/verificationMethod"):
            disclosures.verify(derived, other)
        with refused("keys.algorithm", "/proof/verificationMethod"):
            issued.received().verify(other)
    stranger = w3c.STORE.public(
        w3c.STORE.find(f"stranger {name}") or w3c.STORE.generate(issued.alg, f"stranger {name}")
    )
    with refused("keys.signature", "/proof"):
        disclosures.verify(derived, stranger)
    with refused("keys.signature" if issued.suite == ECDSA_SD_2023 else "proof.value"):
        issued.received().verify(stranger)


@pytest.mark.parametrize("suite", [ECDSA_SD_2023, BBS_2023])
def test_an_issuer_has_choices_to_make(suite: str) -> None:
    alg = P256 if suite == ECDSA_SD_2023 else BLS12_381_G2
    with refused("securing.suite", kind=LocalError):
        proofs.prepare(w3c.unsigned(), proofs.options(suite, P256), alg)


def prepare(suite: data_integrity.Suite, alg: str, **more: Any) -> data_integrity.PreparedDocument:
    options = proofs.options(suite.name, P256, **more)
    return data_integrity.prepare(
        w3c.unsigned(), options, alg, w3c.CONTEXTS, profile=Profile.CLOSED, suite=suite
    )


BBS_KEY = w3c.STORE.public(disclosures.REFS[BLS12_381_G2])
RANDOM = disclosures.numbers("issuing")


def test_issuing_with_a_key_of_another_kind() -> None:
    for suite, alg in (
        (ecdsa_sd_2023.Issuing((), RANDOM), ED25519),
        (ecdsa_sd_2023.Issuing((), RANDOM), BLS12_381_G2),
        (bbs_2023.Issuing((), RANDOM, BBS_KEY), P256),
        (bbs_2023.Issuing((), RANDOM, proofs.public(P256)), BLS12_381_G2),
    ):
        with refused("securing.suite", kind=LocalError):
            prepare(suite, alg)


@pytest.mark.parametrize("feature", Feature)
def test_issuing_with_a_commitment_that_is_not_the_features(feature: Feature) -> None:
    commitment = None if feature.is_blind else b"x"
    with refused("securing.suite", kind=LocalError):
        prepare(bbs_2023.Issuing((), RANDOM, BBS_KEY, feature, commitment), BLS12_381_G2)


def test_a_commitment_to_something_else() -> None:
    commitment = bbs.commit([], random=RANDOM).with_proof
    suite = bbs_2023.Issuing((), RANDOM, BBS_KEY, Feature.HOLDER_BINDING, commitment)
    with refused("keys.bbs_commitment"):
        w3c.signed(prepare(suite, BLS12_381_G2), disclosures.REFS[BLS12_381_G2])


def test_other_signatures_than_those_asked_for() -> None:
    for suite, alg in (
        (ecdsa_sd_2023.Issuing((), RANDOM), P256),
        (bbs_2023.Issuing((), RANDOM, BBS_KEY), BLS12_381_G2),
    ):
        for signatures in ([], [b""], [bytes(65)], [bytes(64), bytes(64)]):
            with refused("securing.signatures", kind=LocalError):
                prepare(suite, alg).complete(signatures)


def test_no_chain() -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(id="urn:x:first"))
    for suite, alg in (
        (ecdsa_sd_2023.Issuing((), RANDOM), P256),
        (bbs_2023.Issuing((), RANDOM, BBS_KEY), BLS12_381_G2),
    ):
        options = proofs.options(suite.name, P256, previous_proof=("urn:x:first",))
        with refused("proof.previous"):
            data_integrity.prepare_another(
                secured, options, alg, w3c.CONTEXTS, profile=Profile.CLOSED, suite=suite
            )


@each
def test_a_base_proof_beside_others(name: str) -> None:
    issued = Issued(*KINDS[name])
    both = proofs.signed_again(issued.secured, proofs.options())
    base = issued.received(both)
    base.verify(issued.key)
    twice = {**both, "proof": [both["proof"][0]] * 2}
    for secured in (proofs.signed(w3c.unsigned(), proofs.options()), twice):
        with refused("proof.suite", "/proof"):
            issued.received(secured)


@pytest.mark.parametrize("feature", Feature)
def test_secrets_that_are_not_the_features(feature: Feature) -> None:
    issued = Issued(BBS_2023, feature)
    for secrets in (
        None,
        HolderSecrets(bytes(32)),
        HolderSecrets(bytes(32), holder_secret=b"x"),
        HolderSecrets(bytes(32), prover_nym=bytes(32)),
        HolderSecrets(bytes(32), b"x", bytes(32)),
    ):
        own = issued.secrets
        if secrets is own or (
            secrets is not None
            and own is not None
            and (secrets.holder_secret is None, secrets.prover_nym is None)
            == (own.holder_secret is None, own.prover_nym is None)
        ):
            continue
        with refused("securing.secrets", kind=LocalError):
            holder.receive_bbs(issued.secured, w3c.CONTEXTS, profile=Profile.CLOSED, secrets=secrets)


@blind
def test_somebody_elses_secrets(feature: Feature) -> None:
    issued = Issued(BBS_2023, feature)
    own = issued.secrets
    assert own is not None
    other = HolderSecrets(
        own.prover_blind,
        own.holder_secret and b"another",
        own.prover_nym and bbs.draw_nym(RANDOM),
    )
    base = holder.receive_bbs(issued.secured, w3c.CONTEXTS, profile=Profile.CLOSED, secrets=other)
    with refused("keys.signature", "/proof"):
        base.verify(issued.key)
    domain = disclosures.DOMAIN if feature.has_nym else None
    derived = base.derive(SELECTIVE, presentation_header=b"", random=RANDOM, nym_domain=domain)
    with refused("keys.signature", "/proof"):
        disclosures.verify(derived, issued.key)


@pytest.mark.parametrize("feature", Feature)
def test_a_domain_goes_with_a_pseudonym(feature: Feature) -> None:
    base = Issued(BBS_2023, feature).received()
    assert base.feature is feature
    domain = None if feature.has_nym else "https://verifier.example"
    with refused("securing.secrets", kind=LocalError):
        base.derive(SELECTIVE, presentation_header=b"", random=RANDOM, nym_domain=domain)


def unverified(secured: dict[str, Any]) -> DerivedProof:
    parsed = data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.CLOSED)
    (proof,) = parsed.proofs
    assert isinstance(proof, DerivedProof)
    return proof


def test_a_verifier_knows_its_user_again_and_two_cannot_compare() -> None:
    issued = Issued(BBS_2023, Feature.PSEUDONYM)
    base = issued.received()

    def shown(domain: str, seed: str) -> bytes:
        derived = base.derive(
            SELECTIVE, presentation_header=b"", random=disclosures.numbers(seed), nym_domain=domain
        )
        proof = unverified(derived)
        proof.verify(issued.key)
        assert proof.value.pseudonym is not None
        assert proof.value.pseudonym.domain == domain
        return proof.value.pseudonym.value

    assert shown("https://a.example", "first") == shown("https://a.example", "second")
    assert shown("https://a.example", "first") != shown("https://b.example", "first")


def test_a_credential_issued_anew_keeps_its_pseudonyms() -> None:
    nym, random = bbs.draw_nym(RANDOM), disclosures.numbers("anew")
    entropy = bbs.draw_nym(RANDOM)
    found = set()
    for _ in range(2):
        made = bbs.nym_commit([], nym, random=random)
        suite = bbs_2023.Issuing((), random, BBS_KEY, Feature.PSEUDONYM, made.with_proof, entropy)
        secured = json.loads(w3c.signed(prepare(suite, BLS12_381_G2), disclosures.REFS[BLS12_381_G2]))
        secrets = HolderSecrets(made.prover_blind, prover_nym=nym)
        base = holder.receive_bbs(secured, w3c.CONTEXTS, profile=Profile.CLOSED, secrets=secrets)
        base.verify(BBS_KEY)
        derived = base.derive(["/issuer"], presentation_header=b"", random=random, nym_domain="x")
        found.add(unverified(derived).value.pseudonym)
    assert len(found) == 1


@pytest.mark.parametrize("feature", Feature)
def test_two_presentations_have_nothing_in_common_but_what_both_show(feature: Feature) -> None:
    """Where a statement stood is no part of it; for documents of one form it tells little."""
    issued = Issued(BBS_2023, feature)
    shown = [
        base.derive(
            ["/credentialSubject/0/ageOver18"],
            presentation_header=f"{number}".encode(),
            random=disclosures.numbers(f"{number}"),
            nym_domain=f"https://{number}.example" if feature.has_nym else None,
        )
        for number, base in enumerate([issued.received()] * 3)
    ]
    for one, other in combinations(shown, 2):
        assert without_proof(one) == without_proof(other)
        first, second = (unverified(document).value for document in (one, other))
        assert parts(first.bbs_proof).isdisjoint(parts(second.bbs_proof))
        assert first.presentation_header != second.presentation_header
        if feature.has_nym:
            assert first.pseudonym != second.pseudonym
        assert (first.mandatory, first.count) == (second.mandatory, second.count)


def parts(proof: bytes) -> set[bytes]:
    points = [proof[at : at + 48] for at in range(0, 144, 48)]
    scalars = [proof[at : at + 32] for at in range(144, len(proof), 32)]
    return {*points, *scalars}


def test_headers_are_one_for_each_feature() -> None:
    headers = [*BASE, *DERIVED]
    assert len(set(headers)) == len(headers) == 2 * len(Feature)
    assert [header.hex() for header in BASE] == ["d95d02", "d95d04", "d95d06", "d95d08"]
    assert [header.hex() for header in DERIVED] == ["d95d03", "d95d05", "d95d07", "d95d09"]


@each
def test_secrets_are_not_printed(name: str) -> None:
    issued = Issued(*KINDS[name])
    (proof,) = data_integrity.parse(issued.derived(), w3c.CONTEXTS, profile=Profile.CLOSED).proofs
    text = repr((issued.secrets, proof, issued.received()))
    assert "ageOver18" not in text
    assert "\\x" not in text.replace(repr(issued.key), "")


URN = "urn:uuid:7b1e4a52-6f3c-4c0e-9d0b-8a54b1f6c201"
# What Unicode takes for the end of a line and N-Quads do not, and behind it what would sort as a statement.
ENDS = "\u2028\u2029\x85"


@each
@pytest.mark.parametrize("end", ENDS)
def test_a_text_may_hold_what_unicode_takes_for_the_end_of_a_line(name: str, end: str) -> None:
    issued = Issued(*KINDS[name], of={**disclosures.document(), "name": f"one{end}two"})
    derived = issued.derived(["/name"])
    assert disclosures.verify(derived, issued.key)["name"] == f"one{end}two"


@pytest.mark.parametrize("end", ENDS)
def test_statements_are_not_cut_there_and_put_together_anew(end: str) -> None:
    tails = [f"a{end}<{URN}> <https://schema.org/{letter}" for letter in "eo"]
    document = {**disclosures.document(), "id": URN, "description": tails[0], "name": tails[1]}
    mandatory = ("/issuer", "/name", "/description", "/validUntil", "/credentialStatus")
    issued = Issued(ECDSA_SD_2023, of=document, mandatory=mandatory)
    derived = issued.derived(["/credentialSubject"])
    disclosures.verify(derived, issued.key)
    opened = disclosures.opened(derived["proof"]["proofValue"])
    indexes = opened["components"][4]
    for shift in (0, 2):  # as many statements as there are, and as many as there would be
        moved = [*range(6 + shift), *(index + shift for index in indexes[6:])]
        value = disclosures.closed({**opened, "components": [*opened["components"][:4], moved]})
        proof = {**derived["proof"], "proofValue": value}
        forged = {**derived, "description": tails[1], "name": tails[0], "proof": proof}
        with pytest.raises(Refused) as caught:
            disclosures.verify(forged, issued.key)
        assert caught.value.code == ("proof.value" if shift else "keys.signature")
