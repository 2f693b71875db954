"""The holder's side: credentials in a presentation as JWT, up to the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import instant, strict_json
from clicid.did.document import Relationship, lookup
from clicid.errors import LocalError
from clicid.formats.data_model.presentation import MAX_CREDENTIALS, TYPE
from clicid.formats.data_model.version import Version
from clicid.formats.holder import holder_document
from clicid.formats.jwt_vc.opening import PRESENTATION, TYP
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.securing.jws import PreparedJws


def prepare_presentation(
    credentials: Sequence[bytes], holder: str, binding: Binding, now: datetime
) -> PreparedJws:
    """A presentation up to its signature (OpenID4VP 1.0, B.1.3.1; VC Data Model 1.1, 6.3.1).

    Args:
        credentials: Each as its issuer gave it; 1 to 16.
        holder: The did:key, did:jwk or did:peer to which each is bound.
        binding: For whom and in answer to what.
        now: The time of the proof.

    Raises:
        LocalError: `vc.seal` for none or too many credentials.
        Refused: `did.*` for the holder.
    """
    if not 1 <= len(credentials) <= MAX_CREDENTIALS:
        raise LocalError("vc.seal", detail=f"1 to {MAX_CREDENTIALS} credentials are wanted")
    found = holder_document(holder, "/iss")
    (method, *_) = found.related(Relationship.AUTHENTICATION)
    key = lookup(found, method, Relationship.AUTHENTICATION).key
    made = instant.to_numeric_date(now)
    header: dict[str, Json] = {"alg": key.algorithm.jose, "kid": method, "typ": TYP}
    payload: dict[str, Json] = {
        "iss": holder,
        "aud": binding.audience,
        "nonce": binding.nonce,
        "nbf": made,
        "iat": made,
        PRESENTATION: {
            "@context": [Version.V1_1.value],
            "type": [TYPE],
            "holder": holder,
            "verifiableCredential": [raw.decode("ascii") for raw in credentials],
        },
    }
    return jws.prepare(header, strict_json.dumps(payload))
