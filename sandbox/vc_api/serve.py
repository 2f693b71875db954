"""Serving it: on loopback, and nowhere else."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters.fetch import Fetcher
from clicid.adapters.loopback import check_loopback, run
from sandbox.vc_api.app import create_app
from sandbox.vc_api.certificate import self_signed
from sandbox.vc_api.identities import open_identities
from sandbox.vc_api.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(host: str, port: int, *, tls: bool, tell: Callable[[str], None]) -> None:
    """Serve until told to end. Whoever reaches it has credentials signed: it asks nobody who they are.

    Args:
        host: A loopback address.
        port: The port.
        tls: Whether it speaks TLS, with a certificate that it signs for itself.
        tell: Told the address once.

    Raises:
        LocalError: `config.sandbox` for an address that others can reach.
    """
    check_loopback(host)
    with tempfile.TemporaryDirectory(prefix="clicid-vc-api-") as name:
        folder = Path(name)
        origin = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
        identities = open_identities(folder, origin)
        dids = list(identities.named().values())
        app = create_app(identities, Lists(origin, dids, secrets.randbelow), Fetcher())
        tell(origin)
        run(app, host, port, tls=self_signed(folder) if tls else None)
