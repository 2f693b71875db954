"""Decompression that cannot be made to fill the memory."""

from __future__ import annotations

import zlib

from clicid.errors import Refused


def inflate(packed: bytes, *, most: int, gzip: bool, code: str, size_code: str = "codec.size") -> bytes:
    """One zlib stream (RFC 1950) or one gzip member (RFC 1952), whole and with nothing after it.

    Args:
        packed: What to inflate.
        most: Most bytes that may come out.
        gzip: Which of the two it is.
        code: The reason code for what is not such a stream.
        size_code: The reason code for one that inflates to more than `most`.

    Raises:
        Refused: `code`, `size_code`.
    """
    stream = zlib.decompressobj(wbits=31 if gzip else 15)
    try:
        plain = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise Refused(code, "", "broken compression") from error
    if len(plain) > most:
        raise Refused(size_code, "", f"inflates to more than {most} bytes")
    if not stream.eof or stream.unused_data:
        raise Refused(code, "", "compression that is cut off, or followed by something")
    return plain
