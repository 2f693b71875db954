"""The names to ask under that an operator configures beside the DID, each opened with what proves it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.codec import base64url, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.keys.confirmation import holder_key
from clicid.oid4vp import verifier_attestation
from clicid.oid4vp.client_id import (
    DECENTRALIZED_IDENTIFIER,
    REDIRECT_URI,
    VERIFIER_ATTESTATION,
    X509_HASH,
    X509_SAN_DNS,
    ClientId,
)
from clicid.securing import jws
from clicid.trust import x5c
from verifier.usecases.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clicid.keys.store import KeyRef, KeyStore

DID: Final = "did"
"""The name of the identity that every verifier has."""

_MEMBERS: Final = {
    X509_HASH: frozenset(("name", "prefix", "key_name", "certificate_file")),
    X509_SAN_DNS: frozenset(("name", "prefix", "key_name", "certificate_file")),
    VERIFIER_ATTESTATION: frozenset(("name", "prefix", "key_name", "attestation_file")),
    REDIRECT_URI: frozenset(("name", "prefix")),
}
_MAX_ATTESTATION: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """A row of `[[identities]]`.

    Args:
        name: By which requests choose it.
        prefix: Of the client identifier.
        key_name: The key's in the vault; "" for `redirect_uri`.
        file: The certificates (PEM, leaf first, without the root) or the attestation; None for neither.
    """

    name: str
    prefix: str
    key_name: str
    file: Path | None


def read(rows: Any, base: Path) -> tuple[IdentitySettings, ...]:
    """Read the rows.

    Raises:
        ValueError: For one that is none.
    """
    found = []
    for row in rows:
        members = _MEMBERS.get(row.get("prefix", "")) if isinstance(row, dict) else None
        if members is None:
            raise ValueError(f"identities: prefix is one of {', '.join(sorted(_MEMBERS))}")
        if set(row) != members:
            raise ValueError(f"identities: {row['prefix']} has {', '.join(sorted(members))}")
        file = row.get("certificate_file") or row.get("attestation_file")
        found.append(
            IdentitySettings(
                str(row["name"]),
                str(row["prefix"]),
                str(row.get("key_name", "")),
                None if file is None else base / str(file),
            )
        )
    names = [one.name for one in found]
    if len(set(names)) != len(names) or DID in names or "" in names:
        raise ValueError(f'identities: each has a name of its own, other than "{DID}"')
    return tuple(found)


def opened(
    did: str, key_id: str, key: KeyRef, rows: tuple[IdentitySettings, ...], *, origin: str, keys: KeyStore
) -> Mapping[str, Identity]:
    """All of them, each with what proves it.

    Raises:
        LocalError: `config.file`; `config.invalid` for what does not belong to the key or the address, naming
            the identity; `keystore.unknown`.
    """
    found = {DID: Identity(DECENTRALIZED_IDENTIFIER, did, key, key_id)}
    for row in rows:
        try:
            found[row.name] = _opened(row, origin, keys)
            ClientId.parse(str(found[row.name].client_id(origin, "")))
        except (Refused, ValueError) as error:
            raise LocalError("config.invalid", f"identities.{row.name}", str(error)) from None
    return found


def profiled(found: Mapping[str, Identity]) -> dict[str, Identity]:
    """Those that HAIP 1.0 5 leaves: by hash of a certificate.

    Raises:
        LocalError: `config.invalid` where a root stands in one's chain, or is all of it.
    """
    left = {name: one for name, one in found.items() if one.prefix == X509_HASH}
    for name, one in left.items():
        try:
            x5c.check_rootless(one.x5c, ())
        except Refused as error:
            detail = f"{error.detail}; leave it out of certificate_file (haip; HAIP 1.0 5)"
            raise LocalError("config.invalid", f"identities.{name}", detail) from None
    return left


def _opened(row: IdentitySettings, origin: str, keys: KeyStore) -> Identity:
    if row.file is None:
        return Identity(REDIRECT_URI, "", None)
    key = keys.find(row.key_name)
    if key is None:
        raise LocalError(
            "keystore.unknown", row.key_name, f"make it with `clicid-verifier keys --name {row.key_name}`"
        )
    raw = _read(row.file)
    if row.prefix == VERIFIER_ATTESTATION:
        return _attested(raw.strip(), key, keys)
    chain = tuple(one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(raw))
    leaf = x5c.load(chain[0])
    if x5c.spki(leaf) != keys.public(key).to_spki():
        raise ValueError("the certificate is of another key")
    if row.prefix == X509_HASH:
        return Identity(X509_HASH, base64url.encode(hashlib.sha256(chain[0]).digest()), key, x5c=chain)
    host = urlsplit(origin).hostname or ""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if host not in {name.lower() for name in names.get_values_for_type(x509.DNSName)}:
        # 5.9.3: answers go to the host in the identifier, so a certificate for another is of no use.
        raise ValueError("the certificate does not name the host of origin")
    return Identity(X509_SAN_DNS, host, key, x5c=chain)


def _attested(raw: bytes, key: KeyRef, keys: KeyStore) -> Identity:
    """Whether the attester is trusted, wallets say; that it is for our key is ours to see to."""
    token = jws.parse(raw, typ=verifier_attestation.TYP, max_bytes=_MAX_ATTESTATION)
    payload = shape.as_object(strict_json.loads(token.unverified_payload))
    if holder_key(payload) != keys.public(key):
        raise ValueError("the attestation is of another key")
    return Identity(
        VERIFIER_ATTESTATION, shape.text(payload, "sub", maximum=2048), key, attestation=raw.decode("ascii")
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
