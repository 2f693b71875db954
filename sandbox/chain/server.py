"""JSON-RPC 2.0 over HTTP on the loopback address."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self

from clicid.codec import strict_json
from clicid.errors import Refused
from sandbox.chain.methods import RpcError, call

if TYPE_CHECKING:
    from types import TracebackType

    from sandbox.chain.node import ChainNode
    from sandbox.chain.render import Json, Object

_log = logging.getLogger(__name__)

MAX_REQUEST_BYTES: Final = 1 << 20
MAX_BATCH: Final = 256
_LOOK_SECONDS: Final = 0.05
"""How often it is seen whether the server shall end; whoever ends it waits as long."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


class RpcServer(AbstractContextManager["RpcServer"]):
    """Serves a node until closed.

    Args:
        node: The node; it is not started or closed here.
        port: The port on 127.0.0.1; 0 takes a free one.
    """

    def __init__(self, node: ChainNode, port: int = 0) -> None:
        handler = type("_Handler", (_RequestHandler,), {"node": node})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_LOOK_SECONDS,), name="rpc", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _RequestHandler(BaseHTTPRequestHandler):
    node: ChainNode
    protocol_version = "HTTP/1.1"
    timeout = 60
    # Answers are written in two parts (headers, body); else each would wait for the other side's delayed
    # acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        length = self.headers.get("Content-Length") or ""
        if host not in _LOOPBACK:
            self._answer(403, b"")  # a web page that was pointed here by its name
        elif not length.isdecimal() or int(length) > MAX_REQUEST_BYTES:
            self._answer(413, b"")
        else:
            body = answer(self.node, self.rfile.read(int(length)))
            self._answer(200, json.dumps(body, separators=(",", ":")).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        _log.debug(format, *args)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status != 200:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)


def answer(node: ChainNode, raw: bytes) -> Json:
    """The response to a request or a batch of them."""
    try:
        request = strict_json.loads(raw, max_bytes=MAX_REQUEST_BYTES)
    except Refused:
        return _error(None, RpcError(-32700, "parse error"))
    if isinstance(request, list):
        if not 0 < len(request) <= MAX_BATCH:
            return _error(None, RpcError(-32600, f"a batch has 1 to {MAX_BATCH} requests"))
        return [_one(node, item) for item in request]
    return _one(node, request)


def _one(node: ChainNode, request: object) -> Object:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        return _error(None, RpcError(-32600, "invalid request"))
    identifier = request.get("id")
    if not isinstance(identifier, str | int):
        identifier = None
    params = request.get("params", [])
    if not isinstance(params, list):
        return _error(identifier, RpcError(-32602, "params is not a list"))
    try:
        return {"jsonrpc": "2.0", "id": identifier, "result": call(node, request["method"], params)}
    except RpcError as error:
        return _error(identifier, error)
    except Exception:  # noqa: BLE001 - a bug of ours or of py-evm's ends one call, not the node
        _log.exception("call failed")
        return _error(identifier, RpcError(-32603, "internal error"))


def _error(identifier: Json, error: RpcError) -> Object:
    body: Object = {"code": error.code, "message": error.message}
    if error.extra is not None:
        body["data"] = error.extra
    return {"jsonrpc": "2.0", "id": identifier, "error": body}
