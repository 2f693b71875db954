"""Who holds a credential whose subject has no id: whoever knows the secret of its bbs-2023 proof.

A credential by which two verifiers cannot tell that they met one person names nobody. What binds it is a
secret of the holder's that the issuer signed without seeing it (VC Data Integrity BBS Cryptosuites 1.0,
3.5); the proof that the holder has it is made for one request, or anybody who saw it could show it again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, jcs
from clicid.errors import Refused
from clicid.securing.data_integrity.bbs_2023 import DerivedProof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.formats.base import Binding
    from clicid.formats.vc_di.credential import Credential

_PLACE: Final = "/proof/proofValue"


def presentation_header(binding: Binding) -> bytes:
    """What a derived proof is bound to so that it answers one request of one verifier.

    The standard leaves the header to the two of them; in ClicID it is the SHA-256 of both as JSON.
    """
    return hashlib.sha256(jcs.dumps({"audience": binding.audience, "nonce": binding.nonce})).digest()


def bound_proofs(parsed: Credential) -> tuple[DerivedProof, ...]:
    """The proofs that bind a credential by a secret; empty if the ids of its subjects must."""
    if any("id" in subject for subject in parsed.subjects):
        return ()
    return tuple(one for one in parsed.unverified.proofs if isinstance(one, DerivedProof))


def check_secret(proofs: Sequence[DerivedProof], binding: Binding) -> None:
    """Every proof is with a secret of the holder's, for this request, and the pseudonym for us.

    Raises:
        Refused: `holder.binding_missing` for a credential that whoever has a copy can show;
            `holder.nonce` for a proof that was made for another request; `holder.audience` for a
            pseudonym by which another verifier knows the holder.
    """
    for one in proofs:
        if not one.value.feature.is_blind:
            raise Refused("holder.binding_missing", _PLACE, "bound to no secret of the holder's")
        if one.value.presentation_header != presentation_header(binding):
            raise Refused("holder.nonce", _PLACE, "the proof was made for another request")
        if one.value.pseudonym is not None and one.value.pseudonym.domain != binding.audience:
            raise Refused("holder.audience", _PLACE, "a pseudonym for another verifier")


def pseudonym(parsed: Credential) -> str | None:
    """By which we know the holder again, in base64url; None if the credential gives none."""
    for one in parsed.unverified.proofs:
        if isinstance(one, DerivedProof) and one.value.pseudonym is not None:
            return base64url.encode(one.value.pseudonym.value)
    return None
