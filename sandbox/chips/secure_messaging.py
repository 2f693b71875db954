"""What a chip and a terminal say to each other under keys that they have agreed on (Doc 9303-11 section 9.8).

The chip's side: a command is checked, a response protected.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from sandbox.chips.tlv import tlv

SUCCESS: Final = b"\x90\x00"
WRONG_OBJECTS: Final = b"\x69\x88"
_CHECKSUM_BYTES: Final = 8
_ENCRYPTION, _CHECKSUM = 1, 2
_HEADER_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher for encryption and checksums.

    Args:
        oid: Chip authentication by ECDH with it (9303-11 section 9.2.4).
        digest: What keys are derived by (section 9.7.1).
        key_bytes: How long they are; 16 of Triple-DES, whose third key is the first again.
        block: The cipher's block, and the send sequence counter's size.
    """

    oid: str
    digest: str
    key_bytes: int
    block: int


SUITES: Final = {
    "3des": Suite("0.4.0.127.0.7.2.2.3.2.1", "sha1", 16, 8),
    "aes128": Suite("0.4.0.127.0.7.2.2.3.2.2", "sha1", 16, 16),
    "aes192": Suite("0.4.0.127.0.7.2.2.3.2.3", "sha256", 24, 16),
    "aes256": Suite("0.4.0.127.0.7.2.2.3.2.4", "sha256", 32, 16),
}


@dataclass(frozen=True, slots=True)
class Session:
    """Two keys that both sides have.

    Args:
        suite: What they are for.
        encryption: For secrecy.
        checksum: For integrity.
    """

    suite: Suite
    encryption: bytes
    checksum: bytes

    def answer(self, command: bytes, counter: int, content: bytes) -> bytes:
        """A response with content to a command, or 6988 where its checksum is wrong.

        Args:
            command: The protected command, a short APDU.
            counter: The send sequence counter of the command; the response's is the next.
            content: What was asked for.
        """
        head, body = command[:_HEADER_BYTES], command[_HEADER_BYTES + 1 :][: command[_HEADER_BYTES]]
        objects, end = body[: -2 - _CHECKSUM_BYTES], body[-2 - _CHECKSUM_BYTES :]
        if end != tlv(0x8E, self._checked(counter, self._padded(head) + objects)):
            return WRONG_OBJECTS
        return self.protect(counter + 1, content)

    def protect(self, counter: int, content: bytes) -> bytes:
        """Cryptogram, status and checksum, and the status once more in the clear."""
        objects = tlv(0x87, b"\x01", self._encrypted(counter, self._padded(content))) + tlv(0x99, SUCCESS)
        return objects + tlv(0x8E, self._checked(counter, objects)) + SUCCESS

    def _padded(self, data: bytes) -> bytes:
        """ISO/IEC 9797-1 method 2."""
        return data + b"\x80" + bytes(-(len(data) + 1) % self.suite.block)

    def _encrypted(self, counter: int, data: bytes) -> bytes:
        """CBC; AES begins with the encrypted counter, Triple-DES with zeros."""
        zeros = bytes(self.suite.block)
        if self.suite.block == TripleDES.block_size // 8:
            return _triple_des(self.encryption, data)
        start = _cbc(AES(self.encryption), zeros, counter.to_bytes(self.suite.block, "big"))
        return _cbc(AES(self.encryption), start, data)

    def _checked(self, counter: int, data: bytes) -> bytes:
        """CMAC; with DES the retail MAC, of which only the last block is encrypted with both keys."""
        whole = self._padded(counter.to_bytes(self.suite.block, "big") + data)
        if self.suite.block != TripleDES.block_size // 8:
            mac = CMAC(AES(self.checksum))
            mac.update(whole)
            return mac.finalize()[:_CHECKSUM_BYTES]
        first = self.checksum[:8]
        chained = _triple_des(first + first, whole[:-8])[-8:]
        return _triple_des(self.checksum, bytes(a ^ b for a, b in zip(chained, whole[-8:], strict=True)))


def session(suite: Suite, shared: bytes) -> Session:
    """The keys that a shared secret gives (section 9.7.1)."""

    def derived(counter: int) -> bytes:
        number = counter.to_bytes(4, "big")
        return hashlib.new(suite.digest, shared + number).digest()[: suite.key_bytes]

    return Session(suite, derived(_ENCRYPTION), derived(_CHECKSUM))


def _triple_des(two: bytes, data: bytes) -> bytes:
    return _cbc(TripleDES(two + two[:8]), bytes(8), data)


def _cbc(cipher: AES | TripleDES, start: bytes, data: bytes) -> bytes:
    encryptor = Cipher(cipher, modes.CBC(start)).encryptor()
    return encryptor.update(data) + encryptor.finalize()
