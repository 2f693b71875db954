"""The part of a credential that its holder shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.formats.data_model import parse_credential
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import holder
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.vc_api import options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.messages import DeriveRequest
    from clicid.vc_api.options import DeriveOptions


def derive(request: DeriveRequest, contexts: Contexts, random: Callable[[int], bytes]) -> Mapping[str, Json]:
    """What the pointers select and what the issuer made mandatory, with a derived proof.

    Args:
        request: What was asked for.
        contexts: The contexts at hand.
        random: Gives so many secret random bytes.

    Raises:
        Refused: `proof.suite` for a credential of a suite that shows everything; `proof.*`, `rdf.*`,
            `vc.*`, `codec.*`; `vc_api.option` for a nonce to a suite that has no place for it;
            `vc_api.bound` for a credential that is bound to secrets of its holder.
    """
    secured = shape.as_object(strict_json.loads(request.credential))
    parse_credential(secured)
    with options.selecting("selectivePointers"):
        if BBS_2023 in _suites(secured):
            derived = _bbs(secured, request.options, contexts, random)
        else:
            derived = _ecdsa_sd(secured, request.options, contexts)
    # Where too little is shown, nobody could verify it.
    parse_credential(derived)
    return derived


def _ecdsa_sd(secured: Mapping[str, Json], wanted: DeriveOptions, contexts: Contexts) -> Mapping[str, Json]:
    base = holder.receive_ecdsa_sd(secured, contexts, profile=Profile.OPEN)
    if wanted.nonce:
        raise Refused("vc_api.option", f"{options.WHERE}/nonce", "this suite's proofs have no nonce")
    return base.derive(wanted.selective_pointers)


def _bbs(
    secured: Mapping[str, Json], wanted: DeriveOptions, contexts: Contexts, random: Callable[[int], bytes]
) -> Mapping[str, Json]:
    try:
        base = holder.receive_bbs(secured, contexts, profile=Profile.OPEN)
    except LocalError as error:
        # Nobody's secrets pass through this interface.
        raise Refused("vc_api.bound", "/proof", "the holder's secrets are wanted") from error
    header = wanted.nonce.encode()
    return base.derive(wanted.selective_pointers, presentation_header=header, random=random)


def _suites(secured: Mapping[str, Json]) -> set[Json]:
    proof = secured.get("proof")
    found = proof if isinstance(proof, list) else [proof]
    return {
        name for one in found if isinstance(one, dict) and isinstance(name := one.get("cryptosuite"), str)
    }
