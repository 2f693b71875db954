"""One step of the issuer's role of OpenID4VCI on a stored issuance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clicid.errors import RemoteError
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import Event, Issuance, Reply, TokenRequested

if TYPE_CHECKING:
    from clicid.oid4vci.issuer import Issuer
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import GrantRow


@dataclass(frozen=True, slots=True)
class Walk:
    """The core over the store: the issuance is looked up, moved and kept within the transaction."""

    env: Environment
    core: Issuer

    def __call__(self, tx: Transaction, lookup: bytes, event: Event) -> Reply:
        """Take the step; a wallet's mistake, and an issuance that is not there, is a `RemoteError`."""
        found = tx.issuance.grant(lookup)
        if found is None:
            return _unknown(event)
        state, reply = self.core.step(
            Issuance.from_bytes(found.body.encode()), event, now=self.env.now(), random=self.env.random
        )
        tx.issuance.put_grant(_stored(found, state))
        return reply


def _unknown(event: Event) -> RemoteError:
    if isinstance(event, TokenRequested):
        return RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
    return RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")


def _stored(found: GrantRow, state: Issuance) -> GrantRow:
    token = bytes.fromhex(state.token_digest) if state.token_digest else None
    return replace(found, token_lookup=token, body=state.to_bytes().decode())
