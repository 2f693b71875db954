"""Raw logs: topics and data to an event that is written the same, or a refusal."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.ledger.events import Contract, RawLog, decode
from tests.support.chain_model import encode
from tests.support.events import ONE_OF_EACH

_CONTRACTS = tuple(Contract)


def _pack(raw: RawLog) -> bytes:
    head = bytes((_CONTRACTS.index(raw.contract), len(raw.topics)))
    return head + b"".join(raw.topics) + raw.data


SEEDS = [_pack(encode(event)) for event in ONE_OF_EACH]
SEEDS.append(SEEDS[13].replace(b"https", b"http\xff"))


def target(data: bytes) -> None:
    if len(data) < 2:
        return
    count = data[1] % 6
    topics = tuple(data[2 + 32 * at : 34 + 32 * at] for at in range(count))
    raw = RawLog(_CONTRACTS[data[0] % len(_CONTRACTS)], topics, data[2 + 32 * count :])
    try:
        logged = decode(raw)
    except ClicidError:
        return
    # Bytes that are no text are shown as U+FFFD: such an event is written otherwise than it was read.
    if "\ufffd" not in str(logged.event) and encode(logged.event) != raw:
        raise AssertionError
