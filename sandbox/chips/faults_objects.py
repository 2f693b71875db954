"""Faults of the security object: the signature is none, or over something else, or badly written."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from asn1crypto import algos, cms, core

from sandbox.chips import security_object
from sandbox.chips.chip import Case, World, read, sign, wrapped
from sandbox.chips.country import SIGNED
from sandbox.chips.security_object import attributes, signed_data, signer_info
from sandbox.chips.tlv import tlv

_DATA_OID: Final = "1.2.840.113549.1.7.1"
_UNKNOWN_OID: Final = "1.3.6.1.4.1.32473.2"  # RFC 5612: for examples
_END: Final = b"\x00\x00"


def other_attributes(place: World) -> Case:
    """The signature is over another signing time than the one that is shown."""
    content, digest = _content(place), place.country.signer.key.digest
    shown = attributes(content, digest, SIGNED.replace(day=2))
    return _of(place, content, signer_info(place.country.signer, _attributes(place), shown=shown))


def tagged_attributes(place: World) -> Case:
    """The signature is over the attributes as they stand in the message, not as a set."""
    signer = place.country.signer
    info = signer_info(signer, _attributes(place))
    info["signature"] = signer.key.sign(info["signed_attrs"].dump())
    return _of(place, _content(place), info)


def no_message_digest(place: World) -> Case:
    """The signed attributes do not have the content's digest: the signature says nothing of it."""
    return _signing(place, [one for one in _attributes(place) if one["type"].native != "message_digest"])


def wrong_message_digest(place: World) -> Case:
    """The signed attributes have another content's digest."""
    return _signing(place, attributes(b"another content", place.country.signer.key.digest, SIGNED))


def digest_twice(place: World) -> Case:
    """The signed attributes have two digests: another content's, and this one's."""
    digest = place.country.signer.key.digest
    return _signing(place, [attributes(b"another content", digest, None)[1], *_attributes(place)])


def no_content_type(place: World) -> Case:
    """The signed attributes do not say what kind of content was signed."""
    return _signing(place, [one for one in _attributes(place) if one["type"].native != "content_type"])


def wrong_content_type(place: World) -> Case:
    """The signed attributes say that a master list was signed."""
    content, digest = _content(place), place.country.signer.key.digest
    return _signing(place, attributes(content, digest, SIGNED, content_type="2.23.136.1.1.2"))


def wrong_content(place: World) -> Case:
    """The content is said to be plain data, in the attributes too."""
    content, signer = _content(place), place.country.signer
    signed_as = attributes(content, signer.key.digest, SIGNED, content_type=_DATA_OID)
    data = signed_data(
        content, [signer_info(signer, signed_as)], [signer.certificate], content_type=_DATA_OID
    )
    return _with_sod(place, security_object.file(data))


def no_attributes(place: World) -> Case:
    """The signature is over the content itself, which only plain data may have."""
    info = signer_info(place.country.signer, _attributes(place))
    bare = cms.SignerInfo(
        {
            **{name: info[name] for name in ("version", "sid", "digest_algorithm", "signature_algorithm")},
            "signature": place.country.signer.key.sign(_content(place)),
        }
    )
    return _of(place, _content(place), bare)


def two_signers(place: World) -> Case:
    """Two document signers signed, each rightly."""
    signers = (place.country.signer, place.other.signer)
    content = _content(place)
    infos = [signer_info(one, attributes(content, one.key.digest, SIGNED)) for one in signers]
    return _with_sod(place, wrapped(content, infos, [one.certificate for one in signers]))


def no_signer(place: World) -> Case:
    """Nobody signed."""
    return _with_sod(place, wrapped(_content(place), [], [place.country.signer.certificate]))


def no_certificate(place: World) -> Case:
    """The document signer's certificate is not there."""
    info = signer_info(place.country.signer, _attributes(place))
    return _with_sod(place, wrapped(_content(place), [info], []))


