"""The one place that knows all formats: a checker for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker

if TYPE_CHECKING:
    from clicid.rdf.contexts import Contexts
    from clicid.verification.walk import Checkers


def checkers(contexts: Contexts) -> Checkers:
    """Every format this kernel reads.

    Args:
        contexts: The JSON-LD contexts at hand; a document that names another is refused.
    """
    found = (SdJwtVcChecker(), LdpVcChecker(contexts), LdpVpChecker(contexts))
    return {checker.format: checker for checker in found}
