"""What an issuer makes and what a holder chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cbor2
import pytest

from clicid.codec.cbor import Tagged
from clicid.errors import LocalError
from clicid.formats import mdoc
from clicid.formats.mdoc import issuer_signed, mso
from clicid.formats.mdoc.elements import MDL
from tests.support.mdoc import SESSION, MdocWorld, opened
from tests.support.mdoc_bending import resigned
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable


def security_of(credential: bytes) -> Any:
    return opened(opened(opened(credential)["issuerAuth"][2]).value)


def test_what_the_security_object_holds() -> None:
    world = MdocWorld()
    credential = world.credential()
    security = security_of(credential)

    assert list(security) == [
        *("status", "docType", "version", "validityInfo", "valueDigests", "deviceKeyInfo", "digestAlgorithm"),
    ]
    assert security["status"] == {"status_list": {"idx": 5, "uri": "https://issuer.example/status/1"}}
    assert security["validityInfo"]["validUntil"].value == "2027-05-01T00:00:00Z"
    assert isinstance(security["deviceKeyInfo"]["deviceKey"][-3], bytes)
    assert cbor2.dumps(cbor2.loads(credential), canonical=False) == credential


def test_how_many_elements_there_are_does_not_show() -> None:
    security = security_of(MdocWorld().credential())
    assert {name: sorted(each) for name, each in security["valueDigests"].items()} == {
        MDL: list(range(16)),
        "org.iso.18013.5.1.SE": list(range(8)),
    }


def test_digest_ids_and_salts_are_random() -> None:
    world = MdocWorld()
    first, second = (issuer_signed.parse(world.credential()).namespaces[MDL] for _ in range(2))
    assert [item.element for item in first] == [item.element for item in second]
    assert [item.digest_id for item in first] != [item.digest_id for item in second]
    salts = {opened(item.content)["random"] for item in (*first, *second)}
    assert len(salts) == 2 * len(first)
    assert {len(salt) for salt in salts} == {32}


def test_authorizations_are_written() -> None:
    world = MdocWorld(authorizations=mso.Authorizations(frozenset(("b", "a")), {"c": frozenset(("y", "x"))}))
    security = security_of(world.credential())
    assert security["deviceKeyInfo"]["keyAuthorizations"] == {
        "nameSpaces": ["a", "b"],
        "dataElements": {"c": ["x", "y"]},
    }
    found = issuer_signed.parse(world.credential()).security.authorizations
    assert found.allow("a", "any")
    assert found.allow("c", "x")
    assert not found.allow("c", "z")
    assert not found.allow("d", "x")


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.elements[MDL].update(birth_date="1990-02-28"),
        lambda world: world.elements[MDL].update(portrait="text"),
        lambda world: world.elements.clear(),
        lambda world: world.elements[MDL].update({"": 1}),
        lambda world: world.elements[MDL].update({"n" * 128: 1}),
        lambda world: world.elements.update({"n" * 128: {"a": 1}}),
        lambda world: world.elements[MDL].update(weight_class=1.5),
        lambda world: world.elements[MDL].update(weight_class=Tagged(1, 5)),
    ],
)
def test_what_is_not_sealed(change: Callable[[MdocWorld], object]) -> None:
    world = MdocWorld()
    change(world)
    with refused("mdoc.seal", kind=LocalError):
        world.credential()


@pytest.mark.parametrize("chosen", [(MDL, "no_such"), ("no.such", "family_name")])
def test_what_a_document_does_not_hold(chosen: tuple[str, str]) -> None:
    with refused("mdoc.selection", "/".join(chosen)):
        MdocWorld().presentation(disclose=[chosen])


def test_what_is_shown_is_what_was_chosen_and_once() -> None:
    raw = MdocWorld().presentation(disclose=[(MDL, "sex"), (MDL, "height"), (MDL, "sex")])
    (document,) = opened(raw)["documents"]
    items = document["issuerSigned"]["nameSpaces"]
    assert [opened(item.value)["elementIdentifier"] for item in items[MDL]] == ["sex", "height"]
    assert "family_name" not in raw.decode("latin-1")


@pytest.mark.parametrize("signatures", [[], [bytes(63)], [bytes(64)] * 2])
def test_one_signature_is_wanted(signatures: list[bytes]) -> None:
    with refused("securing.signatures", kind=LocalError):
        mdoc.prepare_presentation(MdocWorld().credential(), (), SESSION).complete(signatures)


def test_a_namespace_without_elements_is_left_out() -> None:
    world = MdocWorld(authorizations=mso.Authorizations())
    world.elements["org.example"] = {}
    credential = world.credential()
    assert "org.example" not in opened(credential)["nameSpaces"]
    assert security_of(credential)["deviceKeyInfo"]["keyAuthorizations"] == {}
    parsed = issuer_signed.parse(credential)
    assert parsed.issued() == (parsed.auth.signing_input, parsed.auth.signature)


def many(security: Any) -> None:
    security["valueDigests"] = {f"namespace {at}": {0: bytes(32)} for at in range(33)}


@pytest.mark.parametrize(
    "credential",
    [
        lambda: resigned(many),
        lambda: resigned(items=lambda namespaces: namespaces.clear()),
        lambda: resigned(items=lambda namespaces: namespaces.update({MDL: []})),
        lambda: resigned(items=lambda namespaces: namespaces.update({MDL: [Tagged(24, cbor2.dumps([]))]})),
        lambda: resigned(items=lambda namespaces: namespaces.update({MDL: [Tagged(24, negative())]})),
        lambda: resigned(items=lambda namespaces: namespaces.update({"": namespaces[MDL]})),
        lambda: resigned(lambda security: security.update(docType=7)),
        lambda: resigned(
            lambda security: security["deviceKeyInfo"].update(keyAuthorizations={"nameSpaces": []})
        ),
    ],
)
def test_what_is_no_document(credential: Callable[[], bytes]) -> None:
    with refused("mdoc.structure"):
        issuer_signed.parse(credential())


def negative() -> bytes:
    members = {"digestID": -1, "random": bytes(16), "elementIdentifier": "sex", "elementValue": 2}
    return cbor2.dumps(members)


def test_a_chain_of_one() -> None:
    world = MdocWorld()
    raw = resigned(unprotected={33: [world.certificate]})
    assert issuer_signed.parse(raw).certificate == world.certificate


def test_of_what_is_no_response_nobody_is_a_holder() -> None:
    assert mdoc.mac_holders(b"") == ()
    assert mdoc.mac_holders(MdocWorld().presentation()) == ()
