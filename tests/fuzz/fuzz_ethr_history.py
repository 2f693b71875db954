"""Histories of an identity: whatever is written to a registry has a document, with the record's keys."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clicid.codec import strict_json
from clicid.did import compromise, ethr, ethr_history
from clicid.did.ethr import EthrDid, EthrRecord
from clicid.did.ethr_history import About, Change, History, Point
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_DID = EthrDid(1337, bytes(range(20)))
_STORE = MemoryKeyStore(b"fuzz")
_KEY = _STORE.public(_STORE.generate(ED25519, "a")).raw
_NAMES = (
    b"did/pub/Ed25519/veriKey/base58",
    b"did/pub/Multikey/sigAuth/base58",
    b"did/pub/X25519/enc/base58",
    b"did/svc/Hub",
    b"veriKey",
    b"sigAuth",
    compromise.COMPROMISED,
)
_VALUES = (_KEY, b"\xed\x01" + _KEY, b'{"a": [1]}', bytes(20), compromise.encode_compromise(1, 1))
_ROW = struct.Struct("BBBb")
_START = 1_700_000_000

SEEDS = [
    bytes([2, 0, 0, 9, 2, 1, 1, 9, 2, 3, 2, 9, 1, 4, 3, 9, 2, 0, 0, 0]),
    bytes([2, 0, 0, 9, 2, 0, 0, 9, 2, 6, 4, 0, 2, 2, 0, 5, 2, 255, 255, 9]) + b"name and value",
    bytes([2, 0, 0, 9, 0, 0, 3, 0, 2, 3, 2, 9]),
    # A malformed Multikey is stated to be compromised, and its bytes are written again as a good one.
    bytes.fromhex(
        "0201000902000009060001f70206043214000103020000090201010309000000010200000906000206043214000000"
    ),
    # A key is renewed, once and more often than its former numbers are remembered, and the first is stated.
    bytes([2, 0, 0, 9, 2, 0, 0, 9, 2, 6, 4, 0]),
    bytes([2, 0, 0, 9] * 20 + [2, 1, 1, 9, 2, 6, 4, 0]),
]


def changes(data: bytes) -> Iterator[Change]:
    """Rows of four bytes; a name or value that is not in the tables is what comes next."""
    at, block = 0, 0
    while at + _ROW.size <= len(data):
        kind, name_at, value_at, validity = _ROW.unpack_from(data, at)
        at += _ROW.size
        name, value = (
            table[index] if index < len(table) else data[at : at + (index & 31)]
            for table, index in ((_NAMES, name_at), (_VALUES, value_at))
        )
        block += kind >> 7
        time = _START + 10 * block
        about = tuple(About)[kind % 3]
        if about is About.OWNER:
            yield Change(about, block, time, b"", value[:20].ljust(20, b"\1"))
        else:
            yield Change(about, block, time, name.ljust(32, b"\0")[:32], value, max(0, time + validity))


def folded(rows: list[Change]) -> EthrRecord:
    record = EthrRecord(str(_DID), _DID.address)
    for row in rows:
        match row.about:
            case About.OWNER:
                record = record.with_owner(row.value)
            case About.DELEGATE:
                record = record.with_delegate(row.name)
            case _:
                place = {"valid_to": row.valid_to, "block": row.block, "time": row.time}
                record = record.with_attribute(row.name, row.value, **place)
    return record


def target(data: bytes) -> None:
    rows = list(changes(data[:4096]))
    head = rows[-1].block if rows else 0
    now = _START + 10 * head
    history = History(_DID, tuple(rows), head, now, "")
    for point in (
        Point(head, now, now),
        Point(head // 2, now - 60, now),
        ethr_history.at_time(history, now + 7),
    ):
        try:
            found = ethr_history.version(history, point)
        except ClicidError:
            continue
        strict_json.loads(strict_json.dumps(found.document))
        if point.block == head and point.earliest == point.latest:
            _compare(found.document, folded(rows), point.latest)


def _compare(document: Any, record: EthrRecord, now: int) -> None:
    assert (document is None) == record.deactivated
    if document is None:
        return
    ours = ethr.document(record, datetime.fromtimestamp(now, UTC)).to_json()
    keys = [one for one in document["verificationMethod"] if one["type"] == "Multikey"]
    agreed = document.get("keyAgreement", [])
    assert [one for one in keys if one["id"] not in agreed] == ours["verificationMethod"]
