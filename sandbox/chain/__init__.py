"""The embedded chain: one py-evm node in one process, its state in one SQLite file.

It is a real EVM with real blocks, and it is no blockchain: whoever runs the process can rewrite
it. It is for the sandbox and for tests; `CHAIN_ID` and the client version say so, and the issuer
refuses it outside a sandbox.
"""

from __future__ import annotations

from typing import Final

CHAIN_ID: Final = 0xC11C1D
"""The chain id of the embedded chain where none is given (a number no public chain has)."""

CLIENT_VERSION: Final = "clicid-embedded/0.1.0"
"""What `web3_clientVersion` answers; the prefix up to the slash marks an embedded chain."""

MAX_TRANSACTION_BYTES: Final = 131_072
"""128 KiB, the cap of node pools on one transaction."""

MAX_TRANSACTION_GAS: Final = 16_777_216
"""2^24, the cap of EIP-7825 on one transaction."""
