"""The issuer's own certificate authority (IACA), and what stands under it: one root for every format.

An accreditation binds the key of one root. So this one certifies the document signer, and the key of SD-JWT
VCs, JWTs and status lists as well. Its key is in a vault of its own, brought for the ceremony and taken away.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from clicid.securing.signing import sign
from clicid.trust import iaca_making
from clicid.trust.iaca_making import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.formats.base import Prepared
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef, KeyStore

ROOT_KEY: Final = "iaca"
FOLDER: Final = "certificates"
"""Below the issuer's identifier: where root and revocation list are fetched."""
ROOT_FILE, ROOT_PEM, REVOCATIONS_FILE = "iaca.cer", "iaca.pem", "iaca.crl"


def place(identifier: str, country: str, common_name: str) -> Place:
    """Who issues: reached at the issuer's identifier, where the revocation list is as well.

    Raises:
        LocalError: `config.invalid` for a country that is not two capitals.
    """
    if len(country) != 2 or not country.isascii() or not country.isalpha() or not country.isupper():
        raise LocalError("config.invalid", "country", "two capitals (ISO 3166-1 alpha-2)")
    return Place(country, common_name, identifier, f"{identifier}/{FOLDER}/{REVOCATIONS_FILE}")


def make_root(vault: KeyStore, where: Place, *, begins: datetime, days: int) -> bytes:
    """The root's certificate, DER; its key is made on first use, and stays when the certificate is renewed.

    Raises:
        LocalError: `mdoc.making`.
    """
    ref = vault.find(ROOT_KEY) or vault.generate(P256, ROOT_KEY)
    prepared = iaca_making.prepare_authority(
        where, vault.public(ref), begins=begins, days=days, random=secrets.token_bytes
    )
    return _signed(prepared, vault, ref)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """The root with its key, for as long as something is signed.

    Args:
        vault: The root's.
        root: Its certificate, DER.
    """

    vault: KeyStore
    root: bytes

    def issuer(self, key: PublicKey, names: Sequence[str], *, begins: datetime, days: int) -> bytes:
        """A certificate for the key of SD-JWT VCs, JWTs and lists, DER, by these names of the issuer.

        Raises:
            LocalError: `mdoc.making`, `config.key` for a vault without the root's key.
        """
        ref = self._ref()
        prepared = iaca_making.prepare_issuer(
            self._place("issuer"),
            key,
            self.root,
            self.vault.public(ref),
            names=names,
            begins=begins,
            days=days,
            random=secrets.token_bytes,
        )
        return _signed(prepared, self.vault, ref)

    def signer(self, key: PublicKey, *, begins: datetime, days: int) -> bytes:
        """A document signer's certificate, DER; raises as `issuer`."""
        ref = self._ref()
        prepared = iaca_making.prepare_signer(
            self._place("document signer"),
            key,
            self.root,
            self.vault.public(ref),
            begins=begins,
            days=days,
            random=secrets.token_bytes,
        )
        return _signed(prepared, self.vault, ref)

    def revocations(self, revoked: Sequence[int], *, begins: datetime, days: int) -> bytes:
        """A list of revoked certificates, DER, by their serial numbers; raises as `issuer`."""
        ref = self._ref()
        number = int(begins.timestamp())
        prepared = iaca_making.prepare_revocations(
            self.root, self.vault.public(ref), revoked, number=number, begins=begins, days=days
        )
        return _signed(prepared, self.vault, ref)

    def _ref(self) -> KeyRef:
        ref = self.vault.find(ROOT_KEY)
        if ref is None:
            raise LocalError("config.key", ROOT_KEY)
        return ref

    def _place(self, what: str) -> Place:
        """The root's own, under another name."""
        root = x509.load_der_x509_certificate(self.root)
        contact = root.extensions.get_extension_for_class(x509.IssuerAlternativeName).value
        (identifier,) = contact.get_values_for_type(x509.UniformResourceIdentifier)
        (country,) = root.subject.get_attributes_for_oid(x509.NameOID.COUNTRY_NAME)
        (name,) = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        own = place(identifier, str(country.value), str(name.value))
        return replace(own, common_name=f"{own.common_name}: {what}")


def to_pem(der: bytes) -> bytes:
    """A certificate as it lies in files."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _signed(prepared: Prepared[bytes], vault: KeyStore, ref: KeyRef) -> bytes:
    (operation,) = prepared.to_be_signed
    return prepared.complete([sign(vault, ref, operation)])
