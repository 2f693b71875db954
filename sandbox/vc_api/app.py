"""The web application: an instance for each suite and kind of key, every one with the whole API."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from clicid.adapters import clock, package_data, vc_api_routes
from clicid.adapters.did_records import NoChain, SourceDocuments
from clicid.adapters.loopback import LoopbackOnly
from clicid.adapters.webvh_history import WebvhHistory
from clicid.adapters.webvh_logs import WebvhLogs
from clicid.codec import shape, strict_json
from clicid.did.resolution import Records
from clicid.errors import Refused
from clicid.formats.base import Accredited, HolderBound, Material, NeedKind, Rules, Unavailable
from clicid.formats.vc_di import secure_credential
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import (
    ECDSA_RDFC_2019,
    EDDSA_RDFC_2022,
    Proof,
    Purpose,
    bbs_2023,
    holder,
)
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.vc_api.instances import Instance, instances
from clicid.verification import Policy, SignedLists, checkers
from issuer.usecases.signing import finish
from issuer.usecases.vc_api import ComposedIssuing
from sandbox.vc_api import lists
from sandbox.vc_api.materials import WebMaterials
from sandbox.vc_api.page import page_of
from verifier.usecases.vc_api import GeneralVerifying
from wallet.usecases.vc_api import LocalHolding

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.adapters.fetch import Fetcher
    from clicid.formats.base import Need
    from sandbox.vc_api.identities import Identities
    from sandbox.vc_api.lists import Lists

_LOG: Final = logging.getLogger("clicid.vc_api")
_LEEWAY: Final = timedelta(minutes=1)
_LONG: Final = timedelta(days=36_500)

POLICY: Final = Policy(
    name="vc-api sandbox: anybody may be the issuer",
    rules=Rules(
        issuers=None,
        max_age=dict.fromkeys(NeedKind, timedelta(days=1)),
        leeway=_LEEWAY,
        key_binding_max_age=_LONG,
        allow_test=True,
        accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER,
        holder=HolderBound.UNSAFE_ANYBODY_MAY_PRESENT,
    ),
    schemas={},
    signed_lists=SignedLists.IGNORED,
    network="",
    allow_without_status=True,
)


def create_app(identities: Identities, held: Lists, fetcher: Fetcher) -> FastAPI:
    """The application.

    Args:
        identities: In whose names it signs.
        held: Their status lists.
        fetcher: The way to what others' credentials name.
    """
    # The pages that come with FastAPI load scripts from elsewhere.
    app = FastAPI(title="ClicID sandbox: VC API", version="1", docs_url=None, redoc_url=None)
    app.add_middleware(LoopbackOnly)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _http)
    app.add_exception_handler(Exception, _unexpected)
    materials = WebMaterials(OwnLists(identities, held), fetcher, WebvhLogs(fetcher, WebvhHistory()))
    for instance in instances():
        _mount(app, instance, identities, held, materials)

    @app.get("/", tags=["sandbox"], response_class=HTMLResponse)
    def page() -> HTMLResponse:
        """This page: what stands where."""
        return HTMLResponse(page_of(identities.named()))

    @app.get("/issuers", tags=["sandbox"])
    def issuers() -> dict[str, str]:
        """The issuers' DIDs, by kind of key."""
        return identities.named()

    @app.get(lists.PATH + "/{number}/{purpose}", tags=["sandbox"])
    def status_list(number: int, purpose: str, accept: Annotated[str, Header()] = "*/*") -> Response:
        """A status list as a credential (Bitstring Status List 1.0)."""
        try:
            raw = _signed_list(identities, held, number, purpose)
        except Refused as error:
            return vc_api_routes.problem(error, status=404)
        return Response(raw, media_type=_media_type(accept))

    return app


