"""An issuer that really stands on the embedded chain, with its owner's vault beside it, and a verifier.

What the commands under test do is seen in how the verifier ends with credentials issued before and after.
"""

from __future__ import annotations

import json
import secrets
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from typer.testing import CliRunner

from clicid.adapters import clock, package_data
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.fetch import Fetcher
from clicid.adapters.gather import Brought, settle
from clicid.adapters.known_chain import ChainSettings, KnownChain, open_chain
from clicid.did import key as did_key
from clicid.formats.base import Binding, FormatId, NeedKind, Rules
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.ground import Demands
from clicid.oid4vci.proof import VerifiedProof
from clicid.trust import issuance
from clicid.verification import Accepted, Policy, Request, SignedLists, check
from clicid.verification.formats import checkers
from issuer import credentials, main
from issuer.cli import app
from issuer.config import load
from issuer.documents import credential_types
from issuer.ground import open_ground
from issuer.usecases.anchoring import Anchoring
from issuer.usecases.configurations import offered
from issuer.usecases.indexes import draw
from issuer.usecases.minting import Order
from issuer.usecases.profile import Profile
from issuer.usecases.records import Copy, CopyState
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from sandbox.network import Founded, _found_on_chain, _with_wallet_provider
from sandbox.setup.certificates import certify
from sandbox.setup.roles import GOVERNANCE, PAYER, Roles
from tests.support import live
from tests.support.issuer_doubles import FIELDS
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending
    from issuer.ground import Ground

CONFIRMATIONS: Final = 2
BINDING: Final = Binding("decentralized_identifier:did:example:asker", "n-0S6_WzA2Mj-n-0S6_WzA2Mj")
SD_JWT: Final = "ClicAge_sdjwt"
W3C: Final = "ClicAge_ldp"


