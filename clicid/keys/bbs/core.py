"""Core operations (draft-irtf-cfrg-bbs-signatures 3.6, 3.7), for generators and scalars of any interface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from py_arkworks_bls12381 import GT, G1Point, G2Point

from clicid.errors import Refused
from clicid.keys.bbs.interface import base_point
from clicid.keys.bbs.octets import Proof, Signature, integer, sized
from clicid.keys.bbs.secret import random_scalars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from py_arkworks_bls12381 import Scalar

    from clicid.keys.bbs.interface import Generators, Interface
    from clicid.keys.bbs.secret import SecretKey
    from clicid.keys.public import PublicKey

_BP2: Final = G2Point()


class Bound(NamedTuple):
    """A pseudonym: `base` times the message that comes last, which stays hidden."""

    base: G1Point
    pseudonym: G1Point


@dataclass(frozen=True, slots=True)
class Setting:
    """What signer, prover and verifier agree on before any message.

    Args:
        interface: Whose tags are used.
        key: The signer's.
        generators: Q_1 and one for each message.
        header: What the signer binds.

    Raises:
        Refused: `keys.algorithm` for a key that is not of BLS12-381 G2.
    """

    interface: Interface
    key: PublicKey
    generators: Generators
    header: bytes = field(repr=False)
    _point: G2Point = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.key.handle, G2Point):
            raise Refused("keys.algorithm", detail="not a key for BBS")
        object.__setattr__(self, "_point", self.key.handle)

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.generators.points) - 1

    def domain(self) -> Scalar:
        """`calculate_domain` (4.2.3)."""
        points = b"".join(self.generators.octets)
        octets = integer(self.count) + points + self.interface.api_id
        return self.interface.hash_to_scalar(self.key.raw + octets + sized(self.header))

    def terms(self, domain: Scalar, messages: Mapping[int, Scalar]) -> list[tuple[G1Point, Scalar]]:
        """Q_1 * domain + H_i * msg_i for the messages at hand, not yet added up."""
        points = self.generators.points
        return [(points[0], domain), *((points[at + 1], scalar) for at, scalar in messages.items())]

    def pairs_to(self, left: G1Point, right: G1Point) -> bool:
        """h(left, W) = h(right, BP2)."""
        return GT.pairing_check([left, -right], [self._point, _BP2])


def sign(setting: Setting, secret: SecretKey, messages: Sequence[Scalar]) -> bytes:
    """`CoreSign` (3.6.1)."""
    domain = setting.domain()
    numbers = (secret.scalar, *messages, domain)
    e = setting.interface.hash_to_scalar(b"".join(number.to_be_bytes() for number in numbers))
    return sign_point(secret, total(setting, domain, messages), e)


def sign_point(secret: SecretKey, b: G1Point, e: Scalar) -> bytes:
    """A = B * 1 / (SK + e).

    Raises:
        Refused: `keys.bbs_messages` in the one case of 2^255 in which there is no signature.
    """
    sum_ = secret.scalar + e
    if sum_.is_zero() or e.is_zero() or b == G1Point.identity():
        raise Refused("keys.bbs_messages", detail="these messages cannot be signed")
    return Signature(b * sum_.inverse(), e).to_octets()


def verify(setting: Setting, signature: bytes, messages: Sequence[Scalar]) -> None:
    """`CoreVerify` (3.6.2).

    Raises:
        Refused: `keys.signature`.
    """
    parsed = Signature.parse(signature)
    b = total(setting, setting.domain(), messages)
    # h(A, W) * h(A * e - B, BP2) = 1
    if not setting.pairs_to(parsed.a, b - parsed.a * parsed.e):
        raise Refused("keys.signature")


def total(setting: Setting, domain: Scalar, messages: Sequence[Scalar]) -> G1Point:
    """B = P1 + Q_1 * domain + H_1 * msg_1 + ... + H_L * msg_L."""
    terms = setting.terms(domain, dict(enumerate(messages)))
    return base_point(setting.interface.suite) + combined(terms)


def combined(terms: Sequence[tuple[G1Point, Scalar]]) -> G1Point:
    """The sum of points times scalars, in one multi-exponentiation."""
    # The library ends with the shorter of two lists; pairs have none.
    return G1Point.multiexp_unchecked([point for point, _ in terms], [scalar for _, scalar in terms])


def prove(
    setting: Setting,
    signature: bytes,
    presentation_header: bytes,
    messages: Sequence[Scalar],
    disclosed: Sequence[int],
    *,
    random: Callable[[int], bytes],
    base: G1Point | None = None,
) -> bytes:
    """`CoreProofGen` (3.6.3): a proof of a signature, disclosing some messages.

    Args:
        setting: As it was signed.
        signature: What is proven to be known. It is not verified here: a bad one gives a bad proof.
        presentation_header: What the prover binds.
        messages: All of them.
        disclosed: Indexes, ascending.
        random: As `secret.random_scalars` takes it.
        base: Where a pseudonym is proven too: its base.

    Raises:
        Refused: `keys.signature` for a malformed signature; `keys.bbs_messages` for the indexes.
    """
    parsed = Signature.parse(signature)
    check_indexes(disclosed, setting.count)
    hidden = sorted(set(range(setting.count)) - set(disclosed))
    r1, r2, e_tilde, r1_tilde, r3_tilde, *tildes = random_scalars(random, 5 + len(hidden))
    domain = setting.domain()
    d = total(setting, domain, messages) * r2
    a_bar = parsed.a * (r1 * r2)
    b_bar = combined([(d, r1), (a_bar, -parsed.e)])
    t1 = combined([(a_bar, e_tilde), (d, r1_tilde)])
    points = setting.generators.points
    t2 = combined([(d, r3_tilde), *((points[j + 1], m) for j, m in zip(hidden, tildes, strict=True))])
    bound = () if base is None else (base * messages[-1], base, base * tildes[-1])
    shown = {index: messages[index] for index in disclosed}
    challenge = _challenge(
        setting.interface, shown, (a_bar, b_bar, d, t1, t2, *bound), domain, presentation_header
    )
    return Proof(
        a_bar,
        b_bar,
        d,
        e_tilde + parsed.e * challenge,
        r1_tilde - r1 * challenge,
        r3_tilde - r2.inverse() * challenge,
        tuple(m + messages[j] * challenge for j, m in zip(hidden, tildes, strict=True)),
        challenge,
    ).to_octets()


def verify_proof(
    setting: Setting,
    proof: Proof,
    presentation_header: bytes,
    disclosed: Mapping[int, Scalar],
    *,
    bound: Bound | None = None,
) -> None:
    """`CoreProofVerify` (3.6.4).

    Args:
        setting: With as many generators as the proof speaks of messages.
        proof: A parsed proof.
        presentation_header: What the prover bound.
        disclosed: The messages shown by their index, whose order `check_indexes` has seen.
        bound: The pseudonym that is proven too.

    Raises:
        Refused: `keys.signature`.
    """
    if len(proof.commitments) + len(disclosed) != setting.count:
        raise Refused("keys.signature", detail="a proof about another number of messages")
    domain, c = setting.domain(), proof.challenge
    t1 = combined([(proof.b_bar, c), (proof.a_bar, proof.e_hat), (proof.d, proof.r1_hat)])
    # T2 = Bv * c + ..., with Bv multiplied out, so that one multi-exponentiation does it all.
    hidden = (at for at in range(setting.count) if at not in disclosed)
    terms = [(point, scalar * c) for point, scalar in setting.terms(domain, disclosed)]
    terms += [(base_point(setting.interface.suite), c), (proof.d, proof.r3_hat)]
    points = setting.generators.points
    terms += [(points[j + 1], m) for j, m in zip(hidden, proof.commitments, strict=True)]
    pieces = [proof.a_bar, proof.b_bar, proof.d, t1, combined(terms)]
    if bound:
        uv = combined([(bound.base, proof.commitments[-1]), (bound.pseudonym, -c)])
        pieces += [bound.pseudonym, bound.base, uv]
    if _challenge(setting.interface, disclosed, pieces, domain, presentation_header) != c:
        raise Refused("keys.signature", detail="the challenge is another")
    if not setting.pairs_to(proof.a_bar, proof.b_bar):
        raise Refused("keys.signature")


def check_indexes(indexes: Sequence[int], count: int) -> None:
    """Refuse (`keys.bbs_messages`) indexes that do not rise, or that lie outside 0 ... count - 1."""
    if any(second <= first for first, second in zip((-1, *indexes), (*indexes, count), strict=True)):
        raise Refused("keys.bbs_messages", detail="indexes that do not rise within the messages")


def _challenge(
    interface: Interface,
    disclosed: Mapping[int, Scalar],
    points: Sequence[G1Point],
    domain: Scalar,
    presentation_header: bytes,
) -> Scalar:
    """`ProofChallengeCalculate` (3.7.4); a pseudonym's points stand before the domain."""
    shown = (integer(index) + scalar.to_be_bytes() for index, scalar in disclosed.items())
    octets = (
        integer(len(disclosed)),
        *shown,
        *(point.to_compressed_bytes() for point in points),
        domain.to_be_bytes(),
        sized(presentation_header),
    )
    return interface.hash_to_scalar(b"".join(octets))
