"""A worker for `issuer.engines.pool` without models, told by the image what to do."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from issuer.engines.pool import PoolSettings


def serve(pipe: Any, _settings: PoolSettings) -> None:
    """Answer with the process id; ``die`` and ``sleep`` do what they say."""
    pipe.send(None)
    while True:
        try:
            what, images, _ = pipe.recv()
        except EOFError:
            return
        if images == (b"die",):
            os.kill(os.getpid(), signal.SIGKILL)
        if images == (b"sleep",):
            signal.pause()
        pipe.send((what, os.getpid()))
