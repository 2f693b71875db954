"""Gas of each operation of the contracts, on py-evm with Prague's rules.

Usage: ``python -m benchmarks.gas``. Lists have 2^24 indexes, which are 2^23 entries of two bits (and
in the rows named wide, twice as many); revoked entries are drawn at random, and their positions
Rice-coded. Costs are of the second call, when the storage is used
already: that is what the thousandth revocation pays. `commit` is sent by the committer itself,
`commit_signed` carries the committer's signature and is paid by another.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Row, machine
from clicid.adapters.chain_transactions import typed_digest
from clicid.status import rice
from clicid.status.delta import SMALL_CODE
from sandbox.chain import CHAIN_ID
from tests.support.contract_evm import Actor, Contract, ContractEvm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.contract_evm import Result

URL = "https://issuer.example/status/1"
ENTRIES = 1 << 23
WIDTH = 2
BATCHES = (1, 20, 32, 100, 200, 1_000, 10_000)
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
YEAR = 31_536_000


class _Chain:
    def __init__(self) -> None:
        self.evm = ContractEvm()
        self.owner, self.committer, self.payer = Actor("owner"), Actor("committer"), Actor("payer")
        self.identity = self.owner.address
        self.did = Contract(self.evm, "DidRegistry")
        self.trust = Contract(self.evm, "TrustRegistry", [self.owner.address, self.did.address])
        self.status = Contract(self.evm, "StatusRegistry", [self.did.address])
        self.list_id = hashlib.sha256(self.identity + URL.encode()).digest()

    def gas(self, contract: Contract, function: str, *args: Any, sender: Actor | None = None) -> int:
        self.evm.next_block(1)
        return _done(contract.send((sender or self.owner).address, function, *args)).gas

    def signed(self, function: str, args: tuple[Any, ...]) -> int:
        digest = typed_digest(
            self.status.artifact.function(function),
            args,
            contract=self.status.address,
            chain_id=CHAIN_ID,
            nonce=0,
        )
        signature = self.committer.sign(digest)
        vrs = (signature.v, signature.r, signature.s)
        return self.gas(self.status, f"{function}Signed", *args, *vrs, sender=self.payer)


def figures() -> list[Row]:
    """A row a figure: gas of a call, or gas a revocation for commits."""
    chain = _Chain()
    rows = [*_deployments(chain), *_identities(chain), *_accreditations(chain), *_commits(chain)]
    chain.evm.close()
    return rows


def _deployments(chain: _Chain) -> Iterator[Row]:
    for contract, args in (
        (chain.did, ()),
        (chain.trust, (chain.owner.address, chain.did.address)),
        (chain.status, (chain.did.address,)),
    ):
        name = contract.artifact.name
        chain.evm.next_block(1)
        yield _row(
            f"deploy.{name}", f"{name} deployed", chain.evm.deployment_gas(contract.artifact.deployment(args))
        )


def _identities(chain: _Chain) -> Iterator[Row]:
    attribute = (chain.identity, NAME, b"k" * 32)
    delegate = (chain.identity, b"veriKey".ljust(32, b"\0"), chain.payer.address)
    for name, what, function, args in (
        ("set_attribute_first", "first attribute of an identity", "setAttribute", (*attribute, YEAR)),
        ("set_attribute", "another attribute", "setAttribute", (*attribute, YEAR)),
        ("revoke_attribute", "an attribute revoked", "revokeAttribute", attribute),
        ("add_delegate", "a delegate named", "addDelegate", (*delegate, YEAR)),
        ("revoke_delegate", "a delegate's time ended", "revokeDelegate", delegate),
    ):
        yield _row(name, what, chain.gas(chain.did, function, *args))
    other = chain.payer
    given = chain.gas(chain.did, "changeOwner", other.address, chain.committer.address, sender=other)
    yield _row("change_owner", "an identity handed over", given)


def _accreditations(chain: _Chain) -> Iterator[Row]:
    kind, digest, keeps_anchored = b"t" * 32, b"s" * 32, False
    period = (1_700_000_000, 1_800_000_000)
    terms = (digest, *period, True, "https://issuer.example", digest)
    right, other = (chain.identity, kind), chain.payer.address
    for name, what, function, args in (
        ("accredit", "an issuer accredited", "accredit", (*right, *terms)),
        ("delegate", "a right passed on", "delegate", (*right, other, *period)),
        (
            "withdraw_delegation",
            "a right passed on, ended",
            "withdrawDelegation",
            (*right, other, keeps_anchored),
        ),
        ("withdraw", "an accreditation withdrawn", "withdraw", (*right, keeps_anchored)),
        ("register", "a service provider registered", "registerServiceProvider", (other, digest, *period)),
        ("withdraw_provider", "its registration ended", "withdrawServiceProvider", (other,)),
        (
            "register_signer",
            "a list signer registered",
            "registerListSigner",
            (chain.identity, other, *period),
        ),
        ("withdraw_signer", "its right ended", "withdrawListSigner", (chain.identity, other)),
        ("propose_governance", "governance offered", "changeGovernance", (other,)),
    ):
        yield _row(name, what, chain.gas(chain.trust, function, *args))
    yield _row(
        "accept_governance",
        "governance taken over",
        chain.gas(chain.trust, "acceptGovernance", sender=chain.payer),
    )


def _commits(chain: _Chain) -> Iterator[Row]:
    shape = (URL, WIDTH, ENTRIES, "revocation suspension")
    yield _row(
        "create_list", "a status list created", chain.gas(chain.status, "createList", chain.identity, *shape)
    )
    yield _row(
        "set_committer",
        "a committer named",
        chain.gas(chain.status, "setCommitter", chain.list_id, chain.committer.address),
    )
    draw = random.Random(2026)
    runs = [(count, ENTRIES, "") for count in BATCHES] + [(1_000, 2 * ENTRIES, "_wide")]
    for number, (count, entries, wide) in enumerate(runs):
        for turn, manner in enumerate(("commit", "commit_signed")):
            code = rice.encode(sorted(entry * WIDTH for entry in draw.sample(range(entries), count)))
            args = (chain.list_id, 2 * number + turn + 1, code, b"", draw.randbytes(32), bytes(32))
            whole = _commit(chain, manner, args)
            named = f"{manner.replace('_', ' ')}{wide}: {whole:,} gas"
            what = f"a revocation among {count:,}, {len(code):,} bytes, {named}"
            yield _row(f"{manner}{wide}.{count}", what, whole / count)
    yield from _roots_and_lifting(chain, 2 * len(runs) + 1)


def _roots_and_lifting(chain: _Chain, version: int) -> Iterator[Row]:
    """What an issuance root costs in a commit that is sent anyway and in one of its own, and a lifting."""
    draw = random.Random(4)
    one, root = rice.encode([WIDTH]), draw.randbytes(32)
    for at, (name, what, manner, added, anchored) in enumerate(
        (
            ("commit_root.1", "a revocation with an issuance root", "commit", one, root),
            ("root", "an issuance root alone", "commit", b"", root),
            (
                "commit_root_signed.1",
                "a revocation with an issuance root, signed",
                "commit_signed",
                one,
                root,
            ),
            ("root_signed", "an issuance root alone, signed", "commit_signed", b"", root),
        )
    ):
        args = (chain.list_id, version + at, added, b"", draw.randbytes(32), anchored)
        yield _row(name, what, _commit(chain, manner, args))
    args = (chain.list_id, version + 4, b"", one, draw.randbytes(32), bytes(32))
    yield _row("lift", "a bit cleared by the owner", chain.gas(chain.status, "commit", *args))


def _commit(chain: _Chain, manner: str, args: tuple[Any, ...]) -> int:
    function = "commit" if len(args[2]) <= SMALL_CODE else "commitLarge"
    if manner == "commit":
        return chain.gas(chain.status, function, *args, sender=chain.committer)
    return chain.signed(function, args)


def _row(name: str, what: str, gas: float) -> Row:
    return Row(f"gas.{name}", what, round(gas, 1), "gas", "", "", None, machine())


def _done(result: Result) -> Result:
    if result.error is not None:
        raise SystemExit(f"the contract refused: {result.error}")
    return result


if __name__ == "__main__":
    for each in figures():
        print(f"{each.value:12,.1f}  {each.id:28} {each.what}")
