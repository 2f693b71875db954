"""The three contracts on one EVM, and keys by role."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from eth_hash.auto import keccak

from clicid.adapters.chain_transactions import typed_digest
from sandbox.chain import CHAIN_ID
from tests.support.contract_evm import Actor, Contract, ContractEvm, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://issuer.example/status/1"


class Registries:
    """DidRegistry, TrustRegistry and StatusRegistry; `owner` owns the identity of its own address."""

    def __init__(self) -> None:
        self.evm = ContractEvm()
        names = ("owner", "committer", "payer", "credential", "governance", "thief", "rescue")
        self.actors = {name: Actor(name) for name in names}
        self.did = Contract(self.evm, "DidRegistry")
        self.trust = Contract(self.evm, "TrustRegistry", [self["governance"], self.did.address])
        self.status = Contract(self.evm, "StatusRegistry", [self.did.address])
        self.identity = self["owner"]
        self.list_id = hashlib.sha256(self.identity + URL.encode()).digest()
        self.done(
            self.status.send(
                self["owner"], "createList", self.identity, URL, 2, 1 << 24, "revocation suspension"
            )
        )
        self.done(self.status.send(self["owner"], "setCommitter", self.list_id, self["committer"]))

    def __getitem__(self, name: str) -> bytes:
        return self.actors[name].address

    def version(self) -> int:
        version: int = self.status.read("head", self.list_id)[0]
        return version

    def commit(self, who: str, added: bytes = b"\x01", cleared: bytes = b"") -> Result:
        arguments = (self.list_id, self.version() + 1, added, cleared, b"d" * 32, bytes(32))
        return self.status.send(self[who], "commit", *arguments)

    def signed(
        self,
        contract: Contract,
        who: str,
        function: str,
        args: tuple[Any, ...],
        *,
        chain_id: int = CHAIN_ID,
        address: bytes = b"",
    ) -> Result:
        """The signed form, sent by the payer; nonce 0, and for this contract if no other is named."""
        unsigned = contract.artifact.function(function)
        where = address or contract.address
        digest = typed_digest(unsigned, args, contract=where, chain_id=chain_id, nonce=0)
        signature = self.actors[who].sign(digest)
        vrs = (signature.v, signature.r, signature.s)
        return contract.send(self["payer"], f"{function}Signed", *args, *vrs)

    def did_head(self, identity: bytes) -> tuple[int, bytes]:
        """The head of an identity, from where `contracts/ABI.md` says that it lies in storage."""
        slot = keccak((4).to_bytes(32) + identity.rjust(32, b"\0"))
        word = self.evm.storage(self.did.address, int.from_bytes(slot))
        return int.from_bytes(word[:4]), word[4:]

    @staticmethod
    def done(result: Result) -> Result:
        assert result.error is None, result.error
        return result


@pytest.fixture
def on_chain() -> Iterator[Registries]:
    registries = Registries()
    yield registries
    registries.evm.close()
