"""Transaction data in presentations: what holders are to sign, and what they signed (B.2.1, B.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.errors import RemoteError
from clicid.formats.base import FormatId
from clicid.formats.mdoc import device_response, issuer_signed
from clicid.formats.sd_jwt_vc import token
from clicid.oid4vp import transaction_data
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.transaction_data import DEFAULT_ALG, Authorised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.cbor import Cbor
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse, Presentation
    from clicid.oid4vp.transaction_data import TransactionData, TransactionType

_MAX_BYTES: Final = 1 << 20


def stated(
    credential: bytes, items: Sequence[TransactionData], types: Mapping[str, TransactionType]
) -> dict[str, dict[str, Cbor]]:
    """What an mdoc's device states to authorise these; nothing for none.

    Raises:
        RemoteError: `invalid_transaction_data` where the issuer does not let the holder state it (B.2.1).
    """
    elements = transaction_data.device_stated(items, types)
    allowed = issuer_signed.parse(credential).security.authorizations
    for namespace, each in elements.items():
        if not all(allowed.allow(namespace, element) for element in each):
            raise RemoteError(
                Wire.INVALID_TRANSACTION_DATA,
                "oid4vp.transaction_data",
                detail="the document's holder may not authorise this",
            )
    return {
        namespace: {name: [*value] for name, value in each.items()} for namespace, each in elements.items()
    }


def check(
    request: AuthorizationRequest, response: AuthorizationResponse, types: Mapping[str, TransactionType]
) -> None:
    """Return if an answer whose every presentation was accepted authorises all that was asked, and no more.

    Where nothing was asked, nothing is read: what a wallet signs of its own accord is nobody's business.

    Raises:
        RemoteError: `invalid_request` with `oid4vp.transaction_data`.
    """
    if not request.transaction_data:
        return
    forms = {credential.id: credential.format for credential in request.query.credentials}
    shown = {
        name: [one for item in found for one in _read(item, forms[name], types)]
        for name, found in response.vp_token.items()
    }
    transaction_data.check_authorised(request.transaction_data, shown, types)


def _read(item: Presentation, form: str, types: Mapping[str, TransactionType]) -> list[Authorised]:
    if form == FormatId.MDOC and isinstance(item, str):
        return _of_documents(base64url.decode(item, max_chars=2 * _MAX_BYTES), types)
    if form != FormatId.SD_JWT_VC or not isinstance(item, str):
        return []
    proof = token.parse(item.encode()).combined.key_binding
    if proof is None:
        return []
    claims = shape.as_object(strict_json.loads(proof.jws.unverified_payload))
    found = Authorised.from_claims(claims, "vp_token")
    return [] if found is None else [found]


def _of_documents(raw: bytes, types: Mapping[str, TransactionType]) -> list[Authorised]:
    places = {kind.element for kind in types.values() if all(kind.element)}
    return [
        Authorised(
            DEFAULT_ALG, tuple(value for value in hashes if isinstance(value, bytes)), (namespace, element)
        )
        for _, signed in device_response.parse(raw).documents
        for namespace, element in sorted(places)
        for hashes in (signed.namespaces.get(namespace, {}).get(element),)
        if isinstance(hashes, list)
    ]
