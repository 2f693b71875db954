"""What a JWT, SD-JWT or COSE message around a W3C credential is asked, whatever version it is of.

VC Data Model 2.0 calls it an enveloping proof (4.12), 1.1 an external one (4.7). A format opens it and names
its sections; who signed, when, and for whom it is shown is asked here, of all of them alike.
"""

from __future__ import annotations

from clicid.formats.enveloping_proof.credential import Credential
from clicid.formats.enveloping_proof.credential_checker import CredentialChecker
from clicid.formats.enveloping_proof.opened import Opened
from clicid.formats.enveloping_proof.presentation import Presentation
from clicid.formats.enveloping_proof.presentation_checker import PresentationChecker
from clicid.formats.enveloping_proof.sections import Sections, sections

__all__ = [
    "Credential",
    "CredentialChecker",
    "Opened",
    "Presentation",
    "PresentationChecker",
    "Sections",
    "sections",
]
