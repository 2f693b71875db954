"""What the issuer gives, to which wallets, and signed with what.

A part of the composition root: `issuer.main` alone calls it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.adapters import package_data
from clicid.errors import LocalError
from clicid.formats.base import IssuerIdentity
from clicid.keys.algorithms import ED25519, P256
from clicid.oid4vci.clients import ClientRules
from clicid.oid4vci.configuration import KeyAttestationsRequired
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.proving import Policy as ProofPolicy
from clicid.oid4vci.rules import IssuerRules
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from issuer import haip
from issuer.certificates import load_chain, load_roots, load_signer, read_one, read_revocations
from issuer.documents import credential_types
from issuer.ground import key_of
from issuer.logs import LOG
from issuer.usecases import test_documents
from issuer.usecases.configurations import (
    Serving,
    issuer_metadata,
    offered,
    offered_as_mdoc,
    server_metadata,
)
from issuer.usecases.lists import Lists
from issuer.usecases.minting import Mint
from issuer.usecases.records import ListRow
from issuer.usecases.signing import IssuerKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.keys.store import KeyStore
    from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
    from issuer.certificates import DocumentSigning
    from issuer.config import Config
    from issuer.ground import Ground
    from issuer.usecases.configurations import Offered
    from issuer.usecases.encryption import Encryption

_SOON: Final = timedelta(days=14)
"""How long before it runs out an issuer says so, each time that it starts."""


def signing_keys(config: Config, keystore: KeyStore) -> dict[str, IssuerKey]:
    """The keys that sign credentials, by algorithm, each with its issuer; P-256 has certificates."""
    rows = ((P256, config.keys.sd_jwt), (ED25519, config.keys.data_integrity))
    refs = {algorithm: key_of(keystore, row.name, algorithm) for algorithm, row in rows}
    chain = load_chain(config.keys.x5c, config.identifier, keystore.public(refs[P256]))
    if config.haip:
        signer = config.keys.document_signer
        haip.check_chain(chain, () if signer is None else (read_one(signer.authority),))
    for _, row in rows:
        if row.id.partition("#")[0] != config.did:
            raise LocalError("config.invalid", "keys", "a credential key of another DID")
    return {
        algorithm: IssuerKey(
            refs[algorithm],
            IssuerIdentity(config.did, row.id, config.identifier, chain if algorithm == P256 else ()),
        )
        for algorithm, row in rows
    }


def metadata(config: Config, rows: Mapping[str, Offered], encryption: Encryption) -> CredentialIssuerMetadata:
    """What the issuer says of itself (OpenID4VCI 12.2)."""
    settings, demanded = config.issuing, config.issuing.key_attestations
    required = None
    if demanded is not None:
        required = KeyAttestationsRequired(tuple(demanded.key_storage), tuple(demanded.user_authentication))
    serving = Serving(
        batch_size=settings.batch_size,
        proof_types=tuple(dict.fromkeys(settings.proof_types)),
        attestations=required,
        requests=encryption.requests,
        responses=encryption.responses,
    )
    return issuer_metadata(config.identifier, rows, serving)


def server(config: Config) -> AuthorizationServerMetadata:
    """What its authorization server says of itself (RFC 8414)."""
    return server_metadata(
        config.identifier,
        client_rules(config),
        attested=bool(config.wallet_providers),
        refreshed=config.authorization.refresh_days > 0,
        details=not config.haip,
    )


def wallet_providers(config: Config) -> WalletProviders:
    """Whose word on wallets and their keys counts."""
    return WalletProviders(
        tuple(
            WalletProvider(one.name, frozenset(one.clients), load_roots(one.roots))
            for one in config.wallet_providers
        ),
        haip=config.haip,
    )


def client_rules(config: Config) -> ClientRules:
    """Which wallets are served, and where answers to them go."""
    settings = config.authorization
    return ClientRules(
        listed={one.client_id: frozenset(one.redirect_uris) for one in settings.clients},
        attested={
            one.name: frozenset(one.redirect_uris) for one in config.wallet_providers if one.redirect_uris
        },
        attested_only=settings.attested_only,
        anonymous=settings.anonymous,
        loopback=config.sandbox,
    )


def role(ground: Ground, published: CredentialIssuerMetadata) -> Issuer:
    """The issuer's role of OpenID4VCI."""
    config, settings = ground.config, ground.config.issuing
    return Issuer(
        IssuerRules(
            metadata=published,
            pepper=ground.env.sealer.lookup("pepper", "oid4vci"),
            copies=settings.copies,
            renew_after=timedelta(hours=settings.renew_hours),
            interval=timedelta(seconds=settings.defer_seconds),
            proofs=ProofPolicy(wallet_providers(config), package_data.contexts(ground.network.vocabulary)),
            clients=client_rules(config),
            bound=config.authorization.bound,
            request_life=timedelta(seconds=config.authorization.request_seconds),
            asking_life=timedelta(minutes=config.authorization.asking_minutes),
            code_life=timedelta(seconds=config.authorization.code_seconds),
            refresh_life=timedelta(days=config.authorization.refresh_days),
            offer_life=timedelta(minutes=settings.offer_minutes),
            token_life=timedelta(minutes=settings.token_minutes),
            nonce_life=timedelta(minutes=settings.nonce_minutes),
            details=not config.haip,
            rotated=not config.haip,
        )
    )


