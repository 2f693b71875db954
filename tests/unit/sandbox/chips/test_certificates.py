"""Certificates and revocation lists: their profile (Doc 9303-12 section 7), and OpenSSL's word on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from clicid.errors import LocalError
from sandbox.chips.country import SIGNED, certify, found, root_plan, signer_plan
from sandbox.chips.keys import ALGORITHMS, HASHES, generate
from tests.support.chips import EXPLICIT, NAMED, NOW, openssl, world_of
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

    import asn1crypto.x509

USAGE = ExtensionOID.KEY_USAGE.dotted_string
BASIC = ExtensionOID.BASIC_CONSTRAINTS.dotted_string
EXTENDED = ExtensionOID.EXTENDED_KEY_USAGE.dotted_string
LISTS_AT = ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string
EVERYBODYS = {"2.5.29.35", "2.5.29.14", "2.5.29.18", "2.5.29.17", USAGE}


@pytest.mark.parametrize(
    ("who", "extensions", "critical"),
    [
        ("root", {BASIC, LISTS_AT, "2.5.29.16"}, {USAGE, BASIC}),
        ("signer", {"2.5.29.16", "2.23.136.1.1.6.2"}, {USAGE}),
        ("list_signer", {EXTENDED}, {USAGE, EXTENDED}),
    ],
)
def test_extensions_of_each_kind(who: str, extensions: set[str], critical: set[str]) -> None:
    holder = getattr(world_of("p256-sha256").country, who)
    parsed = x509.load_der_x509_certificate(holder.certificate.dump())
    there = {one.oid.dotted_string: one.critical for one in parsed.extensions}
    assert set(there) == EVERYBODYS | extensions
    assert {oid for oid, yes in there.items() if yes} == critical
    assert parsed.subject.rfc4514_string().endswith("C=SE")


def test_an_authority_may_issue_signers_and_no_more() -> None:
    root = x509.load_der_x509_certificate(world_of("p256-sha256").country.root.certificate.dump())
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert usage.crl_sign
    assert not usage.digital_signature


@pytest.mark.parametrize("name", NAMED)
def test_openssl_follows_the_chain_and_the_link(name: str, tmp_path: Path) -> None:
    country = world_of(name).country
    signer = _pem(tmp_path / "signer", country.signer.certificate)
    root = _pem(tmp_path / "root", country.root.certificate)
    former, link = (
        _pem(tmp_path / "former", country.former.certificate),
        _pem(tmp_path / "link", country.link),
    )
    common = ("verify", "-auth_level", "0", "-attime", str(int(SIGNED.timestamp())))
    assert openssl(*common, "-x509_strict", "-CAfile", root, signer).returncode == 0
    assert openssl(*common, "-CAfile", former, "-untrusted", link, signer).returncode == 0
    assert openssl(*common, "-CAfile", former, signer).returncode != 0


@pytest.mark.parametrize("name", [*NAMED, *EXPLICIT])
def test_openssl_takes_the_revocation_list(name: str, tmp_path: Path) -> None:
    country = world_of(name).country
    (tmp_path / "list").write_bytes(country.revocations({0x1001: SIGNED}, NOW))
    root = _pem(tmp_path / "root", country.root.certificate)
    read = openssl("crl", "-inform", "DER", "-in", tmp_path / "list", "-CAfile", root, "-noout", "-text")
    assert b"verify OK" in read.stderr
    assert b"Serial Number: 1001" in read.stdout


@pytest.mark.parametrize("name", EXPLICIT)
def test_a_certificate_with_parameters_spelled_out_is_signed_by_the_curves_key(name: str) -> None:
    country, algorithm = world_of(name).country, ALGORITHMS[name]
    curve = {"p256": ec.SECP256R1(), "brainpool384": ec.BrainpoolP384R1()}[algorithm.curve]
    public = country.root.key.public["public_key"].native
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)
    certificate = country.signer.certificate
    signed = certificate["tbs_certificate"].dump()
    key.verify(certificate.signature, signed, ec.ECDSA(HASHES[algorithm.digest]))


def test_what_is_replaced_in_a_plan_is_what_differs() -> None:
    country = world_of("p256-sha256").country
    again = certify(signer_plan("SWE"), country.signer.key, country.root).certificate
    assert again["tbs_certificate"].dump() == country.signer.certificate["tbs_certificate"].dump()
    assert root_plan("SWE").serial == country.root.certificate.serial_number


def test_a_country_that_there_is_not() -> None:
    with refused("sandbox.chip", "XYZ", kind=LocalError):
        found("XYZ", ALGORITHMS["p256-sha256"], generate)


def _pem(path: Path, certificate: asn1crypto.x509.Certificate) -> Path:
    path.write_bytes(pem.armor("CERTIFICATE", certificate.dump()))
    return path


def test_holders_keep_their_own_keys() -> None:
    country = world_of("p256-sha256").country
    holders = [country.former, country.root, country.signer, country.list_signer]
    assert len({one.key.public.dump() for one in holders}) == len(holders)
    for one in holders:
        assert one.certificate.public_key.dump() == one.key.public.dump()
