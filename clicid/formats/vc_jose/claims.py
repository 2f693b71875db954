"""Registered claims beside the members of a credential or presentation (VC-JOSE-COSE 3.1.3, 3.3.3, 4.1).

They speak of the signature, the data model's members of what is signed. Where both speak of one thing
they must not contradict each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats import registered
from clicid.keys import confirmation, cose_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.cbor import Cbor
    from clicid.codec.strict_json import Json
    from clicid.formats.registered import RegisteredClaims
    from clicid.keys.public import PublicKey

REGISTERED: Final = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"))
"""RFC 7519 4.1, RFC 7800 3.1, OpenID Connect: what no credential has as a member of its own."""
FORBIDDEN: Final = ("vc", "vp")
"""1.1.2.1: they wrapped documents of an earlier version, which a reader of those would prefer."""

CODE: Final = "vc_jose.claims"
_IN_HEADER: Final = ("iss", "sub", "aud")
# CWT claim keys (RFC 8392 4) of those that have a JSON name with a like value.
_CWT_NAMES: Final = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat"}
_CWT_CNF: Final = 8
_CNF_COSE_KEY: Final = 1


def split(payload: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """The registered claims of a payload, and the document that is left without them.

    Raises:
        Refused: `vc_jose.claims` for `vc` or `vp`.
    """
    for name in FORBIDDEN:
        if name in payload:
            raise Refused("vc_jose.claims", f"/{name}", "must not be present")
    found = {name: value for name, value in payload.items() if name in REGISTERED}
    return found, {name: value for name, value in payload.items() if name not in REGISTERED}


def with_header(claims: Mapping[str, Json], header: Mapping[str, Json]) -> dict[str, Json]:
    """The claims with those that stand in a JOSE header (RFC 7519 5.3); what stands in both is the same.

    Raises:
        Refused: `vc_jose.claims`.
    """
    found = dict(claims)
    for name in _IN_HEADER:
        if name in header and found.setdefault(name, header[name]) != header[name]:
            raise Refused("vc_jose.claims", f"/{name}", "header and payload differ")
    return found


def parse(claims: Mapping[str, Json], *, header: Cbor = None) -> RegisteredClaims:
    """Read the claims.

    Args:
        claims: By their JSON names.
        header: The CWT Claims of a COSE header (RFC 9597 2), whose times are read by the same rules.

    Raises:
        Refused: `codec.shape`, `codec.time`, `keys.*`; `vc_jose.claims` for a claim that stands in
            payload and header.
    """
    holder = confirmation.holder_key(claims)
    if header is not None:
        claims, holder = _with_cwt(claims, header, holder)
    return registered.read(claims, holder)


def _with_cwt(
    claims: Mapping[str, Json], header: Cbor, holder: PublicKey | None
) -> tuple[dict[str, Json], PublicKey | None]:
    if not isinstance(header, dict):
        raise Refused("vc_jose.claims", "protected/15", "a map is wanted")
    found = dict(claims)
    for key, name in _CWT_NAMES.items():
        if key in header:
            if name in found:
                raise Refused("vc_jose.claims", f"protected/15/{key}", "in payload and header")
            found[name] = _plain(header[key], f"protected/15/{key}")
    if _CWT_CNF in header:
        if holder is not None:
            raise Refused("vc_jose.claims", f"protected/15/{_CWT_CNF}", "in payload and header")
        holder = _confirmed(header[_CWT_CNF])
    return found, holder


def _plain(value: Cbor, where: str) -> Json:
    if not isinstance(value, int | str):
        raise Refused("vc_jose.claims", where, "a text or an integer is wanted")
    return value


def _confirmed(value: Cbor) -> PublicKey:
    """The COSE_Key of a CWT's `cnf` (RFC 8747 3.2)."""
    where = f"protected/15/{_CWT_CNF}"
    if not isinstance(value, dict) or set(value) != {_CNF_COSE_KEY}:
        raise Refused("vc_jose.claims", where, "a COSE_Key is wanted")
    return cose_key.from_cose(value[_CNF_COSE_KEY], where)
