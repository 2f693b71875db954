"""A chain node's answers: bytes to a result of each kind, or a refusal."""

from __future__ import annotations

from clicid.adapters.jsonrpc import parse_answer, parse_data, parse_header, parse_logs, parse_quantity
from clicid.codec import strict_json
from clicid.errors import ClicidError

_HASH = "0x" + "11" * 32
_LOG: dict[str, strict_json.Json] = {
    "address": "0x" + "22" * 20,
    "topics": [_HASH],
    "data": "0x00",
    "blockNumber": "0x5",
    "blockHash": _HASH,
    "logIndex": "0x0",
    "removed": False,
}
_BLOCK: strict_json.Json = {"number": "0x5", "hash": _HASH, "parentHash": _HASH, "timestamp": "0x6553f100"}
_RESULTS: tuple[strict_json.Json, ...] = (
    "0x539",
    "0x6001",
    None,
    _BLOCK,
    [_LOG, {**_LOG, "logIndex": "0x1"}],
)

SEEDS = [strict_json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}) for result in _RESULTS]
SEEDS.append(strict_json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "too many"}}))


def target(data: bytes) -> None:
    try:
        result = parse_answer(data, 1)
    except ClicidError:
        return
    for parse in (parse_quantity, parse_data, parse_header, parse_logs):
        try:
            parse(result)
        except ClicidError:
            continue
