"""What the fuzz targets of enveloping proofs share: a stranger's bytes, or what was signed over any parts.

After a NUL come header and payload, with a NUL between them, to be signed; else the input is what came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from clicid.errors import ClicidError
from clicid.formats.base import Checked
from clicid.verification import Accepted
from tests.support import enveloping, jose, w3c

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.formats.base import Checker, FormatId

P = TypeVar("P")

_HAVE = jose.have()


def over(header: bytes, payload: bytes) -> bytes:
    """The input that is signed over these."""
    return b"\0".join((b"", header, payload))


def _made(data: bytes, sign: Callable[[bytes, bytes], bytes]) -> bytes | None:
    """What is signed over the parts in an input, if it is one of those."""
    if data[:1] != b"\0":
        return None
    header, _, payload = data[1:].partition(b"\0")
    return sign(header, payload)


def credential(
    checker: Checker[P], data: bytes, sign: Callable[[bytes, bytes], bytes] = jose.jwt
) -> P | None:
    """What it was parsed to, after a check that ends; a stranger gets no claims but what was issued."""
    ours = _made(data, sign)
    try:
        parsed = checker.parse(data if ours is None else ours)
    except ClicidError:
        return None
    checked = checker.check(parsed, _HAVE, rules=w3c.RULES, binding=None, now=w3c.NOW)
    if ours is None and isinstance(checked, Checked) and checked.claims is not None:
        assert checked.claims.reveal() == {"ageOver18": True}
    return parsed


def presentation(form: FormatId, data: bytes) -> None:
    """The whole check, by a verifier who asked; signed by the holder."""
    ours = _made(data, lambda header, payload: jose.jwt(header, payload, w3c.HOLDER_REF))
    try:
        ending = enveloping.asked(form, data if ours is None else ours, _HAVE)
    except ClicidError:
        return
    # No list is at hand: nothing can be accepted, whoever signed.
    assert not isinstance(ending, Accepted)
