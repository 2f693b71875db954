"""The transaction that docs/chain.md explains byte by byte is one that the contract takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.status import rice, rows
from tests.support.contract_evm import Actor, Contract, ContractEvm

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).parents[3] / "docs" / "chain.md"
URL = "https://issuer.example/status/1"
ENTRY, ENTRIES = 4_711, 1 << 23


def test_the_page_shows_a_real_revocation_and_its_event() -> None:
    evm = ContractEvm()
    owner, committer = Actor("owner"), Actor("committer")
    did = Contract(evm, "DidRegistry")
    status = Contract(evm, "StatusRegistry", [did.address])
    list_id, held = rows.list_id(owner.address, URL), rows.StatusList(2, ENTRIES)
    position = held.position(ENTRY, 0)
    held.change([position], [])
    opened = status.send(owner.address, "createList", owner.address, URL, 2, ENTRIES, "revocation suspension")
    named = status.send(owner.address, "setCommitter", list_id, committer.address)
    arguments = (list_id, 1, rice.encode([position]), b"", held.digest(list_id, 1), bytes(32))
    done = status.send(committer.address, "commit", *arguments)
    evm.close()
    assert (opened.error, named.error, done.error) == (None, None, None)
    call = status.artifact.function("commit").encode(arguments)
    (log,) = done.logs
    shown = [
        re.findall(r"^([0-9a-f]{8,64})  ", block, re.MULTILINE)
        for block in re.findall(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    ]
    assert shown == [[call[:4].hex(), *_words(call[4:])], [*_words(b"".join(log.topics)), *_words(log.data)]]


def _words(data: bytes) -> Iterable[str]:
    return (data[at : at + 32].hex() for at in range(0, len(data), 32))
