"""The JWT taken apart, and decoded to a document of the data model (VC Data Model 1.1, 6.3.1).

Registered claims stand for members of the document. Where both are there they say the same; where the
claim is missing that has to stand for a member, the encoding is broken. Nothing is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.formats import registered
from clicid.formats.enveloping_proof import Opened
from clicid.formats.registered import same
from clicid.keys import confirmation
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.registered import RegisteredClaims

TYP: Final = "JWT"
CREDENTIAL: Final = "vc"
PRESENTATION: Final = "vp"
CODE: Final = "jwt_vc.claims"
_MAX_BYTES: Final = 1 << 18
_MAX_DEPTH: Final = 16
_MAX_URI: Final = 2048
_IN_HEADER: Final = ("iss", "sub", "aud")

# Members of a credential or presentation of either version: beside `vc` some reader would take them for it.
_INSIDE: Final = frozenset(
    (
        *("@context", "id", "type", "issuer", "credentialSubject", "credentialStatus", "credentialSchema"),
        *("issuanceDate", "expirationDate", "validFrom", "validUntil", "issued", "proof", "evidence"),
        *("termsOfUse", "refreshService", "relatedResource", "holder", "verifiableCredential"),
    )
)


def open_jwt(raw: bytes, wanted: str) -> tuple[Opened, Mapping[str, Json]]:
    """Take a JWT apart and decode it.

    1. The header: `typ` is JWT, `alg` of the table, `kid` names the key.
    2. The payload has the object that is wanted, `vc` or `vp`, not the other, and none of its members
       beside it.
    3. What stands in header and payload is the same (RFC 7519 5.3).
    4. `iss` is the issuer or holder, `jti` the id.
    5. Of a credential: `sub` is the one subject's id, `nbf` the issuance date and `exp` the expiration date.

    Args:
        raw: What came.
        wanted: `CREDENTIAL` or `PRESENTATION`.

    Returns:
        Its parts, the claims decoded to the document, and the payload that has them all.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `jwt_vc.claims`, `vc.*`.
    """
    signed = jws.parse(raw, typ=TYP, max_bytes=_MAX_BYTES)  # 1
    payload = shape.as_object(
        strict_json.loads(signed.unverified_payload, max_bytes=_MAX_BYTES, max_depth=_MAX_DEPTH)
    )
    document = dict(shape.child(payload, wanted))  # 2
    for name in sorted(payload.keys() & (_INSIDE | {CREDENTIAL, PRESENTATION} - {wanted})):
        raise Refused(CODE, f"/{name}", f"may not stand beside {wanted}")
    for name in _IN_HEADER:  # 3
        if name in signed.header and signed.header[name] != payload.get(name):
            raise Refused(CODE, f"/{name}", "header and payload differ")
    claims = registered.read(payload, confirmation.holder_key(payload))
    _name(document, "issuer" if wanted == CREDENTIAL else "holder", claims)  # 4
    _stands_for(document, "id", "jti", claims.id)
    if wanted == CREDENTIAL:
        _set_subject(document, claims)  # 5
        _set_times(document, claims)
    key_id = shape.text(signed.header, "kid", maximum=_MAX_URI)
    return Opened(signed, key_id, claims, document), payload


def _name(document: dict[str, Json], member: str, claims: RegisteredClaims) -> None:
    """Set the member that `iss` stands for; an object there keeps what else it says."""
    if claims.issuer is None:
        raise Refused(CODE, "/iss", "missing")
    found = document.setdefault(member, claims.issuer)
    name = found.get("id") if isinstance(found, dict) else found
    if name != claims.issuer:
        raise Refused(CODE, "/iss", "not what the document says")


def _stands_for(owner: dict[str, Json], member: str, claim: str, value: str | None) -> None:
    """Set a member from its claim; a member that has none breaks the encoding."""
    if value is None and member in owner:
        raise Refused(CODE, f"/{claim}", "missing")
    if value is not None and owner.setdefault(member, value) != value:
        raise Refused(CODE, f"/{claim}", "not what the document says")


def _set_subject(document: dict[str, Json], claims: RegisteredClaims) -> None:
    """6.3.1: a JWT has no way to speak of more than one subject."""
    found: Any = document.get("credentialSubject")
    if isinstance(found, list) and len(found) == 1:
        (found,) = found
    if not isinstance(found, dict):
        raise Refused("vc.subject", f"/{CREDENTIAL}/credentialSubject", "one object is wanted")
    subject = dict(found)
    _stands_for(subject, "id", "sub", claims.subject)
    document["credentialSubject"] = subject


def _set_times(document: dict[str, Json], claims: RegisteredClaims) -> None:
    if claims.not_before is None:
        raise Refused(CODE, "/nbf", "missing")
    _set_time(document, "issuanceDate", "nbf", claims.not_before)
    _set_time(document, "expirationDate", "exp", claims.expires)


def _set_time(document: dict[str, Json], member: str, claim: str, value: datetime | None) -> None:
    """A NumericDate is of whole seconds; the member may say more."""
    if value is not None and member not in document:
        document[member] = instant.format_stamp(value)
        return
    if member not in document:
        return
    where = f"/{CREDENTIAL}/{member}"
    found = instant.parse(shape.as_text(document[member], where, maximum=64), where=where, assume_utc=True)
    if value is None:
        raise Refused(CODE, f"/{claim}", "missing")
    same(CODE, claim, instant.format_stamp(value), instant.format_stamp(found))
