"""Whom the wallet knows that asks, beside those on a chain: `requesters` in `wallet.json`.

Authorities of askers' certificates, attesters, and clients registered beforehand (OpenID4VP 5.9).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.keys.public import PublicKey
from clicid.oid4vp.client_id import PRE_REGISTERED, ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.rules import Attester, Client, Requesters
from clicid.trust.anchors import Anchor

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_MAX: Final = 256
_MAX_NAME: Final = 256
_MAX_KEYS: Final = 16


def parse(value: Json) -> Requesters:
    """Read the member.

    Its own: `roots` [{`name`, `certificate` (DER in base64)}], `attesters` [{`name`, `issuer`, `keys` [JWK]}]
    and `clients` [{`name`, `client_id`, `keys` [JWK], `response_uris`, `client_metadata`}]; each may be left
    out. A JWK without `kid` is the one that a request does not name.

    Raises:
        Refused: `codec.*`, `keys.*`, `issuer.certificate`; `oid4vp.client_id` for a client with a prefix.
    """
    obj = shape.as_object(value, "/requesters")
    shape.only(obj, ("roots", "attesters", "clients"), "/requesters")
    return Requesters(
        roots={_anchor(row, at): _name(row, at) for row, at in _rows(obj, "roots")},
        attesters={
            shape.text(row, "issuer", at): Attester(_name(row, at), _keys(row, at))
            for row, at in _rows(obj, "attesters")
        },
        clients={_client_id(row, at): _client(row, at) for row, at in _rows(obj, "clients")},
    )


def _rows(obj: dict[str, Json], name: str) -> list[tuple[dict[str, Json], str]]:
    place = f"/requesters/{name}"
    found = shape.optional_items(obj, name, "/requesters", maximum=_MAX) or []
    return [(shape.as_object(row, f"{place}/{at}"), f"{place}/{at}") for at, row in enumerate(found)]


def _name(row: dict[str, Json], where: str) -> str:
    return shape.text(row, "name", where, maximum=_MAX_NAME)


def _anchor(row: dict[str, Json], where: str) -> Anchor:
    try:
        return Anchor.load(base64.b64decode(shape.text(row, "certificate", where), validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refused("issuer.certificate", f"{where}/certificate", "not base64") from error


def _keys(row: dict[str, Json], where: str) -> dict[str, PublicKey]:
    found = shape.items(row, "keys", where, minimum=1, maximum=_MAX_KEYS)
    jwks = [shape.as_object(item, f"{where}/keys") for item in found]
    return {
        shape.optional_text(jwk, "kid", where, maximum=_MAX_NAME) or "": PublicKey.from_jwk(jwk, where)
        for jwk in jwks
    }


def _client_id(row: dict[str, Json], where: str) -> str:
    client_id = ClientId.parse(shape.text(row, "client_id", where), f"{where}/client_id")
    if client_id.prefix != PRE_REGISTERED:
        raise Refused("oid4vp.client_id", f"{where}/client_id", "a prefix says by itself how it is known")
    return str(client_id)


def _client(row: dict[str, Json], where: str) -> Client:
    return Client(
        _name(row, where),
        _keys(row, where),
        frozenset(shape.texts(row, "response_uris", where, minimum=1, maximum=_MAX)),
        ClientMetadata.parse(
            shape.optional_child(row, "client_metadata", where) or {}, f"{where}/client_metadata"
        ),
    )
