"""Who is said to have issued an SD-JWT VC, and by which key: by DID, by certificate, or by metadata (2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clicid.errors import Refused
from clicid.trust import anchors, issuer_metadata, x5c

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Rules
    from clicid.formats.sd_jwt_vc.token import SdJwt
    from clicid.trust.anchors import Leaf


class Origin(NamedTuple):
    """The issuer's name here, and its key: by id, or that of a certificate under an anchor.

    Args:
        name: A DID, the issuer's HTTPS identifier, or the name of an anchor.
        key_id: The key's, "" with a certificate.
        leaf: The signer's certificate, or None.
    """

    name: str
    key_id: str
    leaf: Leaf | None = None


def origin(parsed: SdJwt, rules: Rules, now: datetime) -> Origin:
    """Find the issuer. Nothing is verified but the chain of an `x5c`, and nothing is asked of anybody.

    Where the rules are HAIP's, there is an `x5c`, without the root (HAIP 1.0 6.1.1).

    1. A `kid` that is a DID URL names the DID, whose keys a chain or the policy vouches for; an `x5c` beside
       it must lead to the same issuer (the checker sees to it).
    2. Otherwise an `x5c` leads to an anchor that the policy trusts, and to the issuer that it has for it.
    3. Otherwise `iss` is an issuer that the policy names, which publishes its keys below its identifier.

    Raises:
        Refused: `issuer.unknown` for anybody else; as `anchors.leaf`; as `x5c.check_rootless`.
    """
    if rules.haip:
        x5c.check_rootless(parsed.x5c, rules.roots())
    if parsed.key_id.startswith("did:"):
        return Origin(parsed.key_id.partition("#")[0], parsed.key_id)
    if parsed.x5c:
        leaf = anchors.leaf(parsed.x5c, tuple(rules.anchors), now=now)
        name = rules.anchors[leaf.anchor] or leaf.anchor.name
        if name == leaf.anchor.name and rules.named(name, parsed.credential_type) is None:
            # No chain knows such a name: what the policy does not say, nobody does.
            raise Refused("issuer.unknown", "/x5c", "the authority is not named for this type")
        return Origin(name, "", leaf)
    issuer = parsed.issuer
    if issuer is None or not issuer.startswith(issuer_metadata.SCHEMES) or issuer not in rules.by_name:
        raise Refused("issuer.unknown", "/iss", "no DID, no certificate, and not named by the policy")
    return Origin(issuer, issuer_metadata.key_id(issuer, parsed.key_id))