@dataclass(frozen=True, slots=True)
class OwnLists:
    """A `Source` of the lists of our own.

    Args:
        identities: Who signs them.
        held: The lists.
    """

    identities: Identities
    held: Lists

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The list credential as it is served."""
        place = self.held.place(need.uri) if need.kind is NeedKind.STATUS_LIST_CREDENTIAL else None
        if place is None:
            return Unavailable(now, "this sandbox has no chain")
        raw = _signed_list(self.identities, self.held, *place)
        return Material(raw, now, now, "this sandbox's own list", "application/vc")

    def get_at_once(self, _need: Need, _now: datetime) -> None:
        """Nothing: a list is signed when it is asked for."""


def _mount(
    app: FastAPI, instance: Instance, identities: Identities, held: Lists, materials: WebMaterials
) -> None:
    contexts = package_data.example_contexts()
    issuing = ComposedIssuing(
        instance,
        identities.keys,
        identities.keystore,
        contexts,
        package_data.at_hand(),
        clock.now,
        secrets.token_bytes,
        held if instance.status else None,
    )
    reading = checkers(contexts, profile=Profile.OPEN, shipped=package_data.shipped())
    verifying = GeneralVerifying(POLICY, reading, materials, clock.now)
    holding = LocalHolding(
        instance,
        {kind: key.ref for kind, key in identities.keys.items()},
        {kind: key.identity for kind, key in identities.keys.items()},
        identities.keystore,
        contexts,
        clock.now,
        secrets.token_bytes,
    )
    prefix = f"/{instance.path}".rstrip("/")
    app.include_router(vc_api_routes.issuing(issuing), prefix=prefix)
    app.include_router(vc_api_routes.holding(holding), prefix=prefix)
    app.include_router(vc_api_routes.verifying(verifying), prefix=prefix)
    records = Records(SourceDocuments(materials, clock.now), NoChain("no chain is followed here"))
    app.include_router(vc_api_routes.identifiers(records, clock.now), prefix=prefix)


def _media_type(accept: str) -> str:
    """A credential's own media type, or that of JSON-LD for who asks for this and not for that."""
    asked = {one.partition(";")[0].strip().lower() for one in accept.split(",")}
    return "application/vc" if asked & {"*/*", "application/*", "application/vc"} else "application/ld+json"


_LIST_SUITES: Final = {
    ED25519: EDDSA_RDFC_2022,
    P256: ECDSA_RDFC_2019,
    P384: ECDSA_RDFC_2019,
    BLS12_381_G2: BBS_2023,
}
"""By which suite the list of each kind of key is signed."""


def _signed_list(identities: Identities, held: Lists, number: int, purpose: str) -> bytes:
    """The list as a credential of the issuer's whose credentials name it: by the same key."""
    now = clock.now()
    document = held.document(number, purpose, now)
    kind, key = next(row for row in identities.keys.items() if row[1].identity.did == document["issuer"])
    proof = Proof(
        verification_method=key.identity.key_id,
        purpose=Purpose.ASSERTION_METHOD,
        cryptosuite=_LIST_SUITES[kind],
        created=now,
    )
    shown = tuple(f"/{name}" for name in document)
    whole = bbs_2023.Issuing(shown, secrets.token_bytes, identities.keystore.public(key.ref))
    contexts = package_data.example_contexts()
    prepared = secure_credential(
        key.identity,
        document,
        proof,
        kind,
        contexts,
        profile=Profile.OPEN,
        suite=whole if kind == BLS12_381_G2 else None,
    )
    raw = finish(prepared, identities.keystore, key.ref)
    if kind != BLS12_381_G2:
        return raw
    # Nobody verifies a base proof: the list is shown whole, by its own issuer.
    base = holder.receive_bbs(shape.as_object(strict_json.loads(raw)), contexts, profile=Profile.OPEN)
    return strict_json.dumps(base.derive((), presentation_header=b"", random=secrets.token_bytes))


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    _LOG.error("unexpected %s", type(error).__name__)
    return vc_api_routes.problem(Refused("http.unexpected"), status=500)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    # What is malformed in a path is an address at which there is nothing.
    status = error.status_code if isinstance(error, HTTPException | StarletteHTTPException) else 404
    code = {404: "http.not_found", 405: "http.method"}.get(status, "http.body")
    return vc_api_routes.problem(Refused(code), status=status)
