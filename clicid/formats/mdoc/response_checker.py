"""The verifier's side of a DeviceResponse: who holds the documents in it (ISO/IEC 18013-5 9.1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused
from clicid.formats.base import Checked, CheckName, FormatId, Inner, Role
from clicid.formats.mdoc import device_response, transcript
from clicid.formats.mdoc.device_response import MAC, SIGNATURE, DeviceResponse
from clicid.formats.steps import Walk, signature
from clicid.keys.algorithms import P256
from clicid.securing import cose, cose_mac

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.mdoc.device_response import DeviceSigned, Mdoc
    from clicid.keys.public import PublicKey

_SECTIONS: Final = {
    CheckName.STRUCTURE: "ISO/IEC 18013-5 8.3.2.1.2.2",
    CheckName.HOLDER_BINDING: "ISO/IEC 18013-5 9.1.3.4 to 9.1.3.6",
    CheckName.NONCE: "ISO/IEC 18013-5 9.1.5.1; OpenID4VP 1.0 B.2.6, 14.1",
    CheckName.AUDIENCE: "ISO/IEC 18013-5 9.1.5.1; OpenID4VP 1.0 B.2.6, 14.2",
}
_CODE: Final = "holder.device_auth"


@dataclass(frozen=True, slots=True)
class DeviceResponseChecker:
    """A `Checker[DeviceResponse]`."""

    format: FormatId = FormatId.DEVICE_RESPONSE

    def parse(self, raw: bytes) -> DeviceResponse:
        """Step 1; see `device_response.parse` for what it refuses."""
        return device_response.parse(raw)

    def check(
        self,
        parsed: DeviceResponse,
        have: Have,  # noqa: ARG002 - a device's key is in what the issuer signed: nothing is wanted
        *,
        rules: Rules,  # noqa: ARG002
        binding: Binding | None,
        now: datetime,  # noqa: ARG002 - a proof is of a session, and has no date
    ) -> Checked:
        """Walk the steps until one does not pass.

        1. Structure: done by `parse`.
        2. Holder binding: of each document, the key in what its issuer is said to have signed has proved over
           our session transcript, the document's type and what the device states of its own. By signature, or
           by a MAC where `binding` has a key to agree on one.
        3. Nonce, and
        4. audience: both are in the transcript, so the proof is for them or for none.
        5. The documents are handed on with the key that was proved, which their issuer must have signed.

        There is no response at rest: `binding` None does not pass.

        Raises:
            LocalError: `mdoc.transcript` if `binding` has no session transcript.
        """
        walk = Walk(_SECTIONS)
        walk.passed(CheckName.STRUCTURE)
        if binding is not None and not binding.transcript:
            raise LocalError("mdoc.transcript")
        if not walk.step(CheckName.HOLDER_BINDING, _check_all, parsed, binding):  # 2
            return Checked(lines=walk.lines)
        walk.passed(CheckName.NONCE)  # 3
        walk.passed(CheckName.AUDIENCE)  # 4
        return Checked(
            lines=walk.lines,
            nested=tuple(
                Inner(FormatId.MDOC, b"", Role.CREDENTIAL, mdoc.issuer_signed.security.device_key, mdoc)
                for mdoc, _ in parsed.documents
            ),
        )


def mac_holders(raw: bytes) -> tuple[PublicKey, ...]:
    """The holders of a response with whom a MAC can be agreed on; none for what is no response."""
    try:
        parsed = device_response.parse(raw)
    except Refused:
        return ()
    found = (
        mdoc.issuer_signed.security.device_key for mdoc, signed in parsed.documents if signed.method == MAC
    )
    return tuple(key for key in found if key.algorithm.name == P256)


def _check_all(parsed: DeviceResponse, binding: Binding | None) -> None:
    if binding is None:
        raise Refused("holder.binding_missing", detail="a response answers a request")
    for at, (mdoc, signed) in enumerate(parsed.documents):
        _check_proof(mdoc, signed, binding, f"documents/{at}/deviceSigned/")


def _check_proof(mdoc: Mdoc, signed: DeviceSigned, binding: Binding, where: str) -> None:
    key = mdoc.issuer_signed.security.device_key
    proved = transcript.device_authentication(binding.transcript, str(mdoc.doc_type), signed.raw_namespaces)
    place = f"{where}{signed.method}/"
    if signed.method == SIGNATURE:
        message = cose.from_item(signed.proof, typ=None, detached=proved, where=place)
        signature(_CODE, cose.verify, message, key)
        return
    message_mac = cose_mac.from_item(signed.proof, detached=proved, where=place)
    signature(_CODE, cose_mac.verify, message_mac, _mac_key(binding, key, place))


def _mac_key(binding: Binding, key: PublicKey, place: str) -> bytes:
    if binding.agree is None:
        raise Refused(_CODE, place, "a signature is wanted: there is no key to agree on a MAC")
    if key.algorithm.name != P256:
        # A stranger's key is no mistake of the store that cannot agree with it.
        raise Refused(_CODE, place, "MACs are agreed on by keys on P-256")
    return transcript.mac_key(binding.agree(key), binding.transcript)
