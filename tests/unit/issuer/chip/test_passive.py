"""Whether a state signed what was read: each rule broken alone, below a country of the test's own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from clicid.errors import LocalError, Undecided
from issuer.chip import certificates, crl, csca, files
from issuer.chip.passive import Authentic, authenticate
from issuer.chip.security_object import GroupState
from tests.support import chip_files as write
from tests.support.chip_signing import (
    CURVES,
    LIST_SIGNER,
    NOW,
    SIGNED,
    YEAR,
    Chip,
    Signer,
    Way,
    certify,
    lds_object,
    message,
    name,
    revocations,
)
from tests.support.refusals import refused

if TYPE_CHECKING:
    from issuer.chip.csca import CscaStore

DAY = timedelta(days=1)
ROOT = certify("CSCA")
IMPOSTOR = certify("CSCA", key=ec.generate_private_key(ec.SECP256R1()))
SIGNER = certify("Signer", ROOT)


def store(*authorities: Signer, lists: tuple[bytes, ...] = ()) -> CscaStore:
    found = [certificates.read(one.der, "csca") for one in authorities or (ROOT,)]
    return csca.store_of(found, [crl.read(one, "crl") for one in lists])


CURRENT = revocations(ROOT)


def check(chip: Chip | list[bytes], trusted: CscaStore | None = None, now: Any = NOW) -> Authentic:
    read = files.sort(chip.files if isinstance(chip, Chip) else chip)
    return authenticate(read, trusted or store(lists=(CURRENT,)), now=now)


def signed_by(signer: Signer) -> Chip:
    return Chip(signer)


def with_sod(sod: bytes, groups: dict[int, bytes] | None = None) -> list[bytes]:
    chip = Chip(SIGNER) if groups is None else Chip(SIGNER, groups)
    return [chip.com, sod, *chip.groups.values()]


def test_an_authentic_chip() -> None:
    found = check(Chip(SIGNER))
    assert (found.zone.surname, found.zone.issuing_state) == ("LINDH", "SWE")
    assert found.portrait is not None
    assert found.portrait.image == write.JPEG
    assert found.details is not None
    assert found.details.given_names == "EVA MARIA"
    assert found.groups == {1: GroupState.OK, 2: GroupState.OK, 11: GroupState.OK}
    assert found.signer.der == SIGNER.der
    assert found.path.issuer.der == ROOT.der
    assert found.notes == ()
    assert "LINDH" not in repr(found)


def test_nobody_else_can_make_one() -> None:
    found = check(Chip(SIGNER))
    with refused("verification.seal", kind=LocalError):
        replace(found, notes=(), seal=object())


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["rsa", "pss", "P-224", "P-256", "P-384", "P-521", *list(CURVES)[4:7]])
def test_algorithms(kind: str, digest: str) -> None:
    root = certify("CSCA", way=Way(kind, "sha256"))
    signer = certify(f"Signer {digest}", root, way=Way(kind, digest))
    chip = Chip(signer, digest=digest)
    found = check(chip, store(root, lists=(revocations(root),)))
    assert found.notes == (("chip.sha1",) if digest == "sha1" else ())
    sod = chip.sod
    for place in (-1, sod.index(write.tlv(4, files_hash(chip, digest))) + 5):
        changed = bytearray(sod)
        changed[place] ^= 1
        with pytest.raises(Exception, match=r"chip\.(signature|group_hash)"):
            check([chip.com, bytes(changed), *chip.groups.values()], store(root))


def files_hash(chip: Chip, digest: str) -> bytes:
    return hashlib.new(digest, chip.groups[1]).digest()


def test_a_group_that_was_not_read_is_told_as_absent() -> None:
    chip = Chip(SIGNER)
    found = check([chip.com, chip.sod, chip.groups[1]])
    assert found.groups == {1: GroupState.OK, 2: GroupState.ABSENT, 11: GroupState.ABSENT}
    assert found.portrait is None
    assert found.details is None


def test_a_changed_group() -> None:
    chip = Chip(SIGNER)
    for number in chip.groups:
        changed = {**chip.groups, number: chip.groups[number][:-1] + b"!"}
        with refused("chip.group_hash", f"DG{number}"):
            check([chip.com, chip.sod, *changed.values()])


def test_a_group_that_nobody_signed() -> None:
    fewer = Chip(SIGNER, {1: write.dg1(), 2: write.dg2()})
    with refused("chip.group_unlisted", "DG11"):
        check([fewer.com, fewer.sod, write.dg1(), write.dg2(), write.dg11()])


def test_a_security_object_without_a_portrait() -> None:
    with refused("chip.sod", "SOD"):
        check(Chip(SIGNER, {1: write.dg1()}))


def test_the_chips_own_list_hides_a_group_or_invents_one() -> None:
    chip = Chip(SIGNER)
    check([chip.sod, *chip.groups.values()])
    for tags in (b"\x61\x75", b"\x61\x75\x6b\x6f"):
        with refused("chip.com_differs", "COM"):
            check([write.com(tags), chip.sod, *chip.groups.values()])


def test_the_version_of_the_security_object() -> None:
    groups = Chip(SIGNER).groups
    for version in (1, 2, -1):
        with refused("chip.sod"):
            check(with_sod(write.tlv(0x77, message(lds_object(groups, version=version), SIGNER))))


def test_a_signer_named_by_its_keys_identifier() -> None:
    groups = Chip(SIGNER).groups
    check(with_sod(write.tlv(0x77, message(lds_object(groups), SIGNER, by_key=True))))
    check(with_sod(write.tlv(0x77, message(lds_object(groups), SIGNER, certificates=(ROOT, SIGNER)))))
    for shown in ((), (ROOT,)):
        with refused("chip.signer"):
            check(with_sod(write.tlv(0x77, message(lds_object(groups), SIGNER, certificates=shown))))


def test_another_content_than_the_attributes_name() -> None:
    for kind in ("2.23.136.1.1.2", "1.2.840.113549.1.7.1"):
        with refused("chip.sod"):
            check(with_sod(write.tlv(0x77, message(lds_object(Chip(SIGNER).groups), SIGNER, kind=kind))))


def changed(edit: Any) -> list[bytes]:
    """A good security object with its SignerInfo edited."""
    outer = cms.ContentInfo.load(message(lds_object(Chip(SIGNER).groups), SIGNER))
    edit(outer["content"])
    return with_sod(write.tlv(0x77, outer.dump(force=True)))


def attributes(info: Any, rows: list[Any]) -> None:
    info["signed_attrs"] = cms.CMSAttributes(rows)


def no_signer(signed: Any) -> None:
    signed["signer_infos"] = []


def two_signers(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0], signed["signer_infos"][0]]


def no_attributes(signed: Any) -> None:
    info = signed["signer_infos"][0]
    names = ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
    signed["signer_infos"] = [cms.SignerInfo({name: info[name] for name in names})]


def an_attribute_twice(signed: Any) -> None:
    info = signed["signer_infos"][0]
    rows = list(info["signed_attrs"])
    attributes(info, [*rows, rows[1]])


def an_attribute_of_two_values(signed: Any) -> None:
    info = signed["signer_infos"][0]
    rows = [one for one in info["signed_attrs"] if one["type"].native != "message_digest"]
    both = cms.CMSAttribute({"type": "message_digest", "values": [bytes(32), b"\1" * 32]})
    attributes(info, [*rows, both])


def another_type(signed: Any) -> None:
    info = signed["signer_infos"][0]
    rows = [one for one in info["signed_attrs"] if one["type"].native != "content_type"]
    other = cms.CMSAttribute({"type": "content_type", "values": ["2.23.136.1.1.2"]})
    attributes(info, [*rows, other])


def another_hash_algorithm(signed: Any) -> None:
    signed["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha384"}


def an_unknown_hash_algorithm(signed: Any) -> None:
    signed["signer_infos"][0]["digest_algorithm"] = {"algorithm": "md5"}


def an_attribute_less(signed: Any) -> None:
    info = signed["signer_infos"][0]
    attributes(info, [one for one in info["signed_attrs"] if one["type"].native != "signing_time"])


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("chip.sod", no_signer),
        ("chip.sod", two_signers),
        ("chip.sod", no_attributes),
        ("chip.sod", an_attribute_twice),
        ("chip.sod", an_attribute_of_two_values),
        ("chip.sod", another_type),
        ("chip.algorithm", another_hash_algorithm),
        ("chip.algorithm", an_unknown_hash_algorithm),
        ("chip.signature", an_attribute_less),
    ],
)
def test_signers_and_attributes(code: str, edit: Any) -> None:
    with refused(code, "SOD"):
        check(changed(edit))


def test_attributes_in_any_order_are_signed_sorted() -> None:
    """RFC 5652 5.4: the signature is over DER, whatever the order in which they were written."""

    whole = Chip(SIGNER).sod
    outer = cms.ContentInfo.load(whole[4:] if whole[1] == 0x82 else whole[3:])
    attributes = outer["content"]["signer_infos"][0]["signed_attrs"]
    rows = [one.dump() for one in attributes]
    turned = whole.replace(attributes.contents, b"".join(reversed(rows)))
    assert turned != whole
    check(with_sod(turned))


@pytest.mark.parametrize(
    ("code", "signer"),
    [
        ("chip.signer", certify("Signer", ROOT, usage=False)),
        ("chip.signer", certify("Signer", ROOT, ca=True)),
        ("chip.signer", certify("Signer", ROOT, purpose=LIST_SIGNER)),
        ("chip.self_signed", ROOT),
        ("chip.self_signed", certify("Signer", usage=False, ca=False)),
        ("chip.self_signed", certify("Signer", ca=False, issuer=name("SE", "CSCA"))),
        ("chip.signer_chain", certify("Signer", IMPOSTOR, named_by=ROOT)),
        ("chip.country", certify("Signer", ROOT, country="DK")),
        ("chip.validity", certify("Signer", ROOT, end=SIGNED - DAY)),
        ("chip.validity", certify("Signer", ROOT, start=SIGNED + DAY)),
        ("chip.validity", certify("Signer", ROOT, in_use=(SIGNED - 90 * DAY, SIGNED - DAY))),
        ("chip.validity", certify("Signer", ROOT, in_use=(SIGNED + DAY, SIGNED + 2 * DAY))),
        ("chip.algorithm", certify("Signer", ROOT, way=Way("P-192"))),
        ("chip.certificate", certify("Signer", ROOT, critical=True, more=(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.1"), b"\x05\x00"),))),
    ],
)  # fmt: skip
def test_who_may_not_sign(code: str, signer: Signer) -> None:
    with refused(code, "SOD"):
        check(signed_by(signer))


def test_another_key_made_the_signature() -> None:
    with refused("chip.signature"):
        check(Chip(Signer(SIGNER.certificate, ROOT.key, SIGNER.way)))


def test_without_a_signing_time_today_counts() -> None:
    def sod(signer: Signer) -> list[bytes]:
        return with_sod(write.tlv(0x77, message(lds_object(Chip(signer).groups), signer, at=None)))

    assert check(sod(SIGNER)).notes == ("chip.no_signing_time",)
    in_use = certify("Signer", ROOT, in_use=(SIGNED - DAY, SIGNED + DAY))
    assert check(sod(in_use)).notes == ("chip.no_signing_time",)
    for signer in (
        certify("Signer", ROOT, end=NOW - DAY),
        certify("Signer", ROOT, in_use=(NOW + DAY, NOW + 2 * DAY)),
    ):
        with refused("chip.validity"):
            check(sod(signer))


def test_a_signer_whose_certificate_has_ended_since() -> None:
    assert check(Chip(certify("Signer", ROOT, end=NOW - DAY))).notes == ("chip.signer_expired",)


def test_signed_in_the_future() -> None:
    with refused("chip.validity"):
        check(Chip(SIGNER), now=SIGNED - DAY)


def test_documents_of_another_state() -> None:
    german = certify("CSCA", country="DE")
    chip = Chip(certify("Signer", german, country="DE"), {1: write.dg1(issuing_state="D"), 2: write.dg2()})
    assert check(chip, store(german)).zone.issuing_state == "D"
    for state in ("SWE", "DEU", "XXA", "QQQ"):
        other = Chip(chip.signer, {1: write.dg1(issuing_state=state), 2: write.dg2()})
        with refused("chip.country", "DG1"):
            check(other, store(german))


def types(*listed: bytes) -> x509.UnrecognizedExtension:
    body = write.tlv(0x30, b"\x02\x01\x00", write.tlv(0x31, *(write.tlv(0x13, one) for one in listed)))
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.23.136.1.1.6.2"), body)


def test_kinds_of_document() -> None:
    for listed in ((b"P",), (b"ID", b"P")):
        check(Chip(certify("Signer", ROOT, more=(types(*listed),))))
    with refused("chip.document_type", "DG1"):
        check(Chip(certify("Signer", ROOT, more=(types(b"ID"),))))


def test_a_country_signer_that_is_unknown() -> None:
    with refused("chip.csca_unknown", kind=Undecided):
        check(Chip(SIGNER), store(certify("CSCA", country="DK")))


@pytest.mark.parametrize(
    ("code", "root"),
    [
        ("chip.certificate", certify("CSCA", usage=False)),
        ("chip.certificate", certify("CSCA", ca=False)),
        ("chip.validity", certify("CSCA", end=SIGNED - DAY)),
        ("chip.validity", certify("CSCA", start=SIGNED + DAY)),
    ],
)
def test_country_signers_that_may_not(code: str, root: Signer) -> None:
    with refused(code):
        check(Chip(SIGNER), store(root))


FORMER = certify("CSCA former", start=SIGNED - 4 * YEAR)
LINK = certify("CSCA", FORMER, ca=True, key=ROOT.key)


def test_links() -> None:
    found = check(Chip(SIGNER), store(FORMER, LINK))
    assert [one.der for one in found.path.authorities] == [LINK.der, FORMER.der]
    assert [one.der for one in check(Chip(SIGNER), store(FORMER, LINK, ROOT)).path.authorities] == [ROOT.der]
    with refused("chip.csca_unknown", kind=Undecided):
        check(Chip(SIGNER), store(LINK))
    forged = certify(
        "CSCA",
        certify("CSCA former", key=ec.generate_private_key(ec.SECP256R1())),
        ca=True,
        key=ROOT.key,
        named_by=FORMER,
    )
    with refused("chip.signer_chain"):
        check(Chip(SIGNER), store(FORMER, forged))


def test_links_in_a_circle_and_without_end() -> None:
    one, other = certify("A"), certify("B")
    circle = (certify("A", other, ca=True, key=one.key), certify("B", one, ca=True, key=other.key))
    with refused("chip.csca_unknown", kind=Undecided):
        check(Chip(certify("Signer", one)), store(*circle))
    chain = [certify("0")]
    for place in range(1, csca.MAX_LINKS + 3):
        chain.append(certify(str(place), chain[-1], ca=True))
    check(Chip(certify("Signer", chain[csca.MAX_LINKS])), store(*chain))
    with refused("chip.signer_chain"):
        check(Chip(certify("Signer", chain[csca.MAX_LINKS + 2])), store(*chain))


def test_revocation() -> None:
    chip = Chip(SIGNER)
    serial = SIGNER.certificate.serial_number
    assert check(chip, store()).notes == ("chip.crl_missing",)
    assert check(chip, store(lists=(CURRENT,))).notes == ()
    assert check(chip, store(lists=(revocations(ROOT, (serial + 1,)),))).notes == ()
    old: dict[str, Any] = {"start": NOW - 200 * DAY, "end": NOW - 100 * DAY}
    for lists in (
        (revocations(ROOT, (serial,)),),
        (CURRENT, revocations(ROOT, (5, serial), **old)),  # bad news does not age
        (revocations(ROOT, (ROOT.certificate.serial_number,)),),
    ):
        with refused("chip.revoked"):
            check(chip, store(lists=lists))
    for late in (
        revocations(ROOT, **old),
        revocations(ROOT, end=None),
        revocations(ROOT, start=NOW + DAY),
    ):
        with refused("chip.crl_stale", kind=Undecided):
            check(chip, store(lists=(late,)))
    check(chip, store(lists=(revocations(ROOT, **old), CURRENT)))


def test_a_list_that_the_country_did_not_sign() -> None:
    other = certify("CSCA", country="DK")
    with refused("chip.crl"):
        check(Chip(SIGNER), store(ROOT, other, lists=(revocations(other, issuer=ROOT),)))
    assert check(Chip(SIGNER), store(ROOT, other, lists=(revocations(other),))).notes == ("chip.crl_missing",)
    stray = certify(
        "CSCA", certify("Nobody"), ca=True, key=IMPOSTOR.key
    )  # a link that leads to nothing that is trusted
    with refused("chip.crl"):
        check(Chip(SIGNER), store(ROOT, stray, lists=(revocations(stray),)))
