"""The documents served as they are: metadata, keys, schemas and contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.adapters import package_data
from clicid.codec import shape, strict_json
from clicid.errors import LocalError
from clicid.oid4vci.metadata import ISSUER_DOCUMENT, SERVER_DOCUMENT
from issuer import appearance, iaca
from issuer.certificates import read_one, read_revocations
from issuer.http.services import Document
from issuer.usecases.configurations import (
    W3C_SCHEMA,
    CredentialType,
    Published,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
    from issuer.settings import DocumentSignerSettings

_JSON: Final = "application/json"
_JSON_LD: Final = "application/ld+json"
_SHORT: Final = 300
_FOR_EVER: Final = 31_536_000
PARTS: Final = ("schema.json", "type-metadata.json", W3C_SCHEMA, package_data.MDOC)


def credential_types(vocabulary: str) -> tuple[CredentialType, CredentialType]:
    """ClicIdentity and ClicAge from their one source each, their ids below the network's vocabulary."""
    identity, age = (_credential_type(name, vocabulary) for name in package_data.TYPES)
    return identity, age


def _credential_type(name: str, vocabulary: str) -> CredentialType:
    file = "types/clic-{}-{}.json".format(*name.split("/"))
    source = shape.as_object(strict_json.loads(package_data.published(file, vocabulary)))
    return CredentialType.from_source(
        source,
        Published(
            metadata=package_data.published(f"published/{name}/type-metadata.json", vocabulary),
            context=package_data.context_of(name, vocabulary),
            schema=package_data.published(f"published/{name}/{W3C_SCHEMA}", vocabulary),
            document=package_data.document_types(vocabulary)[shape.text(source, "doctype")],
        ),
    )


def documents(
    metadata: CredentialIssuerMetadata,
    server: AuthorizationServerMetadata,
    vocabulary: str,
    sd_jwt_keys: Mapping[str, PublicKey],
) -> dict[str, Document]:
    """Everything by its path below the identifier.

    Args:
        metadata: The issuer's.
        server: Those of its authorization server.
        vocabulary: The network's; its documents stand below ``schemas/``, whoever else serves them too.
        sd_jwt_keys: The keys of SD-JWT VCs by DID URL.
    """
    identifier = metadata.credential_issuer
    keys: list[Json] = [{**key.to_jwk(), "kid": kid, "use": "sig"} for kid, key in sd_jwt_keys.items()]
    known: dict[str, dict[str, Json]] = {
        ISSUER_DOCUMENT: metadata.to_wire(),
        SERVER_DOCUMENT: server.to_wire(),
        "jwt-vc-issuer": {"issuer": identifier, "jwks": {"keys": keys}},
    }
    found = {f".well-known/{name}": _json(body) for name, body in known.items()}
    found[appearance.LOGO_PATH] = Document(appearance.LOGO, "image/svg+xml", 86_400)
    return found | {f"schemas/{path}": _for_ever(path, body) for path, body in published(vocabulary).items()}


def authority_documents(signer: DocumentSignerSettings | None) -> dict[str, Document]:
    """The root of the issuer's mdocs, DER and PEM, and its revocation list, by their paths.

    Raises:
        LocalError: `config.file`, `config.certificate`.
    """
    if signer is None:
        return {}
    root = read_one(signer.authority)
    found = {
        iaca.ROOT_FILE: Document(root, "application/pkix-cert", _SHORT),
        iaca.ROOT_PEM: Document(iaca.to_pem(root), "application/pem-certificate-chain", _SHORT),
    }
    if signer.revocations is not None:
        body = read_revocations(signer.revocations, root).body
        found[iaca.REVOCATIONS_FILE] = Document(body, "application/pkix-crl", _SHORT)
    return {f"{iaca.FOLDER}/{name}": document for name, document in found.items()}


def published(vocabulary: str) -> dict[str, bytes]:
    """What a network publishes, by its path below the vocabulary: schemas, type metadata, contexts.

    Any static host can serve it; the type URI itself leads to the type metadata (SD-JWT VC 6.3.1).
    """
    found = {}
    for name in package_data.TYPES:
        for part in PARTS:
            found[f"{name}/{part}"] = package_data.published(f"published/{name}/{part}", vocabulary)
        found[name] = found[f"{name}/type-metadata.json"]
        found[f"{package_data.CONTEXTS}/{name}"] = package_data.context_of(name, vocabulary)
    return found


def export(folder: Path, vocabulary: str) -> list[Path]:
    """Write what `published` gives as files; gives their paths.

    Raises:
        LocalError: `config.file` where one cannot be written.
    """
    written = []
    for path, body in published(vocabulary).items():
        # The id of a type is the beginning of other ids, and so a folder.
        place = folder / path / "index.json" if path in package_data.TYPES else folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        except OSError as error:
            raise LocalError("config.file", str(place), error.strerror or "") from error
        written.append(place)
    return written


def _json(body: Mapping[str, Json]) -> Document:
    return Document(strict_json.dumps(dict(body)), _JSON, _SHORT)


def _for_ever(path: str, body: bytes) -> Document:
    return Document(body, _JSON_LD if path.startswith(f"{package_data.CONTEXTS}/") else _JSON, _FOR_EVER)
