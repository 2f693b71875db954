"""Over the VC API too: what was anchored before its issuer's key was stolen stays good, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url
from clicid.did import compromise
from clicid.did import key as did_key
from clicid.formats.base import CheckName, FormatId, IssuerIdentity, Need, NeedKind
from clicid.formats.vc_di import prepare_credential, prepare_presentation
from clicid.ledger.facts import IssuanceRoot
from clicid.trust.issuance import IssuanceTree, uri
from clicid.verification import issuance_digest
from tests.support.asking import CHECKERS, CONTEXTS
from tests.support.world import BINDING, DID, Store

if TYPE_CHECKING:
    from tests.unit.verifier.conftest import Desk

BLOCK = 50
ED25519_NUMBER = 2
ACCEPTED = (200, None, None)
REFUSED = (400, "issuer.key_compromised")


@dataclass
class Theft:
    """The key of a desk's W3C credential was in other hands from block 51 on; the owner has said so."""

    desk: Desk
    from_block: int = BLOCK + 1
    roots: dict[Need, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.old = self.desk.holder.holdings["age"].raw
        self._tell()

    def _tell(self) -> None:
        world = self.desk.holder.world
        value = compromise.encode_compromise(ED25519_NUMBER, self.from_block)
        record = world.record.with_attribute(
            compromise.COMPROMISED, value, valid_to=1 << 40, block=60, time=1
        )
        stated = {Need(NeedKind.DID, DID): world.material(record.to_bytes())}
        store = self.desk.service.materials
        assert isinstance(store, Store)
        store.have = {**self.desk.holder.have, **stated, **self.roots}

    def forged(self) -> bytes:
        """By the thief, dated back: only its id is another one."""
        world = self.desk.holder.world
        unsigned = json.loads(self.old)
        del unsigned["proof"]
        unsigned["id"] = "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12"
        key = f"{DID}#delegate-{ED25519_NUMBER}"
        issuer = IssuerIdentity(DID, key, world.issuer.identifier)
        prepared = prepare_credential(issuer, unsigned, CONTEXTS, created=world.validity.valid_from)
        return world.signed(prepared, world.ed_ref)

    def anchor(self, *credentials: bytes, block: int = BLOCK, final: bool = True) -> dict[str, str]:
        """Commit a root over credentials in a block; the option, as a client brings it."""
        digests = [digest(raw) for raw in credentials]
        tree = IssuanceTree([*digests, bytes(32)])
        fact = IssuanceRoot(DID, tree.root, final=final, block=block, time=1)
        need = Need(NeedKind.ISSUANCE_ROOT, uri(tree.root), DID)
        self.roots[need] = self.desk.holder.world.material(fact.to_bytes())
        self._tell()
        return {uri(one): base64url.encode(tree.prove(one).to_bytes()) for one in digests}

    def ask(self, raw: bytes, **options: Any) -> Any:
        return self._ask("/credentials/verify", {"verifiableCredential": json.loads(raw)}, options)

    def ask_presented(self, *credentials: bytes, **options: Any) -> Any:
        """The same in a presentation by its holder."""
        holder = self.desk.holder
        did = did_key.create(holder.keys.public(holder.age_ref))
        prepared = prepare_presentation(list(credentials), did, BINDING, CONTEXTS, self.desk.now)
        signatures = [holder.keys.sign(holder.age_ref, one.message, one.alg) for one in prepared.to_be_signed]
        body = {"verifiablePresentation": json.loads(prepared.complete(signatures))}
        bound = {"challenge": BINDING.nonce, "domain": BINDING.audience}
        return self._ask("/presentations/verify", body, bound | options)

    def _ask(self, path: str, body: dict[str, Any], options: dict[str, Any]) -> Any:
        headers = self.desk.bearer("shop")
        return self.desk.http.post(path, json={**body, "options": options}, headers=headers)


def digest(raw: bytes) -> bytes:
    found = issuance_digest(raw, FormatId.LDP_VC, CHECKERS)
    assert found is not None
    return found


def told(answer: Any) -> tuple[int, str | None, str | None]:
    """Status, code and detail."""
    found = answer.json()
    assert found.get("verified", False) is (answer.status_code == 200)
    return answer.status_code, found.get("code"), found.get("detail")


def key_details(answer: Any) -> list[str]:
    """What is told of the issuer's key."""
    checks = [line for section in answer.json()["report"]["sections"] for line in section["checks"]]
    return [line["detail"] for line in checks if line["check"] == CheckName.ISSUER_KEY]


@pytest.fixture
def theft(desk: Desk) -> Theft:
    return Theft(desk)


def test_a_credential_that_was_anchored_before_is_accepted_with_its_proof(theft: Theft) -> None:
    proofs = theft.anchor(theft.old)
    assert told(theft.ask(theft.old)) == (*REFUSED, "no proof that it was issued before")
    answer = theft.ask(theft.old, issuanceProofs=proofs)
    assert told(answer) == ACCEPTED
    assert key_details(answer) == [f"issued before: anchored in block {BLOCK}"]


def test_the_same_of_credentials_in_a_presentation_each_with_its_own(theft: Theft) -> None:
    forged = theft.forged()
    proofs = theft.anchor(theft.old)
    assert told(theft.ask_presented(theft.old))[:2] == REFUSED
    assert told(theft.ask_presented(theft.old, issuanceProofs=proofs)) == ACCEPTED
    refused = theft.ask_presented(theft.old, forged, issuanceProofs=proofs)
    assert told(refused) == (*REFUSED, "no proof that it was issued before")
    assert refused.json()["where"].startswith("/verifiablePresentation/verifiableCredential/1")


def test_a_thief_has_no_proof_and_nobody_elses_helps(theft: Theft) -> None:
    forged = theft.forged()
    ((_, good),) = theft.anchor(theft.old).items()
    others = "the proof that it was issued before is another credential's"
    stolen = {uri(digest(forged)): good}
    assert told(theft.ask(forged, issuanceProofs=stolen)) == (*REFUSED, others)
    assert told(theft.ask_presented(forged, issuanceProofs=stolen)) == (*REFUSED, others)
    # With the committer's key as well it can anchor from then on, which is too late.
    late = theft.anchor(forged, block=BLOCK + 1)
    assert told(theft.ask(forged, issuanceProofs=late))[1:] == (
        "issuer.key_compromised",
        f"anchored in block {BLOCK + 1}, not before",
    )
    # A tree of one's own leads to a root that nobody has committed.
    tree = IssuanceTree([digest(forged)])
    own = {uri(digest(forged)): base64url.encode(tree.prove(digest(forged)).to_bytes())}
    nowhere = "the root is none that this issuer has anchored"
    assert told(theft.ask(forged, issuanceProofs=own)) == (*REFUSED, nowhere)
    # It is its time alone that refuses it.
    assert told(theft.ask(forged, issuanceProofs=theft.anchor(forged))) == ACCEPTED


def test_a_proof_saves_nothing_else(theft: Theft) -> None:
    proofs = theft.anchor(theft.old)
    changed = json.loads(theft.old)
    changed["credentialSubject"]["ageOver18"] = False
    assert told(theft.ask(json.dumps(changed).encode(), issuanceProofs=proofs))[0] == 400
    theft.desk.holder.world.entry(1)
    theft.anchor(theft.old)
    assert told(theft.ask(theft.old, issuanceProofs=proofs))[:2] == (400, "status.revoked")


def test_until_the_roots_block_is_final_nothing_is_decided(theft: Theft) -> None:
    proofs = theft.anchor(theft.old, final=False)
    answer = theft.ask(theft.old, issuanceProofs=proofs)
    assert told(answer)[:2] == (400, "issuance_root.not_final")
    assert answer.json()["verdict"] == "undecided"


def test_proofs_that_nobody_needs_are_harmless(theft: Theft) -> None:
    unknown = {uri(bytes(32)): "AAAA", "of another network": "AA"} | theft.anchor(theft.old)
    assert told(theft.ask(theft.old, issuanceProofs=unknown)) == ACCEPTED
    theft.desk.service.materials.have = theft.desk.holder.have  # type: ignore[attr-defined]
    assert told(theft.ask(theft.old, issuanceProofs=unknown)) == ACCEPTED
    assert told(theft.ask(theft.old, issuanceProofs={uri(digest(theft.old)): "AAAA"})) == ACCEPTED


def test_a_proof_that_cannot_be_read_leaves_the_reason(theft: Theft) -> None:
    broken = {uri(digest(theft.old)): "AAAA"}
    assert told(theft.ask(theft.old, issuanceProofs=broken))[:2] == REFUSED


PLACE = "/options/issuanceProofs"
NAME = uri(bytes(32))


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        (None, "codec.shape", PLACE),
        ([], "codec.shape", PLACE),
        ("{}", "codec.shape", PLACE),
        ({NAME: 1}, "codec.shape", f"{PLACE}/{NAME}"),
        ({NAME: {}}, "codec.shape", f"{PLACE}/{NAME}"),
        ({NAME: ""}, "codec.shape", f"{PLACE}/{NAME}"),
        ({NAME: "A="}, "codec.base64url", f"{PLACE}/{NAME}"),
        ({"a/b": "="}, "codec.base64url", f"{PLACE}/a~1b"),
        ({NAME: "A" * 2049}, "codec.shape", f"{PLACE}/{NAME}"),
        ({"a" * 129: "AA"}, "codec.shape", f"{PLACE}/{'a' * 128}"),
        ({str(number): "AA" for number in range(65)}, "codec.shape", PLACE),
    ],
)
def test_what_is_no_object_of_proofs_is_told_where(
    theft: Theft, value: object, code: str, where: str
) -> None:
    for answer in (
        theft.ask(theft.old, issuanceProofs=value),
        theft.ask_presented(theft.old, issuanceProofs=value),
    ):
        assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (400, code, where)
