"""BBS signatures (draft-irtf-cfrg-bbs-signatures), blind ones and pseudonyms, over BLS12-381.

A signer signs a list of messages under a header. Whoever has the signature proves that it has one,
shows some of the messages, and two such proofs have nothing in common.

Every function takes `suite`, `SHA_256` (the default, and what bbs-2023 uses) or `SHAKE_256`. Keys are
`clicid.keys.public.PublicKey` of BLS12-381-G2. What verifies returns None or raises `Refused`:
`keys.signature` for a signature or proof that is malformed or not good, `keys.bbs_messages` for too many
messages or indexes that do not rise, `keys.bbs_commitment` for a prover's commitment, `keys.format` for
a secret that is no scalar, `keys.algorithm` for another kind of key. `random` gives so many secret random
bytes. Secrets are 32 bytes, a pseudonym 48, a signature 80.

Keys (`secret`)::

    generate(material, info=b"", *, dst=None) -> SecretKey
    SecretKey.from_bytes(raw) -> SecretKey;  SecretKey.public

`signing`; bbs-2023 feature option *baseline*::

    sign(secret, messages, *, header) -> signature
    verify(key, signature, messages, *, header)
    proof_gen(key, signature, messages, disclosed_indexes, *, header, presentation_header, random) -> proof
    proof_verify(key, proof, disclosed_messages, disclosed_indexes, *, header, presentation_header)

`blind`; *anonymous_holder_binding*, with `committed_messages=[holder_secret]` and `committed=1`::

    commit(committed_messages, *, random) -> Commitment(with_proof, prover_blind)
    blind_sign(secret, commitment_with_proof, messages, *, header, committed) -> signature
    blind_verify(key, signature, messages, *, committed_messages, prover_blind, header)
    blind_proof_gen(key, signature, messages, disclosed_indexes, *, committed_messages, prover_blind,
                    header, presentation_header, random) -> proof
    blind_proof_verify(key, proof, disclosed_messages, disclosed_indexes, *, count, committed,
                       header, presentation_header)

`pseudonym`; *pseudonym*, with `committed_messages=[]` and `committed=0`, and *holder_binding_pseudonym*, with
`[holder_secret]` and 1. `count` is `lengthBBSMessages`::

    draw_nym(random) -> prover_nym or signer_nym_entropy
    nym_commit(committed_messages, prover_nym, *, random) -> Commitment(with_proof, prover_blind)
    nym_sign(secret, commitment_with_proof, signer_nym_entropy, messages, *, header, committed) -> signature
    combine_nym(prover_nym, signer_nym_entropy) -> nym_secret
    nym_verify(key, signature, messages, *, committed_messages, prover_blind, nym_secret, header)
    calculate_pseudonym(nym_secret, nym_domain) -> pseudonym
    nym_proof_gen(key, signature, messages, disclosed_indexes, *, committed_messages, prover_blind,
                  nym_secret, nym_domain, header, presentation_header, random) -> proof
    nym_proof_verify(key, proof, disclosed_messages, disclosed_indexes, *, pseudonym, nym_domain,
                     count, committed, header, presentation_header)

A signer's key lies in a key store, whose `KeyStore.bbs_sign` signs in all three ways (`issuing.Blinded`).
"""

from __future__ import annotations

from clicid.keys.bbs.blind import (
    Commitment,
    blind_proof_gen,
    blind_proof_verify,
    blind_sign,
    blind_verify,
    commit,
)
from clicid.keys.bbs.ciphersuites import SHA_256, SHAKE_256, Ciphersuite
from clicid.keys.bbs.interface import MAX_MESSAGES
from clicid.keys.bbs.issuing import Blinded
from clicid.keys.bbs.pseudonym import (
    calculate_pseudonym,
    combine_nym,
    draw_nym,
    nym_commit,
    nym_proof_gen,
    nym_proof_verify,
    nym_sign,
    nym_verify,
)
from clicid.keys.bbs.secret import SecretKey, generate
from clicid.keys.bbs.signing import proof_gen, proof_verify, sign, verify

__all__ = [
    "MAX_MESSAGES",
    "SHAKE_256",
    "SHA_256",
    "Blinded",
    "Ciphersuite",
    "Commitment",
    "SecretKey",
    "blind_proof_gen",
    "blind_proof_verify",
    "blind_sign",
    "blind_verify",
    "calculate_pseudonym",
    "combine_nym",
    "commit",
    "draw_nym",
    "generate",
    "nym_commit",
    "nym_proof_gen",
    "nym_proof_verify",
    "nym_sign",
    "nym_verify",
    "proof_gen",
    "proof_verify",
    "sign",
    "verify",
]
