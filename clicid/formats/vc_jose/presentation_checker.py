"""The verifier's side of `vp+jwt`, `vp+sd-jwt` and `vp+cose`: how they are read, and their sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.formats.base import CheckName, FormatId
from clicid.formats.enveloping_proof import PresentationChecker
from clicid.formats.vc_jose.presentation import parse_presentation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.enveloping_proof import Presentation

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 2.0 4.13; VC-JOSE-COSE 3",
    CheckName.HOLDER_BINDING: "VC-JOSE-COSE 4.1, 5; OpenID4VP 1.0 B.1.3.1",
    CheckName.NONCE: "OpenID4VP 1.0 B.1.3.1.5, 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 B.1.3.1.5, 14.2",
}
FORMATS: Final = (FormatId.VP_JWT, FormatId.VP_SD_JWT, FormatId.VP_COSE)


@dataclass(frozen=True, slots=True)
class EnvelopedVpChecker(PresentationChecker):
    """A `Checker[Presentation]`.

    Args:
        format: One of `FORMATS`.
    """

    format: FormatId

    @property
    def sections(self) -> Mapping[CheckName, str]:
        """Those of VC-JOSE-COSE, and of what it stands on."""
        return _SECTIONS

    def parse(self, raw: bytes) -> Presentation:
        """Step 1; see `parse_presentation` for what it refuses."""
        return parse_presentation(raw, self.format)
