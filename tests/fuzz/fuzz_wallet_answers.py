"""What issuers and their servers may answer in each phase at the wallet: a state, or our error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec.web import HttpAnswer
from clicid.oid4vci.acceptance import Acceptance, Phase
from clicid.oid4vci.dialogue import Answered
from tests.support.foreign_issuer import ForeignIssuer
from tests.support.holder import ATTESTED, MemoryWallet

if TYPE_CHECKING:
    from clicid.codec.web import HttpRequest

_TYPES = ("application/json", "application/jwt", "text/html", "")
_STATUSES = (200, 201, 202, 204, 400, 401, 500)
_STATES: list[Acceptance] = []
SEEDS: list[bytes] = []


def _record() -> MemoryWallet:
    issuer = ForeignIssuer(
        dpop=True, nonces=True, par="must", methods=("attest_jwt_client_auth",), challenges="endpoint",
        encryption="may", refreshes=True, pending=1,
    )  # fmt: skip

    def keep(_request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        place = len(_STATES)
        _STATES.append(wallet.state)
        head = bytes((place, _STATUSES.index(found.status), _TYPES.index(found.content_type)))
        SEEDS.append(head + found.body)
        return found

    wallet = MemoryWallet(issuer, rules=ATTESTED, browse=issuer.browser, alter_answer=keep)
    outcome = wallet.accept(issuer.offer("code"))
    issuer.now = getattr(outcome, "until", issuer.now)
    wallet.ask_again()
    return wallet


_WALLET = _record()


def target(data: bytes) -> None:
    if len(data) < 3:
        return
    place, status, kind = data[:3]
    state = _STATES[place % len(_STATES)]
    headers = {name: data[3:40].decode("latin-1") for name in ("dpop-nonce", "www-authenticate")}
    answer = HttpAnswer(_STATUSES[status % 7], _TYPES[kind % 4], data[3:], headers)
    following, reply = _WALLET.role.step(state, Answered(answer), now=_WALLET.server.now)
    assert Acceptance.from_bytes(following.to_bytes()) == following
    assert (following.phase is Phase.FAILED) or reply is not None
