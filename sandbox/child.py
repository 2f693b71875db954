"""``python -m sandbox.child PARENT MODULE ...``: runs a module for as long as its parent lives.

Whatever ends the sandbox, be it ``kill -9``, its services end too, so that the next start finds their
ports and files free.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

_LOOK_SECONDS = 0.5


def main(argv: list[str]) -> None:
    """Run the module as ``__main__``.

    Args:
        argv: The parent's process id, the module's name, its arguments.
    """
    parent, module, *arguments = argv
    threading.Thread(target=_watch, args=(int(parent),), name="parent", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(parent: int) -> None:
    """Ask ourselves to end, in good order, once we are somebody else's child."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1:])
