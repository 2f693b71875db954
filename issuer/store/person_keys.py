"""One key per person, in a file of its own that ordinary backups leave out.

Each key is wrapped (RFC 3394) under a key agreed between an ephemeral key and a key of the issuer's
KeyStore (ECDH-ES with HKDF-SHA-256, as RFC 7518 4.6 shapes it). So the file alone opens nothing, and
neither does the key store alone; overwriting a row makes everything under that key unreadable, in
every backup of the database too.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from issuer.store import forgetful

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from sqlite3 import Connection

    from clicid.keys.store import KeyRef, KeyStore

_LOOKUP: Final = "lookup"
_PART: Final = ":"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS person_key (
  id TEXT PRIMARY KEY, ephemeral BLOB NOT NULL, wrapped BLOB NOT NULL
) WITHOUT ROWID
"""


class PersonKeys:
    """Seals and opens under keys by id, and hashes for look-ups.

    Args:
        path: The file of wrapped keys.
        keystore: Where the wrapping key lives.
        wrapping: A P-256 key of that store.
        random: A source of random bytes.
    """

    def __init__(
        self, path: Path, keystore: KeyStore, wrapping: KeyRef, random: Callable[[int], bytes]
    ) -> None:
        self._path = path
        self._keystore = keystore
        self._wrapping = wrapping
        self._random = random
        with self._connection() as connection:
            connection.execute(_SCHEMA)
        self._lookup_key = self._own_lookup_key()

    def create(self) -> str:
        """A new key; gives its id (128 random bits, hex)."""
        key_id = self._random(16).hex()
        self._store(key_id, self._random(32))
        return key_id

    def seal(self, key_id: str, name: str, plaintext: bytes) -> bytes:
        """Seal under the key: 12 bytes nonce, then AES-256-GCM over the text, bound to key and name.

        Raises:
            Refused: ``store.erased`` if the key is gone.
        """
        nonce = self._random(12)
        return nonce + AESGCM(self._key(key_id)).encrypt(nonce, plaintext, _bound(key_id, name))

    def open(self, key_id: str, name: str, sealed: bytes) -> bytes:
        """Open what `seal` made for the same key and name.

        Raises:
            Refused: ``store.erased`` if the key is gone, ``store.sealed`` if it does not open.
        """
        return _opened(self._key(key_id), key_id, name, sealed)

    def open_all(self, sealed: Sequence[tuple[str, str, bytes]]) -> list[bytes | None]:
        """Open many, each given as key, name and sealed bytes, at most 10,000; None where the key is gone.

        Raises:
            Refused: ``store.sealed`` if one does not open.
        """
        marks = ", ".join("?" * len(sealed))
        query = f"SELECT id, ephemeral, wrapped FROM person_key WHERE id IN ({marks})"  # noqa: S608 - marks only
        with self._connection() as connection:
            rows = connection.execute(query, [key_id for key_id, _, _ in sealed])
            found = {key_id: (bytes(ephemeral), bytes(wrapped)) for key_id, ephemeral, wrapped in rows}
        return [
            _opened(self._unwrapped(key_id, *found[key_id]), key_id, name, body) if key_id in found else None
            for key_id, name, body in sealed
        ]

    def part(self, key_id: str, name: str) -> str:
        """The key of a part of what is a person's, made if there is none; gives its id.

        It can be erased by itself, and goes with the person's: where that is gone there is none either.
        """
        part_id = part_of(key_id, name)
        with self._connection() as connection:
            row = (part_id, *self._wrapped(part_id, self._random(32)), key_id)
            # Where the person was erased since, nothing may be sealed any more.
            connection.execute(
                "INSERT OR IGNORE INTO person_key SELECT ?, ?, ? FROM person_key WHERE id = ?", row
            )
        return part_id

    def erase(self, key_id: str) -> None:
        """Overwrite the key and its parts', then remove them. Erasing what is not there is no error."""
        which = (key_id, f"{key_id}{_PART}*")
        with self._connection() as connection:
            connection.execute(
                "UPDATE person_key SET ephemeral = ?, wrapped = ? WHERE id = ? OR id GLOB ?",
                (self._random(33), self._random(40), *which),
            )
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM person_key WHERE id = ? OR id GLOB ?", which)

    def ids(self) -> frozenset[str]:
        """The ids of the keys that are there."""
        with self._connection() as connection:
            return frozenset(row[0] for row in connection.execute("SELECT id FROM person_key"))

    def lookup(self, kind: str, value: str) -> bytes:
        """A keyed hash (HMAC-SHA-256) to find a value again without storing it."""
        return hmac.digest(self._lookup_key, kind.encode() + b"\0" + value.encode(), sha256)

    def _own_lookup_key(self) -> bytes:
        try:
            return self._key(_LOOKUP)
        except Refused:
            self._store(_LOOKUP, self._random(32))
            return self._key(_LOOKUP)

    def _store(self, key_id: str, key: bytes) -> None:
        row = (key_id, *self._wrapped(key_id, key))
        with self._connection() as connection:
            connection.execute("INSERT INTO person_key VALUES (?, ?, ?)", row)

    def _wrapped(self, key_id: str, key: bytes) -> tuple[bytes, bytes]:
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        raw = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        peer = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), self._keystore.public(self._wrapping).raw
        )
        shared = ephemeral.exchange(ec.ECDH(), peer)
        return raw, aes_key_wrap(_derive(shared, raw, key_id), key)

    def _key(self, key_id: str) -> bytes:
        with self._connection() as connection:
            row = connection.execute(
                "SELECT ephemeral, wrapped FROM person_key WHERE id = ?", (key_id,)
            ).fetchone()
        if row is None:
            raise Refused("store.erased")
        return self._unwrapped(key_id, bytes(row[0]), bytes(row[1]))

    def _unwrapped(self, key_id: str, ephemeral: bytes, wrapped: bytes) -> bytes:
        shared = self._keystore.agree(self._wrapping, PublicKey.from_raw(P256, ephemeral))
        try:
            return aes_key_unwrap(_derive(shared, ephemeral, key_id), wrapped)
        except InvalidUnwrap:
            raise LocalError("store.sealed", "person keys", "not wrapped by this key store") from None

    def _connection(self) -> AbstractContextManager[Connection]:
        return forgetful.transaction(self._path, writing=True)


def part_of(key_id: str, name: str) -> str:
    """The id of a part's key."""
    return f"{key_id}{_PART}{name}"


def _opened(key: bytes, key_id: str, name: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], _bound(key_id, name))
    except (InvalidTag, ValueError):
        raise Refused("store.sealed", name) from None


def _bound(key_id: str, name: str) -> bytes:
    return b"clicid-sealed-v1\0" + key_id.encode() + b"\0" + name.encode()


def _derive(shared: bytes, ephemeral: bytes, key_id: str) -> bytes:
    info = b"clicid-person-key-v1\0" + ephemeral + b"\0" + key_id.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(shared)
