"""Proofs of when credentials were issued: fetched early, brought along only where they are needed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.adapters.gather import Brought, settle
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.did import compromise
from clicid.errors import Undecided
from clicid.formats.base import FormatId, Material, Need, NeedKind, Unavailable
from clicid.ledger.facts import ABSENT, IssuanceRoot
from clicid.oid4vci import issuance_proof
from clicid.oid4vp.response import AuthorizationResponse, parse_response
from clicid.trust.issuance import InclusionProof, IssuanceTree, uri
from clicid.verification import Accepted, RefusedWith, check, checkers, issuance_digest
from tests.support.asking import CHECKERS, CONTEXTS, REFERENCE, Holder
from tests.support.world import DID, IDENTIFIER, NOW, Store
from tests.unit.wallet.test_hostile_peers import parts_for
from tests.unit.wallet.test_presenting import Deciding, Scene
from wallet.usecases import proving, showing
from wallet.usecases.presenting import present

BLOCK = 50
NEEDED = Need(NeedKind.DID, DID)


@dataclass
class Issuer:
    """One that answers for its proofs, and a wallet of it."""

    holder: Holder = field(default_factory=Holder)
    answer: HttpAnswer | None = None
    asked: list[HttpRequest] = field(default_factory=list)
    final: bool = True

    def __post_init__(self) -> None:
        raw = self.holder.holdings["id"].raw
        digest = issuance_digest(raw, FormatId.SD_JWT_VC, CHECKERS)
        assert digest is not None
        self.digest = digest
        tree = IssuanceTree([digest, bytes(32), bytes(31) + b"1"])
        self.proof = tree.prove(digest)
        self.parts = parts_for(self.holder, self.have, self.give)

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        root = IssuanceRoot(DID, self.proof.root, final=self.final, block=BLOCK, time=1)
        need = Need(NeedKind.ISSUANCE_ROOT, uri(self.proof.root), DID)
        return {**self.holder.have, need: self.holder.world.material(root.to_bytes())}

    def give(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request)
        assert issuance_proof.read_request(request.body) == self.digest
        return self.answer or HttpAnswer(200, JSON_TYPE, issuance_proof.write_answer(self.proof))

    def stolen(self, block: int = BLOCK + 1) -> dict[Need, Material | Unavailable]:
        """What the chain says after the owner has stated the compromise."""
        world = self.holder.world
        value = compromise.encode_compromise(1, block)
        record = world.record.with_attribute(
            compromise.COMPROMISED, value, valid_to=1 << 40, block=60, time=1
        )
        return self.have | {NEEDED: world.material(record.to_bytes())}


def test_a_proof_is_fetched_once_from_where_the_chain_says_that_the_issuer_is() -> None:
    issuer = Issuer()
    assert proving.fetch(issuer.parts) == 1
    assert proving.fetch(issuer.parts) == 0
    (request,) = issuer.asked
    assert (request.method, request.url) == ("POST", f"{IDENTIFIER}/issuance-proofs")
    (kept,) = issuer.parts.records.credentials()
    assert InclusionProof.from_bytes(kept.proof) == issuer.proof
    assert showing.summary([kept], NOW)["anchored"] is True


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(404, JSON_TYPE, b"{}"),
        HttpAnswer(200, "text/html", b"{}"),
        HttpAnswer(200, JSON_TYPE, b"{}"),
        HttpAnswer(200, JSON_TYPE, b'{"proof":"AA"}'),
        HttpAnswer(200, JSON_TYPE, issuance_proof.write_answer(IssuanceTree([bytes(32)]).prove(bytes(32)))),
    ],
)
def test_what_proves_nothing_is_not_kept(answer: HttpAnswer) -> None:
    issuer = Issuer(answer=answer)
    assert proving.fetch(issuer.parts) == 0
    assert issuer.parts.records.credentials()[0].proof == b""


def test_a_proof_under_a_root_that_may_vanish_is_not_kept() -> None:
    assert proving.fetch(Issuer(final=False).parts) == 0


def test_an_issuer_that_is_gone_is_asked_another_time() -> None:
    issuer = Issuer()

    def hangs_up(_: HttpRequest) -> HttpAnswer:
        raise Undecided("fetch.failed")

    gone = replace(issuer.parts, http=parts_for(issuer.holder, issuer.have, hangs_up).http)
    assert proving.fetch(gone) == 0
    assert proving.fetch(issuer.parts) == 1


def test_who_is_not_accredited_is_not_asked() -> None:
    issuer = Issuer()
    nobody = replace(issuer.parts, materials=Store({}))
    assert proving.fetch(nobody) == 0
    assert issuer.asked == []


def presented(issuer: Issuer, have: dict[Need, Material | Unavailable]) -> AuthorizationResponse:
    """What a wallet that has its proof sends, by what its chain says."""
    scene = Scene(holder=issuer.holder)
    proving.fetch(issuer.parts)
    (kept,) = issuer.parts.records.credentials()
    scene.parts.records.put(kept)
    scene.parts = replace(scene.parts, materials=Store({**scene.have, **have}))
    assert present(scene.parts, REFERENCE.to_url(), Deciding(answer=True)).presented
    (form,) = scene.posted
    response = parse_response(
        AuthorizationResponse(json.loads(form["vp_token"]), form.get("state", "")).to_form()
    )
    assert isinstance(response, AuthorizationResponse)
    proofs = {name: _bytes(text) for name, text in json.loads(form.get("issuance_proofs", "{}")).items()}
    return replace(response, issuance_proofs=proofs)


def _bytes(text: str) -> bytes:
    return issuance_proof.read_answer(json.dumps({"proof": text}).encode()).to_bytes()


def test_a_proof_is_brought_only_where_it_is_needed() -> None:
    issuer = Issuer()
    assert presented(issuer, issuer.have).issuance_proofs == {}
    brought = presented(issuer, issuer.stolen()).issuance_proofs
    assert brought == {uri(issuer.digest): issuer.proof.to_bytes()}
    detail = replace(issuer.parts, materials=Store(issuer.stolen()))
    assert showing.detail(detail, "id")["state"] == "good"
    late = replace(issuer.parts, materials=Store(issuer.stolen(BLOCK)))
    assert showing.detail(late, "id")["state"] == "issuer.key_compromised"


def test_a_verifier_that_is_brought_the_proof_accepts() -> None:
    issuer = Issuer()
    world = issuer.holder.world
    raw = world.presentation(issuer.holder.holdings["id"].raw)

    def decided(proofs: dict[str, bytes]) -> Any:
        source = Brought(Store(issuer.stolen()), proofs)
        return settle(
            lambda have: check(
                raw,
                have,
                request=world.request,
                policy=world.policy,
                checkers=checkers(CONTEXTS),
                now=NOW,
            ),
            source,
            NOW,
        )

    assert isinstance(decided({uri(issuer.digest): issuer.proof.to_bytes()}), Accepted)
    refused = decided({})
    assert isinstance(refused, RefusedWith)
    assert refused.report.code == "issuer.key_compromised"


def test_what_was_brought_stands_beside_a_source() -> None:
    source = Brought(Store({}), {"sha256:00": b"proof"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for get in (source.get, source.get_at_once):
        found = get(Need(NeedKind.INCLUSION_PROOF, "sha256:00", DID), now)
        assert isinstance(found, Material)
        assert (found.body, found.as_of) == (b"proof", now)
        lacking = get(Need(NeedKind.INCLUSION_PROOF, "sha256:01", DID), now)
        assert isinstance(lacking, Unavailable)
        other = get(NEEDED, now)
        assert isinstance(other, Material)
        assert other.body == ABSENT
    assert source.needed == {"sha256:00", "sha256:01"}
