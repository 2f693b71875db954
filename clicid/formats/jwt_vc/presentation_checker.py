"""The verifier's side of a presentation as JWT: how it is read, and its sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.formats.base import CheckName, FormatId
from clicid.formats.enveloping_proof import PresentationChecker
from clicid.formats.jwt_vc.presentation import parse_presentation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.enveloping_proof import Presentation

_SECTIONS: Final = {
    CheckName.STRUCTURE: "VC Data Model 1.1 4.10, 6.3.1",
    CheckName.HOLDER_BINDING: "VC Data Model 1.1 6.3.1; OpenID4VP 1.0 B.1.3.1",
    CheckName.NONCE: "OpenID4VP 1.0 B.1.3.1.5, 14.1",
    CheckName.AUDIENCE: "OpenID4VP 1.0 B.1.3.1.5, 14.2",
}


@dataclass(frozen=True, slots=True)
class JwtVpChecker(PresentationChecker):
    """A `Checker[Presentation]`."""

    @property
    def format(self) -> FormatId:
        """How a `jwt_vc_json` is presented."""
        return FormatId.JWT_VP

    @property
    def sections(self) -> Mapping[CheckName, str]:
        """Those of VC Data Model 1.1 and OpenID4VP."""
        return _SECTIONS

    def parse(self, raw: bytes) -> Presentation:
        """Step 1; see `parse_presentation` for what it refuses."""
        return parse_presentation(raw)
