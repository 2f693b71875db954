"""A node that lies: a proxy over real HTTP in front of a real chain, with a fault that a test chooses."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from sandbox.chain.server import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.chain.node import ChainNode

Fault: TypeAlias = "Callable[[str, list[Any], Any], Any]"
"""Method, parameters and the honest result to what is given: a result, `RpcError`, `Raw` or `HANG_UP`."""


class Raw(bytes):
    """An answer's body as it is sent."""

    promised: int | None = None
    """What Content-Length says, where that is not true."""


class RpcError(dict[str, Any]):
    """An error object in place of a result."""


HANG_UP = Raw(b"\0hang up")


def honest(_method: str, _params: list[Any], result: Any) -> Any:
    """No fault."""
    return result


class LyingNode(AbstractContextManager["LyingNode"]):
    """Serves a chain with a fault, which may be exchanged while it runs."""

    def __init__(self, node: ChainNode, fault: Fault = honest) -> None:
        self.fault = fault
        self.asked: list[str] = []
        liar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each body waits for the acknowledgement of its headers

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                liar.asked.append(request["method"])
                honest_answer: Any = answer(node, json.dumps(request).encode())
                given = liar.fault(request["method"], request["params"], honest_answer.get("result"))
                if given is HANG_UP:
                    self.close_connection = True
                    return
                if isinstance(given, RpcError):
                    honest_answer = {"jsonrpc": "2.0", "id": request["id"], "error": given}
                elif "result" in honest_answer:
                    honest_answer["result"] = given
                body = given if isinstance(given, Raw) else Raw(json.dumps(honest_answer).encode())
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(body.promised or len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = body.promised is not None

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
