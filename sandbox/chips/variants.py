"""Chips with nothing wrong that are made otherwise than most: what must not be refused."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from asn1crypto import algos, keys, x509
from PIL import Image

from sandbox.chips import groups as make
from sandbox.chips import security_object
from sandbox.chips.chip import Case, World, publish, read, sign, signed_over, wrapped
from sandbox.chips.country import SIGNED, certify, root_name, signer_plan
from sandbox.chips.tlv import tlv

if TYPE_CHECKING:
    from sandbox.chips.certificates import Plan
    from sandbox.chips.keys import SigningKey


# Object identifiers of a key's kind: RSA (false), on a curve (true).
_KEY_KIND: Final = {False: bytes.fromhex("06092a864886f70d010101"), True: bytes.fromhex("06072a8648ce3d0201")}


def good(place: World) -> Case:
    """A chip as most are."""
    return place.good


def named_by_key(place: World) -> Case:
    """The security object names its signer by the key's identifier."""
    return _with_sod(place, signed_over(_content(place), place.country.signer, by_key=True))


def version_1(place: World) -> Case:
    """The security object is of version 1 and signs the LDS's version too."""
    return _with_sod(place, signed_over(_content(place, version=1), place.country.signer))


def no_signing_time(place: World) -> Case:
    """The signed attributes do not say when."""
    return _with_sod(place, signed_over(_content(place), place.country.signer, at=None))


def expired_since(place: World) -> Case:
    """The document signer's certificate has ended since it signed."""
    plan = replace(signer_plan(place.country.state), ends=SIGNED + (place.now - SIGNED) / 2)
    return _with_sod(place, sign(place.groups, certify(plan, place.country.signer.key, place.country.root)))


def more_certificates(place: World) -> Case:
    """The security object brings the country signer's certificate along, before the document signer's."""
    country = place.country
    shown = [country.root.certificate, country.signer.certificate]
    return _with_sod(place, signed_over(_content(place), country.signer, certificates=shown))


def odd_certificate(place: World) -> Case:
    """The security object brings a certificate along whose key is of a kind that nobody knows."""
    country = place.country
    root = bytes(country.root.certificate.dump())
    kind = _KEY_KIND[place.algorithm.family == "ecdsa"]
    odd = x509.Certificate.load(root.replace(kind, kind[:-1] + b"\x7f"))
    shown = [country.signer.certificate, odd]
    return _with_sod(place, signed_over(_content(place), country.signer, certificates=shown))


def types_alone(place: World) -> Case:
    """The document signer's certificate lists its kinds of document without version and set around them."""
    plan = replace(signer_plan(place.country.state), types_alone=True)
    return _by_key(place, place.country.signer.key, plan)


def issuer_in_other_order(place: World) -> Case:
    """The security object names its signer's issuer in another order than the certificate does."""
    signer, content = place.country.signer, _content(place)
    signed = security_object.attributes(content, signer.key.digest, SIGNED)
    info = security_object.signer_info(signer, signed)
    issuer = info["sid"].chosen["issuer"]
    info["sid"].chosen["issuer"] = x509.Name("", x509.RDNSequence(list(reversed(issuer.chosen))))
    return _with_sod(place, wrapped(content, [info], [signer.certificate]))


def linked(place: World) -> Case:
    """The master list has the country signer before, and the link to this one."""
    country = place.country
    return replace(
        place.good, master_list=publish(place.other, [country.former.certificate, country.link], place.now)
    )


def both_generations(place: World) -> Case:
    """The master list has both of the country's signers, which have one name, and the link."""
    country = place.country
    roots = [country.former.certificate, country.link, country.root.certificate]
    return replace(place.good, master_list=publish(place.other, roots, place.now))


def protected_group(place: World) -> Case:
    """The chip has fingerprints (DG3), which nobody without a country's leave can read."""
    digest = place.country.signer.key.digest
    hashes = security_object.hashed(place.groups | {3: b"fingerprints"}, digest)
    sod = signed_over(security_object.security_object(hashes, digest), place.country.signer)
    files = read(place.groups, sod) | {"EF.COM": read(place.groups | {3: b""}, sod)["EF.COM"]}
    return replace(place.good, files=files)


