"""The two web applications over one set of services: for people and wallets, and for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from issuer.http import authorize, chip, liveness, oid4vci, onboarding, operators, problems, published, vc_api
from issuer.http.traffic import AccessLog, Traffic

if TYPE_CHECKING:
    from issuer.http.services import Services

_INTERFACE: Final = "1"


def public_app(services: Services) -> FastAPI:
    """The application for people, wallets and verifiers."""
    app = _app(services, "ClicID issuer")
    for router in (
        onboarding.routes,
        chip.routes,
        liveness.routes,
        onboarding.blocking,
        oid4vci.routes,
        authorize.routes,
        oid4vci.proofs,
        published.routes,
    ):
        app.include_router(router)
    secure = services.identifier.startswith("https:")
    app.add_middleware(AccessLog, traffic=services.traffic, secure=secure)
    return app


def operator_app(services: Services) -> FastAPI:
    """The application for operators, on an address of its own."""
    app = _app(services, "ClicID issuer: operators")
    app.include_router(operators.routes)
    if services.vc_api is not None:
        app.include_router(vc_api.routes(services.vc_api.issuing, services.vc_api.clients))
    app.add_middleware(AccessLog, traffic=Traffic())
    return app


def _app(services: Services, title: str) -> FastAPI:
    # The pages that come with FastAPI load scripts from elsewhere: ours is at / instead.
    # A path with a slash too many is none: its redirect (307) would repeat a form with its code to another
    # address (FAPI 2.0 Security Profile 5.3.2.2, 10).
    app = FastAPI(title=title, version=_INTERFACE, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    problems.install(app)
    return app
