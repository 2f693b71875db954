"""Securing a credential that a client composed: the VC API's `/credentials/issue`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clicid.trust import issuance
from clicid.vc_api import instances, issuing
from clicid.vc_api.issuing import Issued
from issuer.usecases.signing import mint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.resources import AtHand
    from clicid.keys.store import KeyStore
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.instances import Instance
    from clicid.vc_api.messages import IssueRequest
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Clock, Random
    from issuer.usecases.signing import IssuerKey


class Entries(Protocol):
    """Gives status entries."""

    def give(self, issuer: str) -> tuple[Mapping[str, Json], ...]:
        """The entries of a new credential of this issuer, each as the credential carries it."""


class Leaves(Protocol):
    """Keeps the digests of credentials until the next issuance root."""

    def add(self, digest: bytes) -> None:
        """A credential goes out that waits for one."""


@dataclass(frozen=True, slots=True)
class StoredLeaves:
    """Leaves in the issuer's store. Nothing else of such a credential is kept: whose it is its client knows.

    Args:
        env: Store, time.
    """

    env: Environment

    def add(self, digest: bytes) -> None:
        """Add one; the same credential signed twice waits once."""
        with self.env.store.writing() as tx:
            tx.issuance.add_leaf(digest, None, self.env.now())


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
        leaves: Where the digests of what goes out are kept, or None where nothing is anchored.
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
    leaves: Leaves | None = None

    def issue(self, request: IssueRequest) -> Issued:
        """The credential with its proof, and its digest if it is anchored.

        The digest is kept before the credential goes out: none is out that will not be anchored.

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
        minted = mint(prepared, self.keystore, ref)
        digest = minted.digest if self.leaves else None
        if self.leaves and digest is not None:
            self.leaves.add(digest)
        return Issued(
            issuing.issued(minted.credential, chosen), "" if digest is None else issuance.uri(digest)
        )
