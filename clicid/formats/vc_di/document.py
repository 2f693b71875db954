"""What credentials and presentations have in common: the bytes, the context and the types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.securing.data_integrity import Proof, Purpose, UnverifiedDocument

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
VOCABULARY: Final = "https://www.w3.org/2018/credentials#"
CREDENTIAL: Final = "VerifiableCredential"
PRESENTATION: Final = "VerifiablePresentation"

MAX_BYTES: Final = 1 << 18
MAX_URI: Final = 2048
_MAX_DEPTH: Final = 16
_MAX_CONTEXTS: Final = 8
_MAX_TYPES: Final = 4


def read(raw: bytes) -> dict[str, Json]:
    """The JSON object in the bytes.

    Raises:
        Refused: `codec.json`, `codec.size`, `codec.shape`.
    """
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))


def check_context(document: Mapping[str, Json]) -> None:
    """Refuse (`vc.context`) unless the first of several contexts is VC Data Model 2.0's (4.3)."""
    contexts = shape.items(document, "@context", minimum=1, maximum=_MAX_CONTEXTS)
    if contexts[0] != CONTEXT:
        raise Refused("vc.context", "/@context/0")


def types(document: Mapping[str, Json], base: str) -> tuple[str, ...]:
    """The types, of which `base` must be one (4.5).

    Raises:
        Refused: `vc.type`, `codec.shape`.
    """
    value = shape.member(document, "type")
    items = [value] if isinstance(value, str) else shape.as_items(value, "/type", maximum=_MAX_TYPES)
    found = tuple(shape.as_text(item, "/type", maximum=MAX_URI) for item in items)
    if base not in found:
        raise Refused("vc.type", "/type", f"{base} is wanted")
    return found


def one_or_many(document: Mapping[str, Json], name: str, *, maximum: int) -> tuple[dict[str, Json], ...]:
    """A member that is one object or an array of 1 to `maximum` objects.

    Raises:
        Refused: `codec.shape`.
    """
    value = shape.member(document, name)
    where = shape.pointer("", name)
    if not isinstance(value, list):
        return (shape.as_object(value, where),)
    items = shape.as_items(value, where, minimum=1, maximum=maximum)
    return tuple(shape.as_object(item, shape.pointer(where, index)) for index, item in enumerate(items))


def only_proof(unverified: UnverifiedDocument, purpose: Purpose) -> Proof:
    """The options of the one proof.

    Raises:
        Refused: `proof.format` for several proofs; `proof.purpose` for one with another purpose.
    """
    if len(unverified.proofs) != 1:
        raise Refused("proof.format", "/proof", "one proof is wanted")
    proof = unverified.proofs[0].proof
    if proof.purpose is not purpose:
        raise Refused("proof.purpose", "/proof/proofPurpose")
    return proof
