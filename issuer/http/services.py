"""What the routers call; `issuer.main` fills it in and hangs it on the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.evidence.levels import Claim
    from issuer.http.metrics import Metrics
    from issuer.http.refusals import Refusals
    from issuer.http.traffic import Traffic
    from issuer.usecases.api_clients import Clients
    from issuer.usecases.authenticating import Authenticating
    from issuer.usecases.chip import GivingChip
    from issuer.usecases.configurations import Offered
    from issuer.usecases.contact import Contact
    from issuer.usecases.emergency import Emergency
    from issuer.usecases.encryption import Encryption
    from issuer.usecases.face_search import FaceSearch
    from issuer.usecases.funds import Funds
    from issuer.usecases.granting import Granting
    from issuer.usecases.issuing import Issuing
    from issuer.usecases.lists import Lists
    from issuer.usecases.liveness import Liveness
    from issuer.usecases.naming import Naming
    from issuer.usecases.offering import BlockByCode, Offering
    from issuer.usecases.onboarding import Onboarding
    from issuer.usecases.operators import OperatorAccounts
    from issuer.usecases.ports import Store
    from issuer.usecases.privacy import Privacy
    from issuer.usecases.recovery import Recovery
    from issuer.usecases.review import Review
    from issuer.usecases.revocation import Revocation
    from issuer.usecases.signed_metadata import SignedMetadata
    from issuer.usecases.vc_api import ComposedIssuing
    from issuer.usecases.verdicts import Verdicts
    from issuer.usecases.visiting import Visiting


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is served as it is: body, media type, and how long it may be kept."""

    body: bytes
    media_type: str
    max_age: int


@dataclass(frozen=True, slots=True)
class VcApi:
    """The VC API, where the configuration has it."""

    issuing: ComposedIssuing
    clients: Clients


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, and the documents served as they are (by path)."""

    identifier: str
    levels: tuple[Claim, ...]
    onboarding: Onboarding
    chip: GivingChip
    liveness: Liveness
    contact: Contact
    offering: Offering
    blocking: BlockByCode
    wallets: Authenticating
    granting: Granting
    visiting: Visiting
    issuing: Issuing
    lists: Lists
    revocation: Revocation
    face_search: FaceSearch
    recovery: Recovery
    emergency: Emergency
    naming: Naming
    review: Review
    verdicts: Verdicts
    accounts: OperatorAccounts
    privacy: Privacy
    funds: Funds
    metrics: Metrics
    store: Store
    traffic: Traffic
    refusals: Refusals
    vc_api: VcApi | None
    encryption: Encryption
    signed_metadata: SignedMetadata
    offered: Mapping[str, Offered]
    documents: Mapping[str, Document]


def services(request: Request) -> Services:
    """The application's services."""
    found = request.app.state.services
    if not isinstance(found, Services):
        raise TypeError("the application has no services")
    return found


Use = Annotated[Services, Depends(services)]
