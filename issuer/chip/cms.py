"""Signed messages, as security objects and master lists are (RFC 5652 5): one signer, signed attributes.

`read` takes a message apart; `Message.check` says whether a given certificate's key signed it. Whose
certificate that is, is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import cms, core

from clicid.errors import Refused
from issuer.chip import asn1, certificates, keys, signatures, tlv

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.signatures import Scheme

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_PARTS: Final = "\x1e"  # between the parts of a name in asn1crypto's form for comparing
MAX_CERTIFICATES: Final = 8
MAX_ATTRIBUTES: Final = 16


@dataclass(frozen=True, slots=True)
class Message:
    """A signed message, taken apart; nothing of it is verified.

    Args:
        content_type: The OID of what is signed, the same in the message and its attributes.
        content: What is signed.
        certificates: Those that came along, DER.
        issuer_and_serial: The signer by its certificate's issuer and serial number, or None.
        key_id: The signer by its certificate's key identifier, or None; one of the two is given.
        scheme: How it is signed.
        attributes: The signed attributes in the form that is signed: DER, as a SET OF (RFC 5652 5.4).
        digest: The hash value of the content that the attributes state.
        signing_time: When the signer says that it signed; None where it does not.
        signature: The signature over the attributes.
    """

    content_type: str
    content: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    issuer_and_serial: tuple[str, int] | None
    key_id: bytes | None
    scheme: Scheme
    attributes: bytes = field(repr=False)
    digest: bytes
    signing_time: datetime | None
    signature: bytes = field(repr=False)

    def signer(self, where: str) -> Certificate:
        """The one certificate of the message that is its signer's.

        States put others beside it now and then; what of them cannot be read is passed over.

        Raises:
            Refused: `chip.signer` where there is none, or several; as `certificates.read` where none is and
                one cannot be read.
        """
        found: list[Certificate] = []
        unread: list[Refused] = []
        for der in dict.fromkeys(self.certificates):
            try:
                one = certificates.read(der, where)
            except Refused as reason:
                unread.append(reason)
                continue
            if self._is_signer(one):
                found.append(one)
        if not found and unread:
            raise unread[0]
        if len(found) != 1:
            raise Refused("chip.signer", where, f"{len(found)} certificates are the signer's")
        return found[0]

    def _is_signer(self, certificate: Certificate) -> bool:
        if self.issuer_and_serial is not None:
            name, serial = self.issuer_and_serial
            # Malaysia names the issuer in another order than its certificate. What is named is only looked
            # for by it: who signed, the signature says.
            same = sorted(certificate.issuer.split(_PARTS)) == sorted(name.split(_PARTS))
            return same and certificate.serial == serial
        return certificate.key_id == self.key_id

    def check(self, certificate: Certificate, code: str, where: str) -> None:
        """Return if the certificate's key signed this content.

        Raises:
            Refused: `code`; `chip.algorithm` for a key that does not fit.
        """
        if keys.digest(self.scheme.digest, self.content) != self.digest:
            raise Refused(code, where, "the content is not what was signed")
        self.scheme.check(certificate.key, self.signature, self.attributes, code, where)


def read(der: bytes, code: str, where: str, *, objects: int = tlv.MAX_OBJECTS) -> Message:
    """Take a ContentInfo apart.

    Args:
        der: The whole.
        code: The reason for what is no such message.
        where: The place.
        objects: How many objects it may have.

    Raises:
        Refused: `chip.file` for its frame, `code`, `chip.algorithm`.
    """
    outer = asn1.load(cms.ContentInfo, der, code, where, objects=objects)
    with asn1.reading(code, where):
        if outer["content_type"].dotted != _SIGNED_DATA:
            raise Refused(code, where, "no signed data")
        signed = outer["content"]
        if len(signed["signer_infos"]) != 1:
            raise Refused(code, where, f"{len(signed['signer_infos'])} signers")
        info = signed["signer_infos"][0]
        inner = signed["encap_content_info"]
        content = inner["content"]
        if content.native is None:
            raise Refused(code, where, "nothing is signed")
        found = _attributes(info["signed_attrs"], code, where)
        oid = inner["content_type"].dotted
        if found[_CONTENT_TYPE].dotted != oid:
            raise Refused(code, where, "the attributes name another type of content")
        digest = signatures.digest_of(info["digest_algorithm"], code, where)
        time = found.get(_SIGNING_TIME)
        issuer_and_serial, key_id = _identifier(info["sid"])
        return Message(
            content_type=oid,
            content=bytes(content),
            certificates=_certificates(signed["certificates"], code, where),
            issuer_and_serial=issuer_and_serial,
            key_id=key_id,
            scheme=signatures.scheme_of(info["signature_algorithm"], code, where, digest=digest),
            attributes=_as_set(info["signed_attrs"].contents, where),
            digest=found[_MESSAGE_DIGEST].native,
            signing_time=None if time is None else asn1.moment(time.native, code, where),
            signature=info["signature"].native,
        )


def _attributes(attributes: Any, code: str, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if len(attributes) > MAX_ATTRIBUTES:
        raise Refused(code, where, "too many attributes")
    for one in attributes:
        oid = one["type"].dotted
        if oid in found or len(one["values"]) != 1:  # RFC 5652 11: one instance, one value
            raise Refused(code, where, f"the attribute {oid} with several values")
        found[oid] = one["values"][0]
    if not found.keys() >= {_CONTENT_TYPE, _MESSAGE_DIGEST}:
        raise Refused(code, where, "attributes that must be signed are not there")
    return found


def _as_set(contents: bytes, where: str) -> bytes:
    """The attributes as they are signed: under the tag of a SET OF, sorted (X.690 11.6)."""
    parts = []
    at = 0
    while at < len(contents):
        end = tlv.end_of(contents, at, where)
        parts.append(contents[at:end])
        at = end
    return tlv.write(0x31, b"".join(sorted(parts)))


def _identifier(sid: Any) -> tuple[tuple[str, int] | None, bytes | None]:
    if sid.name == "issuer_and_serial_number":
        return (sid.chosen["issuer"].hashable, sid.chosen["serial_number"].native), None
    return None, sid.chosen.native


def _certificates(found: Any, code: str, where: str) -> tuple[bytes, ...]:
    if isinstance(found, core.Void):  # not `native`, which reads every certificate to its last field
        return ()
    if len(found) > MAX_CERTIFICATES:
        raise Refused(code, where, "too many certificates")
    return tuple(one.chosen.dump() for one in found if one.name == "certificate")
