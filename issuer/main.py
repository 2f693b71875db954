"""The composition root: the one place that reads the configuration and puts everything together."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, Self

from clicid.adapters import package_data
from clicid.errors import LocalError
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci.offer import HAIP_SCHEME, SCHEME
from clicid.vc_api.instances import SUITES, Instance
from issuer import credentials, proofing
from issuer.background import Background, Bell
from issuer.documents import authority_documents, documents
from issuer.engines import frames
from issuer.evidence.ports import ChipJudge, Engines
from issuer.ground import Ground, open_ground
from issuer.http.applications import operator_app, public_app
from issuer.http.metrics import Metrics
from issuer.http.refusals import Refusals
from issuer.http.services import Services, VcApi
from issuer.http.traffic import Traffic
from issuer.logs import LOG
from issuer.usecases.anchoring import Anchoring
from issuer.usecases.api_clients import Clients
from issuer.usecases.approval import Approval
from issuer.usecases.attestations import AttestationStatuses
from issuer.usecases.authenticating import Authenticating
from issuer.usecases.cadence import Cadence
from issuer.usecases.chip import GivingChip
from issuer.usecases.contact import Contact
from issuer.usecases.deciding import Deciding
from issuer.usecases.emergency import Emergency
from issuer.usecases.encryption import Encryption
from issuer.usecases.enrolment import Enrolment
from issuer.usecases.face_search import FaceSearch
from issuer.usecases.funds import Funds
from issuer.usecases.granting import Granting
from issuer.usecases.indexes import Stock
from issuer.usecases.issuing import Issuing
from issuer.usecases.liveness import Liveness
from issuer.usecases.naming import Naming
from issuer.usecases.offering import BlockByCode, Offering
from issuer.usecases.onboarding import Onboarding, Policy
from issuer.usecases.operators import OperatorAccounts
from issuer.usecases.pace import Pace
from issuer.usecases.privacy import Privacy
from issuer.usecases.recovery import Recovery
from issuer.usecases.review import Review
from issuer.usecases.revocation import Revocation
from issuer.usecases.signed_metadata import SignedMetadata
from issuer.usecases.test_people import TEST_PEOPLE
from issuer.usecases.vc_api import ComposedIssuing, StoredLeaves
from issuer.usecases.verdicts import Verdicts
from issuer.usecases.visiting import Visiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from clicid.errors import ClicidError
    from issuer.certificates import DocumentSigning
    from issuer.config import Config
    from issuer.usecases.configurations import Offered
    from issuer.usecases.signing import IssuerKey
    from issuer.usecases.status_chain import StatusChain


_ATTESTATION_ALGS: Final = (ALGORITHMS[P256].jose, ALGORITHMS[ED25519].jose)


class EngineProcesses(Engines, Protocol):
    """Engines that are started and stopped with the application."""

    async def __aenter__(self) -> Self:
        """Start them."""

    async def __aexit__(self, *error: object) -> None:
        """Stop them."""


@dataclass(frozen=True, slots=True)
class Application:
    """Both web applications over one set of services, and what runs beside them."""

    ground: Ground
    services: Services
    public: FastAPI
    operators: FastAPI
    background: Background
    engines: EngineProcesses

    def running(self) -> AbstractAsyncContextManager[None]:
        """Start engines and background work; stop them when the context ends."""
        return _running(self)


def compose(
    ground: Ground, *, engines: EngineProcesses | None = None, chain: StatusChain | None = None
) -> Application:
    """Both applications.

    Args:
        ground: What they stand on.
        engines: What looks at images; our own engines, in processes of their own, if left out.
        chain: The StatusRegistry; the one the ground names if left out.

    Raises:
        LocalError: ``store.schema`` before `migrate`; ``config.*``.
    """
    ground.database.check_schema()
    parts = _parts(ground)
    used_chain = chain or ground.registry
    funds = _funds(ground.config, used_chain)
    anchoring = Anchoring(
        ground.env, used_chain, ground.identity, _pace(ground.config), funds=funds, trouble=_trouble
    )
    refusals = Refusals()
    metrics = Metrics(ground.env, funds, anchoring.tally, refusals)
    services = _services(ground, parts, funds, metrics, refusals)
    used = engines or proofing.engines(ground.config)
    background = _background(ground, parts, services, used, anchoring)
    return Application(ground, services, public_app(services), operator_app(services), background, used)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What several use cases share."""

    jobs: Bell
    changes: Bell
    offered: Mapping[str, Offered]
    keys: Mapping[str, IssuerKey]
    documents: DocumentSigning | None
    policy: Policy
    enrolment: Enrolment
    face_search: FaceSearch
    approval: Approval
    revocation: Revocation
    chips: ChipJudge | None


