"""The issuer's side: a credential up to its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.errors import LocalError, Refused
from clicid.formats import status_claim
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.recognised import NEVER_SELECTIVE
from clicid.keys import algorithms
from clicid.keys.algorithms import P256
from clicid.securing.sd_jwt import sealing as sd_jwt
from clicid.securing.sd_jwt.disclosure import SD_ALG
from clicid.securing.sd_jwt.pack import Packed, pack
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, StatusRef, Validity
    from clicid.keys.public import PublicKey
    from clicid.securing.sd_jwt.reveal import Path
    from clicid.securing.sd_jwt.sealing import PreparedSdJwt

_PAD_TO: Final = 8
"""Digests are filled up to a multiple of this, so that their number says little."""
_OURS: Final = NEVER_SELECTIVE | {"iat"}


def prepare_credential(
    issuer: IssuerIdentity,
    claims: Mapping[str, Json],
    *,
    vct: str,
    vct_integrity: str = "",
    holder: PublicKey,
    validity: Validity,
    status: StatusRef,
    always: frozenset[str],
    random: Callable[[int], bytes],
    alg: str = P256,
) -> PreparedSdJwt:
    """A credential up to its signature (SD-JWT VC 2.2).

    Every claim is selectively disclosable by itself, and so is every member of a claim that is an
    object; arrays are shown as a whole. Only the claims in `always` stand open.

    Args:
        issuer: Who signs; `x5c` goes into the header if there is one.
        claims: About the person.
        vct: The type URI.
        vct_integrity: Digest of the type metadata that the URI leads to, as `sha384-...` (7); "" for none.
        holder: The key the credential is bound to (`cnf`).
        validity: From and until, rounded to the day.
        status: Its entry.
        always: Names of claims that are never hidden.
        random: Gives that many random bytes.
        alg: The issuer key's row in `clicid.keys.algorithms`.

    Raises:
        LocalError: `sd_jwt.seal` for claims that use a registered or reserved name.
    """
    taken = sorted(_OURS.intersection(claims))
    if taken:
        raise LocalError("sd_jwt.seal", detail=f"registered names: {', '.join(taken)}")
    try:
        packed = pack(claims, hide=lambda path: _hidden(path, always), random=random, pad_to=_PAD_TO)
    except Refused as error:
        raise LocalError("sd_jwt.seal", detail=error.detail) from error
    begin = instant.to_numeric_date(validity.valid_from)
    payload: dict[str, Json] = {
        **packed.payload,
        SD_ALG: "sha-256",
        "iss": issuer.identifier,
        "iat": begin,
        "nbf": begin,
        "exp": instant.to_numeric_date(validity.valid_until),
        "vct": vct,
        "cnf": {"jwk": holder.to_jwk()},
        "status": status_claim.claim(status),
    }
    if vct_integrity:
        payload["vct#integrity"] = vct_integrity
    header: dict[str, Json] = {
        "typ": token.TYP,
        "alg": algorithms.by_name(alg).jose,
        "kid": issuer.key_id,
    }
    if issuer.x5c:
        header["x5c"] = x5c.to_header(issuer.x5c)
    return sd_jwt.prepare(header, Packed(payload, packed.disclosures))


def _hidden(path: Path, always: frozenset[str]) -> bool:
    return path[0] not in always and all(isinstance(step, str) for step in path)
