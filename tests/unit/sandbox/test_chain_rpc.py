"""The embedded chain as a client sees it: JSON-RPC, limits, pool, blocks."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import rlp

from clicid.adapters import package_data
from clicid.adapters.chain_transactions import Artifact, Transaction
from sandbox.chain import CHAIN_ID, CLIENT_VERSION, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS, methods
from sandbox.chain.__main__ import main
from sandbox.chain.node import ETHER, ChainNode
from sandbox.chain.pool import TransactionRefused
from sandbox.chain.server import MAX_REQUEST_BYTES, RpcServer, answer
from tests.support.contract_evm import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAYER, OTHER = Actor("payer"), Actor("other")
GWEI = 10**9
DID = Artifact.from_json(package_data.artifact("DidRegistry"))
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


def transaction(nonce: int = 0, **other: Any) -> Transaction:
    fields: dict[str, Any] = {
        "chain_id": CHAIN_ID,
        "nonce": nonce,
        "tip": GWEI,
        "max_fee": 3 * GWEI,
        "gas": 21_000,
        "to": OTHER.address,
        "data": b"",
    }
    return Transaction(**(fields | other))


def signed(nonce: int = 0, **other: Any) -> bytes:
    return transaction(nonce, **other).sign(PAYER.signer)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(clock: Clock) -> Iterator[ChainNode]:
    made = ChainNode(None, clock=clock)
    made.fund([PAYER.address])
    yield made
    made.close()


def ask(node: ChainNode, method: str, *params: Any) -> Any:
    body = answer(node, json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode())
    assert isinstance(body, dict)
    assert body["id"] == 7
    return body["result"] if "result" in body else body["error"]


def test_what_it_says_of_itself(node: ChainNode) -> None:
    assert ask(node, "eth_chainId") == hex(CHAIN_ID)
    assert ask(node, "net_version") == str(CHAIN_ID)
    assert ask(node, "web3_clientVersion") == CLIENT_VERSION
    assert CLIENT_VERSION.startswith("clicid-embedded/")
    assert (
        ask(node, "web3_sha3", "0x") == "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )
    for method in ("evm_mine", "evm_revert", "debug_traceTransaction", "eth_sendTransaction", "eth_accounts"):
        assert ask(node, method)["code"] == -32601


def test_a_transfer_from_pool_to_receipt(node: ChainNode) -> None:
    raw = signed()
    tx_hash = ask(node, "eth_sendRawTransaction", f"0x{raw.hex()}")
    assert ask(node, "eth_sendRawTransaction", f"0x{raw.hex()}") == tx_hash
    waiting = ask(node, "eth_getTransactionByHash", tx_hash)
    assert (waiting["blockNumber"], waiting["from"]) == (None, f"0x{PAYER.address.hex()}")
    assert ask(node, "eth_getTransactionReceipt", tx_hash) is None
    account = f"0x{PAYER.address.hex()}"
    assert ask(node, "eth_getTransactionCount", account, "latest") == "0x0"
    assert ask(node, "eth_getTransactionCount", account, "pending") == "0x1"
    number = node.mine()
    receipt = ask(node, "eth_getTransactionReceipt", tx_hash)
    assert (receipt["status"], receipt["gasUsed"], receipt["contractAddress"]) == ("0x1", "0x5208", None)
    mined = ask(node, "eth_getTransactionByHash", tx_hash)
    assert mined["blockNumber"] == hex(number) == ask(node, "eth_blockNumber")
    block = ask(node, "eth_getBlockByNumber", hex(number), True)
    assert block["transactions"] == [mined]
    assert ask(node, "eth_getBlockByHash", block["hash"], False)["transactions"] == [tx_hash]
    assert ask(node, "eth_getTransactionCount", account) == "0x1"
    assert int(ask(node, "eth_getBalance", account), 16) < 1_000 * ETHER


def test_the_hash_of_a_block_is_that_of_its_header(node: ChainNode) -> None:
    """Clients that check hashes recompute this one from what they are told."""
    block = ask(node, "eth_getBlockByNumber", "latest", False)
    assert block["hash"] == f"0x{node.evm.head().hash.hex()}"
    assert block["parentHash"] == ask(node, "eth_getBlockByNumber", "earliest", False)["hash"]


def deploy(node: ChainNode, nonce: int = 0) -> str:
    raw = signed(nonce, to=b"", data=DID.deployment(()), gas=2_000_000)
    tx_hash = ask(node, "eth_sendRawTransaction", f"0x{raw.hex()}")
    node.mine()
    address: str = ask(node, "eth_getTransactionReceipt", tx_hash)["contractAddress"]
    return address


def test_logs_are_found_by_address_topic_and_block(node: ChainNode) -> None:
    contract = deploy(node)
    assert len(ask(node, "eth_getCode", contract, "latest")) > 1000
    assert ask(node, "eth_getCode", contract, "0x1") == "0x"
    data = DID.function("setAttribute").encode((PAYER.address, NAME, b"k" * 32, 99))
    for nonce in (1, 2, 3):
        node.submit(signed(nonce, to=bytes.fromhex(contract[2:]), data=data, gas=100_000))
    number = node.mine()
    found = ask(node, "eth_getLogs", {"fromBlock": "0x0", "address": contract})
    assert [log["logIndex"] for log in found] == ["0x0", "0x1", "0x2"]
    assert {log["blockNumber"] for log in found} == {hex(number)}
    topics = found[0]["topics"]
    identity = f"0x{PAYER.address.hex():>064}"
    assert topics[1] == identity
    for query, count in (
        ({"topics": [topics[0]]}, 3),
        ({"topics": [None, identity]}, 3),
        ({"topics": [[topics[0], topics[1]], [identity]]}, 3),
        ({"topics": [topics[1]]}, 0),
        ({"toBlock": hex(number - 1)}, 0),
        ({"address": [contract, "0x" + "00" * 20]}, 3),
        ({"address": "0x" + "00" * 20}, 0),
        ({"fromBlock": hex(number + 1), "toBlock": hex(number + 9)}, 0),
    ):
        assert len(ask(node, "eth_getLogs", {"fromBlock": "0x0", **query})) == count, query
    block = ask(node, "eth_getBlockByNumber", hex(number), False)
    assert ask(node, "eth_getLogs", {"blockHash": block["hash"]}) == found
    receipts = [ask(node, "eth_getTransactionReceipt", each) for each in block["transactions"]]
    assert [log for receipt in receipts for log in receipt["logs"]] == found
    assert int(receipts[2]["cumulativeGasUsed"], 16) == sum(int(each["gasUsed"], 16) for each in receipts)


def test_log_queries_have_limits(node: ChainNode, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = {"fromBlock": "0x0", "toBlock": hex(methods.MAX_LOG_BLOCKS)}
    monkeypatch.setattr(methods, "_head", lambda _: methods.MAX_LOG_BLOCKS)
    assert ask(node, "eth_getLogs", wide) == {"code": -32005, "message": "block range exceeds 10000"}
    monkeypatch.undo()
    contract = deploy(node)
    data = DID.function("setAttribute").encode((PAYER.address, NAME, b"", 99))
    for nonce in (1, 2):
        node.submit(signed(nonce, to=bytes.fromhex(contract[2:]), data=data, gas=100_000))
    node.mine()
    monkeypatch.setattr(methods, "MAX_LOGS", 1)
    assert ask(node, "eth_getLogs", {"fromBlock": "0x0"})["message"] == "query returned more than 1 results"


def test_calls_and_estimates(node: ChainNode) -> None:
    contract = deploy(node)
    owner = DID.function("identityOwner")
    message = {"to": contract, "data": f"0x{owner.encode((OTHER.address,)).hex()}"}
    assert ask(node, "eth_call", message, "latest")[-40:] == OTHER.address.hex()
    assert ask(node, "eth_call", message, "0x0") == "0x"
    change = DID.function("changeOwner").encode((OTHER.address, PAYER.address))
    foreign = {"from": f"0x{PAYER.address.hex()}", "to": contract, "input": f"0x{change.hex()}"}
    for method in ("eth_call", "eth_estimateGas"):
        refused = ask(node, method, foreign)
        assert refused["code"] == 3
        assert bytes.fromhex(refused["data"][2:]).rstrip(b"\0").endswith(b"bad_actor")
    own = DID.function("changeOwner").encode((PAYER.address, OTHER.address))
    gas = ask(node, "eth_estimateGas", foreign | {"input": f"0x{own.hex()}"})
    node.submit(signed(1, to=bytes.fromhex(contract[2:]), data=own, gas=int(gas, 16)))
    node.mine()
    assert ask(node, "eth_call", message | {"data": f"0x{owner.encode((PAYER.address,)).hex()}"})[-40:] == (
        OTHER.address.hex()
    )
    slot = ask(node, "eth_getStorageAt", contract, "0x0", "latest")
    assert slot == "0x" + "00" * 32
    # EIP-7623: mere data is paid for by its floor.
    zeros = ask(node, "eth_estimateGas", {"to": f"0x{OTHER.address.hex()}", "data": "0x" + "ff" * 1000})
    assert int(zeros, 16) == 21_000 + 40 * 1000


def test_fees(node: ChainNode) -> None:
    history = ask(node, "eth_feeHistory", "0x4", "latest", [50])
    assert len(history["baseFeePerGas"]) == len(history["gasUsedRatio"]) + 1 == 3
    assert history["reward"] == [["0x3b9aca00"]] * 2
    assert ask(node, "eth_maxPriorityFeePerGas") == "0x3b9aca00"
    assert int(ask(node, "eth_gasPrice"), 16) > GWEI
    assert ask(node, "eth_feeHistory", "0x1", "0x0")["oldestBlock"] == "0x0"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "rlp"),
        (b"\x02\xc0", "rlp"),
        (b"\x7f" * 40, "rlp"),
        (bytes(MAX_TRANSACTION_BYTES + 1), "oversized data"),
        (signed(chain_id=1), "invalid chain id"),
        (signed(gas=20_000), "intrinsic gas too low"),
        (signed(data=b"\xff" * 1000, gas=21_000 + 39_999), "intrinsic gas too low"),
        (signed(max_fee=10**18), "insufficient funds"),
        (signed(9_999), "nonce too high"),
        (transaction().sign(OTHER.signer), "insufficient funds"),
    ],
    ids=range(10),
)
def test_the_pool_refuses_what_could_abort_a_block(node: ChainNode, raw: bytes, why: str) -> None:
    with pytest.raises(TransactionRefused, match=why):
        node.submit(raw)
    assert len(node.pool) == 0


def test_the_pool_refuses_more_gas_than_eip_7825_allows(node: ChainNode) -> None:
    fields = [CHAIN_ID, 0, 1, 3 * GWEI, MAX_TRANSACTION_GAS + 1, OTHER.address, 0, b"", [], 0, 1, 1]
    with pytest.raises(TransactionRefused, match="gas limit too high"):
        node.submit(b"\x02" + rlp.encode(fields))


def test_a_spoilt_transaction_does_not_spoil_the_block(node: ChainNode) -> None:
    """Two that are good alone: the first takes the ether that the second needs."""
    node.submit(signed(0))
    greedy = transaction(1, max_fee=900 * ETHER // 21_000)
    node.submit(greedy.sign(PAYER.signer))
    node.submit(signed(2))
    node.submit(transaction(3, max_fee=900 * ETHER // 21_000).sign(PAYER.signer))
    number = node.mine()
    block = ask(node, "eth_getBlockByNumber", hex(number), False)
    assert len(block["transactions"]) == 4
    assert len(node.pool) == 0


def test_a_transaction_that_cannot_go_in_is_left_out(node: ChainNode) -> None:
    good, bad = signed(0), signed(5)
    mined = node.evm
    with node.database.transaction():
        result = mined.mine([mined.decode(bad), mined.decode(good)], 1_800_000_100)
        assert [why.split(":")[0] for _, why in result.dropped] == ["Invalid transaction nonce"]
        assert len(result.block.transactions) == len(result.receipts) == 1


def test_nonces_wait_for_the_gap_to_close(node: ChainNode) -> None:
    node.submit(signed(1))
    assert ask(node, "eth_getBlockByNumber", hex(node.mine()), False)["transactions"] == []
    node.submit(signed(0))
    assert len(ask(node, "eth_getBlockByNumber", hex(node.mine()), False)["transactions"]) == 2
    with pytest.raises(TransactionRefused, match="nonce too low: next nonce 2, tx nonce 1"):
        node.submit(signed(1))


def test_a_replacement_pays_more(node: ChainNode) -> None:
    node.submit(signed(0))
    with pytest.raises(TransactionRefused, match="replacement transaction underpriced"):
        node.submit(signed(0, max_fee=3 * GWEI + 1))
    better = node.submit(signed(0, max_fee=4 * GWEI))
    block = ask(node, "eth_getBlockByNumber", hex(node.mine()), False)
    assert block["transactions"] == [f"0x{better.hex()}"]


def test_a_low_fee_waits_for_a_cheaper_block(node: ChainNode) -> None:
    fee = node.evm.next_base_fee() - 1
    node.submit(signed(0, max_fee=fee, tip=0))
    assert ask(node, "eth_getBlockByNumber", hex(node.mine()), False)["transactions"] == []
    assert len(ask(node, "eth_getBlockByNumber", hex(node.mine()), False)["transactions"]) == 1


def test_block_times_follow_the_clock_and_never_go_back(node: ChainNode, clock: Clock) -> None:
    def made() -> int:
        return int(ask(node, "eth_getBlockByNumber", hex(node.mine()), False)["timestamp"], 16)

    clock.now += 100
    assert made() == int(clock.now)
    assert made() == int(clock.now)
    clock.now -= 50
    assert made() == int(clock.now) + 50


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBlockByNumber", ["latest!", False]),
        ("eth_getBlockByNumber", ["0x01", False]),
        ("eth_getBlockByNumber", []),
        ("eth_getBlockByHash", ["0x12", False]),
        ("eth_getBalance", ["0x12", "latest"]),
        ("eth_getBalance", ["0x" + "00" * 20, "0xffff"]),
        ("eth_getBalance", ["0x" + "00" * 20, {"blockHash": "0x" + "00" * 32}]),
        ("eth_getStorageAt", ["0x" + "00" * 20, "x"]),
        ("eth_call", ["0x"]),
        ("eth_call", [{"to": 5}]),
        ("eth_call", [{"to": "0x" + "00" * 20, "gas": "0x1"}]),
        ("eth_call", [{"to": "0x" + "00" * 20, "data": "0x" + "00" * (MAX_TRANSACTION_BYTES + 2)}]),
        ("eth_estimateGas", [{"to": "0x" + "00" * 20, "value": "0xffffffffffffffffffffffffff"}]),
        ("eth_getLogs", [[]]),
        ("eth_getLogs", [{"topics": [1]}]),
        ("eth_getLogs", [{"topics": [None] * 5}]),
        ("eth_getLogs", [{"address": ["0x" + "00" * 20] * 65}]),
        ("eth_getLogs", [{"blockHash": "0x" + "00" * 32}]),
        ("eth_sendRawTransaction", ["0xzz"]),
        ("eth_sendRawTransaction", ["0x03" + "c0"]),
        ("eth_feeHistory", ["0x1"]),
    ],
)
def test_bad_arguments_get_an_error(node: ChainNode, method: str, params: list[Any]) -> None:
    error = ask(node, method, *params)
    assert error["code"] in (-32602, -32000)


def test_requests_that_are_none(node: ChainNode) -> None:
    for raw, code in (
        (b"{", -32700),
        (b'{"a":1,"a":2}', -32700),
        (b"[]", -32600),
        (b"[" * 100_000, -32700),
        (b'"x"', -32600),
        (b'{"method":"eth_chainId","params":{}}', -32602),
    ):
        body = answer(node, raw)
        assert isinstance(body, dict)
        assert body["error"] == body["error"]
        assert isinstance(body["error"], dict)
        assert body["error"]["code"] == code
    batch = answer(node, b'[{"id":1,"method":"eth_chainId"},{"id":2,"method":"x"}]')
    assert isinstance(batch, list)
    assert [isinstance(each, dict) and "result" in each for each in batch] == [True, False]


def test_a_bug_ends_one_call_and_not_the_node(node: ChainNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node.evm, "next_base_fee", lambda: "not a number")
    assert ask(node, "eth_gasPrice") == {"code": -32603, "message": "internal error"}
    assert ask(node, "eth_chainId") == hex(CHAIN_ID)


def test_it_answers_on_loopback_to_loopback_names_only(node: ChainNode) -> None:
    with RpcServer(node) as server:
        port = int(server.url.rsplit(":", 1)[1])

        def status(headers: dict[str, str], body: bytes = b"{}") -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/", body, headers)
            answered = connection.getresponse().status
            connection.close()
            return answered

        assert status({}) == 200
        assert status({"Host": f"localhost:{port}"}) == 200
        assert status({"Host": f"chain.attacker.example:{port}"}) == 403
        assert status({"Content-Length": str(MAX_REQUEST_BYTES + 1)}) == 413


def test_blocks_come_by_themselves() -> None:
    with ChainNode(None, interval=0.05, delay=0.01) as node:
        deadline = time.monotonic() + 10
        while (node.database.head() or 0) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert (node.database.head() or 0) >= 3
        assert node.running
    assert not node.running


def test_a_chain_is_found_again_and_only_by_its_id(tmp_path: Path) -> None:
    first = ChainNode(tmp_path)
    first.fund([PAYER.address])
    node_hash = first.evm.head().hash
    first.close()
    second = ChainNode(tmp_path)
    second.fund([PAYER.address])
    assert second.evm.head().hash == node_hash
    second.close()
    with pytest.raises(ValueError, match="another id"):
        ChainNode(tmp_path, chain_id=5)


def test_the_command_tells_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--fund" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--dir", "x", "--fund", "0x12"])
    assert "20 bytes" in capsys.readouterr().err
