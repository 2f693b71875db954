"""The composition root of the verifier: the only reader of its configuration."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from clicid.adapters import clock, network_files, package_data
from clicid.adapters.bundles import KnownBundle, Trust
from clicid.adapters.did_records import FollowedChain, NamedDocuments, NoChain
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.known_chain import ChainSettings, load_network, open_chain
from clicid.adapters.vc_api_door import VcApiDoor
from clicid.codec import shape, strict_json
from clicid.did.resolution import Records
from clicid.errors import ClicidError, LocalError, Refused
from clicid.oid4vp.rules import HAIP, OPENID4VP
from clicid.trust import registration
from clicid.verification.formats import checkers
from verifier.config import BUNDLE_MEMORY, LOGO_TYPES, NAMED, NETWORK_IN_USE
from verifier.http import clients, pages, wallets
from verifier.http.bodies import BodyCap
from verifier.http.clients import Parts, UnauthorizedError
from verifier.http.operators import metrics_routes
from verifier.http.problems import problem
from verifier.identities import opened, profiled
from verifier.metrics import Metrics
from verifier.pages.rendering import Brand
from verifier.policy import policy
from verifier.refresh.bundled import BundledNamed
from verifier.refresh.evidence import ListWatch
from verifier.refresh.following import Following
from verifier.refresh.forms import all_forms
from verifier.refresh.lists import SignedListMaterials
from verifier.refresh.named import NamedMaterials
from verifier.store import VerifierStore
from verifier.usecases.service import Service
from verifier.usecases.vc_api import GeneralVerifying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from clicid.adapters.gather import Source
    from clicid.adapters.known_chain import KnownChain
    from clicid.did.resolution import Chain
    from clicid.formats.base import Rules
    from clicid.ledger.network import NetworkFile
    from clicid.verification import Checkers
    from verifier.config import Config

SEALING_RECORD = ("sealing", "claims")
_FORGET_SECONDS: Final = 60.0
_MAX_LOGO: Final = 1 << 18
_LOG: Final = logging.getLogger("clicid.verifier")


def create_app(config: Config) -> FastAPI:
    """The application; what is missing or wrong is refused here, not at the first request.

    Raises:
        LocalError: `config.*`, `keystore.*`, `network.digest`.
        Refused: `network.*`, `registration.*`, `ledger.store`.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    fetcher = Fetcher(allow_loopback_http=config.sandbox)
    # The node's address is the operator's own word: it may be next door, and speak plain http.
    node = Fetcher(allow_loopback_http=True, allow_private=True)
    chain = open_known(config, node)
    keys = AskarKeyStore.open(config.data_dir / "vault.db", vault_key(config.vault_key_file))
    following = Following(chain.follower, clock.now)
    rules = policy(config, chain.network).rules
    watch = ListWatch(chain.materials, rules, config.data_dir / "evidence")
    forms = all_forms(_checkers(chain))
    lists = SignedListMaterials(chain.materials, fetcher, clock.now, watch, forms)
    if isinstance(chain, KnownBundle):
        named: NamedMaterials = named_by_bundle(config, chain, rules, watch)
    else:
        folder = config.data_dir / NAMED
        named = NamedMaterials(lists, fetcher, clock.now, rules=rules, watch=watch, folder=folder)
    service = _service(config, chain, keys, named if rules.by_name else lists)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What stands now stands as long as the server: no request shall wait for a search through it.
        gc.collect()
        gc.freeze()
        following.start()
        lists.start()
        named.start()
        forgetting = asyncio.create_task(_forget(service))
        yield
        gc.unfreeze()
        forgetting.cancel()
        named.stop()
        lists.stop()
        following.stop()
        service.store.close()
        chain.close()
        keys.close()
        fetcher.close()
        node.close()

    brand = brand_of(config, service.registration.legal_name)
    app = routed(Parts(service, config.clients, brand, config.page.by_browser))
    app.router.lifespan_context = lifespan

    @app.get("/health", tags=["operator"])
    def health() -> Response:
        """How fresh the verifier is, and how many calls it made to whom."""
        state = following.health()
        fresh = (
            state.age_seconds is not None
            and not state.doubt
            and state.age_seconds <= config.policy.chain_max_age.total_seconds()
        )
        body = {
            "fresh": fresh,
            "head": state.head,
            "head_age_seconds": state.age_seconds,
            "trouble": state.trouble,
            "doubt": state.doubt,
            "network": chain.network.digest().hex(),
            "calls": dict(node.counts + fetcher.counts),
            "disagreeing_lists": dict(watch.found),
            "broken_lists": dict(state.broken_lists),
            "issuers_by_name": named.troubles,
        }
        return JSONResponse(body, 200 if fresh else 503)

    if config.metrics_sha256:
        endpoints = chain.follower.endpoints if isinstance(chain.follower, Follower) else ()
        metrics = Metrics(following, endpoints, watch.found, named, clock.now)
        app.include_router(metrics_routes(metrics, config.metrics_sha256))

    return app


