"""did:web: the document lies on a web server, and is as true as who runs that server.

Nothing is fetched here: `url` says where the document lies, `document` reads what was found there. The
issuers that a chain accredits are did:ethr; this method is for those that a policy names, and for
everybody's documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from clicid.codec import shape, strict_json
from clicid.did import reading
from clicid.did.syntax import Did
from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.did.document import DidDocument

METHOD: Final = "web"
MAX_BYTES: Final = 1 << 17
_MAX_DEPTH: Final = 16

# A name and no address: whoever holds an address today need not have held it yesterday.
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)*(?:[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?)", re.ASCII)
_PORT: Final = re.compile("[1-9][0-9]{0,4}", re.ASCII)
_STEP: Final = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+", re.ASCII)


def url(did: str) -> str:
    """Where the document of a did:web lies.

    Raises:
        Refused: `did.syntax`; `did.method` for another method, and for an identifier that names no host.
    """
    parsed = Did.parse(did)
    if parsed.method != METHOD:
        raise Refused("did.method")
    host, *steps = parsed.identifier.split(":")
    name, colon, port = unquote(host).partition(":") if _is_host(host) else ("", "", "")
    if not _HOST.fullmatch(name) or (colon and not _PORT.fullmatch(port)):
        raise Refused("did.method", detail="the identifier does not begin with a host's name")
    if any(not _STEP.fullmatch(step) or set(unquote(step)) <= {"."} for step in steps):
        raise Refused("did.method", detail="a step of the path")
    origin = f"https://{name}:{port}" if port else f"https://{name}"
    return "/".join((origin, *(steps or [".well-known"]), "did.json"))


def document(did: str, raw: bytes, now: datetime) -> DidDocument:
    """The document that was found, for that DID and no other.

    Args:
        did: The DID whose document was looked for.
        raw: What was found.
        now: The time for which its keys are wanted.

    Raises:
        Refused: As `reading.read` does.
    """
    found = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
    return reading.read(did, found, now)


def _is_host(text: str) -> bool:
    # The only escape that a host may have is the colon before its port.
    return re.sub("%3[Aa]", "", text, count=1).count("%") == 0
