"""Pushed requests and tokens, over the store: the core decides, this keeps (OpenID4VCI 5 and 6; RFC 9126).

Anyone may push: what waits for a browser is bounded for each wallet provider, and for all wallets that are
not attested together, and lives for a minute and a half.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from clicid.errors import LocalError, RemoteError
from clicid.oid4vci.authorization import AuthorizationRequest, PushedResponse
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import RequestPushed, TokenRequested
from clicid.oid4vci.token import (
    CodeRequest,
    PreAuthorizedRequest,
    RefreshRequest,
    TokenResponse,
    parse_request,
)
from issuer.usecases.offering import owner_of, threshold_name
from issuer.usecases.records import Visit
from issuer.usecases.walking import Walk, stored

if TYPE_CHECKING:
    from clicid.oid4vci.clients import Client
    from clicid.oid4vci.issuance import Reply
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.token import TokenRequest
    from issuer.usecases.authenticating import Authenticating, Sent
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import GrantRow

_BATCH: Final = 500
_RENEWALS: Final = 30
_PUSHES: Final = 20
_WINDOW: Final = timedelta(hours=1)


class Granting:
    """The pushed request endpoint and the token endpoint.

    Args:
        env: Store, time, randomness.
        core: The issuer's role of OpenID4VCI.
        wallets: Reads who asks, and with which key.
        waiting: How many requests of one provider's wallets, or of all that are not attested, may wait.
    """

    def __init__(self, env: Environment, core: Issuer, wallets: Authenticating, *, waiting: int) -> None:
        self._env = env
        self._core = core
        self._wallets = wallets
        self._waiting = waiting
        self._walk = Walk(env, core)

    def push(self, body: bytes, sent: Sent) -> PushedResponse:
        """Take a pushed authorization request (RFC 9126 2).

        Raises:
            RemoteError: With the wire code for the peer; `temporarily_unavailable` where too many wait.
        """
        request = AuthorizationRequest.parse(body)
        shown = self._wallets.client(sent, request.client_id, pre_authorized=False, token=False)
        if shown.client is None:
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.client")
        event = RequestPushed(request, shown.client, shown.jkt)
        # What is refused leaves nothing behind, not even its proof: it may come again, and be refused again.
        with self._env.store.writing() as tx:
            self._forget(tx)
            pushed = _only(self._place(tx, shown.client, event), PushedResponse)
            if fault := shown.mark(tx, self._env.now()):
                raise fault
        return pushed

    def token(self, body: bytes, sent: Sent) -> TokenResponse:
        """Redeem a code or a refresh token (OpenID4VCI 6).

        Raises:
            RemoteError: With the wire code for the peer. A wrong transaction code is counted first.
        """
        request = parse_request(body)
        # Also what that gave may be renewed: the core sees that it is the same wallet and key.
        pre_authorized = not isinstance(request, CodeRequest)
        shown = self._wallets.client(sent, request.client_id, pre_authorized=pre_authorized, token=True)
        lookup = bytes.fromhex(self._core.digest(_secret(request)))
        with self._env.store.writing() as tx:
            found = tx.issuance.grant(lookup)
            # Only a proof that came with something real is remembered: others fill nothing.
            fault = None if found is None else shown.mark(tx, self._env.now())
            fault = fault or self._too_often(tx, found, request)
            event = TokenRequested(request, shown.client, shown.jkt)
            reply = fault or self._walk(tx, lookup, event)
        return _only(reply, TokenResponse)

    def let_go(self) -> int:
        """Forget issuances that nothing can come of any more; gives how many."""
        with self._env.store.writing() as tx:
            return self._forget(tx)

    def _place(self, tx: Transaction, client: Client, event: RequestPushed) -> Reply:
        found, bucket = self._invited(tx, event) if event.request.issuer_state else self._new(tx, client)
        reply = self._walk.move(tx, found, event)
        if isinstance(reply, PushedResponse):
            # Whoever was at the page of an earlier request of this offer is there no longer.
            until = self._env.now() + timedelta(seconds=reply.expires_in)
            tx.visits.put(Visit(found.id, bucket, until))
        return reply

    def _invited(self, tx: Transaction, event: RequestPushed) -> tuple[GrantRow, str]:
        found = tx.issuance.grant(bytes.fromhex(self._core.digest(event.request.issuer_state)))
        if found is None:
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vci.issuer_state", "issuer_state")
        now, hash_ = self._env.now(), self._env.sealer.lookup("pushed", found.id)
        if tx.attempts.count(hash_, now - _WINDOW) >= _PUSHES:
            raise RemoteError(Wire.TEMPORARILY_UNAVAILABLE, "oid4vci.pace", "issuer_state")
        tx.attempts.add(hash_, now)
        return found, "offers"

    def _new(self, tx: Transaction, client: Client) -> tuple[GrantRow, str]:
        now = self._env.now()
        bucket = f"provider {client.provider}" if client.provider else "wallets"
        if tx.visits.waiting(bucket, now) >= self._waiting:
            raise RemoteError(Wire.TEMPORARILY_UNAVAILABLE, "oid4vci.pace")
        return stored(self._env.new_id(), self._core.uninvited(now=now)), bucket

    def _too_often(
        self, tx: Transaction, found: GrantRow | None, request: TokenRequest
    ) -> RemoteError | None:
        # Each refresh token is remembered when it is over.
        if found is None or not isinstance(request, RefreshRequest):
            return None
        now, hash_ = self._env.now(), self._env.sealer.lookup("renewals", found.id)
        if tx.attempts.count(hash_, now - _WINDOW) >= _RENEWALS:
            return RemoteError(Wire.TEMPORARILY_UNAVAILABLE, "oid4vci.pace")
        tx.attempts.add(hash_, now)
        return None

    def _forget(self, tx: Transaction) -> int:
        over = tx.issuance.over(self._env.now(), _BATCH)
        for row in over:
            if owner := owner_of(tx, row):
                tx.vault.drop(owner, threshold_name(row.id))
            tx.issuance.remove_grant(row.id)
        return len(over)


def _secret(request: TokenRequest) -> str:
    match request:
        case PreAuthorizedRequest():
            return request.pre_authorized_code
        case CodeRequest():
            return request.code
        case RefreshRequest():
            return request.refresh_token


R = TypeVar("R")


def _only(reply: Reply, kind: type[R]) -> R:
    if isinstance(reply, RemoteError):
        raise reply
    if not isinstance(reply, kind):
        raise LocalError("oid4vci.sequence", detail=f"no {kind.__name__}")
    return reply