@dataclass
class OwnedIssuer:
    """The issuer's folder, its roles' vaults, the chain, and a verifier that follows it."""

    folder: Path
    founded: Founded
    roles: Roles
    writer: ChainWriter
    node: ChainNode
    verifier: KnownChain
    digests: list[bytes] = field(default_factory=list)
    proofs: dict[str, bytes] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "issuer" / "issuer.toml"

    @property
    def owner_vault(self) -> Path:
        return self.folder / "keys" / "did-owner"

    def run(self, *words: object, code: int = 0) -> str:
        """One ``clicid-issuer key`` command."""
        result = CliRunner().invoke(app, ["key", *map(str, words), "--config", str(self.config)])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output

    def owned(self, *words: object, code: int = 0) -> str:
        """The same with the owner's vault."""
        return self.run(*words, "--owner-vault", self.owner_vault, code=code)

    def set(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.config.read_text("utf-8")
        assert old in text, old
        self.config.write_text(text.replace(old, new), "utf-8")

    def certify(self, folder: str, name: str) -> None:
        """Certify another SD-JWT key by the same authority, in a folder beside the configuration."""
        (self.config.parent / folder).mkdir()
        key = self.roles.issuer.find(name)
        assert key is not None
        names = (self.founded.identifier, load(self.config).did)
        certify(self.config.parent / folder, names, self.roles.issuer.public(key), self.roles.authority)

    @contextmanager
    def ground(self) -> Iterator[Ground]:
        with closing(open_ground(load(self.config))) as ground:
            yield ground

    def issue(self, configuration: str, *, days: int = 30) -> live.Copy:
        """A credential by the keys that are configured now, written down as the issuer does."""
        alg = ED25519 if configuration.endswith("_ldp") else P256
        keys = MemoryKeyStore(secrets.token_bytes(8))
        ref = keys.generate(alg, "holder")
        holder = keys.public(ref)
        with self.ground() as ground:
            mint = credentials.mint(ground, credentials.signing_keys(ground.config, ground.keystore))
            start = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
            with ground.env.store.writing() as tx:
                for row in tx.statuses.lists():
                    tx.statuses.seen(row.id)  # as the worker does, which does not run here
                list_id, index = draw(tx, secrets.token_bytes, 2)
                copy = Copy(
                    id=f"urn:uuid:{secrets.token_hex(16)}",
                    person_id=None,
                    offer_id="offer",
                    configuration=configuration,
                    list_id=list_id,
                    index=index,
                    holder_hash=secrets.token_bytes(32),
                    state=CopyState.RESERVED,
                    valid_until=start + timedelta(days=days),
                    issued_at=start,
                )
                tx.issuance.reserve(copy)
                tx.issuance.hand_out(copy.id, b"")
            profile = Profile("ref", FIELDS, "low", ("document",), (), start.date(), test=True)
            order = Order(
                offered=offered(*credential_types(ground.network.vocabulary))[configuration],
                profile=profile,
                copy=copy,
                proof=VerifiedProof(holder, did_key.create(holder), "n"),
                valid_from=start,
                threshold=18,
            )
            made = mint.make(order)
            assert made.digest is not None
            with ground.env.store.writing() as tx:
                tx.issuance.add_leaf(made.digest, copy.id, start)
        self.digests.append(made.digest)
        given = made.credential
        raw = given.encode() if isinstance(given, str) else json.dumps(given).encode()
        return live.Copy(raw, keys, ref)

    def anchor(self) -> int:
        """Have everything issued so far anchored by the issuer's worker; gives the block after it.

        What holders fetch is brought along from then on.
        """
        troubles: list[object] = []
        with self.ground() as ground:
            pace = replace(main._pace(ground.config), roots=timedelta(0))
            funds = main._funds(ground.config, ground.registry)
            worker = Anchoring(
                ground.env,
                ground.registry,
                ground.identity,
                pace,
                funds=funds,
                trouble=lambda _, error: troubles.append(error),
            )
            for _ in range(pace.confirmations + 3):
                worker.run_once()
                self.node.mine()
            assert troubles == []
            with ground.env.store.reading() as tx:
                for digest in self.digests:
                    proof = tx.issuance.inclusion_proof(digest)
                    assert proof is not None
                    self.proofs[issuance.uri(digest)] = proof
        head = self.node.database.head()
        assert head is not None
        return head

    def ending(self, copy: live.Copy, *, issuers: frozenset[str] | None = None) -> str:
        """How the verifier ends, all that is on chain being final: ``accepted``, or the reason's code."""
        for _ in range(CONFIRMATIONS + 1):
            self.node.mine()
        now = clock.now()
        self.verifier.follower.sync(now)
        network = self.verifier.network
        w3c = copy.raw.startswith(b"{")
        shown = copy.w3c(BINDING) if w3c else copy.sd_jwt(BINDING, [["age_over_18"]])
        raw = json.dumps(shown).encode() if isinstance(shown, dict) else shown.encode()
        format_ = FormatId.LDP_VP if w3c else FormatId.SD_JWT_VC
        schemas = package_data.schema_digests(network.vocabulary)
        rules = Rules(
            issuers=issuers,
            max_age=dict.fromkeys(NeedKind, timedelta(hours=1)),
            leeway=timedelta(minutes=1),
            key_binding_max_age=timedelta(minutes=5),
            allow_test=True,
        )
        policy = Policy("test", rules, schemas, SignedLists.IGNORED, network.digest().hex())
        contexts = package_data.contexts(network.vocabulary)
        readers = checkers(contexts, shipped=package_data.shipped(network.vocabulary))

        def step(have: Have) -> Ending | Wanted:
            request = Request(format_, BINDING, frozenset(schemas))
            return check(raw, have, request=request, policy=policy, checkers=readers, now=now)

        ended = settle(step, Brought(self.verifier.materials, self.proofs), now)
        return "accepted" if isinstance(ended, Accepted) else ended.report.code


@contextmanager
def founded(folder: Path) -> Iterator[OwnedIssuer]:
    """An issuer with two lists, both credential keys, and every right."""
    roles = Roles.open(folder / "keys", folder / "issuer")
    fetcher = Fetcher(allow_loopback_http=True)
    with ChainNode(None, interval=0, delay=0.005) as node, RpcServer(node) as server:
        node.fund([roles.address(PAYER), roles.address(GOVERNANCE)])
        port = int(server.url.rstrip("/").rpartition(":")[2])
        writer = ChainWriter(server.url, payer=roles.signer(PAYER))
        chosen = _with_wallet_provider(folder, Founded(port, 8401, 8402, "", ""))
        made = _found_on_chain(folder, chosen, roles, writer, lambda _: None)
        settings = ChainSettings(
            network_file=folder / "network.json",
            network_digest=made.digest,
            rpc=[server.url],
            in_use=folder / "in-use.json",
            store=folder / "verifier.db",
            witness=None,
            demands=Demands(proofs=True, witness=False),
            confirmations=CONFIRMATIONS,
            sandbox=True,
        )
        verifier = open_chain(settings, fetcher, clock.now())
        try:
            yield OwnedIssuer(folder, made, roles, writer, node, verifier)
        finally:
            verifier.close()
            writer.close()
            fetcher.close()
            roles.close()


def types(issuer: OwnedIssuer) -> tuple[str, ...]:
    """The credential types that the network's issuer is accredited for."""
    return tuple(package_data.schema_digests(issuer.founded.vocabulary))
