"""Blocks, transactions, receipts and logs in the JSON forms of the execution API.

Quantities are hex without leading zeros, data is hex of whole bytes (execution-apis, "Ethereum
JSON-RPC", Conventions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.forks.berlin.constants import ACCESS_LIST_TRANSACTION_TYPE
from eth.vm.forks.london.constants import DYNAMIC_FEE_TRANSACTION_TYPE
from eth_hash.auto import keccak
from rlp import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth.abc import BlockAPI, LogAPI, ReceiptAPI, SignedTransactionAPI

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = "dict[str, Json]"

_WORD = 32


def quantity(number: int | None) -> str:
    """A number."""
    return hex(number or 0)


def data(raw: bytes | None) -> str:
    """Bytes; py-evm leaves header members of later forks optional, ours all have them."""
    return f"0x{(raw or b'').hex()}"


def word(number: int) -> str:
    """A number as 32 bytes."""
    return data(number.to_bytes(_WORD, "big"))


def block(mined: BlockAPI) -> Object:
    """A block with its transactions' hashes."""
    header = mined.header
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "size": quantity(len(encode(mined))),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "mixHash": data(header.mix_hash),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),  # type: ignore[attr-defined] # Prague's header has it
        "transactions": [data(transaction.hash) for transaction in mined.transactions],
        "withdrawals": [],
        "uncles": [],
    }


def transaction(signed: SignedTransactionAPI, place: tuple[BlockAPI, int] | None) -> Object:
    """A transaction; `place` is its block and position, None while it waits."""
    to = data(signed.to) if signed.to != CREATE_CONTRACT_ADDRESS else None
    base_fee = place[0].header.base_fee_per_gas if place else 0
    fields: Object = {
        "type": quantity(_type(signed)),
        "hash": data(signed.hash),
        "blockHash": data(place[0].hash) if place else None,
        "blockNumber": quantity(place[0].number) if place else None,
        "transactionIndex": quantity(place[1]) if place else None,
        "chainId": quantity(signed.chain_id or 0),
        "from": data(signed.sender),
        "to": to,
        "nonce": quantity(signed.nonce),
        "gas": quantity(signed.gas),
        "gasPrice": quantity(_price(signed, base_fee)),
        "value": quantity(signed.value),
        "input": data(signed.data),
        "r": quantity(signed.r),
        "s": quantity(signed.s),
        "v": quantity(signed.y_parity),
        "yParity": quantity(signed.y_parity),
    }
    if _type(signed) == DYNAMIC_FEE_TRANSACTION_TYPE:
        fields["maxFeePerGas"] = quantity(signed.max_fee_per_gas)
        fields["maxPriorityFeePerGas"] = quantity(signed.max_priority_fee_per_gas)
    if _type(signed) in (ACCESS_LIST_TRANSACTION_TYPE, DYNAMIC_FEE_TRANSACTION_TYPE):
        fields["accessList"] = [
            {"address": data(address), "storageKeys": [word(key) for key in keys]}
            for address, keys in signed.access_list
        ]
    return fields


def receipts(
    mined: BlockAPI, outcomes: tuple[ReceiptAPI, ...]
) -> Iterator[tuple[SignedTransactionAPI, Object]]:
    """Each transaction of a block with its receipt."""
    used, first_log = 0, 0
    for position, (signed, outcome) in enumerate(zip(mined.transactions, outcomes, strict=True)):
        logs: list[Json] = [
            log(mined, signed, position, first_log + offset, item) for offset, item in enumerate(outcome.logs)
        ]
        created = signed.to == CREATE_CONTRACT_ADDRESS and outcome.state_root == b"\x01"
        yield (
            signed,
            {
                "type": quantity(_type(signed)),
                "transactionHash": data(signed.hash),
                "transactionIndex": quantity(position),
                "blockHash": data(mined.hash),
                "blockNumber": quantity(mined.number),
                "from": data(signed.sender),
                "to": data(signed.to) if signed.to != CREATE_CONTRACT_ADDRESS else None,
                "cumulativeGasUsed": quantity(outcome.gas_used),
                "gasUsed": quantity(outcome.gas_used - used),
                "effectiveGasPrice": quantity(_price(signed, mined.header.base_fee_per_gas)),
                "contractAddress": data(contract_address(signed)) if created else None,
                "logs": logs,
                "logsBloom": data(outcome.bloom.to_bytes(256, "big")),
                "status": "0x1" if outcome.state_root == b"\x01" else "0x0",
            },
        )
        used = outcome.gas_used
        first_log += len(logs)


def log(mined: BlockAPI, signed: SignedTransactionAPI, position: int, index: int, item: LogAPI) -> Object:
    """A log; `index` is its place among the block's logs."""
    return {
        "address": data(item.address),
        "topics": [word(topic) for topic in item.topics],
        "data": data(item.data),
        "blockNumber": quantity(mined.number),
        "blockHash": data(mined.hash),
        "blockTimestamp": quantity(mined.header.timestamp),
        "transactionHash": data(signed.hash),
        "transactionIndex": quantity(position),
        "logIndex": quantity(index),
        "removed": False,
    }


def contract_address(signed: SignedTransactionAPI) -> bytes:
    """Where a deploying transaction puts its contract."""
    return keccak(encode([signed.sender, signed.nonce]))[12:]


def _type(signed: SignedTransactionAPI) -> int:
    return signed.type_id or 0


def _price(signed: SignedTransactionAPI, base_fee: int | None) -> int:
    return min(signed.max_fee_per_gas, (base_fee or 0) + signed.max_priority_fee_per_gas)
