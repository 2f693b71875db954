"""mdoc, the mobile document of ISO/IEC 18013-5: driving licence, EU identity, and others of its make."""

from __future__ import annotations

from clicid.formats.mdoc.device_response import DeviceResponse, Mdoc
from clicid.formats.mdoc.mdoc_checker import MdocChecker
from clicid.formats.mdoc.presenting import NOTHING, prepare_presentation, present_by_mac
from clicid.formats.mdoc.response_checker import DeviceResponseChecker, mac_holders
from clicid.formats.mdoc.sealing import prepare_credential

__all__ = [
    "NOTHING",
    "DeviceResponse",
    "DeviceResponseChecker",
    "Mdoc",
    "MdocChecker",
    "mac_holders",
    "prepare_credential",
    "prepare_presentation",
    "present_by_mac",
]
