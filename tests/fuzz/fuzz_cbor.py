"""CBOR: whatever is read has exactly this encoding."""

from __future__ import annotations

from clicid.codec import cbor
from clicid.errors import ClicidError

TAGS = frozenset({18, 0x5D00, 0x5D01})

SEEDS = [
    cbor.dumps(cbor.Tagged(18, [b"\xa1\x01\x26", {4: b"key"}, b"{}", bytes(64)])),
    cbor.dumps(cbor.Tagged(0x5D00, [bytes(64), bytes(35), bytes(32), [bytes(64)] * 2, ["/issuer"]])),
    cbor.dumps(cbor.Tagged(0x5D01, [bytes(64), bytes(35), [bytes(64)], {0: bytes(32), 24: b""}, [0, 300]])),
    cbor.dumps({-1: [None, True, False, 2**64 - 1, -(2**64)], "x": "\u6c34", "aa": {}}),
    bytes.fromhex("5f41004100ff"),
    bytes.fromhex("9bffffffffffffffff"),
]


def target(data: bytes) -> None:
    try:
        value = cbor.loads(data, tags=TAGS)
    except ClicidError:
        return
    assert cbor.dumps(value) == data
