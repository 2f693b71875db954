"""What every use case is given: store, keys, carrier of codes, time and randomness."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.usecases.ports import Clock, Outbox, Random, Sealer, Store

_DIGITS: Final = 6
# No letters that are mistaken for digits or for each other when read aloud or off paper.
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Environment:
    """Store, keys, carrier, time and randomness."""

    store: Store
    sealer: Sealer
    outbox: Outbox
    clock: Clock
    random: Random

    def now(self) -> datetime:
        """The time in whole seconds: what the store keeps."""
        return self.clock().replace(microsecond=0)

    def new_id(self) -> str:
        """128 random bits in hex."""
        return self.random(16).hex()

    def secret(self) -> str:
        """256 random bits in base64url: a bearer token or the like."""
        return base64url.encode(self.random(32))

    def digits(self) -> str:
        """A one-time code: six digits, each value equally likely."""
        # 2**64 is so much larger than 10**6 that the remainder's bias does not matter.
        return f"{int.from_bytes(self.random(8), 'big') % 10**_DIGITS:0{_DIGITS}}"

    def letters(self, groups: int) -> str:
        """Groups of four letters and digits that people can read off paper: 20 bits a group."""
        text = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in self.random(4 * groups))
        return "-".join(text[start : start + 4] for start in range(0, len(text), 4))

    def matches(self, kind: str, value: str, hash_: bytes) -> bool:
        """Whether a value is the one behind a keyed hash, in constant time."""
        return hmac.compare_digest(self.sealer.lookup(kind, value), hash_)
