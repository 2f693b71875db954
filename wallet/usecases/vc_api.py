"""A local holder service: the VC API's `/credentials/derive` and `/presentations/prove`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.codec import shape, strict_json
from clicid.securing.signing import sign
from clicid.vc_api import deriving, instances, proving
from clicid.vc_api.options import IssueOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.instances import Instance
    from clicid.vc_api.messages import DeriveRequest, ProveRequest


@dataclass(frozen=True, slots=True)
class LocalHolding:
    """Presents in the name of one of its own keys, and derives what it is given.

    Args:
        instance: Which suites and kinds of key it offers.
        keys: Where the key of each kind lives.
        identities: What each key is called in a proof.
        keystore: The keys.
        contexts: JSON-LD contexts.
        clock: The time of a proof.
        random: Secret random bytes.
    """

    instance: Instance
    keys: Mapping[str, KeyRef]
    identities: Mapping[str, IssuerIdentity]
    keystore: KeyStore
    contexts: Contexts
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]

    def derive(self, request: DeriveRequest) -> Mapping[str, Json]:
        """The part of a credential that the holder shows.

        Raises:
            Refused: As `deriving.derive`.
        """
        return deriving.derive(request, self.contexts, self.random)

    def prove(self, request: ProveRequest) -> Mapping[str, Json]:
        """The presentation with its proof.

        Raises:
            Refused: As `instances.choose` and `proving.prepare`.
        """
        holder = proving.holder_of(request) or self._usual()
        wanted = IssueOptions(cryptosuite=request.options.cryptosuite)
        instance = instances.presenting(self.instance)
        chosen = instances.choose(instance, holder, wanted, self.identities, place="/holder")
        prepared = proving.prepare(request, chosen, self.contexts, created=self.clock())
        ref = self.keys[chosen.algorithm]
        signatures = [sign(self.keystore, ref, one) for one in prepared.to_be_signed]
        return shape.as_object(strict_json.loads(prepared.complete(signatures)))

    def _usual(self) -> str:
        """The DID of the first kind of key at hand, for a presentation that names no holder."""
        return next(self.identities[kind].did for kind in self.instance.algorithms if kind in self.keys)
