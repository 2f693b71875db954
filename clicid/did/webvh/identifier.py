"""The identifier of a did:webvh, and the addresses that it stands for (did:webvh 1.0).

A host is written as it is asked for: an internationalised name in its ``xn--`` form. The only escape that
it may have is the colon before a port; every other one could hide an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

from clicid.did.syntax import Did
from clicid.errors import Refused

METHOD: Final = "webvh"
LOG: Final = "did.jsonl"
WITNESSES: Final = "did-witness.json"

_SCID: Final = re.compile("[1-9A-HJ-NP-Za-km-z]{46}", re.ASCII)
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# At least two labels, the last of which begins with a letter: no spelling of an address does.
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?", re.ASCII)
_HOST: Final = re.compile("([^%]+)(?:%3[Aa]([1-9][0-9]{0,4}))?", re.ASCII)
_MAX_NAME: Final = 253
_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class WebvhDid:
    """The parts of a did:webvh.

    Args:
        scid: The self-certifying identifier: 46 characters of base 58.
        place: All behind it: host, port and path as they stand in the DID.
        base: The https address of the folder in which the files lie, with its slash.
    """

    scid: str
    place: str
    base: str

    @classmethod
    def parse(cls, did: str, where: str = "") -> WebvhDid:
        """A did:webvh, and nothing behind it.

        Raises:
            Refused: `did.syntax`, also for a host that is no name, a port above 65535, and a step of the
                path that is empty, dots, or hides a slash; `did.method` for another method.
        """
        parsed = Did.parse(did, where)
        if parsed.method != METHOD:
            raise Refused("did.method", where)
        scid, colon, place = parsed.identifier.partition(":")
        if not _SCID.fullmatch(scid) or not colon:
            raise Refused("did.syntax", where, "a did:webvh begins with its SCID of 46 characters")
        host, *steps = place.split(":")
        path = "".join(f"{_step(step, where)}/" for step in steps)
        return cls(scid, place, f"https://{_authority(host, where)}/{path}")

    def __str__(self) -> str:
        return f"did:{METHOD}:{self.scid}:{self.place}"

    def url(self, name: str) -> str:
        """Where one of its files lies: `LOG` or `WITNESSES`."""
        alone = self.base.count("/") == 3
        return f"{self.base}{'.well-known/' if alone else ''}{name}"


def _authority(host: str, where: str) -> str:
    match = _HOST.fullmatch(host)
    name, port = (match[1], match[2]) if match else ("", None)
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name) or int(port or 1) > _MAX_PORT:
        raise Refused("did.syntax", where, "a host's full name is wanted, and perhaps a port")
    return f"{name}:{port}" if port else name


def _step(step: str, where: str) -> str:
    """A step of the path, decoded once, as RFC 3986 writes it."""
    try:
        text = unquote(step, errors="strict")
    except UnicodeDecodeError as error:
        raise Refused("did.syntax", where, "a step of the path is not UTF-8") from error
    if text in {"", ".", ".."} or text != text.strip() or not text.isprintable() or set("/\\") & set(text):
        raise Refused("did.syntax", where, "a step of the path")
    return quote(unquote_to_bytes(step), safe="")
