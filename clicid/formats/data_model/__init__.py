"""The W3C Verifiable Credentials Data Model: what a credential or presentation must look like.

It stands below the formats that secure such documents, and serves both sides: what would be refused
when it is verified cannot be issued. Nothing here is verified, and nothing is fetched.
"""

from __future__ import annotations

from clicid.formats.data_model.credential import CredentialDocument, parse_credential
from clicid.formats.data_model.envelope import Enveloped, parse_enveloped
from clicid.formats.data_model.presentation import (
    EmbeddedCredential,
    PresentationDocument,
    parse_presentation,
)
from clicid.formats.data_model.version import Version

__all__ = [
    "CredentialDocument",
    "EmbeddedCredential",
    "Enveloped",
    "PresentationDocument",
    "Version",
    "parse_credential",
    "parse_enveloped",
    "parse_presentation",
]
