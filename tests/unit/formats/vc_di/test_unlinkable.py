"""The identity credential by which two service providers cannot tell that they met one person."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import LocalError
from clicid.formats.base import Binding, FormatId, IssuerIdentity, Material, Need, NeedKind, Validity
from clicid.formats.vc_di.bound_secret import presentation_header
from clicid.formats.vc_di.sealing import prepare_unlinkable, unlinkable_document
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2, ED25519
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import holder
from clicid.securing.data_integrity.bbs_binding import HolderSecrets
from clicid.securing.data_integrity.bbs_values import DerivedValue
from clicid.trust.accreditation import type_id
from clicid.verification import Accepted, Policy, RefusedWith, Request, SignedLists, check, checkers
from issuer.documents import credential_types
from issuer.evidence.ports import DocumentType, NumberKind, PersonalNumber
from issuer.usecases.profile import identity_claims
from tests.support import disclosures, w3c
from tests.support.refusals import refused
from tests.unit.issuer.test_profile import profile

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.verification import Ending

REF = disclosures.REFS[BLS12_381_G2]
ISSUER = IssuerIdentity(w3c.did(REF), w3c.key_id(REF), "https://issuer.example")
KIND, _ = credential_types("https://schemas.clicid.example")
VALIDITY = Validity(w3c.DAY, w3c.DAY + timedelta(days=7))
SHOP = Binding("decentralized_identifier:did:example:shop", "nonce-of-the-shop")
BANK = Binding("decentralized_identifier:did:example:bank", "nonce-of-the-bank")
CHECKERS = checkers(w3c.CONTEXTS, shipped=package_data.shipped())
_ONCE = itertools.count()
SHOWN = ("/credentialSubject/ageOver18", "/credentialSubject/familyName")


def subject() -> dict[str, Json]:
    number = PersonalNumber("199002280001", NumberKind.PERSONAL, "SWE")
    claims = identity_claims(profile(DocumentType.PASSPORT, number), date(2026, 11, 22))
    return {
        KIND.terms[name]: {KIND.members[name][key]: inner for key, inner in value.items()}
        if name in KIND.members
        else value
        for name, value in claims.items()
    }


class Person:
    """Somebody with a secret, a part of a pseudonym's, and a credential that the issuer signed unseen."""

    def __init__(self, seed: str = "person") -> None:
        random = disclosures.numbers(seed)
        secret, nym = random(32), bbs.draw_nym(random)
        commitment = bbs.nym_commit([secret], nym, random=random)
        document = unlinkable_document(
            ISSUER,
            subject(),
            credential_type=KIND.name,
            more_contexts=[KIND.context],
            validity=VALIDITY,
            named=KIND.named,
        )
        prepared = prepare_unlinkable(
            ISSUER,
            document,
            w3c.CONTEXTS,
            key=w3c.STORE.public(REF),
            commitment=commitment.with_proof,
            always=["testCredential"],
            random=random,
        )
        self.held: dict[str, Any] = json.loads(w3c.signed(prepared, REF))
        self._secrets = HolderSecrets(commitment.prover_blind, secret, nym)
        self._random = random

    def show(self, binding: Binding) -> dict[str, Any]:
        """Age and family name, to one verifier in answer to one request."""
        base = holder.receive_bbs(self.held, w3c.CONTEXTS, profile=Profile.CLOSED, secrets=self._secrets)
        base.verify(w3c.STORE.public(REF))
        return base.derive(
            SHOWN,
            presentation_header=presentation_header(binding),
            random=self._random,
            nym_domain=binding.audience,
        )


@pytest.fixture(scope="module")
def person() -> Person:
    return Person()


def decide(shown: dict[str, Any], binding: Binding, short_lived: timedelta = timedelta(days=7)) -> Ending:
    digest = bytes(32)
    fact = w3c.accreditation(did=ISSUER.did, type_id=type_id(KIND.vct), schema_digest=digest)
    need = Need(NeedKind.ACCREDITATION, KIND.vct, ISSUER.did)
    have = {need: Material(fact.to_bytes(), w3c.NOW, w3c.NOW, "chain 1 block 2")}
    policy = Policy(
        "shop",
        replace(w3c.RULES, allow_test=True),
        {KIND.vct: digest},
        SignedLists.IGNORED,
        "00" * 32,
        short_lived=short_lived,
    )
    request = Request(FormatId.LDP_VP, binding, frozenset({KIND.vct}))
    # Whoever presents it does so by a key that is made for this one time, and says nothing either.
    once = w3c.STORE.generate(ED25519, f"once {next(_ONCE)}")
    raw = w3c.presentation([json.dumps(shown).encode()], ref=once, binding=binding)
    ending = check(raw, have, request=request, policy=policy, checkers=CHECKERS, now=w3c.NOW)
    assert isinstance(ending, Accepted | RefusedWith), ending
    return ending


