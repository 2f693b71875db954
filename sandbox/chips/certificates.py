"""Country signers' and document signers' certificates (Doc 9303-12 section 7.1).

A certificate is planned, perhaps changed, then issued: what is wrong with a bad one is what was replaced in
its plan.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asn1crypto import core, keys, x509

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.chips.keys import SigningKey

DOCUMENT_TYPES_OID: Final = "2.23.136.1.1.6.2"
MASTER_LIST_SIGNER_OID: Final = "2.23.136.1.1.3"
_UNKNOWN_OID: Final = "1.3.6.1.4.1.32473.1"  # RFC 5612: for examples
_UTC_TIME_ENDS: Final = 2050  # RFC 5280 section 4.1.2.5


class CodesAlone(core.SequenceOf):  # type: ignore[misc]
    """What some states have in their place."""

    _child_spec = core.PrintableString


class DocumentTypes(core.Sequence):  # type: ignore[misc]
    """DocumentTypeListSyntax: the document codes of the zone that a signer may sign for (9303-12 7.1.1.6)."""

    class Codes(core.SetOf):  # type: ignore[misc]
        """One or more of them."""

        _child_spec = core.PrintableString

    _fields: Final = [("version", core.Integer), ("codes", Codes)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a certificate will say.

    Args:
        country: Two letters, as the subject's country.
        authority_country: Two letters, as the issuer's.
        state: As in the machine readable zone, three letters mostly.
        subject: The subject's common name.
        issuer: The issuer's common name.
        serial: A positive number of at most 20 bytes.
        starts: First second of validity.
        ends: Last second of validity.
        signs: First and last second in which the key signs (private key usage period); None for no extension.
        authority: Whether it may issue certificates; None for no basic constraints.
        usage: Names of RFC 5280's key usages; empty for no such extension.
        extended_usage: An extended key usage, marked critical; empty for none.
        document_types: Document codes that it signs for; empty for no such extension.
        types_alone: The codes without version and set around them, as two states have them.
        identified: Whether it has key identifiers, its own and its issuer's.
        unknown: Whether it has a critical extension that nobody knows.
    """

    country: str
    authority_country: str
    state: str
    subject: str
    issuer: str
    serial: int
    starts: datetime
    ends: datetime
    signs: tuple[datetime, datetime] | None
    authority: bool | None = None
    usage: frozenset[str] = frozenset()
    extended_usage: str = ""
    document_types: tuple[str, ...] = ()
    types_alone: bool = False
    identified: bool = True
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Someone with a certificate and its private key."""

    certificate: x509.Certificate
    key: SigningKey


def issue(
    plan: Plan, subject: keys.PublicKeyInfo, issuer: SigningKey, issuer_public: bytes
) -> x509.Certificate:
    """Sign a certificate.

    Args:
        plan: What it says.
        subject: The key that is certified.
        issuer: The key that signs.
        issuer_public: The SubjectPublicKeyInfo that the authority key identifier points at.
    """
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": plan.serial,
            "signature": issuer.identifier,
            "issuer": name(plan.authority_country, plan.issuer),
            "validity": {"not_before": time_of(plan.starts), "not_after": time_of(plan.ends)},
            "subject": name(plan.country, plan.subject),
            "subject_public_key_info": subject,
            "extensions": _extensions(plan, key_identifier(subject.dump()), key_identifier(issuer_public)),
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": issuer.identifier,
            "signature_value": issuer.sign(tbs.dump()),
        }
    )


def name(country: str, common_name: str) -> x509.Name:
    """Country in upper case, printable; the rest in UTF-8 (9303-12 7.1.1.2)."""
    return x509.Name.build(
        {"country_name": country, "organization_name": "Sandbox", "common_name": common_name}
    )


def time_of(moment: datetime) -> x509.Time:
    """UTCTime until 2049, GeneralizedTime from 2050 on."""
    if moment.year < _UTC_TIME_ENDS:
        return x509.Time("utc_time", core.UTCTime(moment))
    return x509.Time("general_time", core.GeneralizedTime(moment))


def key_identifier(public: bytes) -> bytes:
    """The SHA-1 of the key's bits (RFC 5280 section 4.2.1.2, method 1)."""
    bits = keys.PublicKeyInfo.load(public)["public_key"].contents[1:]  # after the count of unused bits
    return hashlib.sha1(bits, usedforsecurity=False).digest()


def _extensions(plan: Plan, own: bytes, issuers: bytes) -> x509.Extensions:
    rows: list[tuple[str, bool, core.Asn1Value]] = [
        ("issuer_alt_name", False, _state_name(plan.state)),
        ("subject_alt_name", False, _state_name(plan.state)),
    ]
    if plan.identified:
        authority = x509.AuthorityKeyIdentifier({"key_identifier": issuers})
        rows.append(("authority_key_identifier", False, authority))
        rows.append(("key_identifier", False, core.OctetString(own)))
    if plan.usage:
        rows.append(("key_usage", True, x509.KeyUsage(set(plan.usage))))
    if plan.signs:
        first, last = (core.GeneralizedTime(moment) for moment in plan.signs)
        period = x509.PrivateKeyUsagePeriod({"not_before": first, "not_after": last})
        rows.append(("private_key_usage_period", False, period))
    if plan.authority is not None:
        path = {"ca": True, "path_len_constraint": 0} if plan.authority else {"ca": False}
        rows.append(("basic_constraints", True, x509.BasicConstraints(path)))
    if plan.extended_usage:
        rows.append(("extended_key_usage", True, x509.ExtKeyUsageSyntax([plan.extended_usage])))
    if plan.document_types:
        codes = list(plan.document_types)
        listed = CodesAlone(codes) if plan.types_alone else DocumentTypes({"version": 0, "codes": codes})
        rows.append((DOCUMENT_TYPES_OID, False, listed))
    if plan.unknown:
        rows.append((_UNKNOWN_OID, True, core.Null()))
    if plan.authority:
        rows.append(("crl_distribution_points", False, _where_lists_are(plan.state)))
    return x509.Extensions([_extension(oid, value, critical=critical) for oid, critical, value in rows])


def _extension(oid: str, value: core.Asn1Value, *, critical: bool) -> x509.Extension:
    return x509.Extension(
        {"extn_id": oid, "critical": critical, "extn_value": core.ParsableOctetString(value.dump())}
    )


def _state_name(state: str) -> x509.GeneralNames:
    """The state's three letters as a directory name (9303-12 7.1.1.5)."""
    return x509.GeneralNames([x509.GeneralName("directory_name", x509.Name.build({"locality_name": state}))])


def _where_lists_are(state: str) -> x509.CRLDistributionPoints:
    uri = x509.GeneralName("uniform_resource_identifier", f"https://pkddownload1.icao.int/CRLs/{state}.crl")
    point = x509.DistributionPointName("full_name", x509.GeneralNames([uri]))
    return x509.CRLDistributionPoints([{"distribution_point": point}])
