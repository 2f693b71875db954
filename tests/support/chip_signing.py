"""Countries, document signers and signed chips in a few lines, for what must be right or wrong in one place.

Keys are made once a run: what is tested is what is signed, not with which key.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asn1crypto import algos, cms, core
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support import chip_files as write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNED = datetime(2024, 3, 1, 9, tzinfo=UTC)
YEAR = timedelta(days=365)
LDS_OBJECT = "2.23.136.1.1.1"
MASTER_LIST = "2.23.136.1.1.2"
LIST_SIGNER = "2.23.136.1.1.3"
HASHES: dict[str, Any] = {
    "sha1": hashes.SHA1(), "sha224": hashes.SHA224(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}  # fmt: skip
CURVES: dict[str, ec.EllipticCurve] = {
    "P-224": ec.SECP224R1(), "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(), "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(), "P-192": ec.SECP192R1(),
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """How one signs: ``rsa``, ``pss`` or a curve of `CURVES`; and the hash algorithm."""

    kind: str = "P-256"
    digest: str = "sha256"

    @property
    def pss(self) -> padding.PSS:
        return padding.PSS(padding.MGF1(HASHES[self.digest]), HASHES[self.digest].digest_size)


@functools.cache
def private(kind: str, name: str) -> Any:
    """A key for everybody of that name."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any
    way: Way

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def parsed(self) -> Any:
        return asn1_x509.Certificate.load(self.der)

    def sign(self, data: bytes) -> bytes:
        digest = HASHES[self.way.digest]
        if self.way.kind in CURVES:
            return bytes(self.key.sign(data, ec.ECDSA(digest)))
        return bytes(
            self.key.sign(data, self.way.pss if self.way.kind == "pss" else padding.PKCS1v15(), digest)
        )

    def algorithm(self) -> dict[str, Any]:
        if self.way.kind in CURVES:
            return {"algorithm": f"{self.way.digest}_ecdsa"}
        if self.way.kind == "rsa":
            return {"algorithm": f"{self.way.digest}_rsa"}
        hashed = {"algorithm": self.way.digest}
        parameters = {
            "hash_algorithm": hashed,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hashed},
            "salt_length": HASHES[self.way.digest].digest_size,
        }
        return {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)}


def name(country: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common),
        ]
    )


def certify(
    common: str,
    by: Signer | None = None,
    *,
    country: str = "SE",
    way: Way | None = None,
    ca: bool | None = None,
    start: datetime = SIGNED - YEAR,
    end: datetime = SIGNED + 12 * YEAR,
    serial: int | None = None,
    usage: bool = True,
    purpose: str | None = None,
    in_use: tuple[datetime, datetime] | None = None,
    more: tuple[x509.ExtensionType, ...] = (),
    issuer: x509.Name | None = None,
    key: Any = None,
    named_by: Signer | None = None,
    critical: bool = False,
) -> Signer:
    """A certificate; without `by` it signs itself, with `ca` None it is an authority where it does.

    Args:
        named_by: Whose subject and key identifier it names as its issuer's, where `by` did not give them.
    """
    way = way or (by.way if by else Way())
    key = key or private(way.kind, f"{country} {common}")
    subject = name(country, common)
    authority = ca if ca is not None else by is None
    named = named_by or by
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or (named.certificate.subject if named else subject))
        .public_key(key.public_key())
        .serial_number(
            serial or int.from_bytes(hashlib.sha256(f"{common}{start}".encode()).digest()[:8], "big") | 1
        )
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((named.key if named else key).public_key()),
            critical=False,
        )
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    if usage:
        builder = builder.add_extension(_usage(authority=authority), critical=True)
    if purpose:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=True
        )
    if in_use:
        builder = builder.add_extension(x509.PrivateKeyUsagePeriod(*in_use), critical=False)
    for one in more:
        builder = builder.add_extension(one, critical=critical)
    maker = by or Signer(None, key, way)  # type: ignore[arg-type]  # only its key is asked
    made = builder.sign(
        maker.key,
        HASHES[maker.way.digest],
        rsa_padding=maker.way.pss if maker.way.kind == "pss" else None,
    )
    return Signer(made, key, way)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


class _Hash(core.Sequence):  # type: ignore[misc]
    _fields: Final = [("number", core.Integer), ("value", core.OctetString)]


class _Hashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Hash