def claims(ending: Ending) -> dict[str, Any]:
    assert isinstance(ending, Accepted), ending
    (shown,) = ending.credentials
    return shown.claims.reveal()


def test_it_says_nothing_by_which_its_holder_is_recognised(person: Person) -> None:
    assert "id" not in person.held
    assert "id" not in person.held["credentialSubject"]
    assert "credentialStatus" not in person.held
    assert "created" not in person.held["proof"]
    assert person.held["validFrom"].endswith("T00:00:00Z")
    assert person.held["validUntil"].endswith("T00:00:00Z")


def test_two_presentations_have_nothing_in_common_that_not_everybody_has(person: Person) -> None:
    """Type, issuer, rounded dates, what the type names, and the values shown: no more is equal."""
    shop, bank = person.show(SHOP), person.show(BANK)
    stranger = Person("a stranger").show(SHOP)
    values = [DerivedValue.decode(one["proof"], "") for one in (shop, bank, stranger)]
    for one in (shop, bank, stranger):
        del one["proof"]["proofValue"]
    # All but the proof's value is equal, and is what every holder of such a credential shows.
    assert shop == bank
    assert shop["credentialSubject"] == {
        "ageOver18": True,
        "familyName": "Åkerström-Øst",
        "testCredential": True,
    }
    assert stranger == shop
    # So are the labels of nodes and the places of statements in the proof's value, which are no mark either.
    open_to_all = {(str(value.labels), value.mandatory, value.selective) for value in values}
    assert len(open_to_all) == 1
    # What is left of it is a proof, a pseudonym and what the verifier asked for: no run of bytes in common.
    secret = [
        value.bbs_proof + value.pseudonym.value + value.presentation_header
        for value in values
        if value.pseudonym
    ]
    runs = [{octets[at : at + 4] for at in range(len(octets) - 3)} for octets in secret]
    assert len(secret) == 3
    assert runs[0].isdisjoint(runs[1])


def test_a_verifier_knows_its_own_user_again_and_nobody_elses(person: Person) -> None:
    again = replace(SHOP, nonce="another request")
    first, second = claims(decide(person.show(SHOP), SHOP)), claims(decide(person.show(again), again))
    elsewhere = claims(decide(person.show(BANK), BANK))
    other = claims(decide(Person("somebody else").show(SHOP), SHOP))
    assert first["pseudonym"] == second["pseudonym"]
    assert len({first["pseudonym"], elsewhere["pseudonym"], other["pseudonym"]}) == 3
    assert (first["familyName"], first["ageOver18"]) == ("Åkerström-Øst", True)


def test_shown_to_one_it_is_of_no_use_to_show_to_another(person: Person) -> None:
    seen = person.show(SHOP)
    assert decide(seen, replace(SHOP, nonce="another")).report.code == "holder.nonce"
    assert decide(seen, BANK).report.code in {"holder.nonce", "holder.audience"}


def test_what_cannot_be_revoked_is_accepted_while_it_is_short_lived(person: Person) -> None:
    seen = person.show(SHOP)
    assert decide(seen, SHOP, timedelta(days=6)).report.code == "status.missing"
    assert decide(seen, SHOP, timedelta(0)).report.code == "status.missing"
    assert isinstance(decide(seen, SHOP, timedelta(days=7)), Accepted)


@pytest.mark.parametrize(
    "validity",
    [
        Validity(w3c.DAY, w3c.DAY + timedelta(days=15)),
        Validity(w3c.DAY, w3c.DAY + timedelta(days=1, seconds=1)),
        Validity(w3c.NOW, w3c.DAY + timedelta(days=7)),
    ],
)
def test_a_long_life_or_a_time_of_day_is_not_issued(validity: Validity) -> None:
    with refused("vc.seal", kind=LocalError):
        unlinkable_document(
            ISSUER, subject(), credential_type=KIND.name, more_contexts=[KIND.context], validity=validity
        )