def altered_signature(place: World) -> Case:
    """A bit of the signature is another one."""
    info = signer_info(place.country.signer, _attributes(place))
    signature = info["signature"].native
    info["signature"] = signature[:-1] + bytes([signature[-1] ^ 1])
    return _of(place, _content(place), info)


def wrong_digest_algorithm(place: World) -> Case:
    """The signer is said to have hashed by another function than the digest is of."""
    named = "sha256" if place.country.signer.key.digest != "sha256" else "sha384"
    return _of(place, _content(place), signer_info(place.country.signer, _attributes(place), digest=named))


def wrong_oids(place: World) -> Case:
    """The signature's algorithm has a number that nobody knows."""
    info = signer_info(place.country.signer, _attributes(place))
    info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": _UNKNOWN_OID})
    return _of(place, _content(place), info)


def not_signed(place: World) -> Case:
    """The security object is said to be plain data, not signed data."""
    plain = cms.ContentInfo({"content_type": "data", "content": core.OctetString(_content(place))})
    return _with_sod(place, security_object.file(plain))


def indefinite_lengths(place: World) -> Case:
    """The outer objects have no length, but an end: BER, where DER is the rule."""
    info = cms.ContentInfo.load(_inner(place))
    oid, data = info["content_type"].dump(), info["content"].untag().dump()
    opened = b"\x77\x80\x30\x80" + oid + b"\xa0\x80" + data
    return _with_sod(place, opened + 3 * _END)


def million_byte_length(place: World) -> Case:
    """The security object says that it is a million bytes long, and is not."""
    return _with_sod(place, b"\x77\x83" + (1_000_000).to_bytes(3, "big") + _inner(place))


def endless_length(place: World) -> Case:
    """The security object's length takes 126 bytes to say."""
    return _with_sod(place, b"\x77\xfe" + b"\xff" * 126 + _inner(place))


def padded_length(place: World) -> Case:
    """The security object's length is right, and written in more bytes than it takes: BER again."""
    inner = _inner(place)
    return _with_sod(place, b"\x77\x84" + len(inner).to_bytes(4, "big") + inner)


def truncated(place: World) -> Case:
    """The security object's last hundred bytes were not read."""
    return _with_sod(place, sign(place.groups, place.country.signer)[:-100])


def trailing_object(place: World) -> Case:
    """The security object's file goes on after its end."""
    return _with_sod(place, sign(place.groups, place.country.signer) + b"\x05\x00")


def wrong_tag(place: World) -> Case:
    """The security object's file begins with a data group's tag."""
    return _with_sod(place, tlv(0x6D, _inner(place)))


def deeply_nested(place: World) -> Case:
    """The security object is ten thousand sequences, each in the one before."""
    nested = b"\x05\x00"
    for _ in range(10_000):
        nested = tlv(0x30, nested)
    return _with_sod(place, tlv(security_object.TAG, nested))


def empty(place: World) -> Case:
    """The security object's file has no bytes."""
    return _with_sod(place, b"")


def _content(place: World) -> bytes:
    digest = place.country.signer.key.digest
    return security_object.security_object(security_object.hashed(place.groups, digest), digest)


def _attributes(place: World) -> list[cms.CMSAttribute]:
    return attributes(_content(place), place.country.signer.key.digest, SIGNED)


def _signing(place: World, signed_attributes: list[cms.CMSAttribute]) -> Case:
    return _of(place, _content(place), signer_info(place.country.signer, signed_attributes))


def _of(place: World, content: bytes, info: cms.SignerInfo) -> Case:
    return _with_sod(place, wrapped(content, [info], [place.country.signer.certificate]))


def _inner(place: World) -> bytes:
    """The CMS inside the file."""
    file = sign(place.groups, place.country.signer)
    return file[2 + (file[1] & 0x7F) :]  # it is never under 128 bytes long


def _with_sod(place: World, sod: bytes) -> Case:
    return replace(place.good, files=read(place.groups, sod))
