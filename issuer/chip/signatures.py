"""The signature algorithms of travel documents, one table (9303-12 4.4; RFC 4055, RFC 5758)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.errors import Refused
from issuer.chip import asn1
from issuer.chip.keys import DIGESTS, EcKey, RsaKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

    from issuer.chip.keys import PublicKey

_DIGEST_OIDS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_RSA: Final = "1.2.840.113549.1.1.1"
_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_PKCS1_OIDS: Final = {
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA_OIDS: Final = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_TRAILER: Final = 1
MAX_SALT: Final = 512
MIN_SIGNER_RSA_BITS: Final = 2048
MIN_SIGNER_EC_BITS: Final = 224


@dataclass(frozen=True, slots=True)
class Scheme:
    """How something is signed.

    Args:
        name: As reports say it.
        digest: The hash algorithm, a name of `keys.DIGESTS`.
        padding: That of RSA; None for ECDSA.
    """

    name: str
    digest: str
    padding: AsymmetricPadding | None

    def check(self, key: PublicKey, signature: bytes, data: bytes, code: str, where: str) -> None:
        """Return if the signature over `data` is the key's.

        Raises:
            Refused: `code` if it is not, `chip.algorithm` for a key of another kind or one too small.
        """
        match key:
            case RsaKey() if self.padding is not None:
                strong = key.n.bit_length() >= MIN_SIGNER_RSA_BITS
                good = strong and key.verify(signature, data, self.padding, self.digest)
            case EcKey() if self.padding is None:
                strong = key.curve.n.bit_length() >= MIN_SIGNER_EC_BITS
                good = strong and _ecdsa(key, signature, data, self.digest)
            case _:
                raise Refused("chip.algorithm", where, f"{self.name} with a key of {key.name}")
        if not strong:
            raise Refused("chip.algorithm", where, f"a key of {key.name} signs no documents")
        if not good:
            raise Refused(code, where)


def _ecdsa(key: EcKey, signature: bytes, data: bytes, digest: str) -> bool:
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    return key.verify(r, s, data, digest)


def digest_of(algorithm: Any, code: str, where: str) -> str:
    """The name of a DigestAlgorithm.

    Raises:
        Refused: `code` for a malformed one, `chip.algorithm` for one that is not in the table.
    """
    with asn1.reading(code, where):
        oid = algorithm["algorithm"].dotted
    if oid not in _DIGEST_OIDS:
        raise Refused("chip.algorithm", where, f"the hash algorithm {oid}")
    return _DIGEST_OIDS[oid]


def scheme_of(algorithm: Any, code: str, where: str, *, digest: str | None = None) -> Scheme:
    """The row of a signature algorithm.

    Args:
        algorithm: A SignedDigestAlgorithm of asn1crypto.
        code: The reason for a malformed one.
        where: The place.
        digest: The hash algorithm that a signed message names beside it; None in a certificate.

    Raises:
        Refused: `code`; `chip.algorithm` for what is not in the tables, for parameters that are none, and
            where the two name different hash algorithms.
    """
    with asn1.reading(code, where):
        oid = algorithm["algorithm"].dotted
        found = _scheme(oid, algorithm["parameters"], code, where, digest)
    if digest is not None and found.digest != digest:
        raise Refused("chip.algorithm", where, f"{found.name} beside {digest}")
    return found


def _scheme(oid: str, parameters: Any, code: str, where: str, digest: str | None) -> Scheme:
    if oid == _PSS:
        return _pss(parameters, code, where)
    if parameters.native is not None:
        raise Refused("chip.algorithm", where, "parameters where none belong")
    if oid == _RSA and digest is not None:  # RFC 3370 3.2: the hash algorithm stands beside it
        return Scheme(f"RSA-PKCS1-{digest}", digest, padding.PKCS1v15())
    if oid in _PKCS1_OIDS:
        name = _PKCS1_OIDS[oid]
        return Scheme(f"RSA-PKCS1-{name}", name, padding.PKCS1v15())
    if oid in _ECDSA_OIDS:
        name = _ECDSA_OIDS[oid]
        return Scheme(f"ECDSA-{name}", name, None)
    raise Refused("chip.algorithm", where, f"the signature algorithm {oid}")


def _pss(parameters: Any, code: str, where: str) -> Scheme:
    """RFC 4055 3.1: every parameter is used as it stands, and none is guessed."""
    name = digest_of(parameters["hash_algorithm"], code, where)
    generator = parameters["mask_gen_algorithm"]
    if generator["algorithm"].dotted != _MGF1 or int(parameters["trailer_field"]) != _TRAILER:
        raise Refused("chip.algorithm", where, "a mask or trailer of PSS that is not in use")
    mask = digest_of(generator["parameters"], code, where)
    salt = parameters["salt_length"].native
    if not 0 <= salt <= MAX_SALT:
        raise Refused("chip.algorithm", where, "the length of a salt of PSS")
    pss = padding.PSS(mgf=padding.MGF1(DIGESTS[mask]), salt_length=salt)
    return Scheme(f"RSA-PSS-{name}", name, pss)
