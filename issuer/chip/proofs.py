"""Whether the chip itself was there, and not a copy of its files (9303-11 6.1 and 6.2).

Both ask for an `Authentic` document: a key that no state signed proves nothing. That a challenge or a
terminal's key is fresh, random, and used once is for whoever makes it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from asn1crypto import keys as asn1_keys
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher as Encryption
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from clicid.errors import Refused
from issuer.chip import access, asn1, keys, security_infos, tlv
from issuer.chip.access import Cipher
from issuer.chip.files import TAG
from issuer.chip.keys import RsaKey

if TYPE_CHECKING:
    from issuer.chip.passive import Authentic
    from issuer.chip.security_infos import ChipKey

CHALLENGE_BYTES: Final = 8
_ACTIVE: Final = "chip.active_authentication"
_CHIP: Final = "chip.chip_authentication"

# ISO/IEC 9796-2: the head of a partly recovered message, and the trailers by hash algorithm.
_HEAD: Final = 0x6A
_SHA1_ALONE: Final = 0xBC
_NUMBERED: Final = 0xCC
_BY_NUMBER: Final = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}

_STATUS, _CRYPTOGRAM, _PLAIN, _LENGTH, _CHECKSUM = 0x99, 0x87, 0x81, 0x97, 0x8E
_SUCCESS: Final = b"\x90\x00"
_CHECKSUM_BYTES: Final = 8
_READ_COM: Final = b"\x0c\xb0\x9e\x00"  # READ BINARY of EF.COM by its short identifier, secured
_FIRST_COMMAND, _FIRST_RESPONSE = 1, 2


def active_authentication(document: Authentic, challenge: bytes, response: bytes) -> str:
    """Return the algorithm by which the chip's answer to a challenge is made with the key of DG15.

    Args:
        document: The authentic document.
        challenge: The 8 bytes that were sent, of the caller's making.
        response: The chip's answer to INTERNAL AUTHENTICATE, without status word.

    Raises:
        Refused: `chip.active_authentication`; `chip.missing` where DG15 is not there, or DG14 where ECDSA
            wants its hash algorithm from it; `chip.file`, `chip.algorithm`.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise Refused(_ACTIVE, "challenge", f"{len(challenge)} bytes")
    inner = tlv.only(_group(document, 15), TAG[15], "DG15")
    key = keys.read(asn1.load(asn1_keys.PublicKeyInfo, inner, "chip.file", "DG15"), "chip.file", "DG15")
    if isinstance(key, RsaKey):
        return f"{key.name}-9796-2-{_recovered(key, challenge, response)}"
    digest = security_infos.read(_group(document, 14)).active_digest
    if digest is None:
        raise Refused("chip.missing", "DG14", "the hash algorithm of active authentication")
    size = (key.curve.n.bit_length() + 7) // 8
    r, s = int.from_bytes(response[:size], "big"), int.from_bytes(response[size:], "big")
    if len(response) != 2 * size or not key.verify(r, s, challenge, digest):
        raise Refused(_ACTIVE, "response")
    return f"{key.name}-ECDSA-{digest}"


def _recovered(key: RsaKey, challenge: bytes, response: bytes) -> str:
    """ISO/IEC 9796-2 scheme 1 with partial recovery: head, what the chip chose, hash value, trailer."""
    size = (key.n.bit_length() + 7) // 8
    signature = int.from_bytes(response, "big")
    if len(response) != size or signature >= key.n:
        raise Refused(_ACTIVE, "response")
    opened = pow(signature, key.e, key.n)
    if opened & 0xF != 0xC:  # the smaller of a signature and its complement may have been sent
        opened = key.n - opened
    message = opened.to_bytes(size, "big")
    digest = "sha1" if message[-1] == _SHA1_ALONE else _BY_NUMBER.get(message[-2])
    end = -1 if message[-1] == _SHA1_ALONE else -2
    if digest is None or message[-1] not in {_SHA1_ALONE, _NUMBERED} or message[0] != _HEAD:
        raise Refused(_ACTIVE, "response")
    start = end - keys.DIGESTS[digest].digest_size
    if len(message) + start < 1 or keys.digest(digest, message[1:start] + challenge) != message[start:end]:
        raise Refused(_ACTIVE, "response")
    return digest


def chip_curve(document: Authentic) -> ec.EllipticCurve:
    """The curve that a terminal's key for chip authentication must be on.

    Raises:
        Refused: `chip.missing`, `chip.file`, `chip.algorithm`, as `chip_authentication`.
    """
    chip = _chip_key(document)
    if chip.key.curve.library is None:
        raise Refused("chip.algorithm", "DG14", f"an agreement on {chip.key.name}")
    return chip.key.curve.library


