"""The JSON-RPC methods, one function each, in one table.

Only what the execution API defines is served; nothing here mines, rewinds or impersonates.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from eth_hash.auto import keccak

from sandbox.chain import CLIENT_VERSION, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS, proofs, render
from sandbox.chain.evm import Call
from sandbox.chain.node import TIP
from sandbox.chain.pool import TransactionRefused
from sandbox.chain.render import Json, Object, data, quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.chain.node import ChainNode

MAX_LOGS: Final = 10_000
MAX_LOG_BLOCKS: Final = 10_000
MAX_FEE_HISTORY: Final = 1_024
MAX_PROOF_SLOTS: Final = 1_024
_MAX_ADDRESSES: Final = 64

_QUANTITY: Final = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,63})\Z", re.IGNORECASE)
_HEX: Final = re.compile(r"0x(?:[0-9a-f]{2})*\Z", re.IGNORECASE)
_TAGS: Final = ("latest", "pending", "safe", "finalized")


class RpcError(Exception):
    """An answer that is an error (JSON-RPC 2.0, 5.1)."""

    def __init__(self, code: int, message: str, extra: str | None = None) -> None:
        super().__init__(message)
        self.code: Final = code
        self.message: Final = message
        self.extra: Final = extra


def call(node: ChainNode, method: str, params: list[Json]) -> Json:
    """Answer one call. Raises `RpcError`."""
    function = _METHODS.get(method)
    if function is None:
        raise RpcError(-32601, f"the method {method[:64]} does not exist")
    with node.lock:
        return function(node, params)


def _chain_id(node: ChainNode, _params: list[Json]) -> Json:
    return quantity(node.chain_id)


def _net_version(node: ChainNode, _params: list[Json]) -> Json:
    return str(node.chain_id)


def _client_version(_node: ChainNode, _params: list[Json]) -> Json:
    return CLIENT_VERSION


def _block_number(node: ChainNode, _params: list[Json]) -> Json:
    return quantity(_head(node))


def _block_by_number(node: ChainNode, params: list[Json]) -> Json:
    return _block(node, _number(node, _at(params, 0)), full=_at(params, 1) is True)


def _block_by_hash(node: ChainNode, params: list[Json]) -> Json:
    number = node.database.block_number(_bytes(_at(params, 0), 32))
    return None if number is None else _block(node, number, full=_at(params, 1) is True)


def _transaction_by_hash(node: ChainNode, params: list[Json]) -> Json:
    tx_hash = _bytes(_at(params, 0), 32)
    body = node.database.transaction_body(tx_hash)
    if body is not None:
        return _stored(body)
    waiting = node.pool.find(bytes.fromhex(tx_hash[2:]))
    return None if waiting is None else render.transaction(waiting, None)


def _transaction_receipt(node: ChainNode, params: list[Json]) -> Json:
    body = node.database.receipt(_bytes(_at(params, 0), 32))
    return None if body is None else _stored(body)


def _logs(node: ChainNode, params: list[Json]) -> Json:
    wanted = _object(_at(params, 0))
    if wanted.get("blockHash") is not None:
        first = last = _known(node.database.block_number(_bytes(wanted["blockHash"], 32)))
    else:
        first = _number(node, wanted.get("fromBlock", "latest"))
        last = min(_number(node, wanted.get("toBlock", "latest")), _head(node))
    if last - first >= MAX_LOG_BLOCKS:
        raise RpcError(-32005, f"block range exceeds {MAX_LOG_BLOCKS}")
    addresses = [_bytes(item, 20) for item in _any_of(wanted.get("address"))]
    topics = [[_bytes(item, 32) for item in _any_of(topic)] for topic in _list(wanted.get("topics"), 4)]
    found = node.database.logs(first, last, addresses, topics, MAX_LOGS + 1)
    if len(found) > MAX_LOGS:
        raise RpcError(-32005, f"query returned more than {MAX_LOGS} results")
    return [_stored(body) for body in found]


def _code(node: ChainNode, params: list[Json]) -> Json:
    state = node.evm.state(_block_of(node, params, 1))
    return data(state.get_code(_address(_at(params, 0))))  # type: ignore[arg-type] # an address is bytes


def _balance(node: ChainNode, params: list[Json]) -> Json:
    state = node.evm.state(_block_of(node, params, 1))
    return quantity(state.get_balance(_address(_at(params, 0))))  # type: ignore[arg-type] # as above


def _storage_at(node: ChainNode, params: list[Json]) -> Json:
    state = node.evm.state(_block_of(node, params, 2))
    slot = int(_text(_at(params, 1), _HEX_OR_QUANTITY), 16)
    return render.word(state.get_storage(_address(_at(params, 0)), slot))  # type: ignore[arg-type] # as above


def _proof(node: ChainNode, params: list[Json]) -> Json:
    slots = [int(_text(slot, _HEX_OR_QUANTITY), 16) for slot in _list(_at(params, 1), MAX_PROOF_SLOTS)]
    return proofs.answer(
        node.database, node.evm.root(_block_of(node, params, 2)), _address(_at(params, 0)), slots
    )


def _transaction_count(node: ChainNode, params: list[Json]) -> Json:
    address = _address(_at(params, 0))
    mined = node.evm.state(_block_of(node, params, 1)).get_nonce(address)  # type: ignore[arg-type] # as above
    pending = len(params) > 1 and params[1] == "pending"
    return quantity(node.pool.next_nonce(address, mined) if pending else mined)


def _gas_price(node: ChainNode, _params: list[Json]) -> Json:
    return quantity(node.evm.next_base_fee() + TIP)


def _priority_fee(_node: ChainNode, _params: list[Json]) -> Json:
    return quantity(TIP)


def _fee_history(node: ChainNode, params: list[Json]) -> Json:
    count = min(_quantity(_at(params, 0)), MAX_FEE_HISTORY)
    newest = min(_number(node, _at(params, 1)), _head(node))
    oldest = max(newest - count + 1, 0)
    blocks = [_object(_block(node, number, full=False)) for number in range(oldest, newest + 1)]
    following = _block(node, newest + 1, full=False)
    after = _object(following)["baseFeePerGas"] if following else quantity(node.evm.next_base_fee())
    percentiles = _list(params[2] if len(params) > 2 else None, 100)
    history: Object = {
        "oldestBlock": quantity(oldest),
        "baseFeePerGas": [*(block["baseFeePerGas"] for block in blocks), after],
        "gasUsedRatio": [_ratio(block) for block in blocks],
    }
    if percentiles:
        history["reward"] = [[quantity(TIP)] * len(percentiles) for _ in blocks]
    return history


def _call(node: ChainNode, params: list[Json]) -> Json:
    outcome = node.evm.call(_message(_at(params, 0)), _block_of(node, params, 1))
    if outcome.error is not None:
        raise _failed(outcome.error, outcome.output, reverted=outcome.reverted)
    return data(outcome.output)


def _estimate_gas(node: ChainNode, params: list[Json]) -> Json:
    gas, outcome = node.evm.estimate(_message(_at(params, 0)))
    if outcome.error is not None:
        raise _failed(outcome.error, outcome.output, reverted=outcome.reverted)
    return quantity(gas)


def _send_raw_transaction(node: ChainNode, params: list[Json]) -> Json:
    try:
        return data(node.submit(bytes.fromhex(_bytes(_at(params, 0), None)[2:])))
    except TransactionRefused as refused:
        raise RpcError(-32000, str(refused)) from refused


def _sha3(_node: ChainNode, params: list[Json]) -> Json:
    return data(keccak(bytes.fromhex(_bytes(_at(params, 0), None)[2:])))


_METHODS: Final[dict[str, Callable[[ChainNode, list[Json]], Json]]] = {
    "eth_blockNumber": _block_number,
    "eth_call": _call,
    "eth_chainId": _chain_id,
    "eth_estimateGas": _estimate_gas,
    "eth_feeHistory": _fee_history,
    "eth_gasPrice": _gas_price,
    "eth_getBalance": _balance,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getCode": _code,
    "eth_getLogs": _logs,
    "eth_getProof": _proof,
    "eth_getStorageAt": _storage_at,
    "eth_getTransactionByHash": _transaction_by_hash,
    "eth_getTransactionCount": _transaction_count,
    "eth_getTransactionReceipt": _transaction_receipt,
    "eth_maxPriorityFeePerGas": _priority_fee,
    "eth_sendRawTransaction": _send_raw_transaction,
    "net_version": _net_version,
    "web3_clientVersion": _client_version,
    "web3_sha3": _sha3,
}


def _head(node: ChainNode) -> int:
    return node.database.head() or 0


def _block(node: ChainNode, number: int, *, full: bool) -> Json:
    body = node.database.block(number)
    if body is None:
        return None
    block = _object(_stored(body))
    if full:
        block["transactions"] = [_stored(item) for item in node.database.transactions_of(number)]
    return block


def _stored(body: str) -> Json:
    stored: Json = json.loads(body)
    return stored


def _ratio(block: Object) -> Json:
    return int(str(block["gasUsed"]), 16) / int(str(block["gasLimit"]), 16)


def _message(wanted: Json) -> Call:
    fields = _object(wanted)
    text = fields.get("input") or fields.get("data") or "0x"
    gas = _quantity(fields["gas"]) if fields.get("gas") is not None else MAX_TRANSACTION_GAS
    return Call(
        sender=_address(fields["from"]) if fields.get("from") is not None else bytes(20),
        to=_address(fields["to"]) if fields.get("to") is not None else b"",
        data=bytes.fromhex(_bytes(text, None)[2:]),
        value=_quantity(fields["value"]) if fields.get("value") is not None else 0,
        gas=min(gas, MAX_TRANSACTION_GAS),
    )


def _failed(error: str, output: bytes, *, reverted: bool) -> RpcError:
    return RpcError(3, error, data(output)) if reverted else RpcError(-32000, error)


def _block_of(node: ChainNode, params: list[Json], index: int) -> int:
    asked = params[index] if len(params) > index else None
    if isinstance(asked, dict):
        if "blockHash" in asked:
            return _known(node.database.block_number(_bytes(asked["blockHash"], 32)))
        asked = asked.get("blockNumber")
    number = _number(node, "latest" if asked is None else asked)
    if number > _head(node):
        raise RpcError(-32000, "header not found")
    return number


def _number(node: ChainNode, asked: Json) -> int:
    if asked in _TAGS:
        return _head(node)
    return 0 if asked == "earliest" else _quantity(asked)


def _known(number: int | None) -> int:
    if number is None:
        raise RpcError(-32000, "unknown block")
    return number


def _at(params: list[Json], index: int) -> Json:
    if index >= len(params):
        raise RpcError(-32602, f"missing value for required argument {index}")
    return params[index]


_HEX_OR_QUANTITY: Final = re.compile(r"0x[0-9a-f]{1,64}\Z", re.IGNORECASE)


def _text(asked: Json, pattern: re.Pattern[str]) -> str:
    if not isinstance(asked, str) or not pattern.match(asked):
        raise RpcError(-32602, "invalid argument: not the hex that is asked for")
    return asked.lower()


def _quantity(asked: Json) -> int:
    return int(_text(asked, _QUANTITY), 16)


def _bytes(asked: Json, length: int | None) -> str:
    if isinstance(asked, str) and len(asked) > 2 * MAX_TRANSACTION_BYTES + 2:
        raise RpcError(-32000, "oversized data")
    text = _text(asked, _HEX)
    if length is not None and len(text) != 2 * length + 2:
        raise RpcError(-32602, f"invalid argument: not {length} bytes")
    return text


def _address(asked: Json) -> bytes:
    return bytes.fromhex(_bytes(asked, 20)[2:])


def _object(asked: Json) -> Object:
    if not isinstance(asked, dict):
        raise RpcError(-32602, "invalid argument: not an object")
    return asked


def _list(asked: Json, longest: int) -> list[Json]:
    if asked is None:
        return []
    if not isinstance(asked, list) or len(asked) > longest:
        raise RpcError(-32602, f"invalid argument: not a list of at most {longest}")
    return asked


def _any_of(asked: Json) -> list[Json]:
    return [asked] if isinstance(asked, str) else _list(asked, _MAX_ADDRESSES)
