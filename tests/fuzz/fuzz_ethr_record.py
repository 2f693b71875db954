"""Records of ERC-1056 identities: from bytes and back, and the document they make."""

from __future__ import annotations

from datetime import UTC, datetime

from clicid.did import compromise, ethr
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
_ED25519 = _STORE.public(_STORE.generate(ED25519, "a"))
_P256 = _STORE.public(_STORE.generate(P256, "b"))
_EMPTY = ethr.EthrRecord(str(ethr.EthrDid(1337, bytes(range(20)))), bytes(range(20)))
_ONE = _EMPTY.with_attribute(
    b"did/pub/Ed25519/veriKey/base58", _ED25519.raw, valid_to=1 << 60, block=7, time=1_700_000_000
)
_TWO = _ONE.with_attribute(
    b"did/pub/Multikey/veriKey/base58",
    b"\x80\x24" + _P256.raw,
    valid_to=2_000_000_000,
    block=8,
    time=1_700_000_012,
)
_STATED = _TWO.with_attribute(
    compromise.COMPROMISED, compromise.encode_compromise(2, 9), valid_to=1 << 60, block=9, time=1_700_000_024
)
_RENEWED = _TWO.with_attribute(
    b"did/pub/Ed25519/veriKey/base58", _ED25519.raw, valid_to=1 << 60, block=9, time=1_700_000_024
)
_ENDED = _TWO.with_attribute(
    b"did/pub/Ed25519/veriKey/base58", _ED25519.raw, valid_to=0, block=9, time=1_700_000_024
)

SEEDS = [
    record.to_bytes()
    for record in (_EMPTY, _ONE, _TWO, _STATED, _RENEWED, _ENDED, _ENDED.with_owner(bytes(20)))
]


def target(data: bytes) -> None:
    try:
        record = ethr.EthrRecord.from_bytes(data)
    except ClicidError:
        return
    assert ethr.EthrRecord.from_bytes(record.to_bytes()) == record
    ethr.document(record, datetime(2026, 1, 1, tzinfo=UTC)).to_json()
