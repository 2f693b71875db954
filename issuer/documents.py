"""The documents served as they are: metadata, keys, schemas and contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clicid.adapters import package_data
from clicid.codec import shape, strict_json
from clicid.oid4vci.metadata import ISSUER_DOCUMENT, SERVER_DOCUMENT
from issuer.http.services import Document
from issuer.usecases.configurations import CredentialType, issuer_metadata, server_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from issuer.usecases.configurations import Offered

_JSON: Final = "application/json"
_JSON_LD: Final = "application/ld+json"
_SHORT: Final = 300
_FOR_EVER: Final = 31_536_000
_TYPES: Final = ("identity/v1", "age/v1")


def credential_types() -> tuple[CredentialType, CredentialType]:
    """ClicIdentity and ClicAge from their one source each."""
    identity, age = (
        CredentialType.from_source(
            shape.as_object(strict_json.loads(package_data.schema(f"types/{name}.json")))
        )
        for name in ("clic-identity-v1", "clic-age-v1")
    )
    return identity, age


def documents(
    identifier: str, offered: Mapping[str, Offered], sd_jwt_keys: Mapping[str, PublicKey]
) -> dict[str, Document]:
    """Everything by its path below the identifier.

    Args:
        identifier: The issuer's identifier.
        offered: Our configurations.
        sd_jwt_keys: The keys of SD-JWT VCs by DID URL.
    """
    keys: list[Json] = [{**key.to_jwk(), "kid": kid, "use": "sig"} for kid, key in sd_jwt_keys.items()]
    known: dict[str, dict[str, Json]] = {
        ISSUER_DOCUMENT: issuer_metadata(identifier, offered).to_wire(),
        SERVER_DOCUMENT: server_metadata(identifier).to_wire(),
        "jwt-vc-issuer": {"issuer": identifier, "jwks": {"keys": keys}},
    }
    found = {f".well-known/{name}": _json(body) for name, body in known.items()}
    for name in _TYPES:
        for part in ("schema.json", "type-metadata.json"):
            found[f"schemas/{name}/{part}"] = _fixed(f"published/{name}/{part}", _JSON)
        # The type URI itself leads to the type metadata (SD-JWT VC 6.3.1).
        found[f"schemas/{name}"] = found[f"schemas/{name}/type-metadata.json"]
    return found | dict(_contexts())


def _contexts() -> Iterable[tuple[str, Document]]:
    for row in shape.as_items(strict_json.loads(package_data.schema("contexts/manifest.json"))):
        entry = shape.as_object(row)
        path = urlsplit(shape.text(entry, "url")).path.removeprefix("/contexts/").lstrip("/")
        yield f"contexts/{path}", _fixed(f"contexts/{shape.text(entry, 'file')}", _JSON_LD)


def _json(body: Mapping[str, Json]) -> Document:
    return Document(strict_json.dumps(dict(body)), _JSON, _SHORT)


def _fixed(name: str, media_type: str) -> Document:
    return Document(package_data.schema(name), media_type, _FOR_EVER)
