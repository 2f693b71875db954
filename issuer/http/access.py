"""Who may call a route: declared at the route, checked by a dependency, shown in the OpenAPI document.

Each declaration is what a route decorator takes: ``@routes.get(path, **ANYONE)``. The member
``x-clicid-access`` of the document is made from the same value as the check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from clicid.errors import Refused
from issuer.http.services import Use
from issuer.usecases.operators import allow
from issuer.usecases.records import Operator, Role

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBER: Final = "x-clicid-access"

_RESUME = HTTPBearer(
    scheme_name="resume token", description="Given when the onboarding began", auto_error=False
)
_OPERATOR = HTTPBearer(
    scheme_name="operator token", description="Given to one named operator", auto_error=False
)
_WALLET = HTTPBearer(scheme_name="access token", description="From the token endpoint", auto_error=False)
_Given = HTTPAuthorizationCredentials | None


def _resumed(session_id: str, given: Annotated[_Given, Depends(_RESUME)], use: Use) -> None:
    use.onboarding.resume(session_id, given.credentials if given else "")


def _with_role(role: Role) -> Callable[..., None]:
    def check(request: Request, given: Annotated[_Given, Depends(_OPERATOR)], use: Use) -> None:
        if given is None:
            raise Refused("operator.token")
        operator = use.accounts.authenticate(given.credentials)
        allow(operator, role)
        request.state.operator = operator

    return check


def _declared(who: str, check: Callable[..., Any] | None) -> dict[str, Any]:
    declared: dict[str, Any] = {"openapi_extra": {MEMBER: who}}
    return declared | ({"dependencies": [Depends(check)]} if check else {})


ANYONE: Final = _declared("anyone", None)
PERSON: Final = _declared("person", _resumed)
# The protocol core checks the token, and answers as OpenID4VCI wants it.
WALLET: Final = _declared("wallet", _WALLET)
# `Visiting` checks the cookie, and the token that each form of its pages brings back.
BROWSER: Final = _declared("browser", None)
REVIEWER: Final = _declared(Role.REVIEWER, _with_role(Role.REVIEWER))
REVOKER: Final = _declared(Role.REVOKER, _with_role(Role.REVOKER))
AUDITOR: Final = _declared(Role.AUDITOR, _with_role(Role.AUDITOR))
ADMIN: Final = _declared(Role.ADMIN, _with_role(Role.ADMIN))
MONITOR: Final = _declared(Role.MONITOR, _with_role(Role.MONITOR))


def acting(request: Request) -> Operator:
    """The operator who calls, found by the route's declaration."""
    operator = request.state.operator
    if not isinstance(operator, Operator):
        raise Refused("operator.token")
    return operator


Acting = Annotated[Operator, Depends(acting)]
