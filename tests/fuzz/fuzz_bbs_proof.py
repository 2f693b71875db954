"""BBS proofs, plain, blind and with a pseudonym. No change is accepted.

The input: which kind (one byte), how many messages the prover says there are, how many are shown, the
index of each, the pseudonym (48 bytes, of one kind only), the proof. What is shown is what was signed.
"""

from __future__ import annotations

from typing import Any, Final

from clicid.errors import ClicidError
from clicid.keys import bbs

_SECRET = bbs.generate(b"fuzz" * 8)
_KEY = _SECRET.public
_MESSAGES = [b"zero", b"one", b"two", b"three", b"four"]
_SHOWN = [1, 3]
_DOMAIN = b"verifier.example"
_GIVEN: Final[dict[str, Any]] = {"header": b"header", "presentation_header": b"presentation"}
_RANDOM = iter(range(1, 10_000))


def _random(size: int) -> bytes:
    return bbs.SHAKE_256.expand(next(_RANDOM).to_bytes(2, "big"), b"fuzz", size)


def _plain() -> bytes:
    signature = bbs.sign(_SECRET, _MESSAGES, header=b"header")
    return bbs.proof_gen(_KEY, signature, _MESSAGES, _SHOWN, random=_random, **_GIVEN)


def _blind() -> bytes:
    commitment = bbs.commit([b"secret"], random=_random)
    held: dict[str, Any] = {"committed_messages": [b"secret"], "prover_blind": commitment.prover_blind}
    signature = bbs.blind_sign(_SECRET, commitment.with_proof, _MESSAGES, header=b"header", committed=1)
    return bbs.blind_proof_gen(_KEY, signature, _MESSAGES, _SHOWN, random=_random, **held, **_GIVEN)


def _nym() -> bytes:
    prover, signer = bbs.draw_nym(_random), bbs.draw_nym(_random)
    commitment, nym = bbs.nym_commit([], prover, random=_random), bbs.combine_nym(prover, signer)
    signature = bbs.nym_sign(_SECRET, commitment.with_proof, signer, _MESSAGES, header=b"header", committed=0)
    held: dict[str, Any] = {
        "committed_messages": [],
        "prover_blind": commitment.prover_blind,
        "nym_secret": nym,
        "nym_domain": _DOMAIN,
    }
    proof = bbs.nym_proof_gen(_KEY, signature, _MESSAGES, _SHOWN, random=_random, **held, **_GIVEN)
    return bbs.calculate_pseudonym(nym, _DOMAIN) + proof


_HEAD = bytes([len(_MESSAGES), len(_SHOWN), *_SHOWN])
SEEDS = [bytes([kind]) + _HEAD + make() for kind, make in enumerate((_plain, _blind, _nym))]


def target(data: bytes) -> None:
    kind, count, many = (*data[:3], 0, 0, 0)[:3]
    indexes, rest = data[3 : 3 + many], data[3 + many :]
    shown = [_MESSAGES[index] if index < len(_MESSAGES) else b"" for index in indexes]
    try:
        if kind == 0:
            bbs.proof_verify(_KEY, rest, shown, indexes, **_GIVEN)
            # The number of messages is the proof's own here.
            count = len(_MESSAGES)
        elif kind == 1:
            bbs.blind_proof_verify(_KEY, rest, shown, indexes, count=count, committed=1, **_GIVEN)
        else:
            pseudonym, proof = rest[:48], rest[48:]
            given = {"pseudonym": pseudonym, "nym_domain": _DOMAIN, "count": count, "committed": 0}
            bbs.nym_proof_verify(_KEY, proof, shown, indexes, **given, **_GIVEN)
            kind = 2
    except ClicidError:
        return
    assert bytes([kind, count, many]) + indexes + rest in SEEDS
