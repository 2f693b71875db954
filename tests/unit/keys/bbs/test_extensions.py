"""Blind signatures and pseudonyms: what must not pass."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from py_arkworks_bls12381 import G1Point, Scalar

from clicid.errors import Refused
from clicid.keys import bbs
from clicid.keys.bbs import blind, core, pseudonym
from clicid.keys.bbs.ciphersuites import ORDER
from tests.support.refusals import refused

SECRET = bbs.generate(b"extensions" * 4)
KEY = SECRET.public
MESSAGES = [b"a", b"b", b"c", b"d"]
HOLDER = [b"the holder's secret"]
HEADER = b"header"
RANDOM = secrets.token_bytes
SUITES = pytest.mark.parametrize("suite", [bbs.SHA_256, bbs.SHAKE_256], ids=["sha", "shake"])


@SUITES
@pytest.mark.parametrize("shown", [[], [0], [1, 3], [0, 1, 2, 3]])
def test_holder_binding(suite: bbs.Ciphersuite, shown: list[int]) -> None:
    commitment = bbs.commit(HOLDER, random=RANDOM, suite=suite)
    signature = bbs.blind_sign(
        SECRET, commitment.with_proof, MESSAGES, header=HEADER, committed=1, suite=suite
    )
    held: Any = {"prover_blind": commitment.prover_blind, "header": HEADER, "suite": suite}
    bbs.blind_verify(KEY, signature, MESSAGES, committed_messages=HOLDER, **held)
    for other in ([b"another's secret"], [], [*HOLDER, b""]):
        with refused("keys.signature"):
            bbs.blind_verify(KEY, signature, MESSAGES, committed_messages=other, **held)
    proof = bbs.blind_proof_gen(
        KEY,
        signature,
        MESSAGES,
        shown,
        committed_messages=HOLDER,
        presentation_header=b"",
        random=RANDOM,
        **held,
    )
    del held["prover_blind"]
    bbs.blind_proof_verify(
        KEY, proof, [MESSAGES[i] for i in shown], shown, count=4, committed=1, presentation_header=b"", **held
    )
    # Who holds the signature but not the secret proves nothing.
    stolen = bbs.blind_proof_gen(
        KEY,
        signature,
        MESSAGES,
        shown,
        committed_messages=[b"guessed"],
        prover_blind=commitment.prover_blind,
        presentation_header=b"",
        random=RANDOM,
        **held,
    )
    with refused("keys.signature"):
        bbs.blind_proof_verify(
            KEY,
            stolen,
            [MESSAGES[i] for i in shown],
            shown,
            count=4,
            committed=1,
            presentation_header=b"",
            **held,
        )


@SUITES
@pytest.mark.parametrize("committed", [[], HOLDER])
def test_pseudonyms(suite: bbs.Ciphersuite, committed: list[bytes]) -> None:
    prover, signer = bbs.draw_nym(RANDOM), bbs.draw_nym(RANDOM)
    commitment = bbs.nym_commit(committed, prover, random=RANDOM, suite=suite)
    signature = bbs.nym_sign(
        SECRET,
        commitment.with_proof,
        signer,
        MESSAGES,
        header=HEADER,
        committed=len(committed),
        suite=suite,
    )
    nym = bbs.combine_nym(prover, signer)
    held: Any = {"committed_messages": committed, "prover_blind": commitment.prover_blind, "header": HEADER}
    bbs.nym_verify(KEY, signature, MESSAGES, nym_secret=nym, suite=suite, **held)
    for other in (prover, signer):
        with refused("keys.signature"):
            bbs.nym_verify(KEY, signature, MESSAGES, nym_secret=other, suite=suite, **held)
    proofs, pseudonyms = [], []
    for domain in (b"one", b"one", b"two"):
        pseudonyms.append(bbs.calculate_pseudonym(nym, domain, suite=suite))
        proofs.append(
            bbs.nym_proof_gen(
                KEY,
                signature,
                MESSAGES,
                [2],
                nym_secret=nym,
                nym_domain=domain,
                presentation_header=b"p",
                random=RANDOM,
                suite=suite,
                **held,
            )
        )
    assert pseudonyms[0] == pseudonyms[1] != pseudonyms[2]
    assert len(set(proofs)) == 3
    given: Any = {"count": 4, "header": HEADER, "presentation_header": b"p", "suite": suite}
    good: Any = {"committed": len(committed), "pseudonym": pseudonyms[0], "nym_domain": b"one", **given}
    bbs.nym_proof_verify(KEY, proofs[0], [b"c"], [2], **good)
    bbs.nym_proof_verify(KEY, proofs[1], [b"c"], [2], **good)
    for change in (
        {"pseudonym": pseudonyms[2]},
        {"nym_domain": b"two"},
        {"pseudonym": pseudonyms[2], "nym_domain": b"two"},
        {"committed": 1 - len(committed)},
    ):
        with refused("keys.signature"):
            bbs.nym_proof_verify(KEY, proofs[0], [b"c"], [2], **good | change)


def test_a_proof_never_shows_what_was_committed_to() -> None:
    commitment = bbs.nym_commit(HOLDER, bbs.draw_nym(RANDOM), random=RANDOM)
    given: Any = {"committed_messages": HOLDER, "prover_blind": commitment.prover_blind, "header": HEADER}
    for index in (4, 5, 6, -1):
        with refused("keys.bbs_messages"):
            bbs.blind_proof_gen(
                KEY, bytes(80), MESSAGES, [index], presentation_header=b"", random=RANDOM, **given
            )
        with refused("keys.bbs_messages"):
            bbs.nym_proof_gen(
                KEY,
                bytes(80),
                MESSAGES,
                [index],
                nym_secret=commitment.prover_blind,
                nym_domain=b"",
                presentation_header=b"",
                random=RANDOM,
                **given,
            )


def test_commitments_that_are_none() -> None:
    good = bbs.commit(HOLDER, random=RANDOM).with_proof
    assert len(good) == 48 + 3 * 32
    zero, order = bytes(32), ORDER.to_bytes(32, "big")
    flipped = bytes([good[-1] ^ 1])
    bad = [
        b"",
        good[:48],
        good[:-1],
        good + b"\0",
        good[:-32],
        good + good[-32:],
        good[:-1] + flipped,
        b"\xc0" + bytes(47) + good[48:],
        G1Point().to_compressed_bytes() + good[48:],
        good[:48] + zero + good[80:],
        good[:48] + order + good[80:],
        good[:80] + b"\xff" * 32 + good[112:],
        bytes(len(good)),
    ]
    for commitment in bad:
        with refused("keys.bbs_commitment"):
            bbs.blind_sign(SECRET, commitment, MESSAGES, header=HEADER, committed=1)
        with refused("keys.bbs_commitment"):
            bbs.nym_sign(SECRET, commitment, bbs.draw_nym(RANDOM), MESSAGES, header=HEADER, committed=0)
    # To one message where two are wanted, and under the other interface's tags.
    with refused("keys.bbs_commitment"):
        bbs.blind_sign(SECRET, good, MESSAGES, header=HEADER, committed=2)
    with refused("keys.bbs_commitment"):
        bbs.nym_sign(SECRET, good, bbs.draw_nym(RANDOM), MESSAGES, header=HEADER, committed=0)


@pytest.mark.parametrize(
    "raw", [b"", bytes(31), bytes(32), bytes(33), ORDER.to_bytes(32, "big"), b"\xff" * 32]
)
def test_secrets_that_are_no_scalars(raw: bytes) -> None:
    nym = bbs.draw_nym(RANDOM)
    commitment = bbs.nym_commit([], nym, random=RANDOM).with_proof
    held: Any = {"committed_messages": [], "header": HEADER}
    for make in (
        lambda: bbs.nym_commit([], raw, random=RANDOM),
        lambda: bbs.nym_sign(SECRET, commitment, raw, MESSAGES, header=HEADER, committed=0),
        lambda: bbs.combine_nym(raw, nym),
        lambda: bbs.combine_nym(nym, raw),
        lambda: bbs.calculate_pseudonym(raw, b""),
        lambda: bbs.blind_verify(KEY, bytes(80), MESSAGES, prover_blind=raw, **held),
        lambda: bbs.nym_verify(KEY, bytes(80), MESSAGES, prover_blind=nym, nym_secret=raw, **held),
        lambda: bbs.SecretKey.from_bytes(raw),
    ):
        with refused("keys.format"):
            make()


def test_nyms_that_add_up_to_nothing() -> None:
    with refused("keys.format"):
        bbs.combine_nym((5).to_bytes(32, "big"), (ORDER - 5).to_bytes(32, "big"))


def test_interfaces_do_not_mix() -> None:
    commitment = bbs.commit(HOLDER, random=RANDOM)
    signature = bbs.blind_sign(SECRET, commitment.with_proof, MESSAGES, header=HEADER, committed=1)
    with refused("keys.signature"):
        bbs.verify(KEY, signature, MESSAGES, header=HEADER)
    with pytest.raises(Refused, match=r"keys\.signature"):
        bbs.nym_verify(
            KEY,
            signature,
            MESSAGES,
            committed_messages=[],
            prover_blind=commitment.prover_blind,
            nym_secret=blind.interface(bbs.SHA_256).messages_to_scalars(HOLDER)[0].to_be_bytes(),
            header=HEADER,
        )
    tags = {which.interface(bbs.SHA_256).api_id for which in (blind, pseudonym)}
    assert len(tags) == 2


def test_what_cannot_be_signed() -> None:
    e = Scalar(7)
    for b, number in ((G1Point(), -SECRET.scalar), (G1Point(), Scalar(0)), (G1Point.identity(), e)):
        with refused("keys.bbs_messages"):
            core.sign_point(SECRET, b, number)


def test_nothing_secret_is_printed() -> None:
    commitment = bbs.commit(HOLDER, random=RANDOM)
    assert commitment.prover_blind.hex() not in repr(commitment).lower()
    assert repr(commitment.prover_blind) not in repr(commitment)
    assert str(SECRET.scalar) not in repr(SECRET)
