"""A presentation as it was asked for, up to its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused
from clicid.formats.data_model import parse_presentation
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Proof, Purpose
from clicid.vc_api import options

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Prepared
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.instances import Chosen
    from clicid.vc_api.messages import ProveRequest


def holder_of(request: ProveRequest) -> str | None:
    """The holder that a presentation names, by itself or as the id of an object; None if it names none.

    Raises:
        Refused: `vc.*` of the data model.
    """
    return parse_presentation(request.presentation).holder


def prepare(
    request: ProveRequest, chosen: Chosen, contexts: Contexts, *, created: datetime
) -> Prepared[bytes]:
    """The presentation, up to the proof by the chosen key.

    Args:
        request: What was asked for.
        chosen: Suite, kind of key and identity.
        contexts: The contexts at hand.
        created: The proof's time, where the request names none.

    Raises:
        Refused: `vc.*`, `rdf.*`, `codec.*`: what would not be verified is not proved; `vc_api.option`
            for another key than the chosen one.
    """
    wanted = request.options
    if wanted.verification_method not in {"", chosen.identity.key_id}:
        raise Refused("vc_api.option", f"{options.WHERE}/verificationMethod", "not a key of this holder")
    if "proof" in request.presentation:
        raise Refused("vc.proof", "/proof", "what is to be proved has none")
    proof = Proof(
        verification_method=chosen.identity.key_id,
        purpose=Purpose.AUTHENTICATION,
        cryptosuite=chosen.cryptosuite,
        created=wanted.created or created,
        domain=() if wanted.domain is None else (wanted.domain,),
        challenge=wanted.challenge,
    )
    return data_integrity.prepare(
        request.presentation, proof, chosen.algorithm, contexts, profile=Profile.OPEN
    )