def chip_command(document: Authentic, terminal: ec.EllipticCurvePrivateKey) -> bytes:
    """The first command under the new keys: the phone passes it on, and cannot make it.

    Args:
        document: The authentic document.
        terminal: The ephemeral key whose public half the phone has sent to the chip.

    Raises:
        Refused: as `chip_authentication`.
    """
    chip = _chip_key(document)
    head = _READ_COM + b"\x80" + bytes(_block(chip.cipher) - len(_READ_COM) - 1)
    length = tlv.write(_LENGTH, b"\x04")
    checked = _checksum(chip.cipher, _checksum_key(chip, terminal), _FIRST_COMMAND, head + length)
    body = length + tlv.write(_CHECKSUM, checked)
    return _READ_COM + bytes([len(body)]) + body + b"\x00"


def chip_authentication(document: Authentic, terminal: ec.EllipticCurvePrivateKey, response: bytes) -> str:
    """Return the algorithm by which the chip answered `chip_command`, which its private key alone allows.

    Args:
        document: The authentic document.
        terminal: The ephemeral key; it never leaves the server that made it.
        response: The chip's answer as it came, with its status word.

    Raises:
        Refused: `chip.chip_authentication`; `chip.missing` without DG14 or a key in it, `chip.file`,
            `chip.algorithm` for a curve that cannot be agreed on here.
    """
    chip = _chip_key(document)
    if response[-2:] != _SUCCESS:
        raise Refused(_CHIP, "response", "no success")
    parts = tlv.children(response[:-2], "response")
    tags = [part.tag for part in parts]
    inner = {_CRYPTOGRAM, _PLAIN, _STATUS}
    if tags[-2:] != [_STATUS, _CHECKSUM] or not inner >= set(tags[:-1]) or parts[-2].value != _SUCCESS:
        raise Refused(_CHIP, "response", "not a secured response")
    checked = parts[-1].value
    covered = response[: -2 - 2 - _CHECKSUM_BYTES]
    wanted = _checksum(chip.cipher, _checksum_key(chip, terminal), _FIRST_RESPONSE, covered)
    if not hmac.compare_digest(checked, wanted):
        raise Refused(_CHIP, "response")
    return f"{chip.key.name}-ECDH-{chip.cipher.value[0]}"


def _group(document: Authentic, number: int) -> bytes:
    if number not in document.signed:
        raise Refused("chip.missing", f"DG{number}")
    return document.signed[number]


def _chip_key(document: Authentic) -> ChipKey:
    found = security_infos.read(_group(document, 14)).chip_keys
    if len(found) != 1:
        raise Refused("chip.missing", "DG14", f"{len(found)} keys for chip authentication")
    return found[0]


def _checksum_key(chip: ChipKey, terminal: ec.EllipticCurvePrivateKey) -> bytes:
    curve = chip.key.curve.library
    if curve is None or terminal.curve.name != curve.name:
        raise Refused("chip.algorithm", "DG14", f"an agreement on {chip.key.name}")
    public = ec.EllipticCurvePublicNumbers(chip.key.x, chip.key.y, curve).public_key()
    return access.derive(terminal.exchange(ec.ECDH(), public), access.CHECKSUM, chip.cipher)


def _block(cipher: Cipher) -> int:
    return 8 if cipher is Cipher.TRIPLE_DES else 16


def _checksum(cipher: Cipher, key: bytes, counter: int, data: bytes) -> bytes:
    """Of counter and padded data: CMAC, or ISO/IEC 9797-1 algorithm 3 (9303-11 9.8.6)."""
    block = _block(cipher)
    whole = counter.to_bytes(block, "big") + data + b"\x80"
    whole += bytes(-len(whole) % block)
    if cipher is not Cipher.TRIPLE_DES:
        mac = CMAC(AES(key))
        mac.update(whole)
        return mac.finalize()[:_CHECKSUM_BYTES]
    one, two = key[:8], key[8:]
    chained = _encrypted(one * 3, whole[:-block])[-block:]
    last = bytes(left ^ right for left, right in zip(chained, whole[-block:], strict=True))
    return _encrypted(one + two + one, last)


def _encrypted(key: bytes, data: bytes) -> bytes:
    encryptor = Encryption(TripleDES(key), modes.CBC(bytes(8))).encryptor()
    return encryptor.update(data) + encryptor.finalize()
