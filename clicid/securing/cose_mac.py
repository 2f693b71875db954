"""COSE_Mac0 (RFC 9052 6.2) with HMAC 256/256, inside something else that says what it is."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import cbor
from clicid.errors import Refused
from clicid.securing import cose

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

HMAC_256: Final = 5
"""HMAC with SHA-256 and a whole tag (RFC 9053 3.1)."""

_TAG_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class UnverifiedMac:
    """A COSE_Mac0 whose tag nobody has checked yet.

    Args:
        mac_input: The encoded MAC_structure (6.3).
        tag: As received, 32 bytes.
    """

    mac_input: bytes = field(repr=False)
    tag: bytes


def from_item(item: Cbor, *, detached: bytes, where: str = "") -> UnverifiedMac:
    """Take a COSE_Mac0 apart that was read with what encloses it, and without a tag.

    Args:
        item: What stands in its place.
        detached: The payload, which is elsewhere.
        where: The place to name in an error.

    Raises:
        Refused: `codec.*`; `securing.cose` for another structure or a header that is not where it must be;
            `keys.algorithm` for another MAC.
    """
    protected, unprotected, payload, tag = cose.four_parts(item, where, detached)
    header = cose.read_header(protected, where)
    cose.check_unprotected(unprotected, header, where)
    alg = header.get(cose.ALG)
    if alg != HMAC_256 or isinstance(alg, bool):
        raise Refused("keys.algorithm", f"{where}protected/1", "HMAC 256/256 is wanted")
    if len(tag) != _TAG_SIZE:
        raise Refused("securing.cose", f"{where}tag", f"{_TAG_SIZE} bytes are wanted")
    return UnverifiedMac(_mac_structure(protected, payload), tag)


def verify(message: UnverifiedMac, key: bytes) -> None:
    """Return if the tag was made with `key` (32 bytes).

    Raises:
        Refused: `keys.signature`.
    """
    if not hmac.compare_digest(_tag(key, message.mac_input), message.tag):
        raise Refused("keys.signature", detail="a MAC of another key or content")


def make_item(key: bytes, payload: bytes) -> list[Cbor]:
    """A COSE_Mac0 over a payload that is left out, with a key of 32 bytes."""
    protected = cbor.dumps({cose.ALG: HMAC_256})
    return [protected, {}, None, _tag(key, _mac_structure(protected, payload))]


def _tag(key: bytes, mac_input: bytes) -> bytes:
    return hmac.digest(key, mac_input, hashlib.sha256)


def _mac_structure(protected: bytes, payload: bytes) -> bytes:
    return cbor.dumps(["MAC0", protected, b"", payload])
