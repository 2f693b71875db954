"""Hostile mdocs whose holder proves nothing, or is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats.mdoc import transcript
from clicid.keys import cose_key
from clicid.keys.algorithms import ED25519, P384
from clicid.securing import cose_mac
from tests.support.mdoc import CLIENT_ID, NONCE, RESPONSE_URI, SESSION, MdocWorld, opened
from tests.support.mdoc_bending import OWN_STATED, WORLD, Case, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.cbor import Cbor


def holder_cases() -> Iterator[Case]:
    """Proofs of the holder that do not fit."""
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
