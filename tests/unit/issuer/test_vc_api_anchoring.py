"""What a client of the VC API has secured is anchored like everything else, and its proof can be fetched."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import base64url, multicodec
from clicid.did import compromise
from clicid.did.ethr import EthrRecord
from clicid.formats.base import FormatId, Material, Need, NeedKind, Rules
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.facts import Accreditation, IssuanceRoot
from clicid.oid4vci import issuance_proof
from clicid.rdf.profile import Profile
from clicid.trust import issuance
from clicid.trust.accreditation import type_id
from clicid.vc_api import answers, deriving, messages
from clicid.verification import Policy, SignedLists, checkers, issuance_digest
from tests.support.issuer_clients import Person
from tests.support.issuer_config import ADDRESS, DID, IDENTIFIER
from tests.support.issuer_world import running
from tests.support.world import DAY, Dice, Store, attribute
from tests.unit.issuer.test_roots import asked, issued, roots
from tests.unit.issuer.test_vc_api import TYPE, bearer, credential, issue, with_settings
from verifier.usecases.vc_api import GeneralVerifying

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clicid.trust.issuance import InclusionProof
    from tests.support.issuer_world import World

SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023"]
CONTEXTS = package_data.open_contexts(package_data.EXAMPLE)
CHECKERS = checkers(CONTEXTS, profile=Profile.OPEN)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path, config=with_settings(tmp_path)) as world:
        yield world


def secured(world: World, suite: str = "eddsa-rdfc-2022", **changes: Any) -> tuple[bytes, bytes]:
    """A credential as whoever holds it shows it, and the digest that came with it."""
    answer = issue(world, credential(**changes), bearer(world), cryptosuite=suite)
    assert answer.status_code == 201, answer.text
    given: Mapping[str, Any] = answer.json()["verifiableCredential"]
    if suite == "ecdsa-sd-2023":
        wanted = {"verifiableCredential": given, "options": {"selectivePointers": ["/credentialSubject/id"]}}
        given = deriving.derive(messages.derive(json.dumps(wanted).encode()), CONTEXTS, Dice())
    return json.dumps(given).encode(), issuance.digest_of(answer.json()["issuanceDigest"])


def waiting(world: World) -> set[bytes]:
    with world.ground.env.store.reading() as tx:
        return {digest for digest, _ in tx.issuance.waiting_leaves(99)}


def anchored(world: World, *digests: bytes) -> list[InclusionProof]:
    """An hour later: the proofs, as anybody is given them who knows the digests."""
    world.clock.forward(hours=1)
    world.until(lambda: world.chain.commits)
    for _ in range(2):
        world.chain.mine()
    world.until(lambda: all(asked(world, digest).status_code == 200 for digest in digests))
    return [issuance_proof.read_answer(asked(world, digest).content) for digest in digests]


def test_how_its_answer_is_described(world: World) -> None:
    described = world.application.operators.openapi()["paths"]["/credentials/issue"]["post"]
    schema = described["responses"]["201"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"verifiableCredential", "issuanceDigest"}
    assert schema["required"] == ["verifiableCredential"]
    answer = issue(world, credential(), bearer(world)).json()
    assert set(answer) == set(schema["properties"])


@pytest.mark.parametrize("suite", SUITES)
def test_the_digest_that_comes_with_it_is_the_one_that_a_verifier_finds(world: World, suite: str) -> None:
    raw, digest = secured(world, suite)
    assert issuance_digest(raw, FormatId.LDP_VC, CHECKERS) == digest
    assert waiting(world) == {digest}
    assert asked(world, digest).status_code == 404


def test_it_stands_under_the_next_root_with_what_people_were_given(world: World) -> None:
    people = set(issued(Person(world).approved()).values())
    (_, one), (_, other) = secured(world), secured(world, "ecdsa-sd-2023")
    proofs = anchored(world, one, other)
    assert [proof.proves(digest) for proof, digest in zip(proofs, (one, other), strict=True)] == [True] * 2
    assert {proof.root for proof in proofs} == set(roots(world))
    assert {proof.size for proof in proofs} == {len(people) + 2}


def test_what_is_signed_twice_in_a_second_is_one_credential(world: World) -> None:
    assert secured(world) == secured(world)
    assert len(waiting(world)) == 1
    assert len({secured(world, "ecdsa-sd-2023")[1] for _ in range(2)}) == 2


def test_what_is_refused_leaves_nothing_behind(world: World) -> None:
    for document in (credential(type=["VerifiableCredential"]), credential(issuer="did:example:other"), {}):
        assert issue(world, document, bearer(world)).status_code == 400
    assert issue(world, credential(), {"authorization": "Bearer x"}).status_code == 401
    assert issue(world, credential(), bearer(world), cryptosuite="bbs-2023").status_code == 400
    assert waiting(world) == set()


def test_what_cannot_be_kept_does_not_go_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("issuer.usecases.vc_api.StoredLeaves.add", full)
    answer = issue(world, credential(), bearer(world))
    assert answer.status_code == 500
    assert "proofValue" not in answer.text


def test_people_come_and_go_and_it_stays(world: World) -> None:
    person = Person(world).approved()
    theirs = set(issued(person).values())
    _, digest = secured(world)
    assert person.call("DELETE").status_code < 300
    assert waiting(world) == {digest}
    assert digest not in theirs
    anchored(world, digest)


def verifying(world: World, root: bytes, *, compromised_from: int) -> GeneralVerifying:
    """A verifier that accepts memberships, when both keys were stated to be in other hands since a block."""
    now, record = world.clock(), EthrRecord(DID, ADDRESS)
    for name, alg in (("data-integrity", ED25519), ("sd-jwt", P256)):
        ref = world.ground.keystore.find(name)
        assert ref is not None
        key = world.ground.keystore.public(ref)
        assert key.algorithm.name == alg
        value = multicodec.encode(key.algorithm.multicodec, key.raw)
        record = attribute(record, value, valid_to=now + 1000 * DAY, at=now - 100 * DAY)
    for number in (1, 2):
        value = compromise.encode_compromise(number, compromised_from)
        record = record.with_attribute(compromise.COMPROMISED, value, valid_to=1 << 40, block=60, time=1)
    until = int((now + 50 * DAY).timestamp())
    right = Accreditation(DID, type_id(TYPE), bytes(32), 0, until, None, False, IDENTIFIER, bytes(32))
    fact = IssuanceRoot(DID, root, final=True, block=world.chain.head, time=1)
    bodies = {
        Need(NeedKind.DID, DID): record.to_bytes(),
        Need(NeedKind.ACCREDITATION, TYPE, DID): right.to_bytes(),
        Need(NeedKind.ISSUANCE_ROOT, issuance.uri(root), DID): fact.to_bytes(),
    }
    have = {need: Material(body, now, now, "chain") for need, body in bodies.items()}
    ages = dict.fromkeys(NeedKind, timedelta(hours=1))
    rules = Rules(None, ages, timedelta(seconds=30), timedelta(minutes=5))
    types = {TYPE: bytes(32)}
    policy = Policy("a", rules, types, SignedLists.IGNORED, "00" * 32, short_lived=30 * DAY)
    return GeneralVerifying(policy, CHECKERS, Store(have), world.clock)


def verified(service: GeneralVerifying, raw: bytes, proofs: dict[str, str]) -> tuple[int, str]:
    """Status and code, as a verifier's client is answered."""
    body = {"verifiableCredential": json.loads(raw), "options": {"issuanceProofs": proofs}}
    request = messages.verify(json.dumps(body).encode(), messages.VERIFIABLE_CREDENTIAL)
    told = answers.told(request, service.verify(request))
    return told.status, json.loads(told.body).get("code", "")


@pytest.mark.parametrize("suite", SUITES)
def test_from_issue_to_a_check_after_the_theft(world: World, suite: str) -> None:
    short = {"validFrom": "2026-11-20T00:00:00Z", "validUntil": "2026-12-20T00:00:00Z"}
    raw, digest = secured(world, suite, **short)
    (proof,) = anchored(world, digest)
    forged, _ = secured(world, suite, **short, credentialSubject={"id": "did:example:thief"})
    bring = base64url.encode(proof.to_bytes())
    block = world.chain.head
    service = verifying(world, proof.root, compromised_from=block + 1)
    assert verified(service, raw, {issuance.uri(digest): bring}) == (200, "")
    assert verified(service, raw, {}) == (400, "issuer.key_compromised")
    found = issuance_digest(forged, FormatId.LDP_VC, CHECKERS)
    assert found is not None
    assert verified(service, forged, {issuance.uri(found): bring}) == (400, "issuer.key_compromised")
    early = verifying(world, proof.root, compromised_from=block)
    assert verified(early, raw, {issuance.uri(digest): bring}) == (400, "issuer.key_compromised")
