"""What every use case of the wallet is given; `wallet.main` builds it once a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from clicid.oid4vp.rules import OPENID4VP, Requesters, RequestRules, Terms
from clicid.oid4vp.transaction_data import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.adapters.wallet_attester import WalletAttester
    from clicid.codec.web import HttpAnswer, HttpRequest
    from clicid.keys.store import KeyStore
    from clicid.oid4vci.holding import WalletRules
    from clicid.rdf.contexts import Contexts
    from clicid.verification import Checkers, Policy
    from wallet.store.named import NamedRecords
    from wallet.store.records import WalletRecords
    from wallet.store.roots import RootRecords


class Http(Protocol):
    """Sends what the protocol cores ask for, under the rules of the one Fetcher."""

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send and wait. Raises Undecided `fetch.*` when there is no answer, LocalError for a bad address."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The wallet's parts.

    Args:
        keys: Holder keys, in the vault.
        records: Credentials and history, in the same vault.
        named: The issuers on no chain that the person has named, in the same vault.
        http: The way out.
        materials: What is known from the chain, and of issuers that somebody has named.
        checkers: A checker for each format.
        contexts: The shipped JSON-LD contexts.
        policy: By what the wallet judges credentials and askers.
        clock: The time.
        random: So many random bytes.
        roots: The authorities that the person has named, in the same vault.
        holder: What this wallet decides once about taking credentials.
        attester: Its wallet provider, if it has one.
        requesters: Whom the wallet knows that asks, beside those on the chain.
        type_metadata: What the network publishes of its types, by their address.
        asked: What requests for presentations may be like.
    """

    keys: KeyStore
    records: WalletRecords
    named: NamedRecords
    http: Http
    materials: Source
    checkers: Checkers
    contexts: Contexts
    policy: Policy
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    roots: RootRecords
    holder: WalletRules
    attester: WalletAttester | None = None
    requesters: Requesters = field(default_factory=Requesters)
    type_metadata: Mapping[str, bytes] = field(default_factory=dict)
    asked: RequestRules = OPENID4VP

    @property
    def terms(self) -> Terms:
        """On what terms presentation requests are listened to."""
        return Terms(self.asked, self.requesters, self.policy.rules, TYPES)
