"""The embedded chain's JSON-RPC: any body gets an answer, and never the one for a bug of ours."""

from __future__ import annotations

import functools
import json

from sandbox.chain.node import ChainNode
from sandbox.chain.pool import TransactionRefused
from sandbox.chain.server import answer


@functools.cache
def _node() -> ChainNode:
    return ChainNode(None)


def target(data: bytes) -> None:
    """The body as a request, and as a raw transaction."""
    if "internal error" in json.dumps(answer(_node(), data)):
        raise AssertionError("a call ended in an exception")
    try:
        _node().submit(data)
    except TransactionRefused:
        return
    finally:
        _node().forget()


_BLOCK = {"to": "0x" + "11" * 20, "data": "0x" + "22" * 4, "gas": "0xffff", "value": "0x1"}
_CALLS: list[tuple[str, list[object]]] = [
    ("eth_chainId", []),
    ("eth_getBlockByNumber", ["latest", True]),
    (
        "eth_getLogs",
        [{"fromBlock": "0x0", "topics": [None, ["0x" + "33" * 32]], "address": "0x" + "11" * 20}],
    ),
    ("eth_call", [_BLOCK, {"blockNumber": "0x0"}]),
    ("eth_estimateGas", [_BLOCK]),
    ("eth_feeHistory", ["0x2", "latest", [10, 90]]),
    ("eth_getStorageAt", ["0x" + "11" * 20, "0x0", "latest"]),
    ("eth_sendRawTransaction", ["0x02c0"]),
]
# A legacy transfer (EIP-155) and an EIP-1559 one, both with meaningless signatures.
_RAW = [
    "f866808504a817c80082520894111111111111111111111111111111111111111101808401823867"
    "a0" + "44" * 32 + "a0" + "55" * 32,
    "02f86e83c11c1d80843b9aca008477359400825208941111111111111111111111111111111111111111"
    "0180c001a0" + "44" * 32 + "a0" + "55" * 32,
]
SEEDS = [json.dumps({"id": 1, "method": name, "params": params}).encode() for name, params in _CALLS]
SEEDS += [bytes.fromhex(text) for text in _RAW]
