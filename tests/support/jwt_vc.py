"""Credentials and presentations as JWT (VC Data Model 1.1), in the W3C world of `tests.support.w3c`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.formats import jwt_vc
from clicid.formats.base import StatusRef, Validity
from clicid.keys.algorithms import ED25519
from tests.support import jose, w3c

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.keys.store import KeyRef

ID = "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a13"


def sealing(alg: str = ED25519, **changes: Any) -> jwt_vc.Sealing:
    """The issuer, and a holder bound by their DID."""
    made = jwt_vc.Sealing(
        jose.identity(alg),
        alg,
        ID,
        holder=w3c.HOLDER,
        validity=Validity(w3c.DAY, w3c.DAY + timedelta(days=365)),
        status=StatusRef(w3c.LIST_URL, 94567),
    )
    return replace(made, **changes)


def credential(alg: str = ED25519, subject: Mapping[str, Json] | None = None, **changes: Any) -> bytes:
    """A ClicAge as its issuer gives it."""
    prepared = jwt_vc.prepare_credential(
        {"ageOver18": True} if subject is None else subject,
        sealing(alg, **changes),
        credential_type="ClicAge",
        more_contexts=[w3c.AGE_CONTEXT],
        contexts=w3c.CONTEXTS,
    )
    return w3c.signed(prepared, jose.REFS[alg])


def presentation(
    credentials: Sequence[bytes] | None = None,
    *,
    ref: KeyRef = w3c.HOLDER_REF,
    signer: KeyRef | None = None,
    binding: Binding = w3c.BINDING,
    now: Any = w3c.NOW,
) -> bytes:
    """A presentation in the name of `ref`."""
    inside = [credential()] if credentials is None else credentials
    return w3c.signed(jwt_vc.prepare_presentation(inside, w3c.did(ref), binding, now), signer or ref)
