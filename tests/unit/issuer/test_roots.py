"""What was issued is anchored: digests wait for a root, the root is committed, wallets fetch proofs."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from clicid.adapters import package_data
from clicid.formats.base import FormatId
from clicid.formats.vc_di import whole
from clicid.keys.algorithms import BLS12_381_G2, P256
from clicid.oid4vci import issuance_proof
from clicid.securing.signing import BbsOperation, SigningOperation
from clicid.verification import checkers, issuance_digest
from issuer.usecases import publication
from issuer.usecases.records import Role
from issuer.usecases.signing import mint
from tests.support.issuer_clients import Person, Wallet
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    import httpx

    from clicid.trust.issuance import InclusionProof
    from tests.support.issuer_world import World

CONTEXTS = package_data.contexts()
CHECKERS = checkers(CONTEXTS)


def issued(person: Person) -> dict[str, bytes]:
    """A credential of each configuration, by the digest that their wallet finds."""
    wallet = Wallet(person.world, person.offer()["credential_offer"])
    assert wallet.redeem().status_code == 200
    found = {}
    for name in wallet.offer["credential_configuration_ids"]:
        given = wallet.credential(name).json()["credentials"][0]["credential"]
        if isinstance(given, str):
            form = FormatId.SD_JWT_VC if "~" in given else FormatId.JWT_VC
            digest = issuance_digest(given.encode(), form, CHECKERS)
        else:
            raw = whole(json.dumps(given).encode(), CONTEXTS)
            digest = issuance_digest(raw, FormatId.LDP_VC, CHECKERS)
        assert digest is not None
        found[name] = digest
    return found


def asked(world: World, digest: bytes) -> httpx.Response:
    body = issuance_proof.write_request(digest)
    return world.call("POST", "/issuance-proofs", content=body)


def revoke(person: Person) -> None:
    """Everything of a person's, all of it on one list or two."""
    headers = person.world.operator(Role.REVOKER)
    path = f"/persons/{person.person_id()}/revoke"
    answer = person.world.call("POST", path, to="operators", headers=headers, json={"reason": "lost"})
    assert answer.status_code < 300, answer.text


def roots(world: World) -> list[bytes]:
    return [commit.root for commit, _, _ in world.chain.signed.values() if any(commit.root)]


def anchored(world: World, digest: bytes) -> InclusionProof:
    """The proof, once the background work has got there and its block is final."""

    def there() -> bool:
        with world.ground.env.store.reading() as tx:
            return tx.issuance.inclusion_proof(digest) is not None

    world.until(there)
    answer = asked(world, digest)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return issuance_proof.read_answer(answer.content)


def test_what_was_issued_is_anchored_within_the_hour_and_proven_when_that_is_final(world: World) -> None:
    person = Person(world).approved()
    digests = issued(person)
    assert len(digests) == 5
    assert {asked(world, digest).status_code for digest in digests.values()} == {404}
    assert roots(world) == []
    world.clock.forward(hours=1)
    world.until(lambda: world.chain.commits)
    assert {asked(world, digest).status_code for digest in digests.values()} == {404}, "not final yet"
    for _ in range(2):
        world.chain.mine()
    for digest in digests.values():
        proof = anchored(world, digest)
        assert proof.proves(digest)
        assert [proof.root] == roots(world)
        assert proof.size == 5
    with world.ground.env.store.reading() as tx:
        # One root in one block: before it nothing is anchored, after it what of these was issued.
        block = world.chain.blocks[next(iter(world.chain.blocks))].block
        count = partial(tx.issuance.anchored_before, list(digests)[:3], now=world.clock())
        assert [count(block), count(block + 1)] == [0, 3]
    world.clock.forward(hours=5)
    revoke(person)
    world.until(lambda: len(world.chain.commits) >= 2)
    assert len(roots(world)) == 1, "nothing waits: the next version has no root, and none went out before it"


def test_what_was_issued_by_a_clock_that_was_ahead_does_not_wait_for_that_time(world: World) -> None:
    person = Person(world).approved()
    world.clock.forward(days=1)
    issued(person)
    world.clock.forward(days=-1)
    world.until(lambda: roots(world))


def test_a_root_goes_along_with_a_revocation(world: World) -> None:
    person = Person(world).approved()
    digests = issued(person)
    revoke(person)
    world.until(lambda: world.chain.commits)
    for _ in range(2):
        world.chain.mine()
    assert all(anchored(world, digest).proves(digest) for digest in digests.values())


def test_an_erased_person_takes_the_digests_along(world: World) -> None:
    person = Person(world).approved()
    (digest, *_) = issued(person).values()
    assert person.call("DELETE").status_code < 300
    with world.ground.env.store.reading() as tx:
        assert tx.issuance.waiting_leaves(9) == ()
        assert tx.issuance.inclusion_proof(digest) is None


def test_what_is_adopted_from_the_chain_sets_digests_free_again(world: World) -> None:
    digests = set(issued(Person(world).approved()).values())
    now = world.clock()
    with world.ground.env.store.writing() as tx:
        (row, *_) = tx.statuses.lists()
        batch = publication.prepare(tx, row, bytes(20), 1, now, roots=now - now)
        assert batch is not None
        assert any(batch.root)
        assert publication.encoded(batch).set == b""
        assert tx.issuance.waiting_leaves(9) == ()
        tx.statuses.adopt(row.id, 0, ())
        assert {digest for digest, _ in tx.issuance.waiting_leaves(9)} == digests


def test_an_unlinkable_credential_has_no_digest() -> None:
    keys = MemoryKeyStore()

    class Ready:
        def __init__(self, operation: SigningOperation) -> None:
            self.to_be_signed = (operation,)

        def complete(self, signatures: Any) -> bytes:
            return bytes(signatures[0])

    bbs = BbsOperation(BLS12_381_G2, b"header", (b"one",))
    assert mint(Ready(bbs), keys, keys.generate(BLS12_381_G2, "b")).digest is None
    assert mint(Ready(SigningOperation(P256, b"x")), keys, keys.generate(P256, "p")).digest is not None


def test_what_is_no_digest_is_told_so(world: World) -> None:
    for body in (b"", b"{}", b'{"digest":1}', b'{"digest":"sha256:00"}', b"[" * 5000):
        answer = world.call("POST", "/issuance-proofs", content=body)
        assert 400 <= answer.status_code < 500
    assert asked(world, bytes(32)).status_code == 404
