"""The composition root of the wallet: a home folder with a vault, and the parts that use it."""

from __future__ import annotations

import fcntl
import secrets
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.adapters import clock, network_files, package_data
from clicid.adapters.fetch import Fetcher
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.known_chain import ChainSettings, KnownChain, load_network, open_chain
from clicid.adapters.named_issuers import NamedIssuers
from clicid.adapters.wallet_attester import WalletAttester
from clicid.adapters.webvh_logs import WebvhLogs
from clicid.codec import jcs, shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import ClicidError, LocalError, Refused
from clicid.formats.base import NeedKind, Rules
from clicid.keys.store import KeyRef
from clicid.ledger.ground import Demands
from clicid.oid4vci.holding import WalletRules
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vp.rules import HAIP, OPENID4VP
from clicid.verification import Policy, SignedLists
from clicid.verification.formats import checkers
from wallet import requesters
from wallet.named import NamedSource
from wallet.store import named
from wallet.store.logs import VaultLogs
from wallet.store.records import WalletRecords
from wallet.store.roots import NamedRoot, RootRecords, Roots
from wallet.usecases.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clicid.codec.strict_json import Json
    from clicid.formats.base import NamedIssuer
    from clicid.oid4vp.rules import Requesters

CONFIRMATIONS: Final = 2
COPIES: Final = 4
"""Of each credential, where its issuer gives several at once: each is shown once, and nobody can link two."""
INSTANCE: Final = KeyRef("wallet-instance")
"""The key by which the wallet provider knows this wallet."""
_SETTINGS: Final = "wallet.json"
_LOCK: Final = "taking.lock"
_IN_USE: Final = "network-in-use.json"
CHAIN_MAX_AGE: Final = timedelta(minutes=5)
"""Older knowledge of who asks and who may issue is no basis for showing an identity."""


def create_home(
    home: Path,
    passphrase: str,
    *,
    network_file: Path,
    network_digest: str,
    rpc: Sequence[str],
    witness: str | None,
    demands: Demands,
    sandbox: bool,
    copies: int = COPIES,
    haip: bool = False,
) -> None:
    """Make a wallet: an encrypted vault, and the network it trusts.

    Raises:
        LocalError: `wallet.home` if one is there; `config.file`, `network.digest`; `config.missing` if a
            witness is demanded and none is named.
        Refused: `network.*`.
    """
    if (home / "vault.db").exists():
        raise LocalError("wallet.home", str(home), "there is a wallet already")
    if demands.witness and witness is None:
        raise LocalError("config.missing", "witness", "name a second node, or say that there is none")
    network = load_network(network_file, network_digest, sandbox=sandbox, now=clock.now())
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "network.json").write_bytes(network.to_bytes())
    network_files.remember(home / _IN_USE, network)
    settings = {
        "network_digest": network.digest().hex(),
        "rpc": list(rpc),
        **({} if witness is None else {"witness": witness}),
        "demands": {"proofs": demands.proofs, "witness": demands.witness},
        "sandbox": sandbox,
        "copies": copies,
        "haip": haip,
    }
    (home / _SETTINGS).write_bytes(jcs.dumps(settings))
    AskarKeyStore.open(home / "vault.db", passphrase, create=True).close()


@contextmanager
def opened(home: Path, passphrase: str) -> Iterator[Parts]:
    """Open a wallet for one command, its knowledge of the chain brought up to date if a node answers.

    Raises:
        LocalError: `wallet.home` without a wallet; `keystore.locked` for a wrong passphrase.
    """
    obj = _read(home)
    settings = _settings(home, obj)
    with AskarKeyStore.open(home / "vault.db", passphrase) as vault:
        fetcher = Fetcher(allow_loopback_http=settings.sandbox)
        # The node is one that the person chose: it may be at home, and speak plain http.
        node = Fetcher(allow_loopback_http=True, allow_private=True)
        chain = open_chain(settings, node, clock.now())
        try:
            _catch_up(chain)
            contexts = package_data.contexts(chain.network.vocabulary)
            persons = named.NamedRecords(vault)
            authorities = RootRecords(vault)
            believed = Roots.of([*_roots(obj), *authorities.all().values()])
            by_name = _operators(obj) | persons.all() | dict(believed.by_name)
            haip = _flag(obj, "haip")
            policy = _policy(chain, by_name, believed, sandbox=settings.sandbox, haip=haip)
            provider = _text(obj, "wallet_provider")
            issuers = NamedIssuers(fetcher, WebvhLogs(fetcher, VaultLogs(vault)), clock.now, policy.rules)
            yield Parts(
                keys=vault,
                records=WalletRecords(vault),
                named=persons,
                http=fetcher,
                materials=NamedSource(chain.materials, issuers),
                checkers=checkers(
                    contexts,
                    shipped=package_data.shipped(chain.network.vocabulary),
                    documents=package_data.document_types(chain.network.vocabulary),
                ),
                contexts=contexts,
                policy=policy,
                clock=clock.now,
                random=secrets.token_bytes,
                roots=authorities,
                requesters=_requesters(obj),
                type_metadata=package_data.type_metadata(chain.network.vocabulary),
                holder=WalletRules(
                    copies=_copies(obj),
                    client_id=_text(obj, "client_id"),
                    redirect_uri="",
                    attested=bool(provider),
                    signers=Signers(believed.signers, haip=haip),
                    contexts=contexts,
                    haip=haip,
                ),
                attester=WalletAttester(provider, fetcher, vault, INSTANCE, clock.now) if provider else None,
                asked=HAIP if haip else OPENID4VP,
            )
        finally:
            chain.close()
            fetcher.close()
            node.close()


