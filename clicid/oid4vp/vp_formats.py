"""Whether a verifier can read a credential: what its `vp_formats_supported` says of algorithms (annex B)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.formats.base import FormatId
from clicid.formats.mdoc import issuer_signed
from clicid.formats.vc_di import document
from clicid.keys import algorithms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.keys.algorithms import Algorithm
    from clicid.oid4vp.presenting import Holding

_MAX_HEADER: Final = 1 << 16


def reads(formats: Mapping[str, Json] | None, holding: Holding) -> bool:
    """Whether a verifier reads a credential and its holder's proof.

    A parameter that is left out excludes nothing, and neither does a verifier that says nothing at all.

    Args:
        formats: `vp_formats_supported`, as `ClientMetadata` has read it; None where it is absent.
        holding: What the wallet holds.

    Raises:
        Refused: What the format refuses of what is held.
    """
    if formats is None:
        return True
    if holding.format.value not in formats:
        return False
    parameters = shape.child(formats, holding.format.value)
    return _READS[holding.format](parameters, holding)


def _sd_jwt(parameters: Mapping[str, Json], holding: Holding) -> bool:
    return _among(parameters, "sd-jwt_alg_values", _of_jws(holding.raw).jose_accepted) and _among(
        parameters, "kb-jwt_alg_values", holding.key.algorithm.jose_accepted
    )


def _vc_jwt(parameters: Mapping[str, Json], holding: Holding) -> bool:
    used = (_of_jws(holding.raw), holding.key.algorithm)
    return all(_among(parameters, "alg_values", one.jose_accepted) for one in used)


def _mdoc(parameters: Mapping[str, Json], holding: Holding) -> bool:
    issuer = issuer_signed.parse(holding.raw).auth.algorithm
    return _among(parameters, "issuerauth_alg_values", issuer.cose) and _among(
        parameters, "deviceauth_alg_values", holding.key.algorithm.cose
    )


def _ldp(parameters: Mapping[str, Json], holding: Holding) -> bool:
    """One proof that it reads will do; the holder's own is always a Data Integrity proof."""
    found = document.read(holding.raw).get("proof")
    proofs = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
    return any(
        _among(parameters, "proof_type_values", (one.get("type"),))
        and _among(parameters, "cryptosuite_values", (one.get("cryptosuite"),))
        for one in proofs
    )


_READS: Final[dict[FormatId, Callable[[Mapping[str, Json], Holding], bool]]] = {
    FormatId.SD_JWT_VC: _sd_jwt,
    FormatId.JWT_VC: _vc_jwt,
    FormatId.MDOC: _mdoc,
    FormatId.LDP_VC: _ldp,
}


def _among(parameters: Mapping[str, Json], name: str, used: Iterable[Json]) -> bool:
    """Whether one of the names that something goes by is listed, or nothing is."""
    listed = shape.optional_items(parameters, name)
    return listed is None or any(one in listed for one in used)


def _of_jws(raw: bytes) -> Algorithm:
    head = raw.partition(b".")[0].decode("ascii", errors="replace")
    header = shape.as_object(strict_json.loads(base64url.decode(head, max_chars=_MAX_HEADER)))
    return algorithms.by_jose(shape.text(header, "alg"), "/alg")
