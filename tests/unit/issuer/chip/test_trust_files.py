"""Whom an operator trusts, out of every form in which it comes, and what vouches for a list."""

from __future__ import annotations

import time
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import core, x509
from asn1crypto import crl as asn1_crl
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.errors import Undecided
from issuer.chip import certificates, crl, tlv, trust_files
from tests.support.chip_signing import (
    LIST_SIGNER,
    NOW,
    SIGNED,
    YEAR,
    certify,
    master_list,
    message,
    revocations,
)
from tests.support.chip_trust import ldif, pem, zipped
from tests.support.refusals import refused

if TYPE_CHECKING:
    from issuer.chip.csca import CscaStore

ROOT = certify("CSCA")
DANISH = certify("CSCA", country="DK")
PUBLISHER = certify("List signer", ROOT, purpose=LIST_SIGNER)
LIST = master_list([ROOT, DANISH], PUBLISHER)
PIN = certificates.read(PUBLISHER.der, "").fingerprint


def trust(*files: bytes, pinned: tuple[str, ...] = ()) -> CscaStore:
    named = {f"file {place}": data for place, data in enumerate(files)}
    return trust_files.trust(named, pinned, now=NOW)[0]


def ders(store: CscaStore) -> set[bytes]:
    return {one.der for one in store.roots + store.links}


def test_certificates_and_revocation_lists() -> None:
    link = certify("CSCA", certify("CSCA former"), ca=True, key=ROOT.key)
    whole = ROOT.certificate.public_bytes(Encoding.PEM)
    assert ders(trust(ROOT.der)) == ders(trust(whole)) == ders(trust(pem(ROOT.der))) == {ROOT.der}
    both = trust(pem(ROOT.der, link.der), revocations(ROOT))
    assert [one.der for one in both.roots] == [ROOT.der]
    assert [one.der for one in both.links] == [link.der]
    assert len(both.revocations) == 1


@pytest.mark.parametrize(
    "form", [bytes, ldif, zipped, lambda one: zipped(ldif(one, name="CscaMasterListData"))]
)
def test_a_master_list_below_a_trusted_country_signer_or_a_pin(form: type[bytes]) -> None:
    assert ders(trust(ROOT.der, form(LIST))) == {ROOT.der, DANISH.der}
    assert ders(trust(form(LIST), pinned=(PIN,))) == {ROOT.der, DANISH.der}
    with refused("chip.csca_unknown", kind=Undecided):
        trust(form(LIST))
    with refused("chip.csca_unknown", kind=Undecided):
        trust(DANISH.der, form(LIST), pinned=("0" * 64,))


def test_a_list_does_not_vouch_for_another() -> None:
    danish = master_list([certify("CSCA", country="NO")], certify("List signer", DANISH, purpose=LIST_SIGNER))
    with refused("chip.csca_unknown", kind=Undecided):
        trust(ROOT.der, LIST, danish)


def test_one_list_of_many_is_left_out_and_told() -> None:
    danish = master_list([certify("CSCA", country="NO")], certify("List signer", DANISH, purpose=LIST_SIGNER))
    store, skipped = trust_files.trust({"root": ROOT.der, "icao": ldif(LIST, danish)}, (), now=NOW)
    assert ders(store) == {ROOT.der, DANISH.der}
    assert skipped == (("icao, list 2", "chip.csca_unknown"),)


def test_an_odd_certificate_in_a_list_is_left_out_and_told() -> None:
    odd = certify("CSCA", country="FI", key=ec.generate_private_key(ec.SECP256K1()))
    listed = master_list([odd, DANISH], PUBLISHER)
    store, skipped = trust_files.trust({"root": ROOT.der, "list": listed}, (), now=NOW)
    assert ders(store) == {ROOT.der, DANISH.der}
    assert skipped == (("list", "chip.algorithm"),)


def test_a_certificate_that_cannot_be_read_is_left_out_and_told_unless_nothing_is_left() -> None:
    odd = certify("CSCA", country="FI", key=ec.generate_private_key(ec.SECP256K1()))
    store, skipped = trust_files.trust({"fi.cer": odd.der, "se.cer": ROOT.der}, (), now=NOW)
    assert (ders(store), skipped) == ({ROOT.der}, (("fi.cer", "chip.algorithm"),))
    with refused("chip.algorithm", "fi.cer"):
        trust_files.trust({"fi.cer": odd.der}, (), now=NOW)


def test_so_is_a_revocation_list() -> None:
    whole = revocations(ROOT)
    broken = whole.replace(b"\x17\x0d", b"\x17\x0c", 1)  # a time of twelve letters
    files = {"cert": ROOT.der, "good": whole, "broken": broken}
    store, skipped = trust_files.trust(files, (), now=NOW)
    assert len(store.revocations) == 1
    assert [one.where for one in skipped] == ["broken"]


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("chip.signer", master_list([DANISH], certify("Signer", ROOT))),
        ("chip.signer", master_list([DANISH], certify("Signer", ROOT, purpose="1.3.6.1.5.5.7.3.1"))),
        ("chip.self_signed", master_list([DANISH], certify("Signer", ca=False, purpose=LIST_SIGNER))),
        ("chip.validity", master_list([DANISH], certify("L", ROOT, purpose=LIST_SIGNER, end=SIGNED))),
        ("chip.master_list", master_list([DANISH], PUBLISHER, kind="2.23.136.1.1.1")),
        ("chip.master_list", message(b"\x30\x00", PUBLISHER, kind="2.23.136.1.1.2")),
        ("chip.master_list", LIST[:-1] + bytes([LIST[-1] ^ 1])),
        ("chip.master_list", LIST.replace(DANISH.der[-8:], bytes(8))),
    ],
)
def test_lists_that_nobody_may_rely_on(code: str, made: bytes) -> None:
    with refused(code):
        trust(ROOT.der, made)