class _Object(core.Sequence):  # type: ignore[misc]
    _fields: Final = [("version", core.Integer), ("algorithm", algos.DigestAlgorithm), ("hashes", _Hashes)]


def lds_object(groups: dict[int, bytes], digest: str = "sha256", *, version: int = 0) -> bytes:
    listed = [
        {"number": n, "value": hashlib.new(digest, data).digest()} for n, data in sorted(groups.items())
    ]
    return bytes(_Object({"version": version, "algorithm": {"algorithm": digest}, "hashes": listed}).dump())


def message(
    content: bytes,
    signer: Signer,
    *,
    kind: str = LDS_OBJECT,
    at: datetime | None = SIGNED,
    certificates: tuple[Signer, ...] | None = None,
    by_key: bool = False,
) -> bytes:
    """A ContentInfo that the signer signed."""
    rows = [
        cms.CMSAttribute({"type": "content_type", "values": [kind]}),
        cms.CMSAttribute(
            {"type": "message_digest", "values": [hashlib.new(signer.way.digest, content).digest()]}
        ),
    ]
    if at is not None:
        rows.append(
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time("utc_time", core.UTCTime(at))]})
        )
    attributes = cms.CMSAttributes(rows)
    parsed = signer.parsed
    sid = (
        cms.SignerIdentifier("subject_key_identifier", parsed.key_identifier_value)
        if by_key
        else cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber({"issuer": parsed.issuer, "serial_number": parsed.serial_number}),
        )
    )
    info = cms.SignerInfo(
        {
            "version": "v3" if by_key else "v1",
            "sid": sid,
            "digest_algorithm": {"algorithm": signer.way.digest},
            "signed_attrs": attributes,
            "signature_algorithm": signer.algorithm(),
            "signature": signer.sign(attributes.dump()),
        }
    )
    shown = (signer,) if certificates is None else certificates
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": signer.way.digest}],
            "encap_content_info": {"content_type": kind, "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices("certificate", one.parsed) for one in shown],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


class _Certificates(core.SetOf):  # type: ignore[misc]
    _child_spec = asn1_x509.Certificate


class _List(core.Sequence):  # type: ignore[misc]
    _fields: Final = [("version", core.Integer), ("certificates", _Certificates)]


def master_list(certificates: list[Signer], signer: Signer, *, kind: str = MASTER_LIST) -> bytes:
    content = _List({"version": 0, "certificates": [one.parsed for one in certificates]}).dump()
    return message(content, signer, kind=kind, at=NOW - timedelta(days=7), by_key=True)


def revocations(
    by: Signer,
    serials: tuple[int, ...] = (),
    *,
    start: datetime = NOW - timedelta(days=1),
    end: datetime | None = NOW + timedelta(days=90),
    issuer: Signer | None = None,
) -> bytes:
    """A list of revoked certificates."""
    body = {
        "version": "v2",
        "signature": by.algorithm(),
        "issuer": (issuer or by).parsed.subject,
        "this_update": asn1_x509.Time("utc_time", core.UTCTime(start)),
    }
    if end is not None:
        body["next_update"] = asn1_x509.Time("utc_time", core.UTCTime(end))
    if serials:
        body["revoked_certificates"] = [
            {"user_certificate": one, "revocation_date": asn1_x509.Time("utc_time", core.UTCTime(SIGNED))}
            for one in serials
        ]
    signed = asn1_crl.TbsCertList(body)
    whole = {
        "tbs_cert_list": signed,
        "signature_algorithm": by.algorithm(),
        "signature": by.sign(signed.dump()),
    }
    return bytes(asn1_crl.CertificateList(whole).dump())


def default_groups() -> dict[int, bytes]:
    return {1: write.dg1(), 2: write.dg2(), 11: write.dg11()}


@dataclass
class Chip:
    """A chip as its files, made by a document signer."""

    signer: Signer
    groups: dict[int, bytes] = field(default_factory=default_groups)
    digest: str = "sha256"

    @property
    def sod(self) -> bytes:
        return write.tlv(0x77, message(lds_object(self.groups, self.digest), self.signer))

    @property
    def com(self) -> bytes:
        tags = {1: 0x61, 2: 0x75, 11: 0x6B, 14: 0x6E, 15: 0x6F}
        return write.com(bytes(tags[number] for number in sorted(self.groups)))

    @property
    def files(self) -> list[bytes]:
        return [self.com, self.sod, *self.groups.values()]
