"""BBS signatures (draft-irtf-cfrg-bbs-signatures), blind ones and pseudonyms, over BLS12-381.

A signer signs a list of messages under a header. Whoever has the signature proves that it has one,
shows some of the messages, and two such proofs have nothing in common.

Every function takes `suite`, `SHA_256` (the default, and what bbs-2023 uses) or `SHAKE_256`. Keys are
`clicid.keys.public.PublicKey` of BLS12-381-G2. What verifies returns None or raises `Refused`:
`keys.signature` for a signature or proof that is malformed or not good, `keys.bbs_messages` for too many
messages or indexes that do not rise, `keys.algorithm` for another kind of key. `random` gives so many
secret random bytes.

The plain interface (`signing`; bbs-2023: baseline)::

    sign(secret, messages, *, header) -> signature
    verify(key, signature, messages, *, header)
    proof_gen(key, signature, messages, disclosed_indexes, *, header, presentation_header, random) -> proof
    proof_verify(key, proof, disclosed_messages, disclosed_indexes, *, header, presentation_header)

Secret keys (`secret`)::

    generate(material, info=b"", *, dst=None) -> SecretKey
    SecretKey.from_bytes(raw) -> SecretKey;  SecretKey.public
"""

from __future__ import annotations

from clicid.keys.bbs.ciphersuites import SHA_256, SHAKE_256, Ciphersuite
from clicid.keys.bbs.interface import MAX_MESSAGES
from clicid.keys.bbs.secret import SecretKey, generate
from clicid.keys.bbs.signing import proof_gen, proof_verify, sign, verify

__all__ = [
    "MAX_MESSAGES",
    "SHAKE_256",
    "SHA_256",
    "Ciphersuite",
    "SecretKey",
    "generate",
    "proof_gen",
    "proof_verify",
    "sign",
    "verify",
]
