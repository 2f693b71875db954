"""The part of a credential that its holder shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats.data_model import parse_credential
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import holder
from clicid.vc_api import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.vc_api.messages import DeriveRequest


def derive(request: DeriveRequest, contexts: Contexts) -> Mapping[str, Json]:
    """What the pointers select and what the issuer made mandatory, with a derived proof.

    Args:
        request: What was asked for.
        contexts: The contexts at hand.

    Raises:
        Refused: `proof.suite` for a credential of a suite that shows everything; `proof.*`, `rdf.*`,
            `vc.*`, `codec.*`; `vc_api.option` for a nonce to a suite that has no place for it.
    """
    secured = shape.as_object(strict_json.loads(request.credential))
    parse_credential(secured)
    base = holder.receive_ecdsa_sd(secured, contexts, profile=Profile.OPEN)
    if request.options.nonce:
        raise Refused("vc_api.option", f"{options.WHERE}/nonce", "this suite's proofs have no nonce")
    with options.selecting("selectivePointers"):
        return base.derive(request.options.selective_pointers)
