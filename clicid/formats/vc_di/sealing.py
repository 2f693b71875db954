"""The issuer's side: a credential up to its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import instant
from clicid.errors import LocalError
from clicid.formats import bitstring_entries
from clicid.formats.vc_di import document
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_RDFC_2022, PreparedDocument, Proof, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, StatusRef, Validity
    from clicid.rdf.contexts import Contexts


def credential_document(
    issuer: IssuerIdentity,
    subject: Mapping[str, Json],
    *,
    credential_id: str,
    credential_type: str,
    more_contexts: Sequence[str],
    holder: str,
    validity: Validity,
    status_ref: StatusRef,
) -> dict[str, Json]:
    """The document of a credential about one holder (VC Data Model 2.0, 4).

    Args:
        issuer: Who issues; its DID stands in the credential.
        subject: What is said of the holder, by terms of the contexts.
        credential_id: Its own id, unlike that of any other copy: a `urn:uuid:`.
        credential_type: The type's term.
        more_contexts: URLs of the contexts after that of VC Data Model 2.0.
        holder: The holder's did:key or did:jwk.
        validity: From and until, rounded to the day.
        status_ref: Its entry.
    """
    return {
        "@context": [document.CONTEXT, *more_contexts],
        "id": credential_id,
        "type": [document.CREDENTIAL, credential_type],
        "issuer": issuer.did,
        "validFrom": instant.format_stamp(validity.valid_from),
        "validUntil": instant.format_stamp(validity.valid_until),
        "credentialSubject": {"id": holder, **subject},
        "credentialStatus": bitstring_entries.entries(status_ref),
    }


def prepare_credential(
    issuer: IssuerIdentity, unsigned: Mapping[str, Json], contexts: Contexts, *, created: datetime
) -> PreparedDocument:
    """A credential up to the signature of an Ed25519 key.

    Args:
        issuer: Who signs; `key_id` is the DID URL of the key.
        unsigned: The credential without its proof, as from `credential_document`.
        contexts: The shipped contexts.
        created: The proof's time, rounded to the day.

    Raises:
        LocalError: `vc.seal` if the document names another issuer, or a key that is not the issuer's.
        Refused: The `rdf.*` of safe mode: what would not be signed cannot be issued.
    """
    named = unsigned.get("issuer")
    if (named.get("id") if isinstance(named, dict) else named) != issuer.did:
        raise LocalError("vc.seal", "/issuer", "another issuer")
    if issuer.key_id.partition("#")[0] != issuer.did:
        raise LocalError("vc.seal", detail="not a key of the issuer's DID")
    proof = Proof(
        verification_method=issuer.key_id,
        purpose=Purpose.ASSERTION_METHOD,
        cryptosuite=EDDSA_RDFC_2022,
        created=created,
    )
    return data_integrity.prepare(unsigned, proof, ED25519, contexts, profile=Profile.CLOSED)
