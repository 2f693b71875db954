"""Roots and document signers: what annex B of ISO/IEC 18013-5 asks of their certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.trust import iaca, iaca_making
from clicid.trust.iaca import Authority
from tests.support.mdoc import PLACE, SIGNER_PLACE, MdocWorld
from tests.support.refusals import refused
from tests.support.world import DAY, NOW, Dice

WORLD = MdocWorld()
ROOT = Authority.load(WORLD.root)
STRANGER = Authority.load(WORLD.authority(WORLD.other_ref))
TRUSTED = (STRANGER, ROOT)
PRIVATE = ec.derive_private_key(11, ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "SE")])
SKI = x509.SubjectKeyIdentifier(b"a" * 20)


def usage(**on: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def certificate(subject: x509.Name, extensions: list[tuple[Any, bool]], hashed: Any = None) -> bytes:
    """Made by hand, for what `iaca_making` does not make; its own key has signed it."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(NAME)
        .public_key(PRIVATE.public_key())
        .serial_number(5)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(PRIVATE, hashed or hashes.SHA256()).public_bytes(Encoding.DER)


CA = (x509.BasicConstraints(ca=True, path_length=0), True)
SIGNS = (usage(key_cert_sign=True, crl_sign=True), True)
ROOT_BY_HAND = certificate(NAME, [CA, SIGNS, (SKI, False)])
BY_HAND = Authority.load(ROOT_BY_HAND)

AKI = (x509.AuthorityKeyIdentifier(SKI.digest, None, None), False)
MAY_SIGN = (usage(digital_signature=True), True)
EKU = (x509.ExtendedKeyUsage([iaca.DOCUMENT_SIGNER]), True)
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def test_a_signer_under_its_root() -> None:
    found = iaca.signer(WORLD.certificate, TRUSTED)

    assert found.authority == ROOT
    with refused("mdoc.signer"):
        iaca.signer(WORLD.certificate, TRUSTED, frozenset((iaca.LIST_SIGNER,)))
    assert found.key == WORLD.keys.public(WORLD.signer_ref)
    assert (ROOT.country, ROOT.state) == ("SE", "")
    iaca.check_dates(found, NOW)


def test_a_root_has_a_name_by_its_key() -> None:
    assert ROOT.name.startswith("ni:///sha-256;")
    assert len(ROOT.name) == len("ni:///sha-256;") + 43
    assert ROOT.name != STRANGER.name


@pytest.mark.parametrize("alg", [P256, P384, ED25519])
def test_signers_keys_of_each_algorithm(alg: str) -> None:
    world = MdocWorld(alg=alg)
    assert iaca.signer(world.certificate, (Authority.load(world.root),)).key.algorithm.name == alg


def test_under_a_stranger() -> None:
    with refused("issuer.unknown", "x5chain"):
        iaca.signer(WORLD.certificate, (STRANGER,))
    with refused("issuer.unknown", "x5chain"):
        iaca.signer(WORLD.certificate, ())


def test_of_a_root_that_was_renewed_with_its_key_the_one_that_holds_longest() -> None:
    old = replace(ROOT, not_after=NOW - DAY)
    for trusted in ((old, ROOT), (ROOT, old)):
        assert iaca.signer(WORLD.certificate, trusted).authority == ROOT


def test_one_that_only_names_the_root() -> None:
    with refused("mdoc.signer", "x5chain"):
        iaca.signer(WORLD.certificate, (replace(STRANGER, key_identifier=ROOT.key_identifier),))


@pytest.mark.parametrize("place", [replace(PLACE, country="NO"), replace(PLACE, state="SE-AB")])
def test_of_another_place(place: iaca_making.Place) -> None:
    root = WORLD.authority(place=place)
    with pytest.raises(LocalError, match=r"mdoc\.making"):
        WORLD.signer(root)


def test_a_root_of_another_country() -> None:
    signer = certificate(
        x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "NO")]), [AKI, MAY_SIGN, EKU]
    )
    with refused("mdoc.country"):
        iaca.signer(signer, (BY_HAND,))


