"""A good mdoc and its response, and what bends them: edits before the issuer signs, and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.formats.mdoc.elements import MDL
from tests.support.mdoc import SHOWN, MdocWorld, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.cbor import Cbor

WORLD = MdocWorld()
OWN = "com.clicid.test"
OWN_STATED: Mapping[str, Mapping[str, Cbor]] = {OWN: {"colour": "blue"}}

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


def times(**times: Tagged) -> Edit:
    """Sets times of an MSO."""
    return lambda security: security["validityInfo"].update(times)
