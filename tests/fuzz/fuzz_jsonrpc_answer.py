"""A chain node's answers: bytes to a result of each kind, or a refusal."""

from __future__ import annotations

from functools import partial

from clicid.adapters.jsonrpc import (
    parse_answer,
    parse_data,
    parse_header,
    parse_logs,
    parse_proof,
    parse_quantity,
)
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
_WHOLE_BLOCK: strict_json.Json = {
    **dict.fromkeys(
        (
            "hash", "parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot", "mixHash",
            "withdrawalsRoot", "parentBeaconBlockRoot", "requestsHash",
        ),
        _HASH,
    ),
    **dict.fromkeys(
        (
            "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
            "excessBlobGas",
        ),
        "0x5",
    ),
    "logsBloom": "0x" + "00" * 256,
    "miner": "0x" + "22" * 20,
    "nonce": "0x0000000000000000",
    "extraData": "0x",
}  # fmt: skip
_PROOF: strict_json.Json = {
    "accountProof": ["0xc0"],
    "storageProof": [{"key": "0x5", "value": "0x1", "proof": ["0xc180"]}],
}
_RESULTS: tuple[strict_json.Json, ...] = (
    "0x539",
    "0x6001",
    None,
    _BLOCK,
    _WHOLE_BLOCK,
    _PROOF,
    [_LOG, {**_LOG, "logIndex": "0x1"}],
)

_proof = partial(parse_proof, slots=[(5).to_bytes(32)])

SEEDS = [strict_json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}) for result in _RESULTS]
SEEDS.append(strict_json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "too many"}}))


def target(data: bytes) -> None:
    try:
        result = parse_answer(data, 1)
    except ClicidError:
        return
    for parse in (parse_quantity, parse_data, parse_header, parse_logs, _proof):
        try:
            parse(result)
        except ClicidError:
            continue
