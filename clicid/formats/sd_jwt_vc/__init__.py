"""SD-JWT VC: RFC 9901 with key binding, and draft-ietf-oauth-sd-jwt-vc. SHA-256 digests only."""

from __future__ import annotations

from clicid.formats.sd_jwt_vc.checker import SdJwtVcChecker
from clicid.formats.sd_jwt_vc.presenting import prepare_presentation
from clicid.formats.sd_jwt_vc.sealing import prepare_credential
from clicid.formats.sd_jwt_vc.token import SdJwt

__all__ = ["SdJwt", "SdJwtVcChecker", "prepare_credential", "prepare_presentation"]
