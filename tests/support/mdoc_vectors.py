"""Writes the hostile vectors of `tests/vectors/mdoc`. Run: ``python -m tests.support.mdoc_vectors``.

The files are what the tests read; this program shows how each came to be, and makes them anew when the
good response itself has to change.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats.mdoc import mso, transcript
from clicid.formats.mdoc.elements import MDL, PID
from clicid.keys import cose_key
from clicid.keys.algorithms import ED25519, P384
from clicid.securing import cose, cose_mac
from clicid.trust.iaca import Authority
from tests.support.mdoc import (
    CLIENT_ID,
    NONCE,
    RESPONSE_URI,
    SESSION,
    SHOWN,
    MdocWorld,
    day,
    opened,
)
from tests.support.world import DAY, DID, LIST_URL, NOW, SCHEMA_DIGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clicid.codec.cbor import Cbor

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "mdoc"
WORLD = MdocWorld()
OWN = "com.clicid.test"

Edit: TypeAlias = "Callable[[Any], None]"
Case: TypeAlias = tuple[str, str, bytes, str]
"""Name, what it is, response, expected code."""


def unchanged(_: Any) -> None:
    """The edit that changes nothing."""


def resigned(edit: Edit = unchanged, world: MdocWorld = WORLD, **how: Any) -> bytes:
    """The good credential, its MSO edited, and signed again.

    How: `items` (edits the namespaces), `header` (the protected one), `unprotected`, `raw` (edits the MSO's
    bytes), `signer` (the key's reference).
    """
    credential = opened(world.credential())
    protected, unprotected, payload, _ = credential["issuerAuth"]
    security = opened(opened(payload).value)
    edit(security)
    how.get("items", unchanged)(credential["nameSpaces"])
    header = how.get("header", protected)
    content = cbor.embedded(how.get("raw", lambda raw: raw)(cbor.dumps(security)))
    message = cbor.dumps(["Signature1", header, b"", content])
    signature = world.keys.sign(how.get("signer", world.signer_ref), message, world.alg)
    credential["issuerAuth"] = [header, how.get("unprotected", unprotected), content, signature]
    return cbor.dumps(credential)


def shown(
    credential: bytes | None = None, edit: Edit = unchanged, disclose: Sequence[tuple[str, str]] = SHOWN
) -> bytes:
    """A response with a credential, its first document edited after the holder has signed.

    The wallet is one that does not look at what it was given: the holder signs no more than session and type.
    """
    response = opened(WORLD.presentation(disclose=disclose))
    document = response["documents"][0]
    if credential is not None:
        given = opened(credential)
        chosen = [item for item in given["nameSpaces"][MDL] if (MDL, _name(item)) in disclose]
        document["issuerSigned"] = {"issuerAuth": given["issuerAuth"], "nameSpaces": {MDL: chosen}}
    edit(document)
    return cbor.dumps(response)


def _name(item: Any) -> str:
    name: str = opened(item.value)["elementIdentifier"]
    return name


def items(document: Any, namespace: str = MDL) -> list[Any]:
    """The shown elements of a document."""
    found: list[Any] = document["issuerSigned"]["nameSpaces"][namespace]
    return found


def altered(at: int, **members: Any) -> Edit:
    """Sets members of a shown element."""

    def edit(document: Any) -> None:
        item = opened(items(document)[at].value)
        items(document)[at] = Tagged(24, cbor.dumps(item | members))

    return edit


def replaced(old: bytes, new: bytes, raw: bytes) -> bytes:
    """Bytes with one place changed."""
    assert raw.count(old) == 1, raw.count(old)
    return raw.replace(old, new)


def hostile() -> Iterator[Case]:
    """Every vector."""
    yield "good", "signature, four elements", WORLD.presentation(), ""
    yield "good_mac", "a MAC with the reader's key", WORLD.by_mac(), ""
    yield "good_nothing_shown", "no element at all", WORLD.presentation(disclose=()), ""
    yield from _cbor_cases()
    yield from _structure_cases()
    yield from _signer_cases()
    yield from _signed_cases()
    yield from _shown_cases()
    yield from _holder_cases()


def _cbor_cases() -> Iterator[Case]:
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


def _structure_cases() -> Iterator[Case]:
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
        shown(resigned(_times(validUntil=Tagged(0, "2027-05-01T00:00:00.5Z")))),
        wrong,
    )
    yield (
        "no_such_day",
        "validUntil on a day that is none",
        shown(resigned(_times(validUntil=Tagged(0, "2027-02-30T00:00:00Z")))),
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


def _times(**times: Tagged) -> Edit:
    return lambda security: security["validityInfo"].update(times)


def _with_offset() -> bytes:
    return shown(resigned(_times(validUntil=Tagged(0, "2027-05-01T00:00:00+01:00"))))


def _signer_cases() -> Iterator[Case]:
    stranger = WORLD.authority(WORLD.other_ref)
    foreign = replaced_certificate(WORLD.signer(stranger, WORLD.other_ref))
    yield "signer_of_another_root", "a signer under a root that nobody trusts", foreign, "issuer.unknown"
    yield (
        "self_signed_signer",
        "the root as its own signer",
        replaced_certificate(WORLD.root),
        "issuer.unknown",
    )
    yield "no_certificate", "bytes that are no certificate", replaced_certificate(b"no"), "issuer.certificate"
    yield "no_x5chain", "no certificate at all", shown(resigned(unprotected={})), "mdoc.structure"
    yield (
        "chain_with_root",
        "the root in the chain",
        shown(resigned(unprotected={cose.X5CHAIN: [WORLD.certificate, WORLD.root]})),
        "mdoc.structure",
    )
    yield (
        "expired_signer",
        "the signer's certificate has ended",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW - 200 * DAY, days=199)),
        "mdoc.signer_expired",
    )
    yield (
        "future_signer",
        "the signer's certificate has not begun",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW + DAY, days=10)),
        "mdoc.signer_expired",
    )
    yield (
        "no_extended_key_usage",
        "no extended key usage",
        replaced_certificate(without_extended_usage()),
        "mdoc.signer",
    )
    yield (
        "signed_before_signer",
        "signed before the signer's certificate began",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW - 5 * DAY, days=100)),
        "mdoc.signed_at",
    )


def replaced_certificate(certificate: bytes) -> bytes:
    """The good credential with another certificate, which nobody signs (9.1.2.4)."""
    return shown(resigned(unprotected={cose.X5CHAIN: certificate}))


def without_extended_usage() -> bytes:
    """The good signer's certificate for another usage, signed by its root again."""
    # 1.0.18013.5.1.2 and 1.0.18013.5.1.6, the usage of readers.
    oid = bytes.fromhex("28818c5d050102")
    good = x509.load_der_x509_certificate(WORLD.certificate)
    tbs = replaced(oid, oid[:-1] + b"\x06", good.tbs_certificate_bytes)
    raw = WORLD.keys.sign(WORLD.root_ref, tbs, "P-256")
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    bits = b"\x03" + bytes([len(signature) + 1]) + b"\0" + signature
    body = tbs + algorithm + bits
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def _signed_cases() -> Iterator[Case]:
    def mso_edit(edit: Edit) -> bytes:
        return shown(resigned(edit))

    yield (
        "signed_by_another_key",
        "an MSO by a key that is not the signer's",
        shown(resigned(signer=WORLD.other_ref)),
        "issuer.signature",
    )
    yield (
        "altered_mso",
        "one digest changed after signing",
        shown(edit=_altered_payload),
        "issuer.signature",
    )
    yield (
        "alg_unprotected",
        "the algorithm in the unprotected header alone",
        shown(resigned(header=b"", unprotected={1: -7, cose.X5CHAIN: WORLD.certificate})),
        "codec.cbor",
    )
    yield (
        "alg_unprotected_beside_empty_map",
        "the algorithm in the unprotected header, the other one an empty map",
        shown(resigned(header=b"\xa0", unprotected={1: -7, cose.X5CHAIN: WORLD.certificate})),
        "securing.cose",
    )
    yield (
        "alg_of_a_mac",
        "HMAC as the issuer's algorithm",
        shown(resigned(header=b"\xa1\x01\x05")),
        "keys.algorithm",
    )
    yield (
        "alg_of_another_key",
        "an algorithm that is not the signer's",
        shown(resigned(header=b"\xa1\x01\x38\x22")),
        "keys.algorithm",
    )
    yield (
        "critical",
        "a critical header",
        shown(resigned(header=b"\xa2\x01\x26\x02\x81\x18\x63")),
        "securing.cose",
    )
    yield (
        "sha_1",
        "digests by SHA-1",
        mso_edit(lambda security: security.update(digestAlgorithm="SHA-1")),
        "mdoc.digest_algorithm",
    )
    yield (
        "expired",
        "no longer valid",
        mso_edit(_times(validUntil=Tagged(0, "2026-11-22T11:59:00Z"))),
        "validity.expired",
    )
    yield (
        "not_yet",
        "not valid yet",
        mso_edit(_times(validFrom=Tagged(0, "2026-11-22T12:01:00Z"))),
        "validity.not_yet",
    )
    yield (
        "revoked",
        "an entry that is revoked",
        mso_edit(lambda security: security.update(status={"status_list": {"idx": 6, "uri": LIST_URL}})),
        "status.revoked",
    )
    yield (
        "index_outside",
        "an entry outside its list",
        mso_edit(lambda security: security.update(status={"status_list": {"idx": 99, "uri": LIST_URL}})),
        "status.index",
    )
    yield "no_status", "no status at all", mso_edit(lambda security: security.pop("status")), "status.missing"


def _altered_payload(document: Any) -> None:
    auth = document["issuerSigned"]["issuerAuth"]
    auth[2] = replaced(b"SHA-256", b"SHA-512", auth[2])


def _shown_cases() -> Iterator[Case]:
    yield "altered_element", "another value", shown(edit=altered(2, elementValue=False)), "mdoc.digest"
    yield (
        "renamed_element",
        "another name",
        shown(edit=altered(2, elementIdentifier="age_over_21")),
        "mdoc.digest",
    )
    yield "altered_salt", "another salt", shown(edit=altered(0, random=bytes(32))), "mdoc.digest"
    yield (
        "unknown_digest",
        "a digest id that is not there",
        shown(edit=altered(0, digestID=99)),
        "mdoc.digest",
    )
    yield "swapped_digests", "two elements with each other's digest ids", shown(edit=_swapped), "mdoc.digest"
    yield "other_namespace", "an element in another namespace", shown(edit=_moved), "mdoc.digest"
    yield (
        "element_twice",
        "an element twice",
        shown(edit=lambda one: items(one).append(items(one)[0])),
        "mdoc.duplicate",
    )
    yield "digest_twice", "two elements with one digest id", shown(edit=_same_digest), "mdoc.duplicate"
    yield "element_of_another", "an element of another document", _borrowed(), "mdoc.digest"
    yield (
        "other_doc_type",
        "another type beside the document, which the holder signed",
        _other_doc_type(),
        "mdoc.doctype",
    )
    wrong: tuple[tuple[str, str, Cbor], ...] = (
        ("text_for_a_date", "birth_date", "1990-02-28"),
        ("time_for_a_date", "birth_date", Tagged(0, "1990-02-28T00:00:00Z")),
        ("no_such_date", "birth_date", day("1990-02-30")),
        ("text_for_a_boolean", "age_over_18", "true"),
        ("number_for_a_text", "family_name", 7),
        ("text_for_a_portrait", "portrait", "/9j/"),
        ("country_in_words", "issuing_country", "Sverige"),
        ("sex_three", "sex", 3),
        ("privilege_without_category", "driving_privileges", [{"issue_date": day("2010-03-01")}]),
        ("privileges_as_a_map", "driving_privileges", {}),
    )
    for name, element, value in wrong:
        yield name, f"{element} of another type", _typed(element, value), "mdoc.element"
    yield (
        "other_country",
        "an issuing country that is not the authority's",
        _typed("issuing_country", "NO"),
        "mdoc.country",
    )
    yield "device_states", "the device states an element by itself", _stated(None), "mdoc.key_authorization"
    yield (
        "device_states_another",
        "the device states another element than it may",
        _stated(mso.Authorizations(elements={OWN: frozenset(("other",))})),
        "mdoc.key_authorization",
    )
    yield (
        "good_device_states",
        "the device states an element that it may",
        _stated(mso.Authorizations(elements={OWN: frozenset(("colour",))})),
        "",
    )
    yield (
        "device_states_another_type",
        "the device states a licence's element, of another type",
        MdocWorld(authorizations=mso.Authorizations(namespaces=frozenset((MDL,)))).presentation(
            stated={MDL: {"weight": "80"}}
        ),
        "mdoc.element",
    )
    yield "device_repeats", "the device states one of the issuer's elements", _repeated(), "mdoc.duplicate"
    yield "test_credential", "a credential that is marked as a test", _marked(), "policy.test_credential"


def _swapped(document: Any) -> None:
    first, second = (opened(items(document)[at].value) for at in (0, 1))
    first["digestID"], second["digestID"] = second["digestID"], first["digestID"]
    items(document)[:2] = [Tagged(24, cbor.dumps(each)) for each in (first, second)]


def _moved(document: Any) -> None:
    namespaces = document["issuerSigned"]["nameSpaces"]
    namespaces["org.iso.18013.5.1.SE"] = [namespaces[MDL].pop()]


def _same_digest(document: Any) -> None:
    first = opened(items(document)[0].value)["digestID"]
    altered(1, digestID=first)(document)


def _borrowed() -> bytes:
    lender = MdocWorld()
    lender.elements[MDL]["age_over_18"] = False
    lent = opened(lender.presentation(disclose=[(MDL, "age_over_18")]))["documents"][0]

    def edit(document: Any) -> None:
        items(document)[2] = items(lent)[0]

    return shown(edit=edit)


def _other_doc_type() -> bytes:
    world = MdocWorld()
    credential = world.credential()
    value = opened(world.presentation(credential))
    document = value["documents"][0]
    document["docType"] = PID
    proved = transcript.device_authentication(SESSION, PID, b"\xa0")
    protected = cbor.dumps({1: -7})
    signature = world.keys.sign(world.holder_ref, cbor.dumps(["Signature1", protected, b"", proved]), "P-256")
    document["deviceSigned"]["deviceAuth"] = {"deviceSignature": [protected, {}, None, signature]}
    return cbor.dumps(value)


def _typed(element: str, value: Cbor) -> bytes:
    """A credential in which the issuer has signed a wrong value: the digest fits."""

    def edit(security: Any) -> None:
        security["valueDigests"][MDL] = {
            at: mso.HASHES["SHA-256"](cbor.embedded(raw)) for at, raw in made.items()
        }

    made: dict[int, bytes] = {}

    for item in opened(WORLD.credential())["nameSpaces"][MDL]:
        members = opened(item.value)
        if members["elementIdentifier"] == element:
            members["elementValue"] = value
        made[members["digestID"]] = cbor.dumps(members)

    # The second credential has other salts: all of its elements are those made here.
    def put_all(namespaces: Any) -> None:
        namespaces[MDL] = [Tagged(24, raw) for raw in made.values()]

    return shown(resigned(edit, items=put_all), disclose=[(MDL, element)])


OWN_STATED: Mapping[str, Mapping[str, Cbor]] = {OWN: {"colour": "blue"}}


def _stated(authorizations: mso.Authorizations | None) -> bytes:
    world = MdocWorld(authorizations=authorizations)
    return world.presentation(stated=OWN_STATED)


def _repeated() -> bytes:
    world = MdocWorld(authorizations=mso.Authorizations(namespaces=frozenset((MDL,))))
    return world.presentation(stated={MDL: {"age_over_18": True}})


def _marked() -> bytes:
    world = MdocWorld()
    world.elements[OWN] = {"test_credential": True}
    return world.presentation(disclose=[(OWN, "test_credential")])


def _holder_cases() -> Iterator[Case]:
    wrong = "holder.device_auth"
    for name, what, session in (
        (
            "other_nonce",
            "for another nonce",
            transcript.openid4vp(CLIENT_ID, NONCE[::-1], RESPONSE_URI, None),
        ),
        (
            "other_audience",
            "for another verifier",
            transcript.openid4vp("x509_hash:other", NONCE, RESPONSE_URI, None),
        ),
        (
            "other_uri",
            "for another response URI",
            transcript.openid4vp(CLIENT_ID, NONCE, RESPONSE_URI + "/x", None),
        ),
        (
            "other_encryption",
            "for an encrypted answer",
            transcript.openid4vp(CLIENT_ID, NONCE, RESPONSE_URI, bytes(32)),
        ),
        (
            "browser_session",
            "for a session of the browser's",
            transcript.dc_api("https://verifier.example", NONCE, None),
        ),
    ):
        yield name, what, WORLD.presentation(session=session), wrong
    yield (
        "mac_by_another_key",
        "a MAC by a key that is not the holder's",
        WORLD.by_mac(holder=WORLD.other_ref),
        wrong,
    )
    yield "mac_for_another_reader", "a MAC for another reader", WORLD.by_mac(reader=WORLD.other_ref), wrong
    for alg in (P384, ED25519):
        yield f"mac_on_{alg}".lower().replace("-", ""), f"a MAC by a key of {alg}", mac_on(alg), wrong
    yield "holder_signature_altered", "one bit of the holder's signature", shown(edit=_flipped), wrong
    yield "device_key_replaced", "the thief's key in the MSO, and his proof", _stolen(), "issuer.signature"
    yield "device_key_of_thief", "the thief's proof alone", _by_thief(), wrong
    yield "stated_added", "an element that the device states added after its proof", shown(edit=_added), wrong
    yield (
        "payload_inside",
        "the holder's signature over content inside",
        shown(edit=_content_inside),
        "securing.cose",
    )
    yield (
        "device_alg_unprotected",
        "the holder's algorithm in the unprotected header",
        shown(edit=_alg_moved),
        "securing.cose",
    )
    yield "mac_as_signature", "the MAC in the signature's place", _misplaced(), "keys.algorithm"


def mac_on(alg: str) -> bytes:
    """A response with a MAC by a holder's key on another curve."""
    value = opened(MdocWorld(holder_alg=alg).presentation())
    mac = cose_mac.make_item(bytes(32), b"whatever")
    value["documents"][0]["deviceSigned"]["deviceAuth"] = {"deviceMac": mac}
    return cbor.dumps(value)


def _flipped(document: Any) -> None:
    proof = document["deviceSigned"]["deviceAuth"]["deviceSignature"]
    proof[3] = proof[3][:-1] + bytes([proof[3][-1] ^ 1])


def _stolen() -> bytes:
    thief = cose_key.to_whole_cose(WORLD.keys.public(WORLD.other_ref))
    forged = opened(WORLD.credential())
    auth = forged["issuerAuth"]
    security = opened(opened(auth[2]).value)
    security["deviceKeyInfo"]["deviceKey"] = thief
    auth[2] = cbor.embedded(cbor.dumps(security))
    return shown(cbor.dumps(forged), _signed_by_thief)


def _signed_by_thief(document: Any) -> None:
    proved = transcript.device_authentication(SESSION, document["docType"], b"\xa0")
    protected = cbor.dumps({1: -7})
    message = cbor.dumps(["Signature1", protected, b"", proved])
    proof: list[Cbor] = [protected, {}, None, WORLD.keys.sign(WORLD.other_ref, message, "P-256")]
    document["deviceSigned"]["deviceAuth"] = {"deviceSignature": proof}


def _by_thief() -> bytes:
    world = MdocWorld()
    credential = world.credential()
    world.holder_ref = world.other_ref
    return world.presentation(credential)


def _added(document: Any) -> None:
    document["deviceSigned"]["nameSpaces"] = Tagged(24, cbor.dumps(OWN_STATED))


def _content_inside(document: Any) -> None:
    document["deviceSigned"]["deviceAuth"]["deviceSignature"][2] = b""


def _alg_moved(document: Any) -> None:
    proof = document["deviceSigned"]["deviceAuth"]["deviceSignature"]
    proof[0], proof[1] = b"\xa0", {1: -7}


def _misplaced() -> bytes:
    value = opened(WORLD.by_mac())
    auth = value["documents"][0]["deviceSigned"]["deviceAuth"]
    auth["deviceSignature"] = auth.pop("deviceMac")
    return cbor.dumps(value)


def main() -> None:
    """Write the world and the vectors."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    world = MdocWorld()
    # Entry 6 is revoked.
    entries = bytearray(world.snapshot.entries)
    entries[6 * 2 >> 3] |= 1 << (6 * 2 & 7)
    world.snapshot = replace(world.snapshot, entries=bytes(entries))
    setting = {
        "now": int(NOW.timestamp()),
        "audience": CLIENT_ID,
        "nonce": NONCE,
        "session_transcript": SESSION.hex(),
        "reader_key_seed": "mdoc/reader",
        "doc_type": world.doc_type,
        "schema_digest": SCHEMA_DIGEST.hex(),
        "authority": base64.b64encode(Authority.load(world.root).certificate).decode(),
        "issuer": DID,
        "materials": [
            {
                "kind": need.kind,
                "uri": need.uri,
                "subject": need.subject,
                "as_of": int(found.as_of.timestamp()),
                "body": base64.b64encode(found.body).decode(),
            }
            for need, found in world.have.items()
            if not hasattr(found, "why")
        ],
    }
    _write("_setting", setting)
    for name, what, response, code in hostile():
        assert not (FOLDER / f"{name}.json").exists(), name
        _write(name, {"what": what, "code": code, "response": base64.b64encode(response).decode()})


def _write(name: str, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
