"""Country signers: whom the operator trusts to vouch for document signers, and the way up to them.

A self-signed certificate that the operator gave, or that stands in a master list which was verified, is
trusted as it is. Any other is a link (9303-12 4.1.2.1): it counts where one that is trusted signed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.crl import RevocationList

MAX_LINKS: Final = 4
_CERT_SIGN: Final = "key_cert_sign"


@dataclass(frozen=True, slots=True)
class CscaStore:
    """What is trusted.

    Args:
        roots: Self-signed certificates of country signers.
        links: The others.
        revocations: Lists of revoked certificates; whose they are is checked when they are used.
    """

    roots: tuple[Certificate, ...] = ()
    links: tuple[Certificate, ...] = ()
    revocations: tuple[RevocationList, ...] = ()

    def joined(self, other: CscaStore) -> CscaStore:
        """Both, each certificate once."""
        return CscaStore(
            tuple(dict.fromkeys(self.roots + other.roots)),
            tuple(dict.fromkeys(self.links + other.links)),
            self.revocations + other.revocations,
        )

    def issuers(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Those that can have issued it, by name and key identifier; trusted ones before links."""
        return tuple(one for one in self.roots + self.links if _names_as_issuer(certificate, one))


@dataclass(frozen=True, slots=True)
class Path:
    """From a certificate to one that is trusted.

    Args:
        issuer: The country signer that signed the certificate.
        links: What leads from it to the trusted one, that one last; empty where it is trusted itself.
    """

    issuer: Certificate
    links: tuple[Certificate, ...]

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """All of them."""
        return (self.issuer, *self.links)


def store_of(certificates: Iterable[Certificate], revocations: Iterable[RevocationList] = ()) -> CscaStore:
    """Sort certificates into those that signed themselves and links."""
    roots: list[Certificate] = []
    links: list[Certificate] = []
    for one in dict.fromkeys(certificates):
        (roots if signed_by_itself(one) else links).append(one)
    return CscaStore(tuple(roots), tuple(links), tuple(revocations))


def signed_by_itself(certificate: Certificate) -> bool:
    """Whether its own key made its signature, whatever it says of its issuer."""
    try:
        certificate.check_signed_by(certificate.key, "chip.signer_chain", "")
    except Refused:
        return False
    return True


def path(certificate: Certificate, store: CscaStore, *, at: datetime, where: str) -> Path:
    """The way from a document signer, or a master list's signer, to what is trusted.

    1. A country signer has the issuer's name and, where both say, the key identifier.
    2. Its key made the certificate's signature.
    3. It may sign certificates, names the same country, and was valid (RFC 5280 6.1.3).
    4. It is trusted itself, or the same holds of it and the next, a few times over. A country signer's path
       length counts document signers: 9303-12 7.1.1 has it 0 and links are certified below it all the same.

    Args:
        certificate: Whose signer is looked for.
        store: What is trusted.
        at: The time for which the certificates must be valid.
        where: The place for what is refused.

    Raises:
        Undecided: `chip.csca_unknown` where there is none of the name and identifier.
        Refused: the reason why none of those that there are will do: `chip.signer_chain`,
            `chip.certificate`, `chip.country`, `chip.validity`, `chip.algorithm`.
    """
    return Path(*_climb(certificate, store, at, where, ()))


def _climb(
    certificate: Certificate, store: CscaStore, at: datetime, where: str, below: tuple[Certificate, ...]
) -> tuple[Certificate, tuple[Certificate, ...]]:
    reason: ClicidError = Undecided("chip.csca_unknown", where, f"none for {certificate.country}")
    for candidate in store.issuers(certificate):
        if candidate in below:
            continue
        try:
            _check_issued(certificate, candidate, at, where)
            if candidate in store.roots:
                return candidate, ()
            if len(below) == MAX_LINKS:
                raise Refused("chip.signer_chain", where, "too many links")
            above, more = _climb(candidate, store, at, where, (*below, candidate))
        except ClicidError as error:
            reason = error
            continue
        return candidate, (above, *more)
    raise reason


def _names_as_issuer(certificate: Certificate, candidate: Certificate) -> bool:
    wanted, has = certificate.authority_key_id, candidate.key_id
    return candidate.subject == certificate.issuer and (wanted is None or has is None or wanted == has)


def _check_issued(certificate: Certificate, authority: Certificate, at: datetime, where: str) -> None:
    certificate.check_signed_by(authority.key, "chip.signer_chain", where)
    if authority.authority is not True or _CERT_SIGN not in authority.usages:
        raise Refused("chip.certificate", where, "the country signer may not sign certificates")
    if not authority.country or authority.country != certificate.country:
        raise Refused("chip.country", where, f"{certificate.country} below {authority.country}")
    if not authority.valid_at(at):
        raise Refused("chip.validity", where, "the country signer's certificate")
