from __future__ import annotations

from typing import Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.adapters.jsonrpc import Header, JsonRpc, NodeLog, NodeProof
from clicid.codec import strict_json
from clicid.errors import Refused, Undecided
from tests.support.refusals import refused

HASH = "0x" + "11" * 32
ADDRESS = b"\x22" * 20
LOG: dict[str, Any] = {
    "address": "0x" + "22" * 20,
    "topics": [HASH],
    "data": "0xABcd",
    "blockNumber": "0x5",
    "blockHash": HASH,
    "logIndex": "0x0",
}
BLOCK = {"number": "0x5", "hash": HASH, "parentHash": "0x" + "00" * 32, "timestamp": "0xff", "extra": [1]}


class Answering:
    """In the Fetcher's place: answers by URL with a result, raw bytes or an error."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.params: Any = None

    def post_json(self, url: str, value: Any, *, max_bytes: int) -> Fetched:
        assert max_bytes > 0
        self.asked.append(url)
        self.params = value["params"]
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, bytes):
            answer = strict_json.dumps({"jsonrpc": "2.0", "id": value["id"], "result": answer})
        return Fetched(200, "application/json", answer, {})


def rpc(**answers: Any) -> tuple[JsonRpc, Answering]:
    node = Answering(**answers)
    return JsonRpc(next(iter(answers)), node), node  # type: ignore[arg-type]  # only post_json is used


def test_each_call_reads_its_answer() -> None:
    assert rpc(a="0x539")[0].chain_id() == 1337
    assert rpc(a="0x6001")[0].code(ADDRESS) == b"\x60\x01"
    assert rpc(a=None)[0].header(5) is None
    assert rpc(a=BLOCK)[0].header(5) == Header(5, b"\x11" * 32, bytes(32), 255)
    made, node = rpc(a=[LOG])
    assert made.logs([ADDRESS], 5, 7) == [NodeLog(ADDRESS, (b"\x11" * 32,), b"\xab\xcd", 5, b"\x11" * 32, 0)]
    assert node.params == [{"address": ["0x" + "22" * 20], "fromBlock": "0x5", "toBlock": "0x7"}]


def test_the_latest_block_is_asked_for_by_its_name() -> None:
    made, node = rpc(a=BLOCK)
    assert made.header(None) == Header(5, b"\x11" * 32, bytes(32), 255)
    assert node.params == ["latest", False]


def test_why_there_is_no_answer_is_told() -> None:
    with refused("chain.unreachable", kind=Undecided):
        rpc(a=Undecided("fetch.failed"))[0].chain_id()
    with refused("chain.answer", kind=Undecided):
        rpc(a=b"{}")[0].chain_id()
    with refused("chain.unreachable", kind=Undecided):
        rpc(a=Refused("fetch.size"))[0].chain_id()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":2,"result":"0x1"}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"error":"no","result":"0x1"}',
        "1",
        1,
        "0x",
        "0x01",
        "0xg",
        "0x" + "f" * 14,
    ],
)
def test_what_is_no_quantity_is_refused(answer: Any) -> None:
    with refused("chain.answer", kind=Undecided):
        rpc(a=answer)[0].chain_id()


@pytest.mark.parametrize("answer", ["0x1", "60", None, "0xzz"])
def test_what_is_no_code_is_refused(answer: Any) -> None:
    with refused("chain.answer", kind=Undecided):
        rpc(a=answer)[0].code(ADDRESS)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        BLOCK | {"number": "0x6"},
        BLOCK | {"hash": "0x11"},
        BLOCK | {"timestamp": 5},
        BLOCK | {"parentHash": None},
    ],
)
def test_what_is_not_the_block_asked_for_is_refused(answer: Any) -> None:
    with refused("chain.answer", kind=Undecided):
        rpc(a=answer)[0].header(5)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [None],
        [LOG | {"removed": True}],
        [LOG | {"topics": [HASH] * 5}],
        [LOG | {"topics": ["0x11"]}],
        [LOG | {"address": "0x" + "33" * 20}],
        [LOG | {"address": "0x22"}],
        [LOG | {"blockNumber": "0x4"}],
        [LOG | {"blockNumber": "0x8"}],
        [LOG | {"blockHash": None}],
        [LOG | {"data": "0x1"}],
        [LOG | {"logIndex": "x"}],
        [LOG, LOG],
        [LOG | {"blockNumber": "0x6"}, LOG | {"logIndex": "0x1"}],
    ],
)
def test_what_are_not_the_logs_asked_for_is_refused(answer: Any) -> None:
    with refused("chain.answer", kind=Undecided):
        rpc(a=answer)[0].logs([ADDRESS], 5, 7)


PROOF: dict[str, Any] = {
    "accountProof": ["0xc0", "0xc180"],
    "storageProof": [
        {"key": "0x7", "value": "0x0", "proof": []},
        {"key": "0x" + "00" * 31 + "05", "value": "0x1", "proof": ["0xc0"]},
    ],
}
SLOTS = [(5).to_bytes(32), (7).to_bytes(32)]


def test_a_proof_is_read_in_the_order_asked_for() -> None:
    made, node = rpc(a=PROOF)
    assert made.proof(ADDRESS, SLOTS, 16) == NodeProof((b"\xc0", b"\xc1\x80"), ((b"\xc0",), ()))
    assert node.params == ["0x" + "22" * 20, ["0x" + slot.hex() for slot in SLOTS], "0x10"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        PROOF | {"accountProof": [1]},
        PROOF | {"accountProof": ["0xc0"] * 66},
        PROOF | {"storageProof": PROOF["storageProof"][:1]},
        PROOF | {"storageProof": [{"key": "0x9", "proof": []}] * 2},
        PROOF | {"storageProof": [{"key": "0x" + "1" * 65, "proof": []}] * 2},
        PROOF | {"storageProof": [{"key": 7, "proof": []}] * 2},
        PROOF | {"storageProof": [{"key": "0x7", "proof": ["0xg"]}] * 2},
    ],
)
def test_what_is_no_proof_of_what_was_asked_is_refused(answer: Any) -> None:
    with refused("chain.answer", kind=Undecided):
        rpc(a=answer)[0].proof(ADDRESS, SLOTS, 16)


# Block 1 of the main network, and its hash, as everybody knows them.
FIRST = {
    "number": "0x1",
    "hash": "0x88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6",
    "parentHash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    "nonce": "0x539bd4979fef1ec4",
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "logsBloom": "0x" + "00" * 256,
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "stateRoot": "0xd67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "miner": "0x05a56e2d52c817161883f50c441c3228cfe54d9f",
    "difficulty": "0x3ff800000",
    "extraData": "0x476574682f76312e302e302f6c696e75782f676f312e342e32",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x55ba4224",
    "mixHash": "0x969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59",
}


def test_a_header_has_the_state_root_that_its_hash_vouches_for() -> None:
    header = rpc(a=FIRST)[0].header(1)
    assert header is not None
    assert header.state_root == bytes.fromhex(FIRST["stateRoot"][2:])


@pytest.mark.parametrize(
    "change",
    [
        {"stateRoot": HASH},
        {"timestamp": "0x55ba4225"},
        {"miner": None},
        {"extraData": "0xzz"},
        {"nonce": 5},
        {"baseFeePerGas": "0x1"},
        {"parentHash": HASH},
    ],
)
def test_a_header_that_lies_has_no_state_root(change: dict[str, Any]) -> None:
    header = rpc(a=FIRST | change)[0].header(1)
    assert header is not None
    assert header.state_root is None
