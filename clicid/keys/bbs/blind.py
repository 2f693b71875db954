"""Blind signatures (draft-irtf-cfrg-bbs-blind-signatures): also over what the prover only committed to.

What was committed to is never disclosed here: it is the holder's secret that binds a credential to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.keys.bbs import core, octets
from clicid.keys.bbs.ciphersuites import SHA_256, Ciphersuite
from clicid.keys.bbs.interface import Interface
from clicid.keys.bbs.secret import random_scalars
from clicid.keys.bbs.signing import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from py_arkworks_bls12381 import G1Point, Scalar

    from clicid.keys.bbs.secret import SecretKey
    from clicid.keys.public import PublicKey


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a prover makes before issuance.

    Args:
        with_proof: `commitment_with_proof`, which goes to the signer.
        prover_blind: `secret_prover_blind`, 32 bytes, which the prover keeps beside the signature.
    """

    with_proof: bytes
    prover_blind: bytes = field(repr=False)


def interface(suite: Ciphersuite) -> Interface:
    """The tags of this interface."""
    return Interface.of(suite, b"BLIND_H2G_HM2S_")


def commit(
    committed_messages: Sequence[bytes], *, random: Callable[[int], bytes], suite: Ciphersuite = SHA_256
) -> Commitment:
    """`Commit`: to messages that the signer shall not see.

    Raises:
        Refused: `keys.bbs_messages`, `keys.bbs_random`.
    """
    own = interface(suite)
    return core_commit(own, own.messages_to_scalars(committed_messages), random)


def blind_sign(
    secret: SecretKey,
    commitment_with_proof: bytes,
    messages: Sequence[bytes],
    *,
    header: bytes,
    committed: int,
    suite: Ciphersuite = SHA_256,
) -> bytes:
    """`BlindSign`: over the signer's messages and what the prover committed to.

    Args:
        secret: The signer's key.
        commitment_with_proof: From the prover.
        messages: The signer's.
        header: Bound to signature and proofs.
        committed: To how many messages a prover commits here.
        suite: The ciphersuite.

    Raises:
        Refused: `keys.bbs_commitment`, `keys.bbs_messages`.
    """
    own = interface(suite)
    point = core_commit_verify(own, commitment_with_proof, committed)
    setting = blind_setting(own, secret.public, header, len(messages), committed)
    return core_blind_sign(setting, secret, own.messages_to_scalars(messages), point)