def brand_of(config: Config, legal_name: str) -> Brand:
    """How the hosted pages look.

    Raises:
        LocalError: `config.file`, `config.invalid` for a picture that cannot be read, or is too large.
    """
    page = config.page
    if page.logo_file is None:
        return Brand(page.name or legal_name, None, page.colour)
    raw = _read(page.logo_file)
    if len(raw) > _MAX_LOGO:
        raise LocalError("config.invalid", str(page.logo_file), f"more than {_MAX_LOGO} bytes")
    return Brand(page.name or legal_name, (LOGO_TYPES[page.logo_file.suffix], raw), page.colour)


def named_by_bundle(config: Config, known: KnownBundle, rules: Rules, watch: ListWatch) -> BundledNamed:
    """The issuers that the policy names, as bundles tell of them; all else from the bundle's chain.

    Raises:
        LocalError: `did.store`, `config.file`.
    """
    folder = config.data_dir / NAMED
    return BundledNamed(known.materials, known.follower, clock.now, rules=rules, watch=watch, folder=folder)


def routed(parts: Parts) -> FastAPI:
    """What clients and wallets reach: caps, routes, and how errors of ours are told."""
    app = FastAPI(title="ClicID verifier", version="1", docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.add_middleware(BodyCap)
    app.include_router(clients.routes)
    app.include_router(wallets.routes)
    app.include_router(pages.routes)
    app.include_router(clients.vc_api(_verifying(parts.service), parts.service.records))
    app.add_exception_handler(ClicidError, _refuse)
    app.add_exception_handler(UnauthorizedError, _unauthorized)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def with_door(app: FastAPI) -> ASGIApp:
    """An application of `routed` as it is served: the usual presentation is answered at its door."""
    service: Service = app.state.parts.service
    return VcApiDoor(app, _verifying(service), partial(clients.is_remembered, service))


def _verifying(service: Service) -> GeneralVerifying:
    return GeneralVerifying(service.policy, service.checkers, service.materials, service.clock)


async def _forget(service: Service) -> None:
    """Drop untaken claims and keys of answers that never came, once a minute, and wipe."""
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        try:
            await run_in_threadpool(service.store.forget_claims, int(service.clock().timestamp()))
            await run_in_threadpool(service.answer_keys.destroy_late, int(service.clock().timestamp()))
            await run_in_threadpool(service.store.wipe)
        except (SQLAlchemyError, LocalError) as error:
            _LOG.warning("untaken claims or keys could not be dropped: %s", type(error).__name__)


def _service(
    config: Config, chain: KnownChain | KnownBundle, keys: AskarKeyStore, materials: Source
) -> Service:
    key = keys.find(config.key_name)
    if key is None:
        raise LocalError("keystore.unknown", config.key_name, "make it with `clicid-verifier keys`")
    raw, decided = _read(config.registration_file), policy(config, chain.network)
    named = opened(config.did, config.key_id, key, config.identities, origin=config.origin, keys=keys)
    return Service(
        origin=config.origin,
        identities=profiled(named) if config.haip else named,
        identity=config.identity,
        response_mode=config.response_mode,
        keys=keys,
        registration=registration.parse(raw),
        registration_json=shape.as_object(strict_json.loads(raw)),
        store=VerifierStore(config.data_dir / "verifier.db", _sealing_key(keys), secrets.token_bytes),
        materials=materials,
        records=Records(NamedDocuments(materials, clock.now, decided.rules.by_name), _identities(chain)),
        checkers=_checkers(chain),
        policy=decided,
        clock=clock.now,
        random=secrets.token_bytes,
        rules=HAIP if config.haip else OPENID4VP,
    )


def _checkers(chain: KnownChain | KnownBundle) -> Checkers:
    vocabulary = chain.network.vocabulary
    return checkers(
        package_data.contexts(vocabulary),
        shipped=package_data.shipped(vocabulary),
        documents=package_data.document_types(vocabulary),
    )


def _identities(chain: KnownChain | KnownBundle) -> Chain:
    """Whole documents are told from logs, which a follower stores and a bundle does not carry."""
    if isinstance(chain, KnownBundle):
        return NoChain("a bundle carries keys, and no history to make a document of")
    return FollowedChain(chain.follower, chain.store)


def open_known(config: Config, node: Fetcher) -> KnownChain | KnownBundle:
    """What the configuration lets be known of the chain: by a node, or by bundles.

    Raises:
        LocalError: `config.*`, `network.digest`.
        Refused: `network.*`, `ledger.store`.
    """
    if config.bundle is None:
        return open_chain(_chain_settings(config), node, clock.now())
    network = network_in_use(config)
    network_files.remember(config.data_dir / NETWORK_IN_USE, network)
    trust = Trust(network, config.bundle.signers)
    return KnownBundle.open(config.bundle.file, trust, config.data_dir / BUNDLE_MEMORY)


def network_in_use(config: Config) -> NetworkFile:
    """The network file that counts here now; what is remembered of it stays as it is.

    Raises:
        LocalError: `config.file`, `network.digest`.
        Refused: `network.*`.
    """
    return load_network(
        config.network_file,
        config.network_digest,
        sandbox=config.sandbox,
        now=clock.now(),
        in_use=network_files.remembered(config.data_dir / NETWORK_IN_USE),
    )


def _chain_settings(config: Config) -> ChainSettings:
    return ChainSettings(
        network_file=config.network_file,
        network_digest=config.network_digest,
        rpc=config.rpc,
        witness=config.witness,
        demands=config.policy.demands,
        in_use=config.data_dir / NETWORK_IN_USE,
        store=config.chain_store,
        confirmations=config.policy.confirmations,
        sandbox=config.sandbox,
    )


def _sealing_key(keys: AskarKeyStore) -> bytes:
    """The key under which claims wait for their client, made at the first start."""
    found = keys.get_record(*SEALING_RECORD)
    if found is not None:
        return found.value
    key = secrets.token_bytes(32)
    keys.put_record(*SEALING_RECORD, key)
    return key


def vault_key(path: Path) -> bytes:
    """The vault's key: 64 hexadecimal digits in a file of its own.

    Raises:
        LocalError: `config.file`, `config.invalid`.
    """
    try:
        return bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError:
        raise LocalError("config.invalid", str(path), "64 hexadecimal digits are wanted") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error


async def _refuse(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ClicidError):
        raise error
    return problem(500 if isinstance(error, LocalError) else 400, error)


async def _invalid(_request: Request, error: Exception) -> Response:
    """Where the mistake is. What was sent, a secret perhaps, is not sent back."""
    faults: list[dict[str, Any]] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    where = "/" + "/".join(str(step) for step in faults[0]["loc"][1:]) if faults else ""
    return problem(422, Refused("http.body", where))


async def _unauthorized(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
