"""The server's ephemeral key of a chip authentication, the same each time."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TERMINAL = ec.derive_private_key(0x1234_5678_9ABC_DEF0_1357, ec.BrainpoolP256R1())
POINT = TERMINAL.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
