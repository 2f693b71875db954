"""W3C VC Data Model 2.0 (1.1 to verify) secured by Data Integrity proofs: `ldp_vc` and `ldp_vp`."""

from __future__ import annotations

from clicid.formats.vc_di.credential import Credential, parse_credential
from clicid.formats.vc_di.credential_checker import LdpVcChecker
from clicid.formats.vc_di.holding import shown, whole, withheld
from clicid.formats.vc_di.presentation import Presentation, parse_presentation
from clicid.formats.vc_di.presentation_checker import LdpVpChecker
from clicid.formats.vc_di.presenting import prepare_presentation, secure_presentation
from clicid.formats.vc_di.sealing import prepare_credential, secure_credential

__all__ = [
    "Credential",
    "LdpVcChecker",
    "LdpVpChecker",
    "Presentation",
    "parse_credential",
    "parse_presentation",
    "prepare_credential",
    "prepare_presentation",
    "secure_credential",
    "secure_presentation",
    "shown",
    "whole",
    "withheld",
]
