"""BBS signatures and commitments: 80 bytes, then the messages with a NUL between them.

No change is accepted. As much of the input as a commitment has goes to the blind signer too.
"""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys import bbs

_SECRET = bbs.generate(b"fuzz" * 8)
_MESSAGES = [b"first", b"", b"third"]
_RANDOM = iter(range(1, 1000))
_GOOD = bbs.sign(_SECRET, _MESSAGES, header=b"header")


def _random(size: int) -> bytes:
    return bbs.SHAKE_256.expand(next(_RANDOM).to_bytes(2, "big"), b"fuzz", size)


_COMMITMENT = bbs.commit([b"secret"], random=_random).with_proof
_SEED = _GOOD + b"\0".join(_MESSAGES)
SEEDS = [_SEED, bbs.sign(_SECRET, [b""], header=b"header"), _COMMITMENT]


def target(data: bytes) -> None:
    signature, messages = data[:80], data[80:].split(b"\0")
    try:
        bbs.verify(_SECRET.public, signature, messages, header=b"header")
    except ClicidError:
        pass
    else:
        assert data in SEEDS
    try:
        bbs.blind_sign(_SECRET, data, [], header=b"", committed=1)
    except ClicidError:
        return
    assert data == _COMMITMENT
