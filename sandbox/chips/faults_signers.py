"""Faults of the certificates: whoever signed was not the one who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sandbox.chips import security_object
from sandbox.chips.certificates import Holder, Plan, issue
from sandbox.chips.chip import Case, World, publish, read, sign, signed_over
from sandbox.chips.country import SIGNED, certify, root_plan, signer_plan
from sandbox.chips.curves import CURVES
from sandbox.chips.forgeries import borrowed, cube_root, zeros
from sandbox.chips.groups import zone_of
from sandbox.chips.keys import ec_public
from sandbox.chips.keys import short_rsa as short_rsa_key
from sandbox.chips.keys import weak_rsa as weak_rsa_key
from sandbox.chips.revocation import revocation_list

if TYPE_CHECKING:
    from asn1crypto import x509

    from sandbox.chips.keys import SigningKey

_DAY: Final = timedelta(days=1)


def expired_signer(place: World) -> Case:
    """The document signer's certificate had ended when it signed."""
    plan = signer_plan(place.country.state)
    return _signed_by(place, replace(plan, ends=SIGNED - _DAY))


def early_signer(place: World) -> Case:
    """The document signer's certificate had not begun when it signed."""
    plan = signer_plan(place.country.state)
    return _signed_by(place, replace(plan, starts=SIGNED + _DAY))


def signer_past_usage(place: World) -> Case:
    """The certificate is valid; the time in which its key may sign had ended."""
    plan = signer_plan(place.country.state)
    return _signed_by(place, replace(plan, signs=(plan.starts, SIGNED - _DAY)))


def signer_without_key_usage(place: World) -> Case:
    """The document signer's certificate does not say what its key is for."""
    return _signed_by(place, replace(signer_plan(place.country.state), usage=frozenset()))


def signer_for_other_use(place: World) -> Case:
    """The document signer's certificate is for key agreement only."""
    plan = signer_plan(place.country.state)
    return _signed_by(place, replace(plan, usage=frozenset({"key_agreement"})))


def signer_of_other_documents(place: World) -> Case:
    """The document signer may sign identity cards; this is a passport."""
    return _signed_by(place, replace(signer_plan(place.country.state), document_types=("I",)))


def signer_with_unknown_extension(place: World) -> Case:
    """The document signer's certificate has a critical extension that nobody knows."""
    return _signed_by(place, replace(signer_plan(place.country.state), unknown=True))


def signer_is_authority(place: World) -> Case:
    """The document signer's certificate is one of an authority as well."""
    usage = frozenset({"digital_signature", "key_cert_sign"})
    return _signed_by(place, replace(signer_plan(place.country.state), authority=True, usage=usage))


def signed_by_root(place: World) -> Case:
    """The country signer signed the document itself."""
    return _with_sod(place, sign(place.groups, place.country.root))


def signed_by_list_signer(place: World) -> Case:
    """The country's master list signer signed the document: its certificate is for lists alone."""
    return _with_sod(place, sign(place.groups, place.country.list_signer))


def revoked_signer(place: World) -> Case:
    """The country's list revokes the document signer."""
    serial = place.country.signer.certificate.serial_number
    lists = (place.country.revocations({serial: SIGNED + 30 * _DAY}, place.now), *place.good.revocations[1:])
    return replace(place.good, revocations=lists)


def revoked_root(place: World) -> Case:
    """The country's list revokes the country signer itself."""
    serial = place.country.root.certificate.serial_number
    lists = (place.country.revocations({serial: SIGNED + 30 * _DAY}, place.now), *place.good.revocations[1:])
    return replace(place.good, revocations=lists)


def forged_revocations(place: World) -> Case:
    """The country's list, which revokes nobody, was signed by another country."""
    plan = root_plan(place.country.state)
    forged = revocation_list(
        place.other.root, plan.country, plan.subject, {}, starts=place.now - _DAY, ends=place.now + 90 * _DAY
    )
    return replace(place.good, revocations=(forged,))


def stale_revocations(place: World) -> Case:
    """The next list of the country was due half a year ago."""
    return replace(place.good, revocations=(place.country.revocations({}, place.now - 270 * _DAY),))


def self_signed_signer(place: World) -> Case:
    """The document signer signed its own certificate, in the country signer's name."""
    plan, key = signer_plan(place.country.state), place.country.signer.key
    return _with_sod(place, sign(place.groups, Holder(issue(plan, key.public, key, key.public.dump()), key)))


def self_issued_signer(place: World) -> Case:
    """The document signer is its own issuer, by name and by key."""
    plan = signer_plan(place.country.state)
    key = place.country.signer.key
    own = Holder(issue(replace(plan, issuer=plan.subject), key.public, key, key.public.dump()), key)
    return _with_sod(place, sign(place.groups, own))


def signer_in_other_countrys_name(place: World) -> Case:
    """The country certified a signer in another country's name, which signed a document of that country's."""
    plan = replace(signer_plan(place.other.state), authority_country=place.country.code)
    plan = replace(plan, issuer=root_plan(place.country.state).subject)
    signer = certify(plan, place.country.signer.key, place.country.root)
    groups = place.groups | {1: zone_of(replace(place.person, issuing_state=place.other.state))}
    return replace(place.good, files=read(groups, sign(groups, signer)))


def future_signing(place: World) -> Case:
    """The security object says that it was signed tomorrow, by a signer that may sign until then."""
    plan = signer_plan(place.country.state)
    tomorrow = place.now + _DAY
    signer = certify(
        replace(plan, signs=(plan.starts, tomorrow)), place.country.signer.key, place.country.root
    )
    hashes = security_object.hashed(place.groups, signer.key.digest)
    content = security_object.security_object(hashes, signer.key.digest)
    return _with_sod(place, signed_over(content, signer, at=tomorrow))


