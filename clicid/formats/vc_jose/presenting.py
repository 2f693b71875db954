"""The holder's side: credentials in a `vp+jwt`, and a selection of a `vc+sd-jwt`, up to the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import instant, strict_json
from clicid.did.document import Relationship, lookup
from clicid.errors import LocalError
from clicid.formats.data_model import envelope
from clicid.formats.data_model.presentation import MAX_CREDENTIALS, TYPE
from clicid.formats.data_model.version import Version
from clicid.formats.holder import holder_document
from clicid.formats.vc_jose.opening import Kind, reveal
from clicid.keys import confirmation
from clicid.securing import jws
from clicid.securing.sd_jwt import combined
from clicid.securing.sd_jwt.sealing import PreparedSelection, prepare_selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.formats.data_model import Enveloped
    from clicid.securing.jws import PreparedJws
    from clicid.securing.sd_jwt.selection import ClaimPath


def prepare_presentation(
    credentials: Sequence[Enveloped], holder: str, binding: Binding, now: datetime
) -> PreparedJws:
    """A presentation up to its signature as `vp+jwt` (3.1.2).

    Args:
        credentials: Each in its format, as its issuer gave it; up to 16.
        holder: The did:key, did:jwk or did:peer to which each is bound.
        binding: For whom and in answer to what.
        now: The time of the proof.

    Raises:
        LocalError: `vc.seal` for too many credentials, or one of a format that has no envelope.
        Refused: `did.*` for the holder.
    """
    if len(credentials) > MAX_CREDENTIALS:
        raise LocalError("vc.seal", detail=f"up to {MAX_CREDENTIALS} credentials are wanted")
    found = holder_document(holder, "/holder")
    (method, *_) = found.related(Relationship.AUTHENTICATION)
    key = lookup(found, method, Relationship.AUTHENTICATION).key
    header: dict[str, Json] = {
        "alg": key.algorithm.jose,
        "kid": method,
        "typ": f"{Kind.PRESENTATION}+jwt",
        "cty": Kind.PRESENTATION.value,
    }
    payload: dict[str, Json] = {
        "@context": [Version.V2_0.value],
        "type": [TYPE],
        "holder": holder,
        "verifiableCredential": [envelope.wrap(item) for item in credentials],
        "iat": instant.to_numeric_date(now),
        "aud": binding.audience,
        "nonce": binding.nonce,
    }
    return jws.prepare(header, strict_json.dumps(payload))


def prepare_sd_jwt_selection(
    credential: bytes, disclose: Iterable[ClaimPath], binding: Binding, now: datetime
) -> PreparedSelection:
    """The chosen claims of a `vc+sd-jwt`, up to the holder's proof; see `prepare_selection`.

    Args:
        credential: As the issuer gave it, with all its disclosures.
        disclose: What to show: paths from the credential's root.
        binding: For whom and in answer to what.
        now: The time of the proof.

    Raises:
        Refused: what `combined.parse`, `reveal` and `prepare_selection` refuse.
    """
    parts = combined.parse(credential, typ=f"{Kind.CREDENTIAL}+sd-jwt")
    revealed = reveal(parts)
    return prepare_selection(
        parts,
        revealed,
        disclose,
        holder=confirmation.holder_key(revealed.claims),
        audience=binding.audience,
        nonce=binding.nonce,
        now=now,
    )
