"""The keys that answers are encrypted for: one for each request, in the vault, destroyed after its answer.

They survive a restart and no backup: whoever takes the vault later opens no answer that came before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from clicid.errors import LocalError, RemoteError
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.oid4vp.errors import Wire
from clicid.securing.jwe import ECDH_ES, Recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyStore
    from verifier.store import VerifierStore


@dataclass(frozen=True, slots=True)
class AnswerKeys:
    """Those of all requests.

    Args:
        keys: The vault.
        store: Remembers which there are, so that a key whose answer never came goes as well.
    """

    keys: KeyStore
    store: VerifierStore

    def make(self, session_id: str, expires_at: int) -> Recipient:
        """A key for a request. It is remembered before it is made: none is forgotten in between."""
        self.store.add_answer_key(session_id, expires_at)
        public = self.keys.public(self.keys.generate(P256, _name(session_id)))
        return Recipient(public, public.thumbprint(), ECDH_ES)

    def agree(self, session_id: str) -> Callable[[PublicKey], bytes]:
        """What the key of a request and another agree on.

        The function raises RemoteError `oid4vp.sequence` when the key is no more: there was an answer.
        """
        return partial(self._agree, KeyRef(_name(session_id)))

    def destroy(self, session_id: str) -> None:
        """The key goes first: one that is gone and remembered is no harm."""
        self.keys.remove(KeyRef(_name(session_id)))
        self.store.forget_answer_key(session_id)

    def destroy_late(self, now: int) -> int:
        """Those whose requests are over without an answer; gives how many."""
        late = self.store.late_answer_keys(now)
        for session_id in late:
            self.destroy(session_id)
        return len(late)

    def _agree(self, ref: KeyRef, public: PublicKey) -> bytes:
        try:
            return self.keys.agree(ref, public)
        except LocalError as error:
            if error.code != "keystore.unknown":
                raise
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="answered already") from None


def _name(session_id: str) -> str:
    return f"answer-{session_id}"
