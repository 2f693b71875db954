"""``python -m sandbox.chain --dir DIR --port N``: the embedded chain as a process."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.chain import CHAIN_ID
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Prints one line with the address once it answers."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    node = ChainNode(options.dir, chain_id=options.chain_id, interval=options.interval)
    node.fund(options.fund)
    with node, RpcServer(node, options.port) as server:
        sys.stdout.write(f"chain {options.chain_id} at {server.url}\n")
        sys.stdout.flush()
        while node.running and not stop.wait(0.5):
            pass
    return 0 if stop.is_set() else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.chain", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where chain.sqlite lies")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--chain-id", type=lambda text: int(text, 0), default=CHAIN_ID)
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between empty blocks; 0: none")
    parser.add_argument("--fund", type=_address, nargs="*", default=[], help="accounts to give ether to")
    return parser


def _address(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 20:
        raise argparse.ArgumentTypeError("an address has 20 bytes")
    return raw


if __name__ == "__main__":
    sys.exit(main())
