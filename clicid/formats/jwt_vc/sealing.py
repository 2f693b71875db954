"""The issuer's side: a credential as JWT up to its signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.codec import instant, strict_json
from clicid.errors import LocalError, Refused
from clicid.formats import status_claim
from clicid.formats.data_model.credential import TYPE
from clicid.formats.data_model.version import Version
from clicid.formats.jwt_vc.credential import parse_credential
from clicid.formats.jwt_vc.opening import CREDENTIAL, TYP
from clicid.keys import algorithms
from clicid.securing import jws
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, StatusRef, Validity
    from clicid.rdf.contexts import Contexts
    from clicid.securing.jws import PreparedJws


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who signs what credential, when and for whom.

    Args:
        issuer: Who signs; `key_id` is the DID URL of the key, and becomes `kid`.
        alg: The issuer key's row in `clicid.keys.algorithms`.
        credential_id: Its own id, unlike that of any other copy: a `urn:uuid:`.
        holder: The holder's did:key, did:jwk or did:peer, which binds it.
        validity: From and until, rounded to the day.
        status: Its entry.
    """

    issuer: IssuerIdentity
    alg: str
    credential_id: str
    holder: str
    validity: Validity
    status: StatusRef

    def header(self) -> dict[str, Json]:
        """VC Data Model 1.1, 6.3.1; RFC 7515 4.1."""
        found: dict[str, Json] = {
            "alg": algorithms.by_name(self.alg).jose,
            "kid": self.issuer.key_id,
            "typ": TYP,
        }
        if self.issuer.x5c:
            found["x5c"] = x5c.to_header(self.issuer.x5c)
        return found

    def claims(self) -> dict[str, Json]:
        """What stands beside `vc`."""
        begins = instant.to_numeric_date(self.validity.valid_from)
        return {
            "iss": self.issuer.did,
            "sub": self.holder,
            "jti": self.credential_id,
            "nbf": begins,
            "iat": begins,
            "exp": instant.to_numeric_date(self.validity.valid_until),
            "status": status_claim.claim(self.status),
        }


def prepare_credential(
    subject: Mapping[str, Json],
    sealing: Sealing,
    *,
    credential_type: str,
    more_contexts: Sequence[str],
    contexts: Contexts,
) -> PreparedJws:
    """A credential of a type of ours up to its signature (VC Data Model 1.1, 6.3.1).

    What the claims say also stands in `vc`, for those who read nothing else.

    Args:
        subject: What is said of the holder, by terms of the contexts.
        sealing: Who signs, with what, when, and whom it is about.
        credential_type: The type's term.
        more_contexts: URLs of the contexts after that of VC Data Model 1.1.
        contexts: The contexts at hand.

    Raises:
        LocalError: `vc.seal` if the key is another's than the issuer's.
        Refused: `keys.algorithm`; `vc.*` and `rdf.*`, for what would be refused when it is verified
            cannot be issued.
    """
    if not algorithms.by_name(sealing.alg).jose:
        raise Refused("keys.algorithm", detail=f"{sealing.alg} signs no JWT")
    if sealing.issuer.key_id.partition("#")[0] != sealing.issuer.did:
        raise LocalError("vc.seal", "/issuer", "another issuer than the one that signs")
    inside: dict[str, Json] = {
        "@context": [Version.V1_1.value, *more_contexts],
        "id": sealing.credential_id,
        "type": [TYPE, credential_type],
        "issuer": sealing.issuer.did,
        "issuanceDate": instant.format_stamp(sealing.validity.valid_from),
        "expirationDate": instant.format_stamp(sealing.validity.valid_until),
        "credentialSubject": {"id": sealing.holder, **subject},
    }
    prepared = jws.prepare(sealing.header(), strict_json.dumps({**sealing.claims(), CREDENTIAL: inside}))
    parse_credential(prepared.signing_input + b".", contexts)
    return prepared
