"""The parameters of an OAuth request, as RFC 6749 3.1 and 3.2 have them read."""

from __future__ import annotations

from clicid.codec.web import parse_form


def read(raw: bytes | str, *, max_bytes: int) -> dict[str, str]:
    """The parameters of a form or query: none stands twice, one without a value is as none.

    Args:
        raw: The encoded text.
        max_bytes: The largest text accepted.

    Raises:
        Refused: `codec.size`, `codec.form`.
    """
    return {name: value for name, value in parse_form(raw, max_bytes=max_bytes).items() if value}