def _parts(ground: Ground) -> _Parts:
    config, changes = ground.config, Bell()
    policy = proofing.policy(config)
    enrolment = Enrolment(ground.env, proofing.rules(ground), policy)
    face_search = FaceSearch(ground.env, ground.faces, proofing.search_policy(config))
    keys = credentials.signing_keys(config, ground.keystore)
    documents = credentials.document_signing(ground, keys[P256].identity.x5c)
    return _Parts(
        jobs=Bell(),
        changes=changes,
        offered=credentials.offers(ground, documents),
        keys=keys,
        documents=documents,
        policy=policy,
        enrolment=enrolment,
        face_search=face_search,
        approval=Approval(ground.env, enrolment, face_search, test=ground.embedded),
        revocation=Revocation(
            ground.env,
            changes.ring,
            may_lift=config.keys.owner is not None,
            hold=config.status.cadence_seconds > 0,
        ),
        chips=proofing.chips(ground),
    )


def _services(ground: Ground, parts: _Parts, funds: Funds, metrics: Metrics, refusals: Refusals) -> Services:
    config, env, wake = ground.config, ground.env, parts.changes.ring
    encryption = Encryption(
        ground.keystore,
        config.keys.request_encryption,
        secrets.token_bytes,
        requests=config.issuing.encrypted_requests,
        responses=config.issuing.encrypted_responses,
    )
    metadata = credentials.metadata(config, parts.offered, encryption)
    core = credentials.role(ground, metadata)
    sd_jwt = {config.keys.sd_jwt.id: ground.keystore.public(parts.keys[P256].ref)}
    onboarding = Onboarding(
        env, parts.policy, proofing.inspect, parts.jobs.ring, parts.face_search.withdraw_within
    )
    offering = Offering(
        env,
        core,
        parts.offered,
        identifier=config.identifier,
        scheme=HAIP_SCHEME if config.haip else SCHEME,
        offer_life=timedelta(minutes=config.issuing.offer_minutes),
        per_hour=config.contact.codes_per_hour,
    )
    attestations = AttestationStatuses(ground.web, env.clock, _ATTESTATION_ALGS)
    wallets = Authenticating(
        env,
        core,
        credentials.client_rules(config),
        credentials.wallet_providers(config),
        attestations,
        audience=config.identifier,
        bound=config.authorization.bound,
    )
    return Services(
        identifier=config.identifier,
        levels=proofing.rules(ground).levels,
        onboarding=onboarding,
        chip=GivingChip(env, parts.policy, parts.chips, parts.jobs.ring),
        liveness=Liveness(env, parts.policy, frames.check_header, parts.jobs.ring),
        contact=Contact(env, config.contact.codes_per_hour),
        offering=offering,
        blocking=BlockByCode(env, parts.revocation.suspend_all, wake),
        wallets=wallets,
        granting=Granting(env, core, wallets, waiting=config.authorization.waiting),
        visiting=Visiting(
            env,
            core,
            onboarding,
            offering,
            waiting=config.authorization.waiting,
            codes_per_hour=config.contact.codes_per_hour,
        ),
        issuing=Issuing(
            env,
            core,
            parts.offered,
            credentials.mint(ground, parts.keys, parts.documents),
            attestations,
            test_people=TEST_PEOPLE if ground.embedded else {},
            wake=wake,
            active_lists=config.status.active,
            copies=config.issuing.copies,
            worker=config.worker_name,
        ),
        lists=credentials.status_lists(ground, parts.keys),
        revocation=parts.revocation,
        face_search=parts.face_search,
        recovery=Recovery(env, parts.revocation),
        emergency=Emergency(env, wake),
        naming=Naming(env),
        review=Review(env, parts.enrolment, proofing.rules(ground)),
        verdicts=Verdicts(
            env,
            parts.approval,
            proofing.rules(ground),
            four_eyes=proofing.four_eyes(config),
            contest_period=parts.policy.contest_period,
        ),
        accounts=OperatorAccounts(env),
        privacy=Privacy(
            env,
            parts.revocation,
            parts.face_search,
            onboarding.withdraw_face_consent,
            parts.policy,
        ),
        funds=funds,
        metrics=metrics,
        store=env.store,
        traffic=Traffic(),
        refusals=refusals,
        vc_api=_vc_api(ground, parts),
        encryption=encryption,
        signed_metadata=SignedMetadata(env, ground.keystore, parts.keys[P256], metadata),
        offered=parts.offered,
        documents=documents(metadata, credentials.server(config), ground.network.vocabulary, sd_jwt)
        | authority_documents(config.keys.document_signer),
    )


