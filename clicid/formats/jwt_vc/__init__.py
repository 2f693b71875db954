"""W3C VC Data Model 1.1 in its JWT encoding (6.3.1): `jwt_vc_json` of OpenID4VCI A.1.1, OpenID4VP B.1.3.1."""

from __future__ import annotations

from clicid.formats.jwt_vc.credential import parse_credential
from clicid.formats.jwt_vc.credential_checker import JwtVcChecker
from clicid.formats.jwt_vc.presentation import parse_presentation
from clicid.formats.jwt_vc.presentation_checker import JwtVpChecker
from clicid.formats.jwt_vc.presenting import prepare_presentation
from clicid.formats.jwt_vc.sealing import Sealing, prepare_credential

__all__ = [
    "JwtVcChecker",
    "JwtVpChecker",
    "Sealing",
    "parse_credential",
    "parse_presentation",
    "prepare_credential",
    "prepare_presentation",
]
