"""COSE_Sign1: parse, and verify under a key that has signed one of the seeds."""

from __future__ import annotations

import json
from pathlib import Path

from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519
from clicid.securing import cose
from tests.support.memory_keystore import MemoryKeyStore

TYP = "application/test+cose"
_STORE = MemoryKeyStore(b"fuzz")
_REF = _STORE.generate(ED25519, "key")
_KEY = _STORE.public(_REF)
_PREPARED = cose.prepare({cose.ALG: -8, cose.KID: b"did:example:1#a", cose.TYP: TYP}, b'{"iss":"a"}')
SIGNED = _PREPARED.complete([_STORE.sign(_REF, _PREPARED.to_be_signed[0].message, ED25519)])
_FILE = Path(__file__).parents[1] / "vectors" / "securing" / "cose.json"

SEEDS = [
    SIGNED,
    *(bytes.fromhex(vector["message"]) for vector in json.loads(_FILE.read_bytes())["malformed"]),
]


def target(data: bytes) -> None:
    try:
        payload = cose.verify(cose.parse(data, typ=TYP), _KEY)
    except ClicidError:
        return
    # The unprotected header is not signed; all else of the one message that was is as it was.
    assert payload == b'{"iss":"a"}', "a signature that nobody made"
