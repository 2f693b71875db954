"""BBS signatures by ClicID beside the arithmetic that nobody can leave out: 30 messages, 5 of them shown."""

from __future__ import annotations

import secrets
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from benchmarks.measure import Contender, Contest
from benchmarks.node_peers import measured
from clicid.keys import bbs

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGES: Final = 30
SHOWN: Final = (1, 7, 12, 20, 29)
HEADER: Final = secrets.token_bytes(64)
_SIZE: Final = 80
_ARKWORKS: Final = f"py_arkworks_bls12381 {version('py_arkworks_bls12381')}"
_VERIFIER: Final = b"https://verifier.example"
# The slower of the peers in node needs half a second for one list.
_SLOW_COUNT: Final = 20
_LESS: Final = "hashing, subgroup checks of what came, the second multi-exponentiation"


class BbsContests:
    """Sign, prove, verify a proof, plain and with a pseudonym, over `count` lists of messages."""

    def __init__(self, count: int) -> None:
        self._secret = bbs.generate(secrets.token_bytes(32))
        self._key = self._secret.public
        self._lists = [[secrets.token_bytes(_SIZE) for _ in range(MESSAGES)] for _ in range(count + 1)]
        self._signatures = [bbs.sign(self._secret, each, header=HEADER) for each in self._lists]
        self._proofs = [self._prove(number) for number in range(count + 1)]
        self._nym = _Nym(self._secret, self._lists)
        self._floor = _Floor()
        self._elsewhere = measured(
            "bbs.mjs",
            {"count": min(count, _SLOW_COUNT), "messages": MESSAGES, "size": _SIZE, "shown": SHOWN},
        )

    def contests(self) -> Sequence[Contest]:
        """All of them."""
        what = f"{MESSAGES} messages of {_SIZE} bytes"
        shown = f"{what}, {len(SHOWN)} shown"
        return (
            self._contest("verify", f"BBS, verify a proof, {shown}", self._verify, self._floor.verify),
            self._contest(
                "verify_pseudonym",
                f"BBS, verify a proof with a pseudonym, {shown}",
                self._nym.verify,
                self._floor.verify,
            ),
            self._contest("derive", f"BBS, make a proof, {shown}", self._prove, self._floor.sums),
            self._contest("sign", f"BBS, sign, {what}", self._sign, self._floor.sign),
        )

    def _contest(self, name: str, what: str, ours: Any, floor: Any) -> Contest:
        return Contest(
            f"bbs.{name}",
            what,
            Contender("clicid", "ClicID clicid.keys.bbs", "", ours),
            (Contender("floor", "floor: its multi-exponentiation and pairing", _ARKWORKS, floor, _LESS),),
            tuple(self._elsewhere.get(name, ())),
        )

    def _sign(self, number: int) -> bytes:
        return bbs.sign(self._secret, self._lists[number], header=HEADER)

    def _prove(self, number: int) -> bytes:
        return bbs.proof_gen(
            self._key,
            self._signatures[number],
            self._lists[number],
            SHOWN,
            header=HEADER,
            presentation_header=number.to_bytes(8),
            random=secrets.token_bytes,
        )

    def _verify(self, number: int) -> None:
        bbs.proof_verify(
            self._key,
            self._proofs[number],
            [self._lists[number][index] for index in SHOWN],
            SHOWN,
            header=HEADER,
            presentation_header=number.to_bytes(8),
        )


class _Nym:
    """Proofs with a pseudonym, each of another holder."""

    def __init__(self, secret: bbs.SecretKey, lists: Sequence[Sequence[bytes]]) -> None:
        self._key, self._lists = secret.public, lists
        self._made = [self._one(secret, each) for each in lists]

    def _one(self, secret: bbs.SecretKey, messages: Sequence[bytes]) -> tuple[bytes, bytes]:
        prover, signer = bbs.draw_nym(secrets.token_bytes), bbs.draw_nym(secrets.token_bytes)
        commitment = bbs.nym_commit([], prover, random=secrets.token_bytes)
        nym = bbs.combine_nym(prover, signer)
        proof = bbs.nym_proof_gen(
            self._key,
            bbs.nym_sign(secret, commitment.with_proof, signer, messages, header=HEADER, committed=0),
            messages,
            SHOWN,
            committed_messages=[],
            prover_blind=commitment.prover_blind,
            nym_secret=nym,
            nym_domain=_VERIFIER,
            header=HEADER,
            presentation_header=b"",
            random=secrets.token_bytes,
        )
        return proof, bbs.calculate_pseudonym(nym, _VERIFIER)

    def verify(self, number: int) -> None:
        """One of them."""
        proof, pseudonym = self._made[number]
        bbs.nym_proof_verify(
            self._key,
            proof,
            [self._lists[number][index] for index in SHOWN],
            SHOWN,
            pseudonym=pseudonym,
            nym_domain=_VERIFIER,
            count=MESSAGES,
            committed=0,
            header=HEADER,
            presentation_header=b"",
        )


class _Floor:
    """The multi-exponentiation over all messages and the pairing check, on points made beforehand."""

    def __init__(self) -> None:
        self._scalars = [_scalar() for _ in range(MESSAGES + 3)]
        self._points = [G1Point() * scalar for scalar in self._scalars]
        self._left = [self._points[0], -self._points[1]]
        self._right = [G2Point() * self._scalars[1], G2Point() * self._scalars[0]]

    def verify(self, _number: int) -> None:
        """What verifying cannot do without."""
        self.sums(_number)
        if not GT.pairing_check(self._left, self._right):
            raise SystemExit("the pairing is not what it should be")

    def sums(self, _number: int) -> None:
        """What proving cannot do without: as many terms as there are messages."""
        G1Point.multiexp_unchecked(self._points, self._scalars)

    def sign(self, number: int) -> None:
        """What signing cannot do without: the sum, and one point times a scalar."""
        self.sums(number)
        _ = self._points[0] * self._scalars[0]


def _scalar() -> Scalar:
    return Scalar.from_be_bytes_mod_order(secrets.token_bytes(48))
