"""The three contracts against a model of them: random sequences of calls, refused ones included.

After every call the log must be the model's byte for byte, or the contract's word the model's; at
the end everything that can be read must agree, the running hashes among it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.adapters.chain_transactions import erc1056_digest, typed_digest
from sandbox.chain import CHAIN_ID
from tests.support.contract_evm import START, Actor, Contract, ContractEvm, Result
from tests.support.contract_models import ZERO, DidModel, Reverted, StatusModel, TrustModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.contract_evm import Log

ACTORS = [Actor(name) for name in ("a", "b", "c")]
ADDRESSES = [actor.address for actor in ACTORS]
PLACES = [*ADDRESSES, ZERO]
KINDS = [b"veriKey".ljust(32, b"\0"), b"sigAuth".ljust(32, b"\0")]
TYPES = [hashlib.sha256(name).digest() for name in (b"identity", b"age")]
URLS = ["https://a.example/1", "https://å.example/2", "", "u" * 512]
PERIODS = [(100, 900), (200, 800), (100, 800), (0, 1), (5, 5), (900, 100), (0, (1 << 64) - 1)]

# A sequence takes a quarter of a second.
FEWER = settings(max_examples=settings().max_examples // 4)

actors = st.sampled_from(ACTORS)
identities = st.sampled_from(ADDRESSES)
places = st.sampled_from(PLACES)
# How a call comes: by its sender, with a good signature, or with one over another nonce.
manners = st.sampled_from(["sent", "sent", "signed", "signed", "missigned"])
validities = st.sampled_from([0, 1, 1000, 10**9, (1 << 256) - 1])

did_calls = st.one_of(
    st.tuples(st.just("changeOwner"), places),
    st.tuples(st.just("addDelegate"), st.sampled_from(KINDS), places, validities),
    st.tuples(st.just("revokeDelegate"), st.sampled_from(KINDS), places),
    st.tuples(st.just("setAttribute"), st.sampled_from(KINDS), st.binary(max_size=80), validities),
    st.tuples(st.just("revokeAttribute"), st.sampled_from(KINDS), st.binary(max_size=80)),
)
did_steps = st.lists(
    st.tuples(st.sampled_from([0, 1, 500]), actors, manners, identities, did_calls), min_size=8, max_size=25
)


def settled(call: Callable[[], Log]) -> Result:
    """What the model says, as a result without gas."""
    try:
        return Result(None, (call(),), 0)
    except Reverted as reverted:
        return Result(str(reverted), (), 0)


def same(result: Result, expected: Result, step: object) -> None:
    assert (result.error, result.logs) == (expected.error, expected.logs), step


def did_step(contract: Contract, model: DidModel, step: tuple[Any, ...]) -> tuple[Result, Result]:
    """Make one call of ERC-1056 on a contract; and what the model says."""
    _, actor, manner, identity, (function, *args) = step
    if manner == "sent":
        result = contract.send(actor.address, function, identity, *args)
        expected = settled(lambda: _did(model, function, actor.address, identity, args, signed=False))
        return result, expected
    owner = model.owner(identity)
    nonce = model.nonce.get(owner, 0) + (manner == "missigned")
    unsigned = contract.artifact.function(function)
    signature = actor.sign(
        erc1056_digest(unsigned, (identity, *args), registry=contract.address, nonce=nonce)
    )
    vrs = (signature.v, signature.r, signature.s)
    result = contract.send(ADDRESSES[0], f"{function}Signed", identity, *vrs, *args)
    signer = actor.address if manner == "signed" else b"\xee" * 20
    return result, settled(lambda: _did(model, function, signer, identity, args, signed=True))


def _did(model: DidModel, function: str, actor: bytes, identity: bytes, args: Any, *, signed: bool) -> Log:
    before = dict(model.nonce)
    model.authorize(identity, actor, signed=signed)
    try:
        return model.change(function, identity, *args)
    except Reverted:
        model.nonce = before
        raise


def did_agrees(contract: Contract, model: DidModel) -> None:
    for address in PLACES:
        assert contract.read("owners", address) == model.owners.get(address, ZERO)
        assert contract.read("identityOwner", address) == model.owner(address)
        assert contract.read("changed", address) == model.changed.get(address, 0)
        assert contract.read("nonce", address) == model.nonce.get(address, 0)
    for (identity, kind, delegate), until in model.delegates.items():
        assert contract.read("delegates", identity, kind, delegate) == until
    for identity in ADDRESSES:
        for kind in KINDS:
            until = model.delegates.get((identity, keccak(kind), ADDRESSES[0]), 0)
            valid = contract.read("validDelegate", identity, kind, ADDRESSES[0])
            assert valid == (until > model.time)


def did_head(contract: Contract, identity: bytes) -> tuple[int, bytes]:
    word = contract.evm.storage(
        contract.address, int.from_bytes(keccak(encode(["uint256", "address"], [4, identity])))
    )
    return int.from_bytes(word[:4]), word[4:]


@FEWER
@given(did_steps)
def test_did_registry(steps: list[tuple[Any, ...]]) -> None:
    evm = ContractEvm()
    contract, model = Contract(evm, "DidRegistry"), DidModel(time=START)
    for step in steps:
        evm.next_block(step[0])
        model.number, model.time = evm.number, evm.time
        same(*did_step(contract, model, step), step)
    did_agrees(contract, model)
    for identity in PLACES:
        head = model.heads.get(identity)
        assert did_head(contract, identity) == ((head.version, head.running) if head else (0, bytes(28)))
    evm.close()


trust_calls = st.one_of(
    st.tuples(
        st.just("accredit"),
        places,
        st.sampled_from(TYPES),
        st.sampled_from(PERIODS),
        st.booleans(),
        st.sampled_from(["", "https://issuer.example", "i" * 256]),
    ),
    st.tuples(st.just("withdraw"), identities, st.sampled_from(TYPES), st.booleans()),
    st.tuples(
        st.just("delegate"), identities, st.sampled_from(TYPES), places, st.sampled_from(PERIODS), manners
    ),
    st.tuples(
        st.just("withdrawDelegation"), identities, st.sampled_from(TYPES), places, st.booleans(), manners
    ),
    st.tuples(
        st.just("registerServiceProvider"),
        places,
        st.binary(min_size=32, max_size=32),
        st.sampled_from(PERIODS),
    ),
    st.tuples(st.just("withdrawServiceProvider"), identities),
    st.tuples(st.just("registerListSigner"), places, places, st.sampled_from(PERIODS)),
    st.tuples(st.just("withdrawListSigner"), identities, places),
    st.tuples(st.just("changeGovernance"), places),
    st.tuples(st.just("acceptGovernance")),
    st.tuples(st.just("moveIdentity"), identities, identities),
)
# Governance calls most, so that most calls get beyond the first check.
trust_steps = st.lists(
    st.tuples(st.sampled_from([*ACTORS, None, None, None]), trust_calls), min_size=8, max_size=25
)


class TrustWorld:
    """TrustRegistry and DidRegistry beside their models."""

    def __init__(self) -> None:
        self.evm = ContractEvm()
        self.did, self.did_model = Contract(self.evm, "DidRegistry"), DidModel(time=START)
        governance = ADDRESSES[2]
        self.contract = Contract(self.evm, "TrustRegistry", [governance, self.did.address])
        self.model = TrustModel(self.did_model, governance)
        self.model.deployed()
        for identity, kind, may in zip(ADDRESSES, [*TYPES, TYPES[0]], (True, True, False), strict=True):
            same(*self.step(None, ("accredit", identity, kind, (100, 900), may, "")), "accredit")
        for identity, kind, manner in zip(ADDRESSES, TYPES, ("sent", "signed"), strict=False):
            same(*self.step(None, ("delegate", identity, kind, ADDRESSES[2], (100, 900), manner)), manner)
        same(*self.step(None, ("registerServiceProvider", ADDRESSES[0], b"d" * 32, (100, 900))), "register")
        same(*self.step(None, ("registerListSigner", ADDRESSES[0], ADDRESSES[1], (100, 900))), "register")

    def step(self, actor: Actor | None, call: tuple[Any, ...]) -> tuple[Result, Result]:
        if actor is not None:
            who = actor.address
        else:
            who = self.did_model.owner(call[1]) if "elegat" in call[0] else self.model.governance
        return getattr(self, f"_{call[0]}")(who, *call[1:])  # type: ignore[no-any-return]

    def _both(self, who: bytes, function: str, args: Any, expect: Callable[[], Log]) -> tuple[Result, Result]:
        return self.contract.send(who, function, *args), settled(expect)

    def _accredit(self, who: bytes, *call: Any) -> Any:
        identity, kind, period, may, text = call
        args = (b"s" * 32, *period, may, text, b"c" * 32)
        return self._both(
            who,
            "accredit",
            (identity, kind, *args),
            lambda: self.model.accredit(who, identity, kind, args),
        )

    def _withdraw(self, who: bytes, identity: bytes, kind: bytes, keeps: bool) -> Any:
        args = (identity, kind, keeps)
        return self._both(who, "withdraw", args, lambda: self.model.withdraw(who, *args))

    def _delegate(self, who: bytes, *call: Any) -> Any:
        identity, kind, to, period, manner = call
        signer = self._signed(who, "delegate", (identity, kind, to, *period), manner)
        return signer[0], settled(
            lambda: self.model.delegate(signer[1], identity, kind, to, period, signed=manner != "sent")
        )

    def _withdrawDelegation(self, who: bytes, *call: Any) -> Any:  # noqa: N802
        identity, kind, to, keeps, manner = call
        signer = self._signed(who, "withdrawDelegation", (identity, kind, to, keeps), manner)
        return signer[0], settled(
            lambda: self.model.withdraw_delegation(
                signer[1], identity, kind, to, keeps=keeps, signed=manner != "sent"
            )
        )

    def _signed(self, who: bytes, function: str, args: tuple[Any, ...], manner: str) -> tuple[Result, bytes]:
        """The result, and who the contract takes it from."""
        actor = ACTORS[ADDRESSES.index(who)]
        sender = who
        if manner == "sent":
            return self.contract.send(who, function, *args), sender
        owner = self.did_model.owner(args[0])
        nonce = self.model.nonce.get(owner, 0) + (manner == "missigned")
        result = _send_signed(self.contract, actor, function, args, nonce)
        return result, who if manner == "signed" else b"\xee" * 20

    def _registerServiceProvider(self, who: bytes, identity: bytes, digest: bytes, period: Any) -> Any:  # noqa: N802
        args = (identity, digest, *period)
        return self._both(
            who,
            "registerServiceProvider",
            args,
            lambda: self.model.register_provider(who, identity, digest, period),
        )

    def _withdrawServiceProvider(self, who: bytes, identity: bytes) -> Any:  # noqa: N802
        return self._both(
            who, "withdrawServiceProvider", (identity,), lambda: self.model.withdraw_provider(who, identity)
        )

    def _registerListSigner(self, who: bytes, identity: bytes, signer: bytes, period: Any) -> Any:  # noqa: N802
        return self._both(
            who,
            "registerListSigner",
            (identity, signer, *period),
            lambda: self.model.register_signer(who, identity, signer, period),
        )

    def _withdrawListSigner(self, who: bytes, identity: bytes, signer: bytes) -> Any:  # noqa: N802
        return self._both(
            who,
            "withdrawListSigner",
            (identity, signer),
            lambda: self.model.withdraw_signer(who, identity, signer),
        )

    def _changeGovernance(self, who: bytes, proposed: bytes) -> Any:  # noqa: N802
        return self._both(
            who, "changeGovernance", (proposed,), lambda: self.model.change_governance(who, proposed)
        )

    def _acceptGovernance(self, who: bytes) -> Any:  # noqa: N802
        return self._both(who, "acceptGovernance", (), lambda: self.model.accept_governance(who))

    def _moveIdentity(self, _who: bytes, identity: bytes, to: bytes) -> Any:  # noqa: N802
        owner = self.did_model.owner(identity)
        result = self.did.send(owner, "changeOwner", identity, to)
        return result, settled(
            lambda: _did(self.did_model, "changeOwner", owner, identity, [to], signed=False)
        )


def _send_signed(
    contract: Contract, actor: Actor, function: str, args: tuple[Any, ...], nonce: int
) -> Result:
    digest = typed_digest(
        contract.artifact.function(function), args, contract=contract.address, chain_id=CHAIN_ID, nonce=nonce
    )
    signature = actor.sign(digest)
    return contract.send(ADDRESSES[0], f"{function}Signed", *args, signature.v, signature.r, signature.s)


@FEWER
@given(trust_steps)
def test_trust_registry(steps: list[tuple[Actor | None, tuple[Any, ...]]]) -> None:
    world = TrustWorld()
    for actor, call in steps:
        world.evm.next_block(1)
        world.did_model.number, world.did_model.time = world.evm.number, world.evm.time
        same(*world.step(actor, call), call)
    assert world.contract.read("governance") == world.model.governance
    assert world.contract.read("proposedGovernance") == world.model.proposed
    for address in PLACES:
        head = world.model.heads.get(address)
        expected = (head.version, head.running) if head else (0, bytes(28))
        assert world.contract.read("head", address) == expected
        assert world.contract.read("nonce", address) == world.model.nonce.get(address, 0)
    world.evm.close()


parts = st.tuples(
    st.sampled_from([b"", b"\x01", b"\x01", b"s" * 512, b"s" * 513, b"l" * 3000]),
    st.sampled_from([b"", b"", b"", b"", b"\x02", b"c" * 512, b"c" * 513]),
    st.binary(min_size=32, max_size=32),
    st.sampled_from([bytes(32), b"r" * 32]),
)
# The first two exist from the start.
LISTS = [(ADDRESSES[0], URLS[0]), (ADDRESSES[1], URLS[1]), (ADDRESSES[2], URLS[0])]
lists = st.sampled_from([*LISTS, *LISTS[:2]])
status_calls = st.one_of(
    st.tuples(
        st.just("create"),
        identities,
        st.sampled_from(URLS),
        st.sampled_from([1, 2, 2, 3, 8]),
        st.sampled_from([8, 1 << 24, 0, 1 << 31, 1 << 32]),
    ),
    st.tuples(st.just("committer"), lists, places),
    # Most commits name the next version.
    *[
        st.tuples(
            st.just("commit"),
            lists,
            st.sampled_from([1, 1, 1, 1, 1, 0, 2]),
            parts,
            st.booleans(),
        )
    ]
    * 3,
    st.tuples(st.just("moveIdentity"), identities, identities),
)
status_steps = st.lists(
    st.tuples(st.sampled_from([*ACTORS, None, None]), manners, status_calls), min_size=10, max_size=30
)


class StatusWorld:
    """StatusRegistry and DidRegistry beside their models."""

    def __init__(self) -> None:
        self.evm = ContractEvm()
        self.did, self.did_model = Contract(self.evm, "DidRegistry"), DidModel(time=START)
        self.contract = Contract(self.evm, "StatusRegistry", [self.did.address])
        self.model = StatusModel(self.did_model)
        for (identity, url), committer in zip(LISTS[:2], (ADDRESSES[1], ZERO), strict=True):
            same(*self.step(None, "sent", ("create", identity, url, 2, 1 << 24)), "create")
            same(*self.step(None, "signed", ("committer", (identity, url), committer)), "committer")

    def step(self, actor: Actor | None, manner: str, call: tuple[Any, ...]) -> tuple[Result, Result]:
        return getattr(self, f"_{call[0]}")(actor, manner, *call[1:])  # type: ignore[no-any-return]

    def _who(self, actor: Actor | None, identity: bytes) -> Actor:
        """The one named, or the identity's owner."""
        return actor or ACTORS[ADDRESSES.index(self.did_model.owner(identity))]

    def _create(self, actor: Actor | None, manner: str, identity: bytes, *call: Any) -> tuple[Result, Result]:
        url, width, size = call
        shape = (url, width, size, "revocation suspension")
        result, who = self._call(
            self._who(actor, identity), manner, identity, "createList", (identity, *shape)
        )
        return result, settled(lambda: self.model.create(who, identity, shape, signed=manner != "sent"))

    def _committer(
        self, actor: Actor | None, manner: str, place: Any, committer: bytes
    ) -> tuple[Result, Result]:
        identity, url = place
        args = (self.model.list_id(identity, url), committer)
        result, who = self._call(self._who(actor, identity), manner, identity, "setCommitter", args)
        return result, settled(lambda: self.model.set_committer(who, *args, signed=manner != "sent"))

    def _commit(self, actor: Actor | None, manner: str, *call: Any) -> tuple[Result, Result]:
        (identity, url), ahead, change, large = call
        list_id = self.model.list_id(identity, url)
        held = self.model.lists.get(list_id)
        version = (held.head.version if held else 0) + ahead
        function = "commitLarge" if large else "commit"
        if manner == "missigned":
            # A commit's nonce is its version; the signature is over the next one.
            wrong = _sign_commit(self.contract, self._who(actor, identity), (list_id, version + 1, *change))
            result = self.contract.send(ADDRESSES[0], f"{function}Signed", list_id, version, *change, *wrong)
            who = b"\xee" * 20
        else:
            args = (list_id, version, *change)
            result, who = self._call(self._who(actor, identity), manner, identity, function, args)
        if not large and max(len(change[0]), len(change[1])) > 512:
            return result, Result("", (), 0)
        return result, settled(lambda: self.model.commit(who, list_id, version, change))

    def _moveIdentity(  # noqa: N802
        self, _actor: Actor | None, _manner: str, identity: bytes, to: bytes
    ) -> tuple[Result, Result]:
        owner = self.did_model.owner(identity)
        result = self.did.send(owner, "changeOwner", identity, to)
        return result, settled(
            lambda: _did(self.did_model, "changeOwner", owner, identity, [to], signed=False)
        )

    def _call(
        self, actor: Actor, manner: str, identity: bytes, function: str, args: tuple[Any, ...]
    ) -> tuple[Result, bytes]:
        if manner == "sent":
            return self.contract.send(actor.address, function, *args), actor.address
        nonce = self.model.nonce.get(self.did_model.owner(identity), 0) + (manner == "missigned")
        result = _send_signed(self.contract, actor, function, args, nonce)
        return result, actor.address if manner == "signed" else b"\xee" * 20


def _sign_commit(contract: Contract, actor: Actor, args: tuple[Any, ...]) -> tuple[int, bytes, bytes]:
    digest = typed_digest(
        contract.artifact.function("commit"), args, contract=contract.address, chain_id=CHAIN_ID, nonce=0
    )
    signature = actor.sign(digest)
    return signature.v, signature.r, signature.s


@FEWER
@given(status_steps)
def test_status_registry(steps: list[tuple[Actor | None, str, tuple[Any, ...]]]) -> None:
    world = StatusWorld()
    for actor, manner, call in steps:
        world.evm.next_block(1)
        world.did_model.number, world.did_model.time = world.evm.number, world.evm.time
        same(*world.step(actor, manner, call), (actor, manner, call))
    for list_id, held in world.model.lists.items():
        assert world.contract.read("lists", list_id) == (held.identity, held.committer, held.width, held.size)
        assert world.contract.read("head", list_id) == (held.head.version, held.head.running)
    for address in ADDRESSES:
        assert world.contract.read("nonce", address) == world.model.nonce.get(address, 0)
        assert world.contract.read("listIdOf", address, URLS[1]) == world.model.list_id(address, URLS[1])
    world.evm.close()
