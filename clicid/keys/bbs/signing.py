"""The interface of the draft (draft-irtf-cfrg-bbs-signatures 3.5): messages are octets, nothing is blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.keys.bbs import core
from clicid.keys.bbs.ciphersuites import SHA_256, Ciphersuite
from clicid.keys.bbs.interface import Interface
from clicid.keys.bbs.octets import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from py_arkworks_bls12381 import Scalar

    from clicid.keys.bbs.secret import SecretKey
    from clicid.keys.public import PublicKey


def interface(suite: Ciphersuite) -> Interface:
    """The tags of this interface."""
    return Interface.of(suite, b"H2G_HM2S_")


def sign(
    secret: SecretKey, messages: Sequence[bytes], *, header: bytes, suite: Ciphersuite = SHA_256
) -> bytes:
    """`Sign` (3.5.1): 80 bytes, the same each time.

    Raises:
        Refused: `keys.bbs_messages` for too many messages.
    """
    scalars = interface(suite).messages_to_scalars(messages)
    return core.sign(_setting(suite, secret.public, header, len(scalars)), secret, scalars)


def verify(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    *,
    header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`Verify` (3.5.2): return if the signature is this key's over header and messages.

    Raises:
        Refused: `keys.signature`, `keys.algorithm`, `keys.bbs_messages`.
    """
    scalars = interface(suite).messages_to_scalars(messages)
    core.verify(_setting(suite, key, header, len(scalars)), signature, scalars)


def proof_gen(
    key: PublicKey,
    signature: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    header: bytes,
    presentation_header: bytes,
    random: Callable[[int], bytes],
    suite: Ciphersuite = SHA_256,
) -> bytes:
    """`ProofGen` (3.5.3).

    Args:
        key: The signer's.
        signature: Over header and messages; not verified here, and a bad one gives a bad proof.
        messages: All that were signed.
        disclosed_indexes: Which are shown, ascending.
        header: As signed.
        presentation_header: Bound to this proof, e.g. the verifier's nonce.
        random: Gives so many secret random bytes; whoever can guess them learns what is hidden.
        suite: The ciphersuite.

    Raises:
        Refused: `keys.signature`, `keys.algorithm`, `keys.bbs_messages`, `keys.bbs_random`.
    """
    scalars = interface(suite).messages_to_scalars(messages)
    setting = _setting(suite, key, header, len(scalars))
    return core.prove(setting, signature, presentation_header, scalars, disclosed_indexes, random=random)


def proof_verify(
    key: PublicKey,
    proof: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    header: bytes,
    presentation_header: bytes,
    suite: Ciphersuite = SHA_256,
) -> None:
    """`ProofVerify` (3.5.4): return if a signature of this key over these messages at these indexes is known.

    Raises:
        Refused: `keys.signature`; `keys.algorithm`; `keys.bbs_messages` for indexes that do not rise,
            lie outside, or are not as many as the messages.
    """
    parsed = Proof.parse(proof)
    count = len(parsed.commitments) + len(disclosed_indexes)
    disclosed = shown(interface(suite), disclosed_messages, disclosed_indexes, count)
    core.verify_proof(_setting(suite, key, header, count), parsed, presentation_header, disclosed)


def shown(
    which: Interface, messages: Sequence[bytes], indexes: Sequence[int], count: int
) -> Mapping[int, Scalar]:
    """What a proof discloses, by index.

    Raises:
        Refused: `keys.bbs_messages`.
    """
    if len(messages) != len(indexes):
        raise Refused("keys.bbs_messages", detail="not as many messages as indexes")
    core.check_indexes(indexes, count)
    return dict(zip(indexes, which.messages_to_scalars(messages), strict=True))


def _setting(suite: Ciphersuite, key: PublicKey, header: bytes, count: int) -> core.Setting:
    own = interface(suite)
    return core.Setting(own, key, own.generators(count + 1), header)
