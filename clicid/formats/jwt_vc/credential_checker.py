"""The verifier's side of a credential as JWT: how it is read, and its sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.formats.base import CheckName, FormatId
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.enveloping_proof import CredentialChecker, sections
from clicid.formats.jwt_vc.credential import parse_credential
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.enveloping_proof import Credential, Sections
    from clicid.rdf.contexts import Contexts

_SECTIONS: Final = sections(
    {
        CheckName.STRUCTURE: "VC Data Model 1.1 4, 6.3.1",
        CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
        CheckName.ISSUER_KEY: "VC Data Model 1.1 6.3.1; Controlled Identifiers 1.0 3.3",
        CheckName.ISSUER_SIGNATURE: "VC Data Model 1.1 6.3.1; RFC 7515 5.2",
        CheckName.VALIDITY: "VC Data Model 1.1 4.6, 6.3.1; RFC 7519 4.1.4 to 4.1.6",
    },
    "VC Data Model 1.1 6.3.1; RFC 7800 3.1",
)


@dataclass(frozen=True, slots=True)
class JwtVcChecker(CredentialChecker):
    """A `Checker[Credential]`.

    Args:
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Schemas at hand.
    """

    contexts: Contexts
    profile: Profile = Profile.CLOSED
    shipped: Shipped = NOTHING

    @property
    def format(self) -> FormatId:
        """`jwt_vc_json`."""
        return FormatId.JWT_VC

    @property
    def sections(self) -> Sections:
        """Those of VC Data Model 1.1, and of what it stands on."""
        return _SECTIONS

    def parse(self, raw: bytes) -> Credential:
        """Step 1; see `parse_credential` for what it refuses."""
        return parse_credential(raw, self.contexts, profile=self.profile, shipped=self.shipped)
