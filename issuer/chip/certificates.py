"""Certificates of country and document signers, read (9303-12 7.1); nothing here says whom to trust.

They are read by asn1crypto, for those of states deviate in ways that `cryptography` refuses: serial numbers
below zero, curves written out. What decides is checked here, once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import x509

from clicid.errors import Refused
from issuer.chip import asn1, keys, signatures, tlv

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.chip.keys import PublicKey
    from issuer.chip.signatures import Scheme

MAX_BYTES: Final = 16_384
_DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
_NAME_CHANGE: Final = "2.23.136.1.1.6.1"
_INTEGER, _PRINTABLE, _SEQUENCE, _SET = 0x02, 0x13, 0x30, 0x31
# What is read here, or does not bear on what a signer may do: these may be marked critical.
_KNOWN: Final = frozenset({
    "2.5.29.14", "2.5.29.15", "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.31", "2.5.29.32",
    "2.5.29.35", "2.5.29.37", _DOCUMENT_TYPES, _NAME_CHANGE,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it says of itself. Nobody has looked at its signature.

    Args:
        der: The whole.
        subject: The subject's name in a form that can be compared (RFC 5280 7.1).
        issuer: The issuer's, likewise.
        country: The subject's country, in capitals; empty where it names none.
        serial: The serial number.
        not_before: When it begins.
        not_after: When it ends.
        key: The subject's key.
        key_id: The subject key identifier, or None.
        authority_key_id: The authority key identifier, or None.
        authority: Whether it is one of an authority; None where it does not say.
        usages: Its key usages.
        purposes: Its extended key usages, as OIDs; empty where it names none.
        key_period: When the private key is used, from and to; None where it does not say.
        document_types: The kinds of document that it signs, as in their zones; None for all.
        scheme: How it is signed.
        signed: The bytes that are signed.
        signature: The signature.
    """

    der: bytes = field(repr=False)
    subject: str
    issuer: str
    country: str
    serial: int
    not_before: datetime
    not_after: datetime
    key: PublicKey = field(repr=False)
    key_id: bytes | None
    authority_key_id: bytes | None
    authority: bool | None
    usages: frozenset[str]
    purposes: frozenset[str]
    key_period: tuple[datetime | None, datetime | None]
    document_types: frozenset[str] | None
    scheme: Scheme = field(repr=False, compare=False)  # `der` has it
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the whole, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer have one name."""
        return self.subject == self.issuer

    def check_signed_by(self, key: PublicKey, code: str, where: str) -> None:
        """Return if the signature is the key's; raises as `Scheme.check` does."""
        self.scheme.check(key, self.signature, self.signed, code, where)

    def valid_at(self, time: datetime) -> bool:
        """Whether the certificate is within its dates."""
        return self.not_before <= time <= self.not_after

    def in_use_at(self, time: datetime) -> bool:
        """Whether the private key was in use, as far as the certificate limits that."""
        start, end = self.key_period
        return (start is None or start <= time) and (end is None or time <= end)


def read(der: bytes, where: str) -> Certificate:
    """Read a certificate.

    Raises:
        Refused: `chip.file` for its frame, `chip.certificate` for what is malformed, marked critical and
            unknown here, or there twice; `chip.algorithm` for a key or signature that is not in our tables.
    """
    if len(der) > MAX_BYTES:
        raise Refused("chip.certificate", where, "too long")
    return read_parsed(asn1.load(x509.Certificate, der, "chip.certificate", where), der, where)


def read_parsed(parsed: Any, der: bytes, where: str) -> Certificate:
    """As `read`, for what asn1crypto has parsed already: a part of a larger object that was checked."""
    code = "chip.certificate"
    with asn1.reading(code, where):
        body = parsed["tbs_certificate"]
        if body["signature"].dump() != parsed["signature_algorithm"].dump():
            raise Refused(code, where, "two signature algorithms")
        extensions = _extensions(body["extensions"], where)
        constraints = extensions.get("2.5.29.19")
        usage = extensions.get("2.5.29.15")
        purposes = extensions.get("2.5.29.37")
        key_id = extensions.get("2.5.29.14")
        authority_key_id = extensions.get("2.5.29.35")
        dates = body["validity"]
        return Certificate(
            der=der,
            subject=body["subject"].hashable,
            issuer=body["issuer"].hashable,
            country=_country(body["subject"].native, where),
            serial=body["serial_number"].native,
            not_before=asn1.moment(dates["not_before"].native, code, where),
            not_after=asn1.moment(dates["not_after"].native, code, where),
            key=keys.read(body["subject_public_key_info"], code, where),
            key_id=None if key_id is None else key_id.native,
            authority_key_id=None if authority_key_id is None else authority_key_id["key_identifier"].native,
            authority=None if constraints is None else bool(constraints["ca"].native),
            usages=frozenset(usage.native if usage is not None else ()),
            purposes=frozenset(one.dotted for one in purposes) if purposes is not None else frozenset(),
            key_period=_period(extensions.get("2.5.29.16"), where),
            document_types=_types(extensions.get(_DOCUMENT_TYPES), where),
            scheme=signatures.scheme_of(parsed["signature_algorithm"], code, where),
            signed=body.dump(),
            signature=parsed["signature_value"].native,
        )


def _extensions(extensions: Any, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in extensions:
        oid = one["extn_id"].dotted
        if oid in found:
            raise Refused("chip.certificate", where, f"the extension {oid} twice")
        if one["critical"].native and oid not in _KNOWN:
            raise Refused("chip.certificate", where, f"the critical extension {oid}")
        found[oid] = one["extn_value"].parsed if oid != _DOCUMENT_TYPES else one["extn_value"].native
    return found


def _country(name: Any, where: str) -> str:
    country = name.get("country_name", "")
    if not isinstance(country, str):
        raise Refused("chip.certificate", where, "several countries")
    return country.upper()


def _period(extension: Any, where: str) -> tuple[datetime | None, datetime | None]:
    if extension is None:
        return None, None
    start, end = (extension[name].native for name in ("not_before", "not_after"))
    return (
        None if start is None else asn1.moment(start, "chip.certificate", where),
        None if end is None else asn1.moment(end, "chip.certificate", where),
    )


def _types(extension: bytes | None, where: str) -> frozenset[str] | None:
    """DocumentTypeListSyntax (9303-12 7.1.1.6): a version and a set of texts.

    Indonesia and the Philippines leave version and set out, and have the texts in their place.
    """
    if extension is None:
        return None
    parts = tlv.children(tlv.only(extension, _SEQUENCE, where), where)
    if [part.tag for part in parts] == [_INTEGER, _SET]:
        parts = tlv.children(parts[1].value, where)
    if not parts or any(part.tag != _PRINTABLE or not part.value.isascii() for part in parts):
        raise Refused("chip.certificate", where, "the list of document types")
    return frozenset(part.value.decode("ascii") for part in parts)
