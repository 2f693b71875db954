"""Everybody's W3C documents in tests: sealed and read under the open profile, in the world of `w3c`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.adapters import package_data
from clicid.formats.base import Accredited, Binding, HolderBound, NeedKind
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker, secure_credential, secure_presentation
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_RDFC_2022, Proof, Purpose
from tests.support import w3c

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.data_model.shipped import Shipped
    from clicid.securing.data_integrity import PreparedDocument

CONTEXTS = package_data.open_contexts()
BASE = "https://www.w3.org/ns/credentials/v2"
RULES = replace(
    w3c.RULES,
    max_age={kind: timedelta(hours=1) for kind in NeedKind},
    accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER,
    holder=HolderBound.UNSAFE_ANYBODY_MAY_PRESENT,
)
"""The rules of a machine that shows conformance: anybody may be the issuer, and anybody present."""
NO_BINDING = Binding("", "")

CREDENTIALS = LdpVcChecker(CONTEXTS, profile=Profile.OPEN)
PRESENTATIONS = LdpVpChecker(CONTEXTS, profile=Profile.OPEN)


def document(**changes: Any) -> dict[str, Any]:
    """A credential that is to be sealed; `changes` replace members, None removes one."""
    found = {
        "@context": [BASE],
        "type": ["VerifiableCredential"],
        "issuer": w3c.ISSUER.did,
        "credentialSubject": {"id": "did:example:anna"},
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def proof(suite: str = EDDSA_RDFC_2022, **options: Any) -> Proof:
    """The issuer's proof."""
    given: dict[str, Any] = {
        "verification_method": w3c.ISSUER.key_id,
        "purpose": Purpose.ASSERTION_METHOD,
        "cryptosuite": suite,
        "created": w3c.DAY,
    }
    return Proof(**given | options)


def credential(
    unsigned: Mapping[str, Any] | None = None,
    suite: str = EDDSA_RDFC_2022,
    *,
    shipped: Shipped = NOTHING,
    **options: Any,
) -> bytes:
    """A credential with one more proof of the issuer's."""
    prepared = secure_credential(
        w3c.ISSUER,
        document() if unsigned is None else unsigned,
        proof(suite, **options),
        ED25519,
        CONTEXTS,
        profile=Profile.OPEN,
        shipped=shipped,
    )
    return w3c.signed(prepared, w3c.ISSUER_REF)


def presentation(*credentials: Any, **changes: Any) -> bytes:
    """A presentation by the holder: JSON values as they are, bytes as the JSON in them."""
    inside = [json.loads(one) if isinstance(one, bytes) else one for one in credentials]
    options = {name: changes.pop(name) for name in ("domain", "challenge", "expires") if name in changes}
    found = {"@context": [BASE], "type": ["VerifiablePresentation"], "holder": w3c.HOLDER, **changes}
    if inside:
        found["verifiableCredential"] = inside
    unsigned = {name: value for name, value in found.items() if value is not None}
    made = proof(
        verification_method=w3c.key_id(w3c.HOLDER_REF),
        purpose=Purpose.AUTHENTICATION,
        created=w3c.NOW,
        **options,
    )
    prepared = secure_presentation(unsigned, made, ED25519, CONTEXTS, profile=Profile.OPEN)
    return w3c.signed(prepared, w3c.HOLDER_REF)


def data_integrity_prepare(unsigned: Mapping[str, Any]) -> PreparedDocument:
    """The issuer's proof of what the data model may forbid to issue."""
    return data_integrity.prepare(unsigned, proof(), ED25519, CONTEXTS, profile=Profile.OPEN)
