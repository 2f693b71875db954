"""Fixed-size bytes as hexadecimal digits in JSON: one text for each value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

_DIGITS: Final = re.compile(r"[0-9a-f]*", re.ASCII)


def octets(obj: Mapping[str, Json], key: str, size: int, where: str = "", *, prefix: str = "") -> bytes:
    """A member that is `size` bytes in lower-case hexadecimal after `prefix` (``"0x"`` or nothing).

    Raises:
        Refused: `codec.shape`.
    """
    text = shape.text(obj, key, where)
    digits = text.removeprefix(prefix)
    if len(text) != len(prefix) + 2 * size or len(digits) != 2 * size or not _DIGITS.fullmatch(digits):
        wanted = f"{size} bytes in lower-case hexadecimal are wanted"
        raise Refused("codec.shape", shape.pointer(where, key), wanted)
    return bytes.fromhex(digits)
