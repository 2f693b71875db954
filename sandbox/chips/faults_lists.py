"""Faults of the master list: whoever takes it trusts the wrong country signers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from asn1crypto import cms

from sandbox.chips import security_object
from sandbox.chips.country import certify, signer_plan
from sandbox.chips.master_list import CertificateSet, CscaMasterList, master_list

if TYPE_CHECKING:
    from sandbox.chips.chip import Case, World

_WEEK: Final = timedelta(days=7)


def altered_master_list(place: World) -> Case:
    """The master list has another country signer than was signed."""
    listed = cms.ContentInfo.load(place.good.master_list)
    stranger = place.country.former.certificate
    other = CscaMasterList({"version": 0, "certificates": CertificateSet([stranger])})
    listed["content"]["encap_content_info"]["content"] = other.dump()
    return replace(place.good, master_list=listed.dump(force=True))


def master_list_by_document_signer(place: World) -> Case:
    """A document signer signed the master list: its certificate is for documents."""
    roots = (place.country.root.certificate, place.other.root.certificate)
    plan = replace(signer_plan(place.other.state), signs=None)
    signer = certify(plan, place.other.signer.key, place.other.root)
    return replace(place.good, master_list=master_list(place.other, roots, place.now - _WEEK, signer=signer))


def master_list_by_stranger(place: World) -> Case:
    """The country whose document it is signed the master list, and nobody trusts it yet."""
    roots = (place.country.root.certificate, place.other.root.certificate)
    return replace(place.good, master_list=master_list(place.country, roots, place.now - _WEEK))


def security_object_as_master_list(place: World) -> Case:
    """What is given for a master list is signed by a list signer, and is a security object."""
    signer = place.other.list_signer
    content = security_object.security_object({1: bytes(32), 2: bytes(32)}, "sha256")
    attributes = security_object.attributes(content, signer.key.digest, place.now - _WEEK)
    info = security_object.signer_info(signer, attributes)
    signed = security_object.signed_data(content, [info], [signer.certificate])
    return replace(place.good, master_list=signed.dump())
