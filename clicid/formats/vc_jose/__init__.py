"""W3C VC Data Model 2.0 in envelopes (VC-JOSE-COSE 1.0): `vc+jwt`, `vc+sd-jwt`, `vc+cose`, `vp+jwt`, ..."""

from __future__ import annotations

from clicid.formats.vc_jose.credential import parse_credential
from clicid.formats.vc_jose.credential_checker import EnvelopedVcChecker
from clicid.formats.vc_jose.presentation import parse_presentation
from clicid.formats.vc_jose.presentation_checker import EnvelopedVpChecker
from clicid.formats.vc_jose.presenting import prepare_presentation, prepare_sd_jwt_selection
from clicid.formats.vc_jose.sealing import Sealing, prepare_cose, prepare_jwt, prepare_sd_jwt

__all__ = [
    "EnvelopedVcChecker",
    "EnvelopedVpChecker",
    "Sealing",
    "parse_credential",
    "parse_presentation",
    "prepare_cose",
    "prepare_jwt",
    "prepare_presentation",
    "prepare_sd_jwt",
    "prepare_sd_jwt_selection",
]
