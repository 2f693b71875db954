"""Naming an issuer that is on no chain: by the person's own word, and never by an offer's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.errors import LocalError
from clicid.trust import issuer_metadata
from wallet.store import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.store.roots import NamedRoot
    from wallet.usecases.parts import Parts


def name(parts: Parts, did: str, types: Sequence[str], lists: Sequence[str]) -> None:
    """Let an issuer give credentials of these types, revoked by these lists.

    Args:
        parts: The wallet.
        did: A did:webvh or did:web; or the HTTPS identifier of an issuer that publishes its keys below it. On
            a did:ethr the chain decides.
        types: Type URIs; of a DID's, of the network's types.
        lists: URLs of its signed status lists; of an HTTPS identifier's none, if it has none.

    Raises:
        Refused: `did.method`, `did.syntax`, `codec.url`.
        LocalError: `wallet.named` for no type or list, or a type that is none of the network's.
    """
    foreign = did.startswith(issuer_metadata.SCHEMES)
    if not types or not (lists or foreign):
        raise LocalError("wallet.named", did, "name at least one type, and one status list")
    for uri in types:
        if uri not in parts.policy.schemas and not foreign:
            raise LocalError("wallet.named", uri, "none of the network's types")
    issuer = named.issuer(types, lists)
    replace(parts.policy.rules, by_name={did: issuer})  # which refuses what cannot be named
    parts.named.put(did, issuer)


def unname(parts: Parts, did: str) -> None:
    """Take a name back. What the wallet holds stays, and is no longer called good.

    Raises:
        LocalError: `wallet.named` for one that the person has not named.
    """
    if did in parts.roots.all():
        parts.roots.remove(did)
        return
    if did not in parts.named.all():
        raise LocalError("wallet.named", did, "not among those that you named")
    parts.named.remove(did)


def name_root(parts: Parts, root: NamedRoot) -> str:
    """Believe an authority's certificates; gives the name by which `unname` forgets it."""
    return parts.roots.put(root)


def on_chain(issuer: str) -> bool:
    """Whether a chain stands behind an issuer: it does behind a did:ethr, and that cannot be named."""
    return issuer.startswith("did:ethr:")