def blind_verify(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    committed_messages: Sequence[bytes],
    prover_blind: bytes,
    header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`Verify`: what a prover does with the signature that came.

    Raises:
        Refused: `keys.signature`, `keys.algorithm`, `keys.bbs_messages`; `keys.format` for the blind.
    """
    own = interface(suite)
    scalars = blind_scalars(own, messages, committed_messages, prover_blind)
    setting = blind_setting(own, key, header, len(messages), len(committed_messages))
    core.verify(setting, signature, scalars)


def blind_proof_gen(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    committed_messages: Sequence[bytes],
    prover_blind: bytes,
    header: bytes,
    presentation_header: bytes,
    random: Callable[[int], bytes],
    suite: Ciphersuite = SHA_256,
) -> bytes:
    """`BlindProofGen`: as `signing.proof_gen`, showing some of the signer's messages.

    Raises:
        Refused: as `signing.proof_gen`; `keys.format` for the blind.
    """
    own = interface(suite)
    core.check_indexes(disclosed_indexes, len(messages))
    scalars = blind_scalars(own, messages, committed_messages, prover_blind)
    setting = blind_setting(own, key, header, len(messages), len(committed_messages))
    return core.prove(setting, signature, presentation_header, scalars, disclosed_indexes, random=random)


def blind_proof_verify(
    key: PublicKey,
    proof: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    count: int,
    committed: int,
    header: bytes,
    presentation_header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`BlindProofVerify`.

    Args:
        key: The signer's.
        proof: From the prover.
        disclosed_messages: Those of the signer's that are shown.
        disclosed_indexes: Where they stood.
        count: `L`: how many messages the signer signed, as the prover says; a wrong one fails.
        committed: To how many messages a prover commits here.
        header: As signed.
        presentation_header: As the prover bound it.
        suite: The ciphersuite.

    Raises:
        Refused: as `signing.proof_verify`.
    """
    own, parsed = interface(suite), octets.Proof.parse(proof)
    disclosed = shown(own, disclosed_messages, disclosed_indexes, count)
    setting = blind_setting(own, key, header, count, committed)
    core.verify_proof(setting, parsed, presentation_header, disclosed)


def core_commit(own: Interface, scalars: Sequence[Scalar], random: Callable[[int], bytes]) -> Commitment:
    """`CoreCommit`: C hides the scalars, and the proof shows that whoever made it knows them."""
    generators = own.blind_generators(len(scalars) + 1)
    blind, *tildes = random_scalars(random, len(scalars) + 2)
    numbers = (blind, *scalars)
    point = core.combined(list(zip(generators.points, numbers, strict=True)))
    bar = core.combined(list(zip(generators.points, tildes[: len(numbers)], strict=True)))
    challenge = _blind_challenge(own, len(scalars), point, bar)
    hats = (tilde + number * challenge for tilde, number in zip(tildes, numbers, strict=True))
    proof = b"".join(number.to_be_bytes() for number in (*hats, challenge))
    return Commitment(point.to_compressed_bytes() + proof, blind.to_be_bytes())


def core_commit_verify(own: Interface, commitment_with_proof: bytes, committed: int) -> G1Point:
    """`CoreCommitVerify`: the point C, to `committed` scalars that the prover knows.

    Raises:
        Refused: `keys.bbs_commitment`.
    """
    code = "keys.bbs_commitment"
    if len(commitment_with_proof) != octets.POINT + (committed + 2) * octets.SCALAR:
        raise Refused(code, detail=f"a commitment to {committed} is wanted")
    *hats, challenge = octets.scalars(commitment_with_proof[octets.POINT :], code)
    point = octets.point(commitment_with_proof[: octets.POINT], code)
    generators = own.blind_generators(committed + 1)
    bar = core.combined([*zip(generators.points, hats, strict=True), (point, -challenge)])
    if _blind_challenge(own, committed, point, bar) != challenge:
        raise Refused(code)
    return point


def core_blind_sign(
    setting: core.Setting, secret: SecretKey, messages: Sequence[Scalar], blinded: G1Point
) -> bytes:
    """`FinalizeBlindSign` of P1 + Q_1 * domain + H_1 * msg_1 + ... + H_L * msg_L + what is blinded."""
    b = core.total(setting, setting.domain(), messages) + blinded
    e = setting.interface.hash_to_scalar(secret.scalar.to_be_bytes() + b.to_compressed_bytes())
    return core.sign_point(secret, b, e)


def blind_setting(own: Interface, key: PublicKey, header: bytes, count: int, committed: int) -> core.Setting:
    """The signer's generators, Q_2 for the blind, and those of what was committed to."""
    generators = own.generators(count + 1).followed_by(own.blind_generators(committed + 1))
    return core.Setting(own, key, generators, header)


def blind_scalars(
    own: Interface, messages: Sequence[bytes], committed_messages: Sequence[bytes], prover_blind: bytes
) -> tuple[Scalar, ...]:
    """The scalars in the generators' order.

    Raises:
        Refused: `keys.bbs_messages`, `keys.format`.
    """
    return (
        *own.messages_to_scalars(messages),
        octets.scalar(prover_blind, "keys.format"),
        *own.messages_to_scalars(committed_messages),
    )


def _blind_challenge(own: Interface, committed: int, point: G1Point, bar: G1Point) -> Scalar:
    parts = (*own.blind_generators(committed + 1).octets, point.to_compressed_bytes())
    return own.hash_to_scalar(octets.integer(committed) + b"".join(parts) + bar.to_compressed_bytes())
