"""From a passphrase to the key of a vault: Argon2id, its salt and costs in a file beside the vault.

The file is no secret. Whoever alters it makes the vault unopenable, which is caught when opening;
costs beyond the caps are refused, so that an altered file cannot exhaust the machine.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from clicid.adapters.files import write_whole
from clicid.codec import base64url, jcs, shape, strict_json
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_MAX_FILE_BYTES: Final = 1024
_MAX_ITERATIONS: Final = 64
_MAX_MEMORY_KIB: Final = 1 << 20
_ALGORITHM: Final = "argon2id"
# OpenSSL lends all derivations of a process one pool of threads for their lanes: of two at once, one
# may find it empty and fail as if memory were short, or both wait for ever.
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stretching:
    """How a passphrase is stretched (RFC 9106; the defaults are its second recommendation).

    Args:
        salt: 16 random bytes.
        iterations: Passes over the memory.
        memory_kib: Memory in KiB.
        lanes: Degree of parallelism.
    """

    salt: bytes
    iterations: int = 3
    memory_kib: int = 1 << 16
    lanes: int = 4

    def derive(self, passphrase: str) -> bytes:
        """The vault's key, 32 bytes."""
        kdf = Argon2id(
            salt=self.salt,
            length=KEY_BYTES,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        with _ONE_AT_A_TIME:
            return kdf.derive(passphrase.encode("utf-8"))


def create(path: Path) -> Stretching:
    """Draw a salt and write the file, before anything is sealed under it.

    The caller has made sure that there is no vault: a file left from an earlier try is replaced.

    Raises:
        LocalError: `config.file` if it cannot be written.
    """
    stretching = Stretching(secrets.token_bytes(_SALT_BYTES))
    content = jcs.dumps(
        {
            "iterations": stretching.iterations,
            "kdf": _ALGORITHM,
            "lanes": stretching.lanes,
            "memory_kib": stretching.memory_kib,
            "salt": base64url.encode(stretching.salt),
        }
    )
    write_whole(path, content, replace=True)
    return stretching


def read(path: Path) -> Stretching:
    """The file of an existing vault.

    Raises:
        LocalError: `keystore.missing` if there is none; `keystore.failed` if it is malformed.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise LocalError("keystore.missing", path.name) from error
    try:
        return _parse(raw)
    except Refused as error:
        raise LocalError("keystore.failed", path.name, str(error)) from error


def _parse(raw: bytes) -> Stretching:
    obj = shape.as_object(strict_json.loads(raw))
    if shape.text(obj, "kdf") != _ALGORITHM:
        raise Refused("codec.shape", "/kdf", f"{_ALGORITHM} is wanted")
    salt = base64url.decode(shape.text(obj, "salt"), where="/salt")
    if len(salt) != _SALT_BYTES:
        raise Refused("codec.shape", "/salt", f"{_SALT_BYTES} bytes are wanted")
    lanes = shape.integer(obj, "lanes", minimum=1, maximum=16)
    return Stretching(
        salt=salt,
        iterations=shape.integer(obj, "iterations", minimum=1, maximum=_MAX_ITERATIONS),
        memory_kib=shape.integer(obj, "memory_kib", minimum=8 * lanes, maximum=_MAX_MEMORY_KIB),
        lanes=lanes,
    )
