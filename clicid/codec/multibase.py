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
_DIGIT: Final = {char: digit for digit, char in enumerate(_ALPHABET)}
# Two digits at a time: half as many steps.
_PAIR: Final = {
    one + two: 58 * high + low for high, one in enumerate(_ALPHABET) for low, two in enumerate(_ALPHABET)
}


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
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    return "1" * zeros + "".join(reversed(digits))


def _decode_base58(text: str, where: str) -> bytes:
    odd = len(text) % 2
    try:
        number = _DIGIT[text[0]] if odd else 0
        for at in range(odd, len(text), 2):
            number = number * 3364 + _PAIR[text[at : at + 2]]
    except KeyError as error:
        raise Refused("codec.multibase", where, "not a base 58 character") from error
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
