"""The keys that answers are encrypted for: one for each request, destroyed after its answer.

They survive a restart; whoever takes files and vault later opens no answer that came before. A key store
cannot promise that: what it removes stays in its file until something else is written there. So a key's seed
lies sealed in the verifier's own database, which overwrites what it deletes (`VerifierStore`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.errors import RemoteError
from clicid.keys.ephemeral import SEED_SIZE, EphemeralKey
from clicid.oid4vp.errors import Wire
from clicid.securing.jwe import ECDH_ES, Recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey
    from verifier.store import VerifierStore


@dataclass(frozen=True, slots=True)
class AnswerKeys:
    """Those of all requests.

    Args:
        store: Where they are, until they go.
        random: So many random bytes.
    """

    store: VerifierStore
    random: Callable[[int], bytes] = field(repr=False)

    def make(self, session_id: str, expires_at: int) -> Recipient:
        """A key for a request."""
        seed = self.random(SEED_SIZE)
        self.store.add_answer_seed(session_id, seed, expires_at)
        public = _key(seed).public
        return Recipient(public, public.thumbprint(), ECDH_ES)

    def agree(self, session_id: str) -> Callable[[PublicKey], bytes]:
        """What the key of a request and another agree on.

        The function raises RemoteError `oid4vp.sequence` when the key is no more: there was an answer.
        """

        def agreed(public: PublicKey) -> bytes:
            seed = self.store.answer_seed(session_id)
            if seed is None:
                raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="answered already")
            return _key(seed).agree(public)

        return agreed

    def destroy(self, session_id: str) -> None:
        """No answer to that request is read any more."""
        self.store.forget_answer_seed(session_id)

    def destroy_late(self, now: int) -> int:
        """Those whose requests are over without an answer; gives how many."""
        return self.store.forget_late_answer_seeds(now)


def _key(seed: bytes) -> EphemeralKey:
    return EphemeralKey(lambda _size: seed)
