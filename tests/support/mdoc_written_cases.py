"""Hostile mdocs that are written wrongly: the CBOR, and the structure of ISO 18013-5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from tests.support.mdoc import opened
from tests.support.mdoc_bending import WORLD, Case, Edit, altered, items, replaced, resigned, shown, times

if TYPE_CHECKING:
    from collections.abc import Iterator


def cbor_cases() -> Iterator[Case]:
    """Bytes that are no CBOR, or CBOR that ours is not."""
    good = WORLD.presentation()
    yield "empty", "nothing", b"", "codec.cbor"
    yield "trailing_byte", "a byte after the response", good + b"\0", "codec.cbor"
    yield "cut_off", "the last byte is missing", good[:-1], "codec.cbor"
    yield "depth_bomb", "40,000 arrays inside each other", b"\x81" * 40_000 + b"\0", "codec.size"
    yield "tag_bomb", "40,000 tags inside each other", b"\xd8\x18" * 40_000 + b"\0", "codec.size"
    yield "huge_array", "an array of 2^63", b"\x9b\x7f" + b"\xff" * 7, "codec.cbor"
    yield "huge_bytes", "a byte string of 2^63", b"\x5b\x7f" + b"\xff" * 7, "codec.cbor"
    yield "many_values", "20,000 numbers", b"\x99\x4e\x20" + bytes(20_000), "codec.size"
    twice = replaced(b"\x66status\x00", b"\x66status\x00\x66status\x00", good)
    yield "twice_in_response", "the member status twice", b"\xa4" + twice[1:], "codec.cbor"
    yield "indefinite", "a map of no stated length", b"\xbf" + good[1:] + b"\xff", "codec.cbor"
    yield "long_head", "a head longer than needed", b"\xb8\x03" + good[1:], "codec.cbor"
    yield "self_described", "the tag of self-described CBOR before it", b"\xd9\xd9\xf7" + good, "codec.cbor"
    yield (
        "twice_in_mso",
        "the member docType twice in what the issuer signed",
        shown(resigned(raw=lambda raw: bytes([raw[0] + 1]) + b"\x67docType\x61x" + raw[1:])),
        "codec.cbor",
    )
    yield (
        "depth_in_element",
        "an element 30 arrays deep",
        shown(edit=_element_bytes(b"\x81" * 30 + b"\0")),
        "codec.size",
    )
    yield (
        "float_in_element",
        "a floating-point number",
        shown(edit=_element_bytes(b"\xf9\x3c\x00")),
        "codec.cbor",
    )


def _element_bytes(value: bytes) -> Edit:
    def edit(document: Any) -> None:
        raw = items(document)[0].value
        name = b"lelementValue"
        at = raw.index(name) + len(name)
        end = raw.index(b"qelementIdentifier")
        items(document)[0] = Tagged(24, raw[:at] + value + raw[end:])

    return edit


def structure_cases() -> Iterator[Case]:
    """CBOR that is no response."""

    def response(edit: Edit) -> bytes:
        value = opened(WORLD.presentation())
        edit(value)
        return cbor.dumps(value)

    def document(edit: Edit) -> bytes:
        return shown(edit=edit)

    wrong = "mdoc.structure"
    yield "version_2", "another version", response(lambda value: value.update(version="2.0")), wrong
    yield (
        "status_error",
        "the device reports an error",
        response(lambda value: value.update(status=10)),
        wrong,
    )
    yield "no_documents", "no document", response(lambda value: value.update(documents=[])), wrong
    yield (
        "many_documents",
        "seventeen documents",
        response(lambda value: value.update(documents=value["documents"] * 17)),
        wrong,
    )
    yield "no_device_signed", "no holder's part", document(lambda value: value.pop("deviceSigned")), wrong
    yield (
        "no_device_auth",
        "no proof of the holder's",
        document(lambda value: value["deviceSigned"].update(deviceAuth={})),
        wrong,
    )
    yield (
        "two_proofs",
        "a signature and a MAC",
        document(lambda value: value["deviceSigned"]["deviceAuth"].update(deviceMac=[b"", {}, None, b""])),
        wrong,
    )
    yield "a_credential", "an IssuerSigned where a response is wanted", WORLD.credential(), wrong
    yield (
        "short_salt",
        "15 random bytes",
        document(altered(0, random=bytes(15))),
        wrong,
    )
    yield "fifth_member", "an element with a fifth member", document(altered(0, more=1)), wrong
    yield "untagged_item", "an element that is no embedded CBOR", document(_untagged), wrong
    yield (
        "sign1_tagged",
        "the issuer's signature under tag 18",
        _tagged_sign1(),
        "codec.cbor",
    )
    yield (
        "fraction_of_a_second",
        "validUntil with a fraction",
        shown(resigned(times(validUntil=Tagged(0, "2027-05-01T00:00:00.5Z")))),
        wrong,
    )
    yield (
        "no_such_day",
        "validUntil on a day that is none",
        shown(resigned(times(validUntil=Tagged(0, "2027-02-30T00:00:00Z")))),
        wrong,
    )
    yield "local_time", "validUntil with an offset", _with_offset(), wrong
    yield (
        "status_of_another_mechanism",
        "a status that is no status list",
        shown(resigned(lambda security: security.update(status={"identifier_list": {}}))),
        wrong,
    )


def _untagged(document: Any) -> None:
    items(document)[0] = items(document)[0].value


def _tagged_sign1() -> bytes:
    value = opened(WORLD.presentation())
    signed = value["documents"][0]["issuerSigned"]
    signed["issuerAuth"] = Tagged(18, signed["issuerAuth"])
    return cbor.dumps(value)


def _with_offset() -> bytes:
    return shown(resigned(times(validUntil=Tagged(0, "2027-05-01T00:00:00+01:00"))))
