"""Certificate revocation lists of a country (Doc 9303-12 section 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn1crypto import core, crl, x509

from sandbox.chips.certificates import key_identifier, name, time_of

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.chips.certificates import Holder


def revocation_list(
    signer: Holder,
    country: str,
    issuer: str,
    serials: dict[int, datetime],
    *,
    starts: datetime,
    ends: datetime,
) -> bytes:
    """Sign a list.

    Args:
        signer: The country signer.
        country: Two letters.
        issuer: The country signer's common name.
        serials: The revoked certificates' serial numbers, and since when.
        starts: When it is made.
        ends: When the next one is due at the latest.

    Returns:
        DER.
    """
    revoked = [
        {"user_certificate": serial, "revocation_date": time_of(since)} for serial, since in serials.items()
    ]
    entries = {"revoked_certificates": crl.RevokedCertificates(revoked)} if revoked else {}
    key = x509.AuthorityKeyIdentifier({"key_identifier": key_identifier(signer.key.public.dump())})
    extensions = [
        {"extn_id": "authority_key_identifier", "critical": False, "extn_value": key},
        {"extn_id": "crl_number", "critical": False, "extn_value": core.Integer(1)},
    ]
    tbs = crl.TbsCertList(
        {
            "version": "v2",
            "signature": signer.key.identifier,
            "issuer": name(country, issuer),
            "this_update": time_of(starts),
            "next_update": time_of(ends),
            "crl_extensions": extensions,
            **entries,
        }
    )
    signed = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": signer.key.identifier,
            "signature": signer.key.sign(tbs.dump()),
        }
    )
    return bytes(signed.dump())
