"""The examples of ISO/IEC 18013-5 annex D and of isomdl: neither comes with its root's certificate."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats.base import Binding, Inner, Outcome
from clicid.formats.mdoc import DeviceResponseChecker, Mdoc, MdocChecker, issuer_signed
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.formats.mdoc.shown import shown
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from clicid.securing import cose
from clicid.trust import x5c
from tests.support.mdoc import MdocWorld, opened
from tests.support.refusals import refused
from tests.support.suites import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# ISO/IEC 18013-5 D.3.1: the reader's ephemeral private key; D.5.3: the tag that the holder's device made.
READER = ec.derive_private_key(
    0xDE3B4B9E5F72DD9B58406AE3091434DA48A6F9FD010D88FCB0958E2CEBEC947C, ec.SECP256R1()
)
TAG = bytes.fromhex("E99521A85AD7891B806A07F8B5388A332D92C189A7BF293EE1F543405AE6824D")


def annex_d(path: Path) -> Iterator[tuple[str, object]]:
    read = {
        name: bytes.fromhex((path / "test" / "definitions" / f"{name}.cbor").read_text())
        for name in (
            "issuer_signed",
            "issuer_signed_dehydrated",
            "session/session_transcript",
            "device_response",
        )
    }
    yield "annex-d", read


def licence(path: Path) -> Iterator[tuple[str, object]]:
    yield "isomdl", cbor2.loads(base64.b64decode((path / "test" / "stringified-mdl.txt").read_text()))


def signer_key(certificate: bytes) -> PublicKey:
    return PublicKey.from_spki(x5c.spki(x5c.load(certificate)))


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("files", cases("mdoc", annex_d))
def test_what_annex_d_signs_and_digests(files: dict[str, bytes]) -> None:
    parsed = issuer_signed.parse(files["issuer_signed"])

    assert parsed.auth.algorithm.name == P256
    assert cose.verify(parsed.auth, signer_key(parsed.certificate))
    claims = shown(Mdoc(parsed, MDL_DOCTYPE), "US", {}).reveal()
    assert claims[MDL]["family_name"] == "Doe"
    assert claims[MDL]["expiry_date"] == "2024-10-20"
    assert claims[MDL]["driving_privileges"][1]["vehicle_category_code"] == "B"
    assert len(parsed.security.digests[MDL]) == 13


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("files", cases("mdoc", annex_d))
def test_the_whole_response_of_annex_d(files: dict[str, bytes]) -> None:
    """D.5.3, put together of its parts: proved by a MAC over a session by NFC."""
    session = opened(files["session/session_transcript"]).value
    document = {
        "docType": MDL_DOCTYPE,
        "issuerSigned": opened(files["issuer_signed"]),
        "deviceSigned": {
            "nameSpaces": Tagged(24, b"\xa0"),
            "deviceAuth": {"deviceMac": [cbor.dumps({1: 5}), {}, None, TAG]},
        },
    }
    response = cbor.dumps({"version": "1.0", "documents": [document], "status": 0})
    checker, world = DeviceResponseChecker(), MdocWorld()

    def agree(key: PublicKey) -> bytes:
        handle: Any = key.handle
        return READER.exchange(ec.ECDH(), handle)

    binding = Binding("reader", "none", transcript=session, agree=agree)
    checked = checker.check(checker.parse(response), {}, rules=world.rules, binding=binding, now=world.now)

    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    (inner,) = checked.nested
    assert isinstance(inner, Inner)
    assert isinstance(inner.parsed, Mdoc)
    bound = Binding("reader", "none", inner.holder_key)
    inside = MdocChecker().check(inner.parsed, {}, rules=world.rules, binding=bound, now=world.now)
    assert not hasattr(inside, "needs")
    # Its root is nobody's that this policy trusts, and nothing after that is looked at.
    assert [line.code for line in inside.lines if line.outcome is Outcome.FAILED] == ["issuer.unknown"]


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("files", cases("mdoc", annex_d))
def test_elements_that_were_taken_out(files: dict[str, bytes]) -> None:
    parsed = issuer_signed.parse(files["issuer_signed_dehydrated"])
    with refused("mdoc.digest"):
        shown(Mdoc(parsed), "US", {})


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("files", cases("mdoc", annex_d))
def test_a_response_with_tags_where_the_standard_has_none(files: dict[str, bytes]) -> None:
    """isomdl's own example of a response: COSE messages under their tags, and content that is no MSO."""
    with refused("codec.cbor"):
        DeviceResponseChecker().parse(files["device_response"])


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("stored", cases("mdoc", licence))
def test_a_whole_licence_of_two_namespaces(stored: dict[str, Any]) -> None:
    """isomdl's stored document: elements by name, one of them a portrait of 100 kB."""
    namespaces = {name: list(each.values()) for name, each in stored["namespaces"].items()}
    raw = cbor2.dumps({"nameSpaces": namespaces, "issuerAuth": stored["issuer_auth"]})

    parsed = issuer_signed.parse(raw)

    assert cose.verify(parsed.auth, signer_key(parsed.certificate))
    claims = shown(Mdoc(parsed, MDL_DOCTYPE), "US", {})
    assert len(claims.names()) == sum(map(len, namespaces.values()))
    assert len(claims.names()) > 40
