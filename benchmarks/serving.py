"""A server in a process of its own, which counts its processor time: no client's is in its figures."""

from __future__ import annotations

import gc
import multiprocessing
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp


def bare(size: int) -> ASGIApp:
    """The least an application can do: it reads the body and answers so many bytes."""
    answer = b" " * size
    headers = [(b"content-type", b"application/json"), (b"content-length", str(size).encode())]

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


_PATIENCE: Final = 120
"""Seconds until a worker that says nothing is given up."""


@contextmanager
def server(opened: AbstractContextManager[ASGIApp]) -> Iterator[tuple[int, Callable[[], float]]]:
    """A worker of its own: its port, and how to ask how much processor time it has used.

    Args:
        opened: The application, which is opened in the worker's process.
    """
    here, there = multiprocessing.get_context("fork").Pipe()
    # Of a socket that does not say so asyncio does not know that it is TCP, and leaves Nagle's algorithm on:
    # each answer would wait for 40 ms, and the processor's caches would be others' by then.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(opened, listener, there), daemon=True
    )
    process.start()
    if not here.poll(_PATIENCE):
        process.kill()
        listener.close()
        raise RuntimeError("the worker did not come up")
    here.recv()

    def spent() -> float:
        here.send("?")
        used: float = here.recv()
        return used

    try:
        yield listener.getsockname()[1], spent
    finally:
        process.terminate()
        process.join()
        listener.close()
        here.close()
        there.close()


def _serve(opened: AbstractContextManager[ASGIApp], listener: socket.socket, pipe: Any) -> None:
    def tell() -> None:
        pipe.send("up")
        while pipe.recv():
            pipe.send(time.process_time())

    with opened as app:
        threading.Thread(target=tell, daemon=True).start()
        gc.collect()
        gc.freeze()  # As the services do when they start.
        uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off")).run(sockets=[listener])