@contextmanager
def taking(home: Path) -> Iterator[None]:
    """One command at a time takes credentials: another would put this one's keys away as a stopped one's.

    Raises:
        LocalError: `wallet.busy`; `wallet.home` without a wallet.
    """
    try:
        lock = (home / _LOCK).open("wb")
    except OSError as error:
        raise LocalError("wallet.home", str(home), "make one with `clicid-wallet init`") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LocalError("wallet.busy", str(home)) from error
        yield


def attach_provider(home: Path, url: str) -> None:
    """Write down who attests this wallet. Refused `codec.url`; LocalError `wallet.home`."""
    settings = _read(home) | {"wallet_provider": web_url(url, "provider", bare=True).rstrip("/")}
    (home / _SETTINGS).write_bytes(jcs.dumps(settings))


def _catch_up(chain: KnownChain) -> None:
    """An unreachable node leaves what is known, whose age then says so wherever it matters."""
    try:
        chain.follower.sync(clock.now())
    except Refused:
        raise
    except ClicidError:
        return


def _read(home: Path) -> dict[str, Json]:
    try:
        return shape.as_object(strict_json.loads((home / _SETTINGS).read_bytes()))
    except (OSError, Refused) as error:
        raise LocalError("wallet.home", str(home), "make one with `clicid-wallet init`") from error


def _operators(obj: dict[str, Json]) -> dict[str, NamedIssuer]:
    """The issuers on no chain that whoever set the wallet up has named, for everybody who uses it."""
    try:
        return named.parse(shape.optional_items(obj, "issuers_by_name") or [])
    except Refused as error:
        raise LocalError("wallet.named", f"{_SETTINGS}{error.where}", error.code) from error


def _roots(obj: dict[str, Json]) -> list[NamedRoot]:
    """The authorities that whoever set the wallet up has named."""
    try:
        rows = shape.optional_items(obj, "roots") or []
        return [NamedRoot.from_json(shape.as_object(row, "/roots")) for row in rows]
    except Refused as error:
        raise LocalError("wallet.named", f"{_SETTINGS}{error.where}", error.code) from error


def _requesters(obj: dict[str, Json]) -> Requesters:
    """Whom whoever set the wallet up knows that asks."""
    try:
        return requesters.parse(obj.get("requesters", {}))
    except Refused as error:
        raise LocalError("wallet.named", f"{_SETTINGS}{error.where}", error.code) from error


def _text(obj: dict[str, Json], name: str) -> str:
    try:
        return shape.optional_text(obj, name, maximum=2048) or ""
    except Refused as error:
        raise LocalError("wallet.home", f"{_SETTINGS}{error.where}", error.code) from error


def _flag(obj: dict[str, Json], name: str) -> bool:
    """Of a wallet from before there was one, False."""
    try:
        return name in obj and shape.boolean(obj, name)
    except Refused as error:
        raise LocalError("wallet.home", f"{_SETTINGS}{error.where}", error.code) from error


def _copies(obj: dict[str, Json]) -> int:
    try:
        found = shape.optional_integer(obj, "copies", minimum=1, maximum=64)
    except Refused as error:
        raise LocalError("wallet.home", f"{_SETTINGS}{error.where}", error.code) from error
    return COPIES if found is None else found


def _settings(home: Path, obj: dict[str, Json]) -> ChainSettings:
    try:
        demands = shape.child(obj, "demands")
        return ChainSettings(
            network_file=home / "network.json",
            network_digest=shape.text(obj, "network_digest"),
            rpc=shape.texts(obj, "rpc"),
            witness=shape.optional_text(obj, "witness"),
            demands=Demands(
                proofs=shape.boolean(demands, "proofs"), witness=shape.boolean(demands, "witness")
            ),
            in_use=home / _IN_USE,
            store=home / "chain.db",
            confirmations=CONFIRMATIONS,
            sandbox=shape.boolean(obj, "sandbox"),
        )
    except Refused as error:
        raise LocalError("wallet.home", str(home), "make one with `clicid-wallet init`") from error


def _policy(
    chain: KnownChain, by_name: dict[str, NamedIssuer], believed: Roots, *, sandbox: bool, haip: bool
) -> Policy:
    try:
        rules = Rules(
            issuers=None,
            max_age=dict.fromkeys(NeedKind, CHAIN_MAX_AGE),
            leeway=timedelta(seconds=60),
            key_binding_max_age=timedelta(minutes=5),
            allow_test=sandbox,
            by_name=by_name,
            authorities=believed.authorities,
            anchors=believed.anchors,
            haip=haip,
        )
    except Refused as error:
        raise LocalError("wallet.named", error.where, error.code) from error
    schemas = package_data.schema_digests(chain.network.vocabulary)
    return Policy(
        "wallet",
        rules,
        schemas,
        SignedLists.IGNORED,
        chain.network.digest().hex(),
        # Whoever named an issuer without a status list knows that what it gives cannot be revoked.
        allow_without_status=any(not named.lists for named in by_name.values()),
    )
