"""A second issuer on the live network's chain, with keys in memory: it signs well, and may or may not."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters import clock, package_data
from clicid.adapters.chain_contracts import TRUST_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.formats import sd_jwt_vc
from clicid.formats.base import IssuerIdentity, StatusRef, Validity
from clicid.keys.algorithms import P256, SECP256K1
from issuer.chain import ChainSettings, StatusRegistry
from sandbox.setup.certificates import CHAIN, certify
from sandbox.setup.founding import anchor_key, did_of
from sandbox.setup.roles import GOVERNANCE, PAYER
from tests.support.live import Copy
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.network import Network

IDENTIFIER: Final = "https://second.example"
LIST: Final = f"{IDENTIFIER}/status/1"
SIZE: Final = 1024


class SecondIssuer:
    """Anchors its DID with a signing key, and opens a status list; governance decides the rest."""

    def __init__(self, network: Network, folder: Path) -> None:
        self._network = network
        self._keys = MemoryKeyStore()
        self._owner = self._keys, self._keys.generate(SECP256K1, "owner")
        self._signing = self._keys.generate(P256, "signing")
        public = self._keys.public(self._signing)
        self._identity = address_of(self._keys.public(self._owner[1]))
        writer = network.writer
        anchor_key(writer, self._identity, self._owner, public)
        did = did_of(writer.chain_id, self._identity)
        self._ca_digest = certify(folder, (IDENTIFIER, did), public, self._keys)
        x5c = tuple(
            x509.load_pem_x509_certificate((folder / name).read_bytes()).public_bytes(Encoding.DER)
            for name in CHAIN
        )
        self._issuer = IssuerIdentity(did, f"{did}#delegate-1", IDENTIFIER, x5c)
        self._registry = StatusRegistry(
            ChainSettings(
                rpc_url=network.founded.rpc,
                chain_id=writer.chain_id,
                addresses=writer.contracts.addresses,
                identity=self._identity,
                payer=network.roles.signer(PAYER),
                committer=self._owner,
                owner=self._owner,
                seconds=30,
            )
        )
        self._registry.open_list(LIST, SIZE)
        self._schemas = package_data.schema_digests(network.founded.vocabulary)
        (self._uri,) = [uri for uri in self._schemas if "/age/" in uri]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._registry.close()

    def accredit(self) -> None:
        """Governance gives it the right to issue the age credential."""
        now = int(time.time())
        digest = self._schemas[self._uri]
        period = (now - 86_400, now + 86_400)
        self._govern("accredit", (digest, *period, False, IDENTIFIER, self._ca_digest))

    def withdraw(self) -> None:
        """Governance takes it away, for what was issued before as well."""
        self._govern("withdraw", (False,))

    def _govern(self, function: str, arguments: tuple[Any, ...]) -> None:
        subject = self._identity, hashlib.sha256(self._uri.encode()).digest()
        writer, sender = self._network.writer, self._network.roles.signer(GOVERNANCE)
        writer.wait(writer.send(TRUST_REGISTRY, function, (*subject, *arguments), sender=sender))

    def issue(self) -> Copy:
        """An age credential for a new holder."""
        ref = self._keys.generate(P256, "holder")
        today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        prepared = sd_jwt_vc.prepare_credential(
            self._issuer,
            {"age_over_18": True, "test_credential": True},
            vct=self._uri,
            holder=self._keys.public(ref),
            validity=Validity(today, today + timedelta(days=30)),
            status=StatusRef(LIST, 7),
            always=frozenset({"test_credential"}),
            random=Dice("second issuer"),
        )
        operation = prepared.to_be_signed[0]
        signature = self._keys.sign(self._signing, operation.message, operation.alg)
        return Copy(prepared.complete([signature]), self._keys, ref)
