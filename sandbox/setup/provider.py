"""A service provider's folder: its keys and DID, its public registration, its verifier's configuration."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters import package_data
from clicid.adapters.chain_transactions import address_of
from clicid.codec import jcs
from clicid.keys.algorithms import P256, SECP256K1
from clicid.trust import registration
from issuer import iaca
from issuer.vaults import make_vault
from sandbox.setup.founding import anchor_key, did_of, register
from sandbox.setup.roles import OWNER
from sandbox.setup.vaults import key
from wallet.main import CONFIRMATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.chain_writer import ChainWriter
    from clicid.codec.strict_json import Json
    from sandbox.setup.roles import Roles

CLIENT_ID: Final = "shop-backend"
PURPOSE: Final = "age-restricted-sale"
_KEY, _OWNER = "requests", "did-owner"

_TOML: Final = """\
origin = "{origin}"
data_dir = "."
sandbox = true
network_file = "../../network.json"
network_digest = "{digest}"
rpc = ["{rpc}"]
did = "{did}"
key_id = "{did}#delegate-1"
key_name = "{key}"
vault_key_file = "vault.key"
registration_file = "registration.json"

[policy]
confirmations = {confirmations}
proofs = "required"
witness = "not_required"
chain_max_age_seconds = 30
presentation_max_age_seconds = 300
leeway_seconds = 60
signed_lists = "{signed_lists}"

[[policy.roots]]
kind = "mdoc"
file = "../../issuer/{root}"
issuer = "{issuer}"

[[clients]]
id = "{client_id}"
secret_sha256 = "{secret_sha256}"
"""


@dataclass(frozen=True, slots=True)
class Provider:
    """A service provider that is set up.

    Args:
        name: Its folder.
        did: Its identifier.
        config: The verifier's configuration.
        origin: Where the verifier will listen.
        client_secret: What its backend uses at the token endpoint.
        vocabulary: Where the network's credential types have their ids.
    """

    name: str
    did: str
    config: Path
    origin: str
    client_secret: str
    vocabulary: str


def document(did: str, legal_name: str, vocabulary: str) -> dict[str, Json]:
    """The public registration of a shop that sells what may not be sold to children."""
    identity, age = package_data.schema_digests(vocabulary)
    return {
        "legal_name": legal_name,
        "identifier": did,
        "purposes": [
            {
                "id": PURPOSE,
                "text": {
                    "en": "To sell goods with an age limit to you, in your name",
                    "sv": "För att sälja varor med åldersgräns till dig, i ditt namn",
                },
                "claims": {
                    identity: [
                        ["age_over_18"],
                        ["family_name"],
                        ["credentialSubject", "ageOver18"],
                        ["credentialSubject", "familyName"],
                        [identity, "age_over_18"],
                        [identity, "family_name"],
                    ],
                    age: [["age_over_18"], ["credentialSubject", "ageOver18"], [age, "age_over_18"]],
                },
            }
        ],
        "privacy_policy": "https://shop.example/privacy",
        "erasure_contact": "mailto:privacy@shop.example",
    }


def set_up(
    folder: Path,
    writer: ChainWriter,
    roles: Roles,
    *,
    legal_name: str,
    port: int,
    digest: str,
    vocabulary: str,
    rpc: str,
    signed_lists: str,
    registered: bool = True,
) -> Provider:
    """Make a service provider's keys, anchor them, register it, write its verifier's configuration.

    Ends when what it wrote on chain is final, so that the first wallet that is asked can tell who asks.
    """
    client_secret = secrets.token_urlsafe(32)
    with make_vault(folder) as vault:
        owner = key(vault, SECP256K1, _OWNER)
        identity = address_of(vault.public(owner))
        written = anchor_key(writer, identity, (vault, owner), vault.public(key(vault, P256, _KEY)))
    did = did_of(writer.chain_id, identity)
    raw = jcs.dumps(document(did, legal_name, vocabulary))
    (folder / "registration.json").write_bytes(raw)
    if registered:
        written = register(writer, roles, identity, registration.parse(raw).digest)
    origin = f"http://127.0.0.1:{port}"
    config = folder / "verifier.toml"
    text = _TOML.format(
        origin=origin,
        digest=digest,
        rpc=rpc,
        confirmations=CONFIRMATIONS,
        did=did,
        key=_KEY,
        signed_lists=signed_lists,
        root=iaca.ROOT_PEM,
        issuer=did_of(writer.chain_id, roles.address(OWNER)),
        client_id=CLIENT_ID,
        secret_sha256=hashlib.sha256(client_secret.encode()).hexdigest(),
    )
    config.write_text(text, "utf-8")
    # Its key and its name are good news: no wallet takes either before they are final.
    writer.wait_for_block(written.block + CONFIRMATIONS)
    return Provider(folder.name, did, config, origin, client_secret, vocabulary)
