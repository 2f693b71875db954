"""The kernel's reading of the contracts' own logs comes to the heads that the contracts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.ledger import events, heads
from clicid.ledger.blocks import Block
from clicid.ledger.events import Contract as Source
from clicid.ledger.events import RawLog

if TYPE_CHECKING:
    from clicid.ledger.heads import Head, Subject
    from tests.support.contract_evm import Contract
    from tests.unit.contracts.conftest import Registries

KIND = b"t" * 32
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


def test_every_event_is_decoded_and_every_head_agrees(on_chain: Registries) -> None:
    governance, owner, identity = on_chain["governance"], on_chain["owner"], on_chain.identity
    other, rescue, until = on_chain["thief"], on_chain["rescue"], (100, 900)
    url, terms = "https://å.example/2", (b"s" * 32, *until, True, "https://å.example", bytes(32))
    own = on_chain.status.read("listIdOf", identity, url)
    did, trust, status = on_chain.did, on_chain.trust, on_chain.status
    calls: list[tuple[Contract, bytes, str, tuple[object, ...]]] = [
        (did, owner, "setAttribute", (identity, NAME, b"k" * 33, 1000)),
        (did, owner, "addDelegate", (identity, KIND, other, 1000)),
        (did, owner, "revokeDelegate", (identity, KIND, other)),
        (did, owner, "revokeAttribute", (identity, NAME, b"")),
        (trust, governance, "accredit", (identity, KIND, *terms)),
        (trust, owner, "delegate", (identity, KIND, other, *until)),
        (trust, owner, "withdrawDelegation", (identity, KIND, other, True)),
        (trust, governance, "withdraw", (identity, KIND, False)),
        (trust, governance, "registerServiceProvider", (other, b"d" * 32, *until)),
        (trust, governance, "withdrawServiceProvider", (other,)),
        (trust, governance, "registerListSigner", (identity, other, *until)),
        (trust, governance, "withdrawListSigner", (identity, other)),
        (status, owner, "createList", (identity, url, 2, 1024, "revocation suspension")),
        (status, owner, "setCommitter", (own, on_chain["committer"])),
        (status, on_chain["committer"], "commit", (own, 1, b"\x01", b"", b"d" * 32, bytes(32))),
        (status, owner, "commitLarge", (own, 2, b"\x01" * 700, b"\x02", b"d" * 32, b"r" * 32)),
        (did, owner, "changeOwner", (identity, rescue)),
    ]
    sources = {did.address: Source.DID, trust.address: Source.TRUST, status.address: Source.STATUS}
    held: dict[Subject, Head] = {}
    kinds = set()
    for contract, sender, function, args in calls:
        on_chain.evm.next_block(12)
        result = on_chain.done(contract.send(sender, function, *args))
        logged = [
            events.decode(RawLog(sources[contract.address], log.topics, log.data)) for log in result.logs
        ]
        kinds |= {type(each.event) for each in logged}
        moved, _ = heads.follow(
            held, Block(on_chain.evm.number, bytes(32), bytes(32), on_chain.evm.time, tuple(logged))
        )
        held |= moved
    assert len(kinds) == 14
    assert (held[Source.TRUST, identity].version, held[Source.TRUST, identity].running) == trust.read(
        "head", identity
    )
    assert (held[Source.TRUST, other].version, held[Source.TRUST, other].running) == trust.read("head", other)
    assert (held[Source.STATUS, own].version, held[Source.STATUS, own].running) == status.read("head", own)
    assert (held[Source.DID, identity].version, held[Source.DID, identity].running) == on_chain.did_head(
        identity
    )
