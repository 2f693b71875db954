"""The local holder service: put together, and run until told to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.adapters import package_data
from clicid.adapters.loopback import check_loopback, run
from clicid.codec import base64url
from clicid.did import key as did_key
from clicid.formats.base import IssuerIdentity
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.vc_api.instances import SUITES, Instance
from wallet.http.holder import CLIENT, holder_app
from wallet.usecases.vc_api import LocalHolding

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.store import KeyRef
    from clicid.rdf.contexts import Contexts
    from wallet.usecases.parts import Parts

_KINDS: Final = (ED25519, P256, P384)


def serve(parts: Parts, host: str, port: int, *, tell: Callable[[str], None]) -> None:
    """Serve until told to end.

    Args:
        parts: The open wallet.
        host: A loopback address.
        port: The port.
        tell: Told the address, the client's id and its secret, which is another one each time.

    Raises:
        LocalError: `config.sandbox` for an address that others can reach.
    """
    check_loopback(host)
    secret = base64url.encode(parts.random(32))
    tell(f"http://{host}:{port}")
    tell(f"client_id {CLIENT}")
    tell(f"client_secret {secret}")
    contexts = package_data.open_contexts(package_data.vocabulary_of(parts.policy.schemas))
    app = holder_app(holding(parts, contexts), secret, parts.clock, parts.random)
    run(app, host, port)


def holding(parts: Parts, contexts: Contexts) -> LocalHolding:
    """The service over a wallet, with a key of its own of each kind, made on first use.

    The keys to which credentials are bound stay with `clicid-wallet present`, which asks its person.

    Args:
        parts: The open wallet.
        contexts: Those of everybody's documents, not the wallet's own alone.
    """
    refs = {kind: _ref(parts, kind) for kind in _KINDS}
    identities = {}
    for kind, ref in refs.items():
        public = parts.keys.public(ref)
        did = did_key.create(public)
        identities[kind] = IssuerIdentity(did, f"{did}#{public.to_multikey()}", "")
    instance = Instance("", tuple(SUITES), _KINDS)
    return LocalHolding(instance, refs, identities, parts.keys, contexts, parts.clock, parts.random)


def _ref(parts: Parts, kind: str) -> KeyRef:
    name = f"vc-api-{kind}"
    return parts.keys.find(name) or parts.keys.generate(kind, name)
