"""did:peer identifiers of a test's own."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from clicid.codec import base64url, multibase, multicodec

if TYPE_CHECKING:
    from clicid.keys.public import PublicKey


def listed(*keys: tuple[str, PublicKey], services: tuple[Any, ...] = ()) -> str:
    """A method 2: keys behind their letters, then services."""
    elements = [f".{letter}{key.to_multikey()}" for letter, key in keys]
    elements += [f".S{base64url.encode(json.dumps(one, separators=(',', ':')).encode())}" for one in services]
    return "did:peer:2" + "".join(elements)


def held(document: Any, *, code: int = multicodec.JSON, base: str = multibase.BASE58BTC) -> str:
    """A method 4 in its long form."""
    return named(json.dumps(document, separators=(",", ":")).encode(), code=code, base=base)


def named(raw: bytes, *, code: int = multicodec.JSON, base: str = multibase.BASE58BTC) -> str:
    """The same of a document's bytes."""
    encoded = multibase.encode(multicodec.encode(code, raw), base)
    digest = hashlib.sha256(encoded.encode()).digest()
    return f"did:peer:4{multibase.encode(multicodec.encode(multicodec.SHA2_256, b' ' + digest))}:{encoded}"
