"""Any bytes as a bundle, its manifest, a part's rows: a value that is written the same, or our error."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from datetime import UTC, datetime

from clicid.adapters.bundles import Stored, make
from clicid.adapters.follower import NOTHING_DEMANDED
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519
from clicid.ledger import bundle, carried, events, web_files
from clicid.ledger.branch import Branch
from clicid.ledger.bundle import BlockName, Bundle, Manifest, Part, Scope
from clicid.ledger.replaced import Recent, Told, kept
from clicid.ledger.state import State
from clicid.ledger.web_files import WebFile
from clicid.status.delta import RULES
from tests.support.chain_model import CHAIN_ID, ModelChain, event, network_file
from tests.support.memory_keystore import MemoryKeyStore
from verifier.usecases import bundling

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_KEYS = MemoryKeyStore(b"fuzz")
_REF = _KEYS.generate(ED25519, "maker")
_CHAIN = ModelChain()
_BRANCH = Branch(State(CHAIN_ID, RULES))
_FOUNDING = _CHAIN.mine(
    event(events.ListCreated, identity=bytes(20), url="https://a.example/1", width=2, size=8, purposes=""),
    event(events.OwnerChanged, identity=bytes(20), owner=b"\x11" * 20),
)
_BRANCH.extend(*_CHAIN.blocks, _CHAIN.mine())
_BRANCH.finalise(1)
_RECENT = Recent.of(_BRANCH, 0, [_FOUNDING])
_MANIFEST, _PACKED = make(Stored(_BRANCH, _RECENT), network_file(_CHAIN), Scope(), NOTHING_DEMANDED, _NOW)
_BLOCK = BlockName(0, bytes(32), 0)
_LAST = 1 << 40
_FILE = WebFile(b"{}", _NOW, "application/json", "did.forked")
_PARTS = (*dict.fromkeys(carried.RECORDS.values()), carried.BLOCKS, carried.RECENT, web_files.DOCUMENTS)

SEEDS = [
    bundling.signed(_MANIFEST, _PACKED, _KEYS, _REF),
    _MANIFEST.to_bytes(),
    *(
        b"".join(bundle._framed(rows))
        for name, rows in carried.parts(_BRANCH, Scope()).items()
        if name in _PARTS
    ),
    b"".join(bundle._framed(carried.recent_rows(_RECENT))),
    b"".join(bundle._framed(web_files.rows({"https://a.example/did.json": _FILE}))),
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        bundle.parse(data)
    try:
        manifest = Manifest.parse(data)
    except ClicidError:
        manifest = None
    if manifest is not None and Manifest.parse(manifest.to_bytes()) != manifest:
        raise AssertionError
    for name in _PARTS:
        _read(name, data)


def _read(name: str, data: bytes) -> None:
    part, packed = Part(name, len(data), hashlib.sha256(data).digest(), _NOW), zlib.compress(data, 1)
    manifest = Manifest(
        _NOW, bytes(32), _BLOCK, _BLOCK, Scope(), (part,), len(packed), hashlib.sha256(packed).digest()
    )
    try:
        rows = bundle.unpack(Bundle(manifest, _KEYS.public(_REF), packed))
        branch = carried.branch_of(rows, chain_id=CHAIN_ID, final=_BLOCK, head=_BLOCK, rules=RULES)
        recent = carried.recent_of(rows, final=_LAST)
        files = web_files.files(rows)
    except ClicidError:
        return
    for file in files.values():
        if web_files.files({web_files.LISTS: web_files.rows({"https://a.example": file})}) != {
            "https://a.example": file
        }:
            raise AssertionError
    told = Told.of(branch, recent)
    kept(told, _BRANCH, _RECENT)
    kept(Told.of(_BRANCH, _RECENT), branch, recent)