def _vc_api(ground: Ground, parts: _Parts) -> VcApi | None:
    settings = ground.config.vc_api
    if settings is None:
        return None
    vocabulary = ground.network.vocabulary
    if own := sorted(set(settings.types) & set(package_data.schema_digests(vocabulary))):
        raise LocalError("config.invalid", "vc_api.types", f"{own[0]} is issued after an onboarding only")
    issuing = ComposedIssuing(
        Instance("", tuple(SUITES), tuple(parts.keys)),
        parts.keys,
        ground.keystore,
        package_data.open_contexts(vocabulary),
        package_data.at_hand(),
        ground.env.clock,
        ground.env.random,
        types=frozenset(settings.types),
        leaves=StoredLeaves(ground.env),
    )
    return VcApi(issuing, Clients(ground.env, tuple(settings.clients)))


def _background(
    ground: Ground, parts: _Parts, services: Services, engines: Engines, anchoring: Anchoring
) -> Background:
    config = ground.config
    deciding = Deciding(
        ground.env,
        engines,
        proofing.rules(ground),
        parts.approval,
        parts.policy,
        enrolment=parts.enrolment,
        face_search=parts.face_search,
        worker=config.worker_name,
        embedded=ground.embedded,
    )
    return Background(
        deciding,
        anchoring,
        services.privacy,
        services.issuing,
        granting=services.granting,
        stock=Stock(
            ground.env.store,
            config.status.alarm_below,
            _trouble,
            None if config.keys.owner is None else ground.registry.open_list,
        ),
        jobs=parts.jobs,
        changes=parts.changes,
        workers=config.engine_processes,
        publish_seconds=config.status.publish_seconds,
    )


def _pace(config: Config) -> Pace:
    gas, status = config.gas, config.status
    return Pace(
        gas.confirmations,
        timedelta(seconds=gas.stuck_seconds),
        gas.max_fee,
        roots=timedelta(seconds=status.root_seconds),
        cadence=Cadence(timedelta(seconds=status.cadence_seconds), status.decoys),
    )


def _funds(config: Config, chain: StatusChain) -> Funds:
    gas = config.gas
    return Funds(
        chain,
        max_fee=gas.max_fee,
        refuse_below=gas.refuse_below,
        alarm_below=gas.alarm_below,
        tell=_trouble,
    )


def create_app(config: Config) -> FastAPI:
    """The public application with its background work, for any ASGI server."""
    application = compose(open_ground(config))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with application.running():
            yield
        application.ground.close()

    application.public.router.lifespan_context = lifespan
    application.public.state.ground = application.ground
    return application.public


def create_operator_app(config: Config) -> FastAPI:
    """The operators' application alone, for a process or machine of its own."""
    application = compose(open_ground(config))
    application.operators.state.ground = application.ground
    return application.operators


@asynccontextmanager
async def _running(application: Application) -> AsyncIterator[None]:
    await asyncio.to_thread(application.services.funds.check_start)
    async with application.engines, application.background.running():
        yield


def _trouble(url: str, error: ClicidError) -> None:
    LOG.error("%s: %s", f"status list {url}" if url else "anchoring", error)