def unknown_country(place: World) -> Case:
    """The country's signer is not in the master list."""
    return replace(place.good, master_list=publish(place.other, [place.other.root.certificate], place.now))


def foreign_signer(place: World) -> Case:
    """The security object shows the country's document signer, and another country's made the signature."""
    signer = Holder(place.country.signer.certificate, place.other.signer.key)
    return _with_sod(place, sign(place.groups, signer))


def foreign_issuer(place: World) -> Case:
    """The document signer's certificate names the country's signer; another country's signed it."""
    plan, key, by = signer_plan(place.country.state), place.country.signer.key, place.other.root.key
    shown = place.country.root.key.public.dump()
    return _with_sod(place, sign(place.groups, Holder(issue(plan, key.public, by, shown), key)))


def two_algorithms(place: World) -> Case:
    """The document signer's certificate names another signature algorithm outside than inside."""
    certificate = place.country.signer.certificate.copy()
    inside = place.country.root.key.identifier
    other = next(one for one in ("sha256_rsa", "sha512_rsa") if one != inside["algorithm"].native)
    certificate["signature_algorithm"] = {"algorithm": other}
    return _with_sod(place, sign(place.groups, Holder(certificate, place.country.signer.key)))


def root_without_authority(place: World) -> Case:
    """The trusted certificate of the country signer is none of an authority."""
    return _below_root(place, replace(root_plan(place.country.state), authority=None))


def root_without_key_usage(place: World) -> Case:
    """The trusted certificate of the country signer may sign lists, and no certificates."""
    return _below_root(place, replace(root_plan(place.country.state), usage=frozenset({"crl_sign"})))


def expired_root(place: World) -> Case:
    """The country signer's certificate had ended before it issued the document signer's."""
    plan = root_plan(place.country.state)
    ends = signer_plan(place.country.state).starts - _DAY
    return _below_root(place, replace(plan, ends=ends, signs=(plan.starts, ends)))


def weak_rsa(place: World) -> Case:
    """The document signer's RSA key has 1016 bits."""
    return _signed_by(place, signer_plan(place.country.state), weak_rsa_key(place.algorithm))


def short_rsa(place: World) -> Case:
    """The document signer's RSA key has 1536 bits, where 2048 are the least."""
    return _signed_by(place, signer_plan(place.country.state), short_rsa_key(place.algorithm))


def weak_curve(place: World) -> Case:
    """The document signer's key is on a curve of 192 bits."""
    algorithm = replace(place.algorithm, curve="p192")
    return _signed_by(place, signer_plan(place.country.state), place.new_key(algorithm))


def changed_generator(place: World) -> Case:
    """The document signer's curve is spelled out with another generator, for which its private key is 1."""
    key = borrowed(place.algorithm, place.country.signer.key.public)
    return _signed_by(place, signer_plan(place.country.state), key)


def point_off_curve(place: World) -> Case:
    """The document signer's public point is not on its curve."""
    curve = CURVES[place.algorithm.curve]
    explicit = place.algorithm.explicit
    key = replace(place.country.signer.key, public=ec_public(curve, (curve.x, curve.x), explicit=explicit))
    return _signed_by(place, signer_plan(place.country.state), key)


def without_cofactor(place: World) -> Case:
    """The document signer's curve is spelled out without its cofactor, which 9303-12 wants there."""
    curve = CURVES[place.algorithm.curve]
    public = ec_public(curve, curve.read(place.country.signer.key.public["public_key"].native), explicit=True)
    del public["algorithm"]["parameters"].chosen["cofactor"]
    key = replace(place.country.signer.key, public=public)
    return _signed_by(place, signer_plan(place.country.state), key)


def forged_padding(place: World) -> Case:
    """The document signer's exponent is 3, and nobody's private key made the signature (CVE-2006-4339)."""
    return _signed_by(place, signer_plan(place.country.state), cube_root(place.algorithm))


def zero_signature(place: World) -> Case:
    """The signature's two numbers are zero (CVE-2022-21449)."""
    signer = Holder(place.country.signer.certificate, zeros(place.country.signer.key))
    return _with_sod(place, sign(place.groups, signer))


def forged_root(place: World) -> Case:
    """A country signer of the same name and point came along, its generator changed (CVE-2020-0601)."""
    plan, real = root_plan(place.country.state), place.country.root
    key = borrowed(place.algorithm, real.key.public)
    forged = Holder(issue(plan, key.public, key, real.key.public.dump()), key)
    signer = certify(signer_plan(place.country.state), place.country.signer.key, forged)
    return _with_sod(place, _showing(place, signer, [signer.certificate, forged.certificate]))


def _signed_by(place: World, plan: Plan, key: SigningKey | None = None) -> Case:
    """Signed by another document signer of the country's."""
    signer = certify(plan, key or place.country.signer.key, place.country.root)
    return _with_sod(place, sign(place.groups, signer))


def _below_root(place: World, plan: Plan) -> Case:
    """Another certificate of the country signer's key is what is trusted."""
    key = place.country.root.key
    root = issue(plan, key.public, key, key.public.dump())
    return replace(
        place.good, master_list=publish(place.other, [root, place.other.root.certificate], place.now)
    )


def _showing(place: World, signer: Holder, certificates: list[x509.Certificate]) -> bytes:
    hashes = security_object.hashed(place.groups, signer.key.digest)
    content = security_object.security_object(hashes, signer.key.digest)
    return signed_over(content, signer, certificates=certificates)


def _with_sod(place: World, sod: bytes) -> Case:
    return replace(place.good, files=read(place.groups, sod))
