from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.ledger import events
from clicid.ledger.events import MAX_DATA, Contract, RawLog, decode
from tests.support.chain_model import encode
from tests.support.events import ONE_OF_EACH, WORD
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.ledger.events import Event


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_every_event_reads_back(event: Event) -> None:
    raw = encode(event)
    logged = decode(raw)
    assert logged.event == event
    assert logged.raw is raw


def test_every_kind_of_event_is_tried() -> None:
    assert len({type(event) for event in ONE_OF_EACH}) == len(events._LAYOUTS)


def test_the_link_hashes_long_values_and_leaves_out_the_hash_before() -> None:
    raw = encode(ONE_OF_EACH[15])
    words = [raw.topics[0], WORD, (9).to_bytes(32, "big"), hashlib.sha256(b"set").digest()]
    words += [hashlib.sha256(b"").digest(), WORD, WORD]
    assert decode(raw).link == b"".join(words)


def _changed(event: Event, at: int, byte: int) -> RawLog:
    raw = encode(event)
    data = bytearray(raw.data)
    data[at] ^= byte
    return replace(raw, data=bytes(data))


ATTRIBUTE, WITHDRAWN = ONE_OF_EACH[2], ONE_OF_EACH[4]
BAD: dict[str, RawLog] = {
    "another contract's event": replace(encode(WITHDRAWN), contract=Contract.STATUS),
    "no topics": RawLog(Contract.DID, (), b""),
    "an unknown topic": RawLog(Contract.DID, (WORD,), b""),
    "a topic too few": replace(encode(WITHDRAWN), topics=encode(WITHDRAWN).topics[:-1]),
    "a topic too many": replace(encode(WITHDRAWN), topics=(*encode(WITHDRAWN).topics, WORD)),
    "a short topic": replace(encode(WITHDRAWN), topics=(*encode(WITHDRAWN).topics[:-1], WORD[:31])),
    "a long address": replace(encode(WITHDRAWN), topics=(encode(WITHDRAWN).topics[0], WORD, WORD)),
    "no data": replace(encode(WITHDRAWN), data=b""),
    "something after the data": replace(encode(WITHDRAWN), data=encode(WITHDRAWN).data + bytes(32)),
    "half a word after the data": replace(encode(ATTRIBUTE), data=encode(ATTRIBUTE).data + bytes(16)),
    "too much data": replace(encode(ATTRIBUTE), data=bytes(MAX_DATA + 1)),
    "a flag that is neither": _changed(WITHDRAWN, 31, 2),
    "a version of 33 bits": _changed(WITHDRAWN, 32 + 27, 1),
    "a hash of 29 bytes": _changed(WITHDRAWN, 64 + 28, 1),
    "an offset elsewhere": _changed(ATTRIBUTE, 63, 32),
    "an enormous offset": _changed(ATTRIBUTE, 32, 128),
    "an enormous length": _changed(ATTRIBUTE, 128, 128),
    "a shorter length": _changed(ATTRIBUTE, 159, 1),
    "filling that is not zero": _changed(ATTRIBUTE, len(encode(ATTRIBUTE).data) - 1, 1),
    "cut off in the middle": replace(encode(ATTRIBUTE), data=encode(ATTRIBUTE).data[:-32]),
    "cut off before the length": replace(encode(ATTRIBUTE), data=encode(ATTRIBUTE).data[:128]),
}


@pytest.mark.parametrize("name", BAD)
def test_logs_that_no_compiler_writes_are_refused(name: str) -> None:
    with refused("ledger.event"):
        decode(BAD[name])


def test_topics_are_the_hashes_of_the_signatures() -> None:
    keccak: Any = pytest.importorskip("eth_hash.auto").keccak
    signatures = {
        events.OwnerChanged: "DIDOwnerChanged(address,address,uint256)",
        events.DelegateChanged: "DIDDelegateChanged(address,bytes32,address,uint256,uint256)",
        events.AttributeChanged: "DIDAttributeChanged(address,bytes32,bytes,uint256,uint256)",
    }
    for (_, topic), layout in events._LAYOUTS.items():
        name = signatures.get(layout.kind, f"{layout.kind.__name__}({','.join(layout.types)})")
        assert keccak(name.encode()) == topic
