"""A master list of country signers: as ICAO has countries sign it, and as its directory hands it out.

The CMS form of Doc 9303-12 section 9 is also what BSI publishes; the LDIF form is a download of the Public
Key Directory (RFC 2849), with the same CMS inside.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from asn1crypto import core, x509

from sandbox.chips.security_object import attributes, signed_data, signer_info

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.chips.certificates import Holder
    from sandbox.chips.country import Country

MASTER_LIST_OID: Final = "2.23.136.1.1.2"
_COLUMNS: Final = 76


class CertificateSet(core.SetOf):  # type: ignore[misc]
    """Country signers' certificates and links."""

    _child_spec = x509.Certificate


class CscaMasterList(core.Sequence):  # type: ignore[misc]
    """The content that is signed."""

    _fields: Final = [("version", core.Integer), ("certificates", CertificateSet)]


def master_list(
    publisher: Country,
    certificates: Iterable[x509.Certificate],
    signed_at: datetime,
    *,
    signer: Holder | None = None,
) -> bytes:
    """Sign a list.

    Args:
        publisher: Whose list signer signs; its country signer goes along, as 9303-12 wants.
        certificates: What is in it.
        signed_at: When.
        signer: Another signer than the publisher's.

    Returns:
        DER.
    """
    signer = signer or publisher.list_signer
    content = bytes(CscaMasterList({"version": 0, "certificates": CertificateSet(list(certificates))}).dump())
    signed = attributes(content, signer.key.digest, signed_at, content_type=MASTER_LIST_OID)
    info = signer_info(signer, signed, by_key=True)
    return bytes(
        signed_data(
            content, [info], [signer.certificate, publisher.root.certificate], content_type=MASTER_LIST_OID
        ).dump()
    )


def ldif(signed_list: bytes, country: str) -> str:
    """A directory's export with one master list.

    Args:
        signed_list: The CMS form.
        country: Two letters of who published it.
    """
    place = f"o=ml,c={country},dc=data,dc=download,dc=pkd,dc=icao,dc=int"
    common_name = f"C={country}\\,O=Sandbox\\,CN=Master List Signer"
    rows = [
        f"dn: cn={common_name},{place}",
        "objectClass: top",
        "objectClass: person",
        "objectClass: pkdMasterList",
        "objectClass: pkdDownload",
        f"cn: {common_name}",
        "sn: 1",
        "pkdVersion: 70",
        f"pkdMasterListContent:: {base64.b64encode(signed_list).decode()}",
    ]
    return "version: 1\n\n" + "".join(_folded(row) for row in rows) + "\n"


def _folded(row: str) -> str:
    """A line too long goes on in the next, which begins with a space (RFC 2849 note 2)."""
    parts = [row[:_COLUMNS]]
    parts += [" " + row[at : at + _COLUMNS - 1] for at in range(_COLUMNS, len(row), _COLUMNS - 1)]
    return "\n".join(parts) + "\n"
