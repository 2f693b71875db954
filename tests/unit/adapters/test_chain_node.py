"""A node that answers wrongly, over real HTTP: nothing but our errors comes out."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.chain_node import ChainNode, NodeError
from clicid.adapters.chain_transactions import revert_reason
from clicid.errors import ClicidError, LocalError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Liar(HTTPServer):
    """Answers every request with `status` and `body`."""

    status = 200
    body = b""


class _Handler(BaseHTTPRequestHandler):
    server: Liar

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Not into the tests' output."""


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    server = Liar(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def node(liar: Liar) -> Iterator[ChainNode]:
    liar.status = 200
    made = ChainNode(f"http://127.0.0.1:{liar.server_address[1]}", 5)
    yield made
    made.close()


ASKED: list[Callable[[ChainNode], object]] = [
    lambda node: node.quantity("eth_chainId"),
    lambda node: node.data("eth_call"),
    lambda node: node.object("eth_getTransactionReceipt"),
    lambda node: node.base_fee(),
    lambda node: node.send_raw(b""),
]


@pytest.mark.parametrize("ask", ASKED, ids=range(len(ASKED)))
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"result":7}', b'{"result":["0x"]}', b'{"result":"0xg"}']
)
def test_a_malformed_answer_is_refused(
    node: ChainNode, liar: Liar, body: bytes, ask: Callable[[ChainNode], object]
) -> None:
    liar.body = body
    with pytest.raises(Refused, match=r"chain\.answer"):
        ask(node)


def test_a_server_in_trouble_is_an_outage(node: ChainNode, liar: Liar) -> None:
    liar.status = 502
    with pytest.raises(Undecided, match=r"chain\.unreachable"):
        node.quantity("eth_chainId")


@pytest.mark.parametrize(
    ("error", "refusal", "rejection"),
    [
        (b'{"code":3,"message":"execution reverted","data":"0x"}', "chain.reverted", "chain.rejected"),
        (b'{"code":-32000,"message":"insufficient funds for gas"}', "chain.funds", "chain.funds"),
        (b'{"code":-32004,"message":"Upfront cost exceeds account balance"}', "chain.funds", "chain.funds"),
        (b'{"code":-32000,"message":"nonce too low"}', "chain.rejected", "chain.rejected"),
        (b'"down"', "chain.rejected", "chain.rejected"),
        (b'{"code":"x","message":5,"data":9}', "chain.rejected", "chain.rejected"),
    ],
)
def test_an_error_of_the_node_is_an_error_of_ours(
    node: ChainNode, liar: Liar, error: bytes, refusal: str, rejection: str
) -> None:
    liar.body = b'{"error":' + error + b"}"
    with pytest.raises(ClicidError) as raised:
        node.quantity("eth_estimateGas")
    found = raised.value
    assert isinstance(found, LocalError)
    assert found.code == "chain.rejected"
    assert found.refusal().code == refusal  # type: ignore[attr-defined] # it is the adapter's own kind
    assert found.rejection().code == rejection  # type: ignore[attr-defined] # as above


@pytest.mark.parametrize(
    ("message", "known", "taken"),
    [
        ("nonce too low: next nonce 2, tx nonce 1", False, True),
        ("Nonce too low", False, True),
        ("Replacement transaction underpriced", False, True),
        ("already known", True, False),
        ("Known transaction", True, False),
        ("transaction already imported", True, False),
        ("transaction underpriced", False, False),
    ],
)
def test_nodes_say_the_same_in_other_words(
    node: ChainNode, liar: Liar, message: str, *, known: bool, taken: bool
) -> None:
    liar.body = b'{"error":' + json.dumps({"code": -32000, "message": message}).encode() + b"}"
    with pytest.raises(NodeError) as raised:
        node.send_raw(b"\1")
    assert (raised.value.known, raised.value.nonce_taken) == (known, taken)


def test_a_contracts_word_or_its_bytes() -> None:
    word = bytes.fromhex("08c379a0") + (32).to_bytes(32) + (3).to_bytes(32) + b"why".ljust(32, b"\0")
    assert revert_reason(word) == "why"
    assert revert_reason(word[:40]) == f"0x{word[:40].hex()}"
    assert revert_reason(b"\x4e\x48") == "0x4e48"