def test_a_list_signer_that_was_revoked() -> None:
    serial = PUBLISHER.certificate.serial_number
    with refused("chip.revoked"):
        trust(ROOT.der, revocations(ROOT, (serial,)), LIST)


def test_a_changed_list_is_no_better_with_a_pin() -> None:
    with refused("chip.master_list"):
        trust(LIST.replace(DANISH.der[-8:], bytes(8)), pinned=(PIN,))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x30\x00",
        b"\x30\x82\xff\xff",
        b"version: 1\n",
        b"dn: x\npkdMasterListContent:: !!!\n",
        zipped(),
        zipped()[:10],
        b"PK\x03\x04rubbish",
        zipped(zipped(LIST)),
        zipped(LIST, how=zipfile.ZIP_BZIP2),
        zipped(LIST)[:-40],
        pem(b""),
        b"-----BEGIN CERTIFICATE-----\n" * 2000,
        ROOT.der + b"\0",
        ROOT.der[:-1],
    ],
)
def test_files_that_are_none(data: bytes) -> None:
    with pytest.raises(Exception, match=r"chip\.(file|master_list|certificate)"):
        trust(data)


def test_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caps hold before anything large is made; here they are smaller."""
    monkeypatch.setattr(trust_files, "MAX_BYTES", 100_000)
    bomb = zipped(bytes(10_000_000))
    assert len(bomb) < 100_000
    with refused("chip.master_list"):
        trust(bomb)
    with refused("chip.master_list"):
        trust(bytes(100_001))
    with refused("chip.master_list"):
        trust(zipped(*[b""] * (trust_files.MAX_MEMBERS + 1)))


def test_a_large_list_takes_bounded_time() -> None:
    many = [certify(f"CSCA {place}", key=ROOT.key) for place in range(300)]
    started = time.monotonic()
    assert len(trust(ROOT.der, master_list(many, PUBLISHER)).roots) == 301
    crowd = tlv.write(0x30, b"\x02\x01\x00" + tlv.write(0x31, b"\x30\x00" * 500_000))
    with refused("chip.file"):
        trust(ROOT.der, message(crowd, PUBLISHER, kind="2.23.136.1.1.2"))
    assert time.monotonic() - started < 20


def test_revocation_lists_that_are_none() -> None:
    whole = revocations(ROOT, (5, 6))
    assert crl.read(whole, "").serials == {5, 6}
    for data in (b"", whole[:-1], whole + b"\0", ROOT.der, LIST, b"\x30\x03\x02\x01\x00"):
        with pytest.raises(Exception, match=r"chip\.(file|crl)"):
            crl.read(data, "")


def test_certificates_that_are_none() -> None:
    for data in (
        b"",
        ROOT.der[:-1],
        ROOT.der + b"\0",
        LIST,
        revocations(ROOT),
        bytes(certificates.MAX_BYTES + 1),
    ):
        with pytest.raises(Exception, match=r"chip\.(file|certificate|algorithm)"):
            certificates.read(data, "")
    assert certificates.read(ROOT.der, "").valid_at(SIGNED)
    assert not certificates.read(ROOT.der, "").valid_at(SIGNED + timedelta(days=1) * 365 * 40 + YEAR)


def edited(whole: Any, change: Any) -> bytes:
    change(whole)
    return bytes(whole.dump(force=True))


def test_revocation_lists_of_another_make() -> None:
    """What a reader that looks away would take for a whole list of its issuer."""

    def two_algorithms(one: Any) -> None:
        one["signature_algorithm"] = {"algorithm": "sha384_ecdsa"}

    def only_a_difference(one: Any) -> None:
        extension = {"extn_id": "delta_crl_indicator", "critical": True, "extn_value": core.Integer(1)}
        one["tbs_cert_list"]["crl_extensions"] = [extension]

    def of_somebody_else(one: Any) -> None:
        entry = {
            "user_certificate": 7,
            "revocation_date": x509.Time("utc_time", core.UTCTime(SIGNED)),
            "crl_entry_extensions": [
                {"extn_id": "crl_reason", "critical": True, "extn_value": asn1_crl.CRLReason("unspecified")}
            ],
        }
        one["tbs_cert_list"]["revoked_certificates"] = [entry]

    for change in (two_algorithms, only_a_difference, of_somebody_else):
        made = edited(asn1_crl.CertificateList.load(revocations(ROOT)), change)
        with refused("chip.crl"):
            crl.read(made, "")


def test_a_country_signer_that_may_not_sign_revocation_lists() -> None:
    mute = certify("CSCA", usage=False, key=ROOT.key)
    serial = PUBLISHER.certificate.serial_number
    with refused("chip.crl"):
        crl.check(
            certificates.read(PUBLISHER.der, ""),
            (),
            trust(mute.der, revocations(ROOT, (serial,))),
            now=NOW,
            where="",
        )


def test_certificates_of_another_make() -> None:
    danish = x509.Certificate.load(DANISH.der)

    def extension_twice(one: Any) -> None:
        rows = list(one["tbs_certificate"]["extensions"])
        one["tbs_certificate"]["extensions"] = x509.Extensions([*rows, rows[0]])

    def two_countries(one: Any) -> None:
        rows = x509.RDNSequence([*one["tbs_certificate"]["subject"].chosen, *danish.subject.chosen])
        one["tbs_certificate"]["subject"] = x509.Name("", rows)

    for change in (extension_twice, two_countries):
        with refused("chip.certificate"):
            certificates.read(edited(x509.Certificate.load(ROOT.der), change), "")