def in_state(state: str) -> x509.Name:
    return x509.Name([*NAME, x509.NameAttribute(x509.NameOID.STATE_OR_PROVINCE_NAME, state)])


def test_a_signer_of_another_state() -> None:
    root = replace(BY_HAND, state="AC")
    assert iaca.signer(certificate(in_state("AC"), [AKI, MAY_SIGN, EKU]), (root,)).authority == root
    assert iaca.signer(certificate(NAME, [AKI, MAY_SIGN, EKU]), (root,)).authority == root
    with refused("mdoc.country"):
        iaca.signer(certificate(in_state("BD"), [AKI, MAY_SIGN, EKU]), (root,))


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ([AKI, MAY_SIGN, EKU], ""),
        ([AKI, MAY_SIGN, (EKU[0], False)], ""),
        ([AKI, MAY_SIGN, EKU, (x509.BasicConstraints(ca=False, path_length=None), True)], ""),
        ([MAY_SIGN, EKU], "issuer.unknown"),
        ([AKI, EKU], "mdoc.signer"),
        ([AKI, MAY_SIGN], "mdoc.signer"),
        ([AKI, MAY_SIGN, (SERVER, True)], "mdoc.signer"),
        ([AKI, (usage(key_agreement=True), True), EKU], "mdoc.signer"),
        ([AKI, (usage(digital_signature=True, key_cert_sign=True), True), EKU], "mdoc.signer"),
        ([AKI, MAY_SIGN, EKU, CA], "mdoc.signer"),
        (
            [AKI, MAY_SIGN, EKU, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True)],
            "mdoc.signer",
        ),
        (
            [
                AKI,
                MAY_SIGN,
                EKU,
                (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), False),
            ],
            "",
        ),
    ],
)
def test_the_profile_of_a_signer(extensions: list[tuple[Any, bool]], code: str) -> None:
    der = certificate(NAME, extensions)
    if code:
        with refused(code, "x5chain"):
            iaca.signer(der, (BY_HAND,))
    else:
        assert iaca.signer(der, (BY_HAND,)).authority == BY_HAND


def test_a_signer_by_a_hash_that_is_not_accepted() -> None:
    der = certificate(NAME, [AKI, MAY_SIGN, EKU], hashes.SHA224())
    with refused("mdoc.signer"):
        iaca.signer(der, (BY_HAND,))


@pytest.mark.parametrize("subject", [x509.Name([]), x509.Name([*NAME, *NAME])])
def test_a_signer_of_no_country(subject: x509.Name) -> None:
    with refused("mdoc.signer"):
        iaca.signer(certificate(subject, [AKI, MAY_SIGN, EKU]), (BY_HAND,))


@pytest.mark.parametrize("der", [b"", b"no certificate", b"\x30" * 9000])
def test_no_certificate(der: bytes) -> None:
    with refused("issuer.certificate"):
        iaca.signer(der, TRUSTED)
    with refused("issuer.certificate"):
        Authority.load(der)


def test_extensions_that_cannot_be_read() -> None:
    good = certificate(NAME, [AKI, MAY_SIGN, EKU])
    usage_of = bytes.fromhex("0603551d0f0101ff")
    broken = good.replace(usage_of + b"\x04\x04\x03\x02", usage_of + b"\x04\x04\x04\x02")
    assert broken != good
    with refused("mdoc.signer"):
        iaca.signer(broken, (BY_HAND,))


def test_a_subject_that_cannot_be_read() -> None:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "FI")])
    good = x509.load_der_x509_certificate(certificate(subject, [AKI, MAY_SIGN, EKU]))
    tbs = good.tbs_certificate_bytes.replace(b"\x13\x02FI", b"\x0c\x02\xff\xff")
    signature = PRIVATE.sign(tbs, ec.ECDSA(hashes.SHA256()))
    bits = b"\x03" + bytes([len(signature) + 1]) + b"\0" + signature
    body = tbs + bytes.fromhex("300a06082a8648ce3d040302") + bits
    with refused("mdoc.signer"):
        iaca.signer(b"\x30\x82" + len(body).to_bytes(2, "big") + body, (BY_HAND,))


