from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import cbor2
import pytest

from clicid.codec import cbor
from clicid.securing import cose_mac
from tests.support.refusals import refused
from tests.support.suites import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.codec.cbor import Cbor

KEY = bytes(range(32))


def published(path: Path) -> Iterator[tuple[str, object]]:
    folder = path / "test" / "definitions" / "cose" / "mac0"
    read = [bytes.fromhex((folder / name).read_text()) for name in ("serialized.cbor", "secret_key")]
    yield "mac0", tuple(read)


def test_there_and_back() -> None:
    made = cose_mac.make_item(KEY, b"content")

    cose_mac.verify(cose_mac.from_item(made, detached=b"content"), KEY)

    structure = cbor2.dumps(["MAC0", made[0], b"", b"content"])
    assert made[3] == hmac.new(KEY, structure, hashlib.sha256).digest()


@pytest.mark.parametrize(("key", "content"), [(KEY[::-1], b"content"), (KEY, b"other")])
def test_another_key_or_content(key: bytes, content: bytes) -> None:
    parsed = cose_mac.from_item(cose_mac.make_item(KEY, b"content"), detached=content)
    with refused("keys.signature"):
        cose_mac.verify(parsed, key)


_ALG = cbor.dumps({1: 5})


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (None, "securing.cose"),
        ([_ALG, {}, None], "securing.cose"),
        ([_ALG, {}, b"content", bytes(32)], "securing.cose"),
        ([_ALG, {}, None, bytes(31)], "securing.cose"),
        ([_ALG, {1: 5}, None, bytes(32)], "securing.cose"),
        ([b"", {1: 5}, None, bytes(32)], "codec.cbor"),
        ([cbor.dumps({}), {1: 5}, None, bytes(32)], "securing.cose"),
        ([cbor.dumps({}), {}, None, bytes(32)], "keys.algorithm"),
        ([cbor.dumps({1: 4}), {}, None, bytes(8)], "keys.algorithm"),
        ([cbor.dumps({1: -7}), {}, None, bytes(64)], "keys.algorithm"),
        ([cbor.dumps({1: 5, 2: [33]}), {}, None, bytes(32)], "securing.cose"),
    ],
)
def test_malformed(item: Cbor, code: str) -> None:
    with refused(code):
        cose_mac.from_item(item, detached=b"content")


@pytest.mark.suite("mdoc")
@pytest.mark.parametrize("vector", cases("mdoc", published))
def test_the_published_message(vector: tuple[bytes, bytes]) -> None:
    """Its payload is inside: it is taken out. Its key is the whole file beside it."""
    raw, key = vector
    protected, unprotected, payload, tag = cbor2.loads(raw)
    parsed = cose_mac.from_item([protected, unprotected, None, tag], detached=payload)
    cose_mac.verify(parsed, key)
