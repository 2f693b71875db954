"""The key that a token is bound to: the `cnf` claim of a JWT (RFC 7800) and of a CWT (RFC 8747)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json


def holder_key(claims: Mapping[str, Json]) -> PublicKey | None:
    """The `jwk` of `cnf` (RFC 7800 3.2), or None where there is no `cnf`.

    Raises:
        Refused: `codec.shape` for a `cnf` of another kind; what `PublicKey.from_jwk` refuses.
    """
    found = shape.optional_child(claims, "cnf")
    if found is None:
        return None
    return PublicKey.from_jwk(shape.child(found, "jwk", "/cnf"), "/cnf/jwk")