def test_dates() -> None:
    found = iaca.signer(WORLD.certificate, TRUSTED)
    for now in (found.not_before, found.not_after):
        iaca.check_dates(found, now)
    second = timedelta(seconds=1)
    over = replace(found, authority=replace(ROOT, not_after=NOW - second))
    for signer, now in (
        (found, found.not_before - second),
        (found, found.not_after + second),
        (over, NOW),
    ):
        with refused("mdoc.signer_expired", "x5chain"):
            iaca.check_dates(signer, now)


@pytest.mark.parametrize(
    "extensions",
    [
        [SIGNS, (SKI, False)],
        [CA, (SKI, False)],
        [CA, SIGNS],
        [(x509.BasicConstraints(ca=True, path_length=1), True), SIGNS, (SKI, False)],
        [(x509.BasicConstraints(ca=True, path_length=None), True), SIGNS, (SKI, False)],
        [(x509.BasicConstraints(ca=False, path_length=None), True), SIGNS, (SKI, False)],
        [CA, MAY_SIGN, (SKI, False)],
    ],
)
def test_the_profile_of_a_root(extensions: list[tuple[Any, bool]]) -> None:
    with refused("mdoc.authority"):
        Authority.load(certificate(NAME, extensions))


def test_a_signer_is_no_root() -> None:
    with refused("mdoc.authority"):
        Authority.load(WORLD.certificate)


def test_what_is_made_has_what_annex_b_lists() -> None:
    root = x509.load_der_x509_certificate(WORLD.root)
    signer = x509.load_der_x509_certificate(WORLD.certificate)
    signer.verify_directly_issued_by(root)
    critical = {
        name: {one.oid for one in made.extensions if one.critical}
        for name, made in (("root", root), ("signer", signer))
    }
    oid = ExtensionOID
    assert critical == {
        "root": {oid.KEY_USAGE, oid.BASIC_CONSTRAINTS},
        "signer": {oid.KEY_USAGE, oid.EXTENDED_KEY_USAGE},
    }
    both = {oid.SUBJECT_KEY_IDENTIFIER, oid.ISSUER_ALTERNATIVE_NAME, oid.CRL_DISTRIBUTION_POINTS}
    assert both <= {one.oid for one in root.extensions}
    assert both | {oid.AUTHORITY_KEY_IDENTIFIER} <= {one.oid for one in signer.extensions}
    assert signer.serial_number.bit_length() > 63
    assert root.version == signer.version == x509.Version.v3


def test_a_root_on_p_384() -> None:
    keys = WORLD.keys
    ref = keys.find("root-384") or keys.generate(P384, "root-384")
    root = WORLD.authority(ref)
    der = WORLD.signer(root, ref)
    assert iaca.signer(der, (Authority.load(root),)).authority.certificate == root


def test_what_is_not_made() -> None:
    key = WORLD.keys.public(WORLD.root_ref)
    ed = WORLD.keys.find("root-ed") or WORLD.keys.generate(ED25519, "root-ed")
    common: dict[str, Any] = {"begins": NOW, "random": Dice()}
    for attempt in (
        lambda: iaca_making.prepare_authority(PLACE, WORLD.keys.public(ed), days=10, **common),
        lambda: iaca_making.prepare_authority(PLACE, key, days=iaca_making.MAX_AUTHORITY_DAYS + 1, **common),
        lambda: iaca_making.prepare_authority(PLACE, key, days=0, **common),
        lambda: WORLD.signer(WORLD.root, days=iaca_making.MAX_SIGNER_DAYS + 1),
        lambda: iaca_making.prepare_signer(
            SIGNER_PLACE, key, WORLD.root, WORLD.keys.public(WORLD.other_ref), days=1, **common
        ),
    ):
        with refused("mdoc.making", kind=LocalError):
            attempt()


@pytest.mark.parametrize("signatures", [[], [bytes(63)], [bytes(64)] * 2])
def test_one_signature_is_wanted(signatures: list[bytes]) -> None:
    prepared = iaca_making.prepare_authority(
        PLACE, WORLD.keys.public(WORLD.root_ref), begins=NOW, days=1, random=Dice()
    )
    with refused("securing.signatures", kind=LocalError):
        prepared.complete(signatures)
