"""Hostile mdocs whose elements are not those that were signed, or not the holder's to state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats.mdoc import mso, transcript
from clicid.formats.mdoc.elements import MDL, PID
from tests.support.mdoc import SESSION, MdocWorld, day, opened
from tests.support.mdoc_bending import OWN, OWN_STATED, WORLD, Case, altered, items, resigned, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.cbor import Cbor


def shown_cases() -> Iterator[Case]:
    """Elements that do not fit."""
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
            at: mso.HASHES["SHA-256"](cbor.embedded(raw)).digest() for at, raw in made.items()
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
