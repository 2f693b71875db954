"""Writes the hostile vectors of `tests/vectors/mdoc`. Run: ``python -m tests.support.mdoc_vectors``.

The files are what the tests read; this program shows how each came to be, and makes them anew when the
good response itself has to change.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.trust.iaca import Authority
from tests.support.mdoc import CLIENT_ID, NONCE, SESSION, MdocWorld
from tests.support.mdoc_bending import WORLD, Case
from tests.support.mdoc_held_cases import holder_cases
from tests.support.mdoc_shown_cases import shown_cases
from tests.support.mdoc_signed_cases import signed_cases, signer_cases
from tests.support.mdoc_written_cases import cbor_cases, structure_cases
from tests.support.world import DID, NOW, SCHEMA_DIGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "mdoc"


def hostile() -> Iterator[Case]:
    """Every vector."""
    yield "good", "signature, four elements", WORLD.presentation(), ""
    yield "good_mac", "a MAC with the reader's key", WORLD.by_mac(), ""
    yield "good_nothing_shown", "no element at all", WORLD.presentation(disclose=()), ""
    yield from cbor_cases()
    yield from structure_cases()
    yield from signer_cases()
    yield from signed_cases()
    yield from shown_cases()
    yield from holder_cases()


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
