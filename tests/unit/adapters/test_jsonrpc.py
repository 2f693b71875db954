from __future__ import annotations

from typing import Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.adapters.jsonrpc import Header, JsonRpc, NodeLog
from clicid.codec import strict_json
from clicid.errors import LocalError, Refused, Undecided
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
    return JsonRpc(list(answers), node), node  # type: ignore[arg-type]  # only post_json is used


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


def test_without_an_endpoint_nothing_starts() -> None:
    with refused("chain.unreachable", kind=LocalError):
        rpc()


def test_the_endpoint_that_answered_is_asked_first_from_then_on() -> None:
    made, node = rpc(a=Undecided("fetch.failed"), b="0x1", c="0x2")
    assert made.chain_id() == 1
    assert made.chain_id() == 1
    assert node.asked == ["a", "b", "b"]
    node.answers["b"] = Undecided("fetch.failed")
    assert made.chain_id() == 2
    assert node.asked == ["a", "b", "b", "b", "a", "c"]


def test_when_nobody_answers_the_first_reason_is_given() -> None:
    with refused("chain.unreachable", kind=Undecided):
        rpc(a=Undecided("fetch.failed"), b=b"{}")[0].chain_id()
    with refused("chain.answer", kind=Undecided):
        rpc(a=b"{}", b=Undecided("fetch.failed"))[0].chain_id()
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
