"""Multibase text (Controlled Identifiers 1.0, 2.4): base58btc (``z``) and base64url (``u``)."""

from __future__ import annotations

from typing import Final

from clicid.codec import base64url
from clicid.errors import Refused

BASE58BTC: Final = "z"
BASE64URL: Final = "u"
MAX_CHARS: Final = 1024
"""Base 58 costs the square of the length; the longest value we meet is a signature of 134 characters."""

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = _ALPHABET.encode()
_TO_DIGITS: Final = bytes.maketrans(_DIGITS, bytes(range(58)))
# To write, as many digits are split off at a time as fit in a machine word, and then two at a time.
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]
_CHUNK: Final = 3364**4
_BLOCK: Final = 128
_OF_BLOCK: Final = 58**_BLOCK
# To read a block, all neighbours are joined at once, then all neighbours of those: in round k the digits
# are of base 58^(2^k) and stand in fields of w = 8 * 2^k bits, every second one of which the mask keeps.
# Two neighbours are 2^w high + low, and shall be 58^(2^k) high + low: what is too much is taken off.
_ROUNDS: Final = tuple(
    (
        width := 8 << step,
        (1 << width) - 58 ** (1 << step),
        sum(((1 << width) - 1) << (2 * width * field) for field in range(8 * _BLOCK // (2 * width))),
    )
    for step in range(7)
)


def encode(raw: bytes, base: str = BASE58BTC) -> str:
    """Bytes to text with its prefix.

    Raises:
        Refused: `codec.multibase` for a base other than ``z`` and ``u``.
    """
    if base == BASE58BTC:
        return base + _encode_base58(raw)
    if base == BASE64URL:
        return base + base64url.encode(raw)
    raise Refused("codec.multibase", detail="unknown base")


def decode(text: str, *, where: str = "", max_chars: int = MAX_CHARS) -> bytes:
    """Text with its prefix to bytes.

    Raises:
        Refused: `codec.size` above the cap; `codec.multibase` for another prefix or character.
    """
    if len(text) > max_chars:
        raise Refused("codec.size", where, f"more than {max_chars} characters")
    if text.startswith(BASE58BTC):
        return _decode_base58(text[1:], where)
    if text.startswith(BASE64URL):
        return base64url.decode(text[1:], where=where)
    raise Refused("codec.multibase", where, "unknown base")


def _encode_base58(raw: bytes) -> str:
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    number = int.from_bytes(raw, "big")
    chunks = []
    while number:
        number, chunk = divmod(number, _CHUNK)
        high, low = divmod(chunk, 3364**2)
        (first, second), (third, fourth) = divmod(high, 3364), divmod(low, 3364)
        chunks.append(_PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth])
    chunks.reverse()
    return "1" * zeros + "".join(chunks).lstrip("1")


def _decode_base58(text: str, where: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if raw.translate(None, _DIGITS):
        raise Refused("codec.multibase", where, "not a base 58 character")
    digits = raw.translate(_TO_DIGITS)
    total = 0
    while digits:
        first = len(digits) % _BLOCK or _BLOCK
        number = int.from_bytes(digits[:first], "big")
        for width, excess, mask in _ROUNDS:
            number -= (number >> width & mask) * excess
        total = total * _OF_BLOCK + number
        digits = digits[first:]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + total.to_bytes((total.bit_length() + 7) // 8, "big")
