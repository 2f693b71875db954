"""The verifier's side of `vc+jwt`, `vc+sd-jwt` and `vc+cose`: how they are read, and their sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.formats import key_binding
from clicid.formats.base import CheckName, FormatId
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.enveloping_proof import CredentialChecker, sections
from clicid.formats.vc_jose.credential import parse_credential
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.enveloping_proof import Credential, Sections
    from clicid.rdf.contexts import Contexts

_BOUND: Final = "VC-JOSE-COSE 4.1; VC Data Model 2.0 4.8"


def _issued(signature: str) -> Mapping[CheckName, str]:
    return {
        CheckName.STRUCTURE: "VC Data Model 2.0 4; VC-JOSE-COSE 3",
        CheckName.ISSUER_KNOWN: "design 3: issuer allowed",
        CheckName.ISSUER_KEY: "VC-JOSE-COSE 4.1; Controlled Identifiers 1.0 3.3",
        CheckName.ISSUER_SIGNATURE: signature,
        CheckName.VALIDITY: "VC Data Model 2.0 4.9; RFC 7519 4.1.4 to 4.1.6",
    }


_SECTIONS: Final = {
    FormatId.VC_JWT: sections(_issued("VC-JOSE-COSE 5.1; RFC 7515 5.2"), _BOUND),
    FormatId.VC_SD_JWT: sections(
        _issued("VC-JOSE-COSE 5.2; RFC 9901 7.1 (2)"),
        _BOUND,
        alone=key_binding.SECTIONS,
        disclosed={CheckName.DISCLOSURES: "RFC 9901 7.1 (3)"},
    ),
    FormatId.VC_COSE: sections(_issued("VC-JOSE-COSE 5.3; RFC 9052 4.4"), _BOUND),
}
FORMATS: Final = tuple(_SECTIONS)


@dataclass(frozen=True, slots=True)
class EnvelopedVcChecker(CredentialChecker):
    """A `Checker[Credential]`.

    Args:
        format: One of `FORMATS`.
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Resources and schemas at hand.
    """

    format: FormatId
    contexts: Contexts
    profile: Profile = Profile.CLOSED
    shipped: Shipped = NOTHING

    @property
    def sections(self) -> Sections:
        """Those of VC-JOSE-COSE, and of what it stands on."""
        return _SECTIONS[self.format]

    def parse(self, raw: bytes) -> Credential:
        """Step 1; see `parse_credential` for what it refuses."""
        return parse_credential(raw, self.format, self.contexts, profile=self.profile, shipped=self.shipped)
