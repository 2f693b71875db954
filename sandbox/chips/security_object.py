"""EF.SOD: the hashes of all data groups, signed by a document signer (Doc 9303-10 section 4.6.2).

A CMS SignedData (RFC 5652), made a part at a time, so that a bad one can be made of the good parts and one
that is not.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from asn1crypto import algos, cms, core

from sandbox.chips.groups import LDS_VERSION, UNICODE_VERSION
from sandbox.chips.tlv import tlv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from asn1crypto import x509

    from sandbox.chips.certificates import Holder

SECURITY_OBJECT_OID: Final = "2.23.136.1.1.1"
TAG: Final = 0x77


class GroupHash(core.Sequence):  # type: ignore[misc]
    """A data group's number and hash."""

    _fields: Final = [("number", core.Integer), ("value", core.OctetString)]


class GroupHashes(core.SequenceOf):  # type: ignore[misc]
    """Of every data group that the chip has."""

    _child_spec = GroupHash


class VersionInfo(core.Sequence):  # type: ignore[misc]
    """The versions that EF.COM says too, here signed."""

    _fields: Final = [("lds", core.PrintableString), ("unicode", core.PrintableString)]


class SecurityObject(core.Sequence):  # type: ignore[misc]
    """LDSSecurityObject (4.6.2.2)."""

    _fields: Final = [
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", GroupHashes),
        ("version_info", VersionInfo, {"optional": True}),
    ]


def hashed(groups: Mapping[int, bytes], digest: str) -> dict[int, bytes]:
    """The hash of each data group, tag and length included."""
    return {number: hashlib.new(digest, group).digest() for number, group in groups.items()}


def security_object(hashes: Mapping[int, bytes], digest: str, *, version: int = 0) -> bytes:
    """An LDSSecurityObject.

    Args:
        hashes: Of each data group, by number.
        digest: The hash function that it names.
        version: 0, or 1 to sign the LDS's version too.
    """
    rows = [{"number": number, "value": hashes[number]} for number in sorted(hashes)]
    fields = {"version": version, "algorithm": digest_identifier(digest), "hashes": rows}
    if version:
        fields["version_info"] = {"lds": LDS_VERSION, "unicode": UNICODE_VERSION}
    return bytes(SecurityObject(fields).dump())


def digest_identifier(digest: str) -> algos.DigestAlgorithm:
    """A hash function's AlgorithmIdentifier; its parameters are NULL, which every reader takes."""
    return algos.DigestAlgorithm({"algorithm": digest})


def attributes(
    content: bytes, digest: str, signed_at: datetime | None, *, content_type: str = SECURITY_OBJECT_OID
) -> list[cms.CMSAttribute]:
    """The signed attributes: content type, message digest, and the signing time where there is one."""
    rows = [
        cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(digest, content).digest()]}),
    ]
    if signed_at is not None:
        rows.append(
            cms.CMSAttribute(
                {"type": "signing_time", "values": [cms.Time("utc_time", core.UTCTime(signed_at))]}
            )
        )
    return rows


def signer_info(
    signer: Holder,
    signed: list[cms.CMSAttribute],
    *,
    by_key: bool = False,
    digest: str = "",
    shown: list[cms.CMSAttribute] | None = None,
) -> cms.SignerInfo:
    """Sign attributes.

    Args:
        signer: The document signer.
        signed: What is signed.
        by_key: Name the signer by its key's identifier instead of issuer and serial number.
        digest: Another hash function to name than the signer's.
        shown: Other attributes to show than those that are signed.
    """
    certificate = signer.certificate
    return cms.SignerInfo(
        {
            "version": "v3" if by_key else "v1",
            "sid": _by_key(certificate) if by_key else _by_name(certificate),
            "digest_algorithm": digest_identifier(digest or signer.key.digest),
            "signed_attrs": cms.CMSAttributes(signed if shown is None else shown),
            "signature_algorithm": signer.key.identifier,
            # Signed with SET's own tag (RFC 5652 section 5.4).
            "signature": signer.key.sign(cms.CMSAttributes(signed).dump()),
        }
    )


def signed_data(
    content: bytes,
    infos: Iterable[cms.SignerInfo],
    certificates: Iterable[x509.Certificate],
    *,
    content_type: str = SECURITY_OBJECT_OID,
) -> cms.ContentInfo:
    """A SignedData around a content, which is no CMS content and so of version 3 (RFC 5652 section 5.1)."""
    infos = list(infos)
    digests = {info["digest_algorithm"]["algorithm"].native for info in infos}
    fields = {
        "version": "v3",
        "digest_algorithms": [digest_identifier(digest) for digest in sorted(digests)],
        "encap_content_info": {
            "content_type": content_type,
            "content": core.ParsableOctetString(content),
        },
        "certificates": [cms.CertificateChoices("certificate", one) for one in certificates],
        "signer_infos": infos,
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(fields)})


def file(content: cms.ContentInfo) -> bytes:
    """EF.SOD."""
    return tlv(TAG, content.dump())


def _by_name(certificate: x509.Certificate) -> cms.SignerIdentifier:
    name = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    return cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(name))


def _by_key(certificate: x509.Certificate) -> cms.SignerIdentifier:
    return cms.SignerIdentifier("subject_key_identifier", certificate.key_identifier_value)
