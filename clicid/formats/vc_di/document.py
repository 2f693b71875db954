"""What credentials and presentations have in common: their bytes, and the names in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats import data_model, w3c
from clicid.formats.data_model import credential, presentation

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.securing.data_integrity import Proof, Purpose, UnverifiedDocument

CONTEXT: Final = data_model.Version.V2_0.value
VOCABULARY: Final = w3c.VOCABULARY
CREDENTIAL: Final = credential.TYPE
PRESENTATION: Final = presentation.TYPE

MAX_BYTES: Final = 1 << 18
_MAX_DEPTH: Final = 16
# Suites whose proofs a holder derives: what is shown is what the holder chose.
SELECTIVE: Final = frozenset(("ecdsa-sd-2023", "bbs-2023"))


def read(raw: bytes) -> dict[str, Json]:
    """The JSON object in the bytes.

    Raises:
        Refused: `codec.json`, `codec.size`, `codec.shape`.
    """
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))


def proofs(unverified: UnverifiedDocument, purpose: Purpose) -> tuple[Proof, ...]:
    """The options of every proof.

    Raises:
        Refused: `proof.purpose` for one with another purpose.
    """
    found = tuple(one.proof for one in unverified.proofs)
    for index, proof in enumerate(found):
        if proof.purpose is not purpose:
            place = "/proof" if len(found) == 1 else f"/proof/{index}"
            raise Refused("proof.purpose", f"{place}/proofPurpose")
    return found