def document_signing(ground: Ground, chain: Sequence[bytes]) -> DocumentSigning | None:
    """The signer of mobile documents and its certificates; None where none are issued."""
    settings = ground.config.keys.document_signer
    if settings is None:
        return None
    ref = key_of(ground.keystore, settings.name, P256)
    found = load_signer(settings, ref, ground.keystore.public(ref), chain)
    left = found.signer.not_after - ground.env.now()
    if left < ground.config.issuing.credential_life():
        LOG.warning("the document signer's certificate ends in %d days: mdocs hold no longer", left.days)
    if settings.revocations is not None:
        due = read_revocations(settings.revocations, found.root.certificate).due - ground.env.now()
        if due < _SOON:
            LOG.warning("the list of revoked certificates runs out in %d days: sign the next", due.days)
    return found


def offers(ground: Ground, documents: DocumentSigning | None) -> dict[str, Offered]:
    """Every configuration that can be offered, by its id."""
    types = credential_types(ground.network.vocabulary)
    found = offered(*types)
    if documents is not None:
        found |= offered_as_mdoc(*types)
    if ground.config.haip:
        found = haip.profiled(found)
    if not ground.config.issuing.test_documents:
        return found
    if documents is None or not ground.embedded:
        raise LocalError("config.sandbox", "issuing.test_documents", "documents marked TEST")
    if documents.root.country != test_documents.COUNTRY:
        raise LocalError("config.certificate", "keys.document_signer", "a root of no state's is wanted")
    return found | offered_as_mdoc(*test_documents.types())


def mint(ground: Ground, keys: Mapping[str, IssuerKey], documents: DocumentSigning | None = None) -> Mint:
    """What makes credentials."""
    return Mint(
        ground.keystore,
        keys,
        package_data.contexts(ground.network.vocabulary),
        _lists(ground),
        life=ground.config.issuing.credential_life(),
        random=secrets.token_bytes,
        signer=None if documents is None else documents.signer,
    )


def status_lists(ground: Ground, keys: Mapping[str, IssuerKey]) -> Lists:
    """What signs and serves the status lists."""
    return Lists(
        ground.env,
        ground.keystore,
        keys,
        package_data.contexts(ground.network.vocabulary),
        life=timedelta(seconds=ground.config.status.life_seconds),
        ttl=timedelta(seconds=ground.config.status.ttl_seconds),
    )


def _lists(ground: Ground) -> dict[str, str]:
    """URL by id of every list, those of the configuration added where they are new."""
    with ground.env.store.writing() as tx:
        known = {row.url for row in tx.statuses.lists()}
        for url in ground.config.list_urls():
            if url not in known:
                tx.statuses.add_list(ListRow(ground.env.new_id(), url, ground.config.status.size))
        return {row.id: row.url for row in tx.statuses.lists()}
