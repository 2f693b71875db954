"""Pseudonyms (draft-irtf-cfrg-bbs-per-verifier-linkability): the same for one verifier, another for the next.

A credential is bound to a secret that holder and signer made together (`nym_secret`). For a verifier's
name (`nym_domain`) it gives one pseudonym, which the proof proves; nobody can tell whether the pseudonyms
for two names are of one holder. One nym secret, as bbs-2023 has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.keys.bbs import core, octets
from clicid.keys.bbs.blind import (
    Commitment,
    blind_scalars,
    blind_setting,
    core_blind_sign,
    core_commit,
    core_commit_verify,
)
from clicid.keys.bbs.ciphersuites import SHA_256, Ciphersuite
from clicid.keys.bbs.interface import Interface
from clicid.keys.bbs.secret import random_scalars
from clicid.keys.bbs.signing import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from py_arkworks_bls12381 import G1Point

    from clicid.keys.bbs.secret import SecretKey
    from clicid.keys.public import PublicKey


def interface(suite: Ciphersuite) -> Interface:
    """The tags of this interface."""
    return Interface.of(suite, b"H2G_HM2S_PSEUDONYM_")


def draw_nym(random: Callable[[int], bytes]) -> bytes:
    """A `prover_nym` or a `signer_nym_entropy`: 32 bytes of a random scalar."""
    return random_scalars(random, 1)[0].to_be_bytes()


def nym_commit(
    committed_messages: Sequence[bytes],
    prover_nym: bytes,
    *,
    random: Callable[[int], bytes],
    suite: Ciphersuite = SHA_256,
) -> Commitment:
    """`CommitWithNym`: to messages, and to the prover's part of the nym secret.

    Raises:
        Refused: `keys.bbs_messages`, `keys.bbs_random`; `keys.format` for the nym.
    """
    own = interface(suite)
    scalars = (*own.messages_to_scalars(committed_messages), octets.scalar(prover_nym, "keys.format"))
    return core_commit(own, scalars, random)


def nym_sign(
    secret: SecretKey,
    commitment_with_proof: bytes,
    signer_nym_entropy: bytes,
    messages: Sequence[bytes],
    *,
    header: bytes,
    committed: int,
    suite: Ciphersuite = SHA_256,
) -> bytes:
    """`BlindSignWithNym`.

    Args:
        secret: The signer's key.
        commitment_with_proof: From the prover.
        signer_nym_entropy: The signer's part of the nym secret (`draw_nym`): the prover cannot choose
            the sum, and so cannot take somebody else's pseudonyms.
        messages: The signer's.
        header: Bound to signature and proofs.
        committed: To how many messages a prover commits here, not counting the nym.
        suite: The ciphersuite.

    Raises:
        Refused: `keys.bbs_commitment`, `keys.bbs_messages`; `keys.format` for the entropy.
    """
    own = interface(suite)
    point = core_commit_verify(own, commitment_with_proof, committed + 1)
    entropy = octets.scalar(signer_nym_entropy, "keys.format")
    setting = blind_setting(own, secret.public, header, len(messages), committed + 1)
    blinded = point + setting.generators.points[-1] * entropy
    return core_blind_sign(setting, secret, own.messages_to_scalars(messages), blinded)


def combine_nym(prover_nym: bytes, signer_nym_entropy: bytes) -> bytes:
    """The `nym_secret` that both parts make: 32 bytes, which the prover keeps.

    Raises:
        Refused: `keys.format`, also for parts that add up to nothing.
    """
    parts = (octets.scalar(part, "keys.format") for part in (prover_nym, signer_nym_entropy))
    total = next(parts) + next(parts)
    return octets.scalar(total.to_be_bytes(), "keys.format").to_be_bytes()


def nym_verify(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    committed_messages: Sequence[bytes],
    prover_blind: bytes,
    nym_secret: bytes,
    header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`VerifyFinalizeWithNym` for the secret of `combine_nym`: what a prover does with the signature.

    Raises:
        Refused: `keys.signature`, `keys.algorithm`, `keys.bbs_messages`; `keys.format` for a secret.
    """
    own = interface(suite)
    nym = octets.scalar(nym_secret, "keys.format")
    scalars = (*blind_scalars(own, messages, committed_messages, prover_blind), nym)
    setting = blind_setting(own, key, header, len(messages), len(committed_messages) + 1)
    core.verify(setting, signature, scalars)


def calculate_pseudonym(nym_secret: bytes, nym_domain: bytes, *, suite: Ciphersuite = SHA_256) -> bytes:
    """The pseudonym of a nym secret for a verifier's name: 48 bytes.

    Raises:
        Refused: `keys.format` for the secret.
    """
    nym = octets.scalar(nym_secret, "keys.format")
    return (_base(interface(suite), nym_domain) * nym).to_compressed_bytes()


def nym_proof_gen(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    committed_messages: Sequence[bytes],
    prover_blind: bytes,
    nym_secret: bytes,
    nym_domain: bytes,
    header: bytes,
    presentation_header: bytes,
    random: Callable[[int], bytes],
    suite: Ciphersuite = SHA_256,
) -> bytes:
    """`ProofGenWithNym`: as `signing.proof_gen`, and of the pseudonym that `calculate_pseudonym` gives.

    Raises:
        Refused: as `signing.proof_gen`; `keys.format` for a secret.
    """
    own = interface(suite)
    core.check_indexes(disclosed_indexes, len(messages))
    nym = octets.scalar(nym_secret, "keys.format")
    scalars = (*blind_scalars(own, messages, committed_messages, prover_blind), nym)
    setting = blind_setting(own, key, header, len(messages), len(committed_messages) + 1)
    return core.prove(
        setting,
        signature,
        presentation_header,
        scalars,
        disclosed_indexes,
        random=random,
        base=_base(own, nym_domain),
    )


def nym_proof_verify(
    key: PublicKey,
    proof: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    pseudonym: bytes,
    nym_domain: bytes,
    count: int,
    committed: int,
    header: bytes,
    presentation_header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`ProofVerifyWithNym`: return if the proof is good and the pseudonym is its holder's for this name.

    Args:
        key: The signer's.
        proof: From the prover.
        disclosed_messages: Those of the signer's that are shown.
        disclosed_indexes: Where they stood.
        pseudonym: 48 bytes from the prover.
        nym_domain: The name this verifier goes by.
        count: `L`: how many messages the signer signed, as the prover says; a wrong one fails.
        committed: To how many messages a prover commits here, not counting the nym.
        header: As signed.
        presentation_header: As the prover bound it.
        suite: The ciphersuite.

    Raises:
        Refused: as `signing.proof_verify`.
    """
    own, parsed = interface(suite), octets.Proof.parse(proof)
    bound = core.Bound(_base(own, nym_domain), octets.point(pseudonym, "keys.signature"))
    disclosed = shown(own, disclosed_messages, disclosed_indexes, count)
    setting = blind_setting(own, key, header, count, committed + 1)
    core.verify_proof(setting, parsed, presentation_header, disclosed, bound=bound)


def _base(own: Interface, nym_domain: bytes) -> G1Point:
    return own.suite.hash_to_g1(nym_domain, own.api_id)
