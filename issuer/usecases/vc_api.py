"""Securing a credential that a client composed: the VC API's `/credentials/issue`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clicid.vc_api import instances, issuing
from issuer.usecases.signing import finish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.resources import AtHand
    from clicid.keys.store import KeyStore
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.instances import Instance
    from clicid.vc_api.messages import IssueRequest
    from issuer.usecases.ports import Clock, Random
    from issuer.usecases.signing import IssuerKey


class Entries(Protocol):
    """Gives status entries."""

    def give(self, issuer: str) -> tuple[Mapping[str, Json], ...]:
        """The entries of a new credential of this issuer, each as the credential carries it."""


@dataclass(frozen=True, slots=True)
class ComposedIssuing:
    """Secures what it is given, in the name of one of its own identities and no other.

    Args:
        instance: Which suites and kinds of key it offers.
        keys: The credential key by kind.
        keystore: Where they live.
        contexts: JSON-LD contexts.
        at_hand: The digests of what is used here in the name of a URL.
        clock: The time of a proof.
        random: Secret random bytes, for suites that blind what they do not show.
        entries: Where its credentials' status entries come from, or None if it gives none.
        types: IRIs of the only types that it secures, or None for any.
    """

    instance: Instance
    keys: Mapping[str, IssuerKey]
    keystore: KeyStore
    contexts: Contexts
    at_hand: AtHand
    clock: Clock
    random: Random
    entries: Entries | None = None
    types: frozenset[str] | None = None

    def issue(self, request: IssueRequest) -> Mapping[str, Json]:
        """The credential with its proof.

        Raises:
            Refused: As `instances.choose` and `issuing.prepare`.
        """
        if self.types is not None:
            issuing.check_types(request, self.types, self.contexts)
        issuer = issuing.issuer_of(request)
        identities = {kind: key.identity for kind, key in self.keys.items()}
        chosen = instances.choose(self.instance, issuer, request.options, identities)
        status = self.entries.give(issuer) if self.entries else ()
        credential = issuing.document(request, status, self.at_hand)
        ref = self.keys[chosen.algorithm].ref
        prepared = issuing.prepare(
            credential,
            request,
            chosen,
            self.contexts,
            created=self.clock(),
            key=self.keystore.public(ref),
            random=self.random,
        )
        raw = finish(prepared, self.keystore, ref)
        return issuing.issued(raw, chosen)