def other_group_hash(place: World) -> Case:
    """The data groups are hashed by another function than the signer's."""
    digest = "sha256" if place.country.signer.key.digest != "sha256" else "sha512"
    content = security_object.security_object(security_object.hashed(place.groups, digest), digest)
    return _with_sod(place, signed_over(content, place.country.signer))


def named_rsa(place: World) -> Case:
    """The signature's algorithm is given as RSA alone, the hash function beside it (RFC 3370 section 3.2)."""
    signer = place.country.signer
    signed_attributes = security_object.attributes(_content(place), signer.key.digest, SIGNED)
    info = security_object.signer_info(signer, signed_attributes)
    info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    return _with_sod(place, wrapped(_content(place), [info], [signer.certificate]))


def jpeg_2000(place: World) -> Case:
    """The portrait is a JPEG 2000 file."""
    out = BytesIO()
    with Image.open(BytesIO(place.portrait.image)) as image:
        image.save(out, "JPEG2000")
    face = make.face(out.getvalue(), place.portrait.size, place.person.sex, jpeg_2000=True)
    groups = place.groups | {2: face}
    return replace(place.good, files=read(groups, sign(groups, place.country.signer)))


def no_common(place: World) -> Case:
    """EF.COM was not read; newer chips may do without it."""
    files = {name: file for name, file in place.good.files.items() if name != "EF.COM"}
    return replace(place.good, files=files)


def absent_parameters(place: World) -> Case:
    """Hash functions are named without parameters, where most write NULL (RFC 5754 section 2)."""
    signer = place.country.signer
    oid = security_object.digest_identifier(signer.key.digest)["algorithm"].dump()
    bare = algos.DigestAlgorithm.load(tlv(0x30, oid))
    parsed = security_object.SecurityObject.load(_content(place))
    parsed["algorithm"] = bare
    content = parsed.dump()
    info = security_object.signer_info(signer, security_object.attributes(content, signer.key.digest, SIGNED))
    info["digest_algorithm"] = bare
    return _with_sod(place, wrapped(content, [info], [signer.certificate]))


def pss_key(place: World) -> Case:
    """The document signer's key is one for PSS alone, with any parameters (RFC 4055 section 1.2)."""
    key = place.country.signer.key
    public = keys.PublicKeyInfo(
        {"algorithm": {"algorithm": "rsassa_pss"}, "public_key": key.public["public_key"].parsed}
    )
    return _by_key(place, replace(key, public=public))


def name_in_other_letters(place: World) -> Case:
    """The signer's issuer is named in printable strings, where its certificate has UTF-8."""
    signer = place.country.signer
    attributes = security_object.attributes(_content(place), signer.key.digest, SIGNED)
    info = security_object.signer_info(signer, attributes)
    name = info["sid"].chosen["issuer"].dump()
    for text in (b"Sandbox", root_name(place.country.state).encode()):
        name = name.replace(tlv(0x0C, text), tlv(0x13, text))
    info["sid"].chosen["issuer"] = x509.Name.load(name)
    return _with_sod(place, wrapped(_content(place), [info], [signer.certificate]))


def sparse_signer(place: World) -> Case:
    """The document signer's certificate has what it must have since the first edition, and no more."""
    plan = replace(signer_plan(place.country.state), identified=False, signs=None, document_types=())
    return _by_key(place, place.country.signer.key, plan)


def after_2050(place: World) -> Case:
    """The document signer's certificate ends in 2055, which another kind of time says."""
    plan = replace(signer_plan(place.country.state), ends=SIGNED.replace(year=2055))
    return _by_key(place, place.country.signer.key, plan)


def former_root(place: World) -> Case:
    """The country signer before issued the document signer; the master list has both, of one name."""
    country = place.country
    signer = certify(signer_plan(country.state), country.signer.key, country.former)
    case = both_generations(place)
    return replace(case, files=read(place.groups, sign(place.groups, signer)))


def _by_key(place: World, key: SigningKey, plan: Plan | None = None) -> Case:
    """Signed by a document signer of another key or certificate."""
    signer = certify(plan or signer_plan(place.country.state), key, place.country.root)
    return _with_sod(place, sign(place.groups, signer))


def _content(place: World, version: int = 0) -> bytes:
    digest = place.country.signer.key.digest
    hashes = security_object.hashed(place.groups, digest)
    return security_object.security_object(hashes, digest, version=version)


def _with_sod(place: World, sod: bytes) -> Case:
    return replace(place.good, files=read(place.groups, sod))
