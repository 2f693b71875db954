"""The holder's side: chosen elements, up to the proof of holding the document (ISO/IEC 18013-5 9.1.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import cbor
from clicid.codec.cbor import EMBEDDED, Tagged
from clicid.errors import Refused
from clicid.formats.mdoc import device_response, issuer_signed, transcript
from clicid.formats.mdoc.device_response import MAC, OK, SIGNATURE
from clicid.securing import cose, cose_mac

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clicid.codec.cbor import Cbor, Key
    from clicid.formats.mdoc.usual_item import Item
    from clicid.keys.public import PublicKey
    from clicid.securing.cose import PreparedCose
    from clicid.securing.signing import SigningOperation

NOTHING: Final[Mapping[str, Mapping[str, Cbor]]] = {}
"""What a device mostly states of its own."""


@dataclass(frozen=True, slots=True)
class _Selected:
    """A document without the holder's proof."""

    doc_type: str
    holder: PublicKey
    issuer_signed: Cbor = field(repr=False)
    stated: bytes = field(repr=False)

    def proved(self, session: bytes) -> bytes:
        """What is signed."""
        return transcript.device_authentication(session, self.doc_type, self.stated)

    def response(self, method: str, proof: list[Cbor]) -> bytes:
        """A DeviceResponse with this document alone."""
        document: dict[Key, Cbor] = {
            "docType": self.doc_type,
            "issuerSigned": self.issuer_signed,
            "deviceSigned": {"nameSpaces": Tagged(EMBEDDED, self.stated), "deviceAuth": {method: proof}},
        }
        return cbor.dumps({"version": device_response.VERSION, "documents": [document], "status": OK})


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """A DeviceResponse that lacks its holder's signature; a `Prepared[bytes]`."""

    _selected: _Selected
    _proof: PreparedCose

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted."""
        return self._proof.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The DeviceResponse, encoded.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of the right size.
        """
        return self._selected.response(SIGNATURE, self._proof.item(signatures))


def prepare_presentation(
    credential: bytes,
    disclose: Iterable[tuple[str, str]],
    session: bytes,
    stated: Mapping[str, Mapping[str, Cbor]] = NOTHING,
) -> PreparedResponse:
    """The chosen elements of a document, up to the holder's signature.

    Args:
        credential: The IssuerSigned, as the issuer gave it.
        disclose: Namespace and name of each element to show.
        session: The encoded SessionTranscript (`clicid.formats.mdoc.transcript`).
        stated: By namespace and name, what the device states of its own.

    Raises:
        Refused: `mdoc.selection` for what the document does not hold; what `issuer_signed.parse` refuses.
    """
    selected = _select(credential, disclose, stated)
    proof = cose.prepare_item(
        selected.holder.algorithm, selected.proved(session), unprotected={}, detached=True
    )
    return PreparedResponse(selected, proof)


def present_by_mac(
    credential: bytes,
    disclose: Iterable[tuple[str, str]],
    session: bytes,
    *,
    agree: Callable[[PublicKey], bytes],
    reader: PublicKey,
    stated: Mapping[str, Mapping[str, Cbor]] = NOTHING,
) -> bytes:
    """The chosen elements, with a MAC that only this reader can check, and could have made itself.

    Args:
        credential: As in `prepare_presentation`, as are `disclose`, `session` and `stated`.
        disclose: What to show.
        session: The encoded SessionTranscript.
        agree: What the holder's key and another agree on (ECDH).
        reader: The reader's key of this session.
        stated: What the device states of its own.

    Raises:
        Refused: As `prepare_presentation`.
    """
    selected = _select(credential, disclose, stated)
    key = transcript.mac_key(agree(reader), session)
    return selected.response(MAC, cose_mac.make_item(key, selected.proved(session)))


def _select(
    credential: bytes, disclose: Iterable[tuple[str, str]], stated: Mapping[str, Mapping[str, Cbor]]
) -> _Selected:
    parsed = issuer_signed.parse(credential)
    chosen: dict[str, list[Item]] = {}
    for namespace, element in dict.fromkeys(disclose):
        item = next((one for one in parsed.namespaces.get(namespace, ()) if one.element == element), None)
        if item is None:
            raise Refused("mdoc.selection", f"{namespace}/{element}")
        chosen.setdefault(namespace, []).append(item)
    shown: dict[Key, Cbor] = {"issuerAuth": parsed.auth_item}
    if chosen:
        shown["nameSpaces"] = {
            name: [Tagged(EMBEDDED, item.content) for item in items] for name, items in chosen.items()
        }
    security = parsed.security
    return _Selected(security.doc_type, security.device_key, shown, cbor.dumps(stated))
