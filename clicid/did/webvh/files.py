"""The two files of a did:webvh as one value, and the one byte form in which they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from clicid.codec import jcs, shape, strict_json
from clicid.errors import Refused

MAX_BYTES: Final = 1 << 20
"""Of each file."""
# In JSON a byte may take six.
_MAX_KEPT: Final = 12 * MAX_BYTES + 64


@dataclass(frozen=True, slots=True)
class Files:
    """What a web server shows of a DID.

    Args:
        log: ``did.jsonl``.
        witnesses: ``did-witness.json``; empty if there is none.
    """

    log: bytes = field(repr=False)
    witnesses: bytes = field(default=b"", repr=False)

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785): the texts of both files, `log` and `witnesses`.

        Raises:
            Refused: `codec.json` for what is not UTF-8; `codec.size` for a file above a MiB.
        """
        return jcs.dumps({"log": _text(self.log), "witnesses": _text(self.witnesses)})

    @classmethod
    def from_bytes(cls, raw: bytes) -> Files:
        """What `to_bytes` gave.

        Raises:
            Refused: `codec.*`.
        """
        kept = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_KEPT, max_depth=1))
        shape.only(kept, cls.__slots__)
        witnesses = shape.member(kept, "witnesses")
        if not isinstance(witnesses, str):
            raise Refused("codec.shape", "/witnesses", "a string is wanted")
        return cls(shape.text(kept, "log", maximum=MAX_BYTES).encode(), witnesses.encode())


def _text(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise Refused("codec.size", "", f"more than {MAX_BYTES} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("codec.json", "", "not UTF-8") from error
