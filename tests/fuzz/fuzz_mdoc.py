"""A response from a stranger's wallet, and a document whose issuer signs any security object and element.

The input is a response; or after a NUL a security object and, after two bytes of 255, an element, both of
them CBOR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.errors import ClicidError
from clicid.formats.base import Checked, FormatId
from clicid.formats.mdoc.elements import MDL
from clicid.securing import cose
from clicid.verification import Accepted, check_credential
from tests.support.mdoc import CHECKERS, MdocWorld, opened
from tests.support.mdoc_vectors import hostile

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

_WORLD = MdocWorld()
_HAVE = _WORLD.have
_CREDENTIAL = opened(_WORLD.credential())
_PROTECTED = cbor.dumps({1: -7})
_SPLIT = b"\xff\xff"
_SECURITY = opened(_CREDENTIAL["issuerAuth"][2]).value
_GOOD = {raw for _, _, raw, code in hostile() if not code}
_SHOWN = {
    "family_name": "Öhrn",
    "issuing_country": "SE",
    "age_over_18": True,
}

SEEDS = [
    *(raw for _, _, raw, _ in hostile() if len(raw) < 8192),
    *(b"\0" + _SECURITY + _SPLIT + item.value for item in _CREDENTIAL["nameSpaces"][MDL]),
]


def target(data: bytes) -> None:
    if data[:1] == b"\0":
        _issued(*data[1:].partition(_SPLIT)[::2])
    else:
        _presented(data)


def _presented(data: bytes) -> None:
    try:
        ending = _WORLD.check(data, have=_HAVE)
    except ClicidError as error:
        raise AssertionError(error) from error  # a stranger's bytes end in a report
    if isinstance(ending, Accepted) and data not in _GOOD:
        # Another encoding of the same, or fewer elements; never another value.
        for one in ending.credentials:
            shown = one.claims.reveal().get(MDL, {})
            assert all(shown.get(name, value) == value for name, value in _SHOWN.items())


def _issued(security: bytes, item: bytes) -> None:
    """Whatever a trusted issuer signs: a verdict, and only an error of ours on the way to it."""
    payload = cbor.embedded(security)
    message = cbor.dumps(["Signature1", _PROTECTED, b"", payload])
    auth: list[Cbor] = [
        _PROTECTED,
        {cose.X5CHAIN: _WORLD.certificate},
        payload,
        _WORLD.keys.sign(_WORLD.signer_ref, message, "P-256"),
    ]
    raw = cbor.dumps({"issuerAuth": auth, "nameSpaces": {MDL: [Tagged(24, item)]}})
    checker = CHECKERS[FormatId.MDOC]
    try:
        parsed = checker.parse(raw)
    except ClicidError:
        return
    checked = checker.check(parsed, _HAVE, rules=_WORLD.rules, binding=None, now=_WORLD.now)
    assert not isinstance(checked, Checked) or checked.lines
    check_credential(
        raw, _HAVE, format=FormatId.MDOC, policy=_WORLD.policy, checkers=CHECKERS, now=_WORLD.now
    )
