"""Nodes that lie, lag and break, in front of the real contracts: nothing lost, nothing accepted for it."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import chain_endpoint, clock, fetch
from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.did.ethr import EthrRecord
from clicid.errors import ClicidError, Undecided
from clicid.formats.base import CheckName, Material, Need, NeedKind, Rules, Unavailable
from clicid.formats.issuer import stale
from clicid.ledger.events import Contract
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.ledger.ground import UNPROVEN, UNWITNESSED, Demands, relied
from clicid.status.delta import RULES, plan
from clicid.status.rows import StatusList, list_id
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support.lying_node import HANG_UP, LyingNode, Raw, RpcError, honest
from tests.support.real_chain import NAME, TYPE, TYPE_ID, UNTIL, URL, Network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.adapters.follower import Progress
    from tests.support.lying_node import Fault

STRICT = Demands(proofs=True, witness=False)
WITNESSED = Demands(proofs=True, witness=True)
LAX = Demands(proofs=False, witness=False)
CONFIRMATIONS = 2


@dataclass
class Side:
    """A chain, written to honestly, and a proxy in front of it that may lie."""

    network: Network
    liar: LyingNode
    held: StatusList
    version: int = 0

    def revoke(self, bit: int) -> int:
        """Set a bit of the issuer's list; the block's number."""
        writer, identity = self.network.writer, list_id(self.network.address("owner"), URL)
        self.held.change([bit], [])
        self.version += 1
        (delta,) = plan([bit], [])
        digest = self.held.digest(identity, self.version)
        by = self.network.key("owner")
        return writer.wait(
            writer.send_commit(identity, self.version, (delta.set, delta.cleared), digest, by=by)
        ).block

    @property
    def height(self) -> int:
        return self.network.node.database.head() or 0

    def mine(self, blocks: int = CONFIRMATIONS) -> None:
        for _ in range(blocks):
            self.network.node.mine()


@dataclass
class Follow:
    """A follower of some nodes, its store in memory unless a path is given."""

    side: Side
    demands: Demands
    urls: list[str]
    witness: str | None = None
    path: Path | None = None
    fetcher: Fetcher = field(default_factory=lambda: Fetcher(allow_loopback_http=True))

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.store = LedgerStore(self.path, self.side.network.file, RULES)
        first, *others = [JsonRpc(url, self.fetcher) for url in self.urls]
        self.follower = Follower(
            self.store,
            first,
            self.side.network.file,
            confirmations=CONFIRMATIONS,
            others=others,
            witness=JsonRpc(self.witness, self.fetcher) if self.witness else None,
            demands=self.demands,
        )
        self.materials = LedgerMaterials(self.follower)

    def close(self) -> None:
        self.store.close()
        self.fetcher.close()

    def asks_witness(self, url: str) -> None:
        """From now on another witness."""
        self.follower._vouching._witness = JsonRpc(url, self.fetcher)

    def sync(self, later: int = 0) -> Progress:
        return self.follower.sync(clock.now() + timedelta(seconds=later))

    def fails(self, code: str, later: int = 0) -> None:
        with pytest.raises(ClicidError) as caught:
            self.sync(later)
        assert caught.value.code == code, caught.value

    def get(self, kind: NeedKind, uri: str, subject: str = "") -> Material | Unavailable:
        return self.materials.get(Need(kind, uri, subject), clock.now())

    def status(self) -> Material:
        found = self.get(NeedKind.STATUS, URL, self.side.network.did("owner"))
        assert isinstance(found, Material)
        return found

    def bit(self, bit: int) -> int:
        snapshot = StatusSnapshot.from_bytes(self.status().body)
        assert snapshot is not None
        return snapshot[bit // 2] >> bit % 2 & 1

    def accredited(self, role: str) -> bool:
        found = self.get(NeedKind.ACCREDITATION, TYPE, self.side.network.did(role))
        assert isinstance(found, Material)
        return Accreditation.from_bytes(found.body) is not None

    @property
    def troubles(self) -> list[str]:
        return [endpoint.trouble for endpoint in self.follower.endpoints]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """One chain up to an accredited issuer with a list, then two of the same history."""
    folder = tmp_path_factory.mktemp("sides")
    first = folder / "first"
    with ChainNode(first, interval=0, delay=0.005) as node, RpcServer(node) as server:
        made = Network(node, server.url, folder)
        owner = made.address("owner")
        made.govern("accredit", owner, TYPE_ID, b"\5" * 32, 0, UNTIL, True, "https://a.example", bytes(32))
        made.own(DID_REGISTRY, "setAttribute", owner, NAME, b"\1" * 32, 10**9)
        made.own(STATUS_REGISTRY, "createList", owner, URL, 2, 1_000, "revocation suspension")
        for _ in range(CONFIRMATIONS):
            node.mine()
        made.close()
    shutil.copytree(first, folder / "second")
    with ExitStack() as stack:
        found = []
        for name in ("first", "second"):
            node = stack.enter_context(ChainNode(folder / name, interval=0, delay=0.005))
            server = stack.enter_context(RpcServer(node))
            network = made.again(node, server.url)
            stack.callback(network.close)
            found.append(Side(network, stack.enter_context(LyingNode(node)), StatusList(2, 1_000)))
        yield found[0], found[1]


@pytest.fixture
def side(sides: tuple[Side, Side]) -> Iterator[Side]:
    yield sides[0]
    sides[0].liar.fault = honest


@pytest.fixture
def followed(side: Side) -> Iterator[Any]:
    """Makes followers of the first chain: by default of the liar alone."""
    made = []

    def follow(demands: Demands = STRICT, urls: list[str] | None = None, **more: Any) -> Follow:
        made.append(Follow(side, demands, urls or [side.liar.url], **more))
        return made[-1]

    yield follow
    for one in made:
        one.close()


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """All may be read anew at each sync."""
    monkeypatch.setattr(chain_endpoint, "FIRST_PAUSE", 0)


def hiding(block: int) -> Fault:
    """Leaves out what a list's owner committed from a block on."""

    def fault(method: str, _params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        return [log for log in result if int(log["blockNumber"], 16) < block]

    return fault


def of(wanted: str, change: Any) -> Fault:
    """Changes the answers of one method."""
    return lambda method, _params, result: change(result) if method == wanted else result


def test_an_honest_node_is_proven(followed: Any, side: Side) -> None:
    known = followed()
    progress = known.sync()
    assert known.status().notes == (UNWITNESSED,)
    assert (known.status().doubt, known.follower.ground.number) == ("", progress.head)
    assert known.accredited("owner")
    del side.liar.asked[:]
    known.sync()
    assert side.liar.asked.count("eth_getProof") == len(Contract)  # in turn, though nothing changed


def test_a_log_left_out_at_the_end_is_noticed_at_once(followed: Any, side: Side, tmp_path: Path) -> None:
    known = followed(path=tmp_path / "ledger.sqlite")
    known.sync()
    block = side.revoke(10)
    side.liar.fault = hiding(block)
    for _ in range(2):
        known.fails("chain.proof")
        assert known.status().doubt == "chain.proof"
    known.store.close()
    known.start()
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert (known.bit(10), known.status().doubt) == (1, "")


@pytest.mark.usefixtures("no_pause")
def test_once_contradicted_a_node_that_proves_nothing_is_not_believed(followed: Any, side: Side) -> None:
    known = followed(LAX)
    known.sync()
    hide = hiding(side.revoke(12))
    side.liar.fault = hide
    known.fails("chain.proof")

    def silent(method: str, params: list[Any], result: Any) -> Any:
        return RpcError(code=-32601) if method == "eth_getProof" else hide(method, params, result)

    side.liar.fault = silent
    known.fails("chain.proof")
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert known.bit(12)


class Ticks:
    """A clock that stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(chain_endpoint, "monotonic", lambda: self.now)


def readings(side: Side, known: Follow, ticks: Ticks, seconds: int) -> int:
    """How often all is read anew in so many syncs, one a second; none of them accepts anything."""
    found = 0
    for _ in range(seconds):
        del side.liar.asked[:]
        known.fails("chain.proof")
        assert known.status().doubt == "chain.proof"
        found += "eth_getLogs" in side.liar.asked
        ticks.now += 1
    return found


def test_a_node_that_goes_on_lying_is_read_anew_ever_more_rarely(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = Ticks(monkeypatch)
    known = followed()
    known.sync()
    side.liar.fault = hiding(side.revoke(24))
    known.fails("chain.proof")
    assert readings(side, known, ticks, 128) == 7  # after 0, 2, 6, 14, ... seconds
    (endpoint,) = known.follower.endpoints
    assert endpoint.pause == 128
    ticks.now += 10_000
    endpoint._rests_until = ticks.now  # it has gone on meanwhile
    for _ in range(3):
        known.fails("chain.proof")
        ticks.now += chain_endpoint.LONGEST_PAUSE
    assert endpoint.pause == chain_endpoint.LONGEST_PAUSE
    assert len([one for one in caplog.records if one.name == "clicid.chain"]) == 1
    side.liar.fault = honest
    known.sync()
    assert (known.bit(24), known.status().doubt, endpoint.pause) == (1, "", 0)


def test_one_good_answer_does_not_end_the_pauses(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who lies at every other look would be read whole as often. Who held a while is heard at once."""
    ticks = Ticks(monkeypatch)
    known = followed()
    known.sync()
    side.liar.fault = hiding(side.revoke(26))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    for wait in (2, 4, 8):
        side.liar.fault = hiding(side.revoke(26 + wait))
        known.fails("chain.proof")
        side.liar.fault = honest
        ticks.now += wait - 1
        known.fails("chain.proof")
        assert known.status().doubt == "chain.proof"
        ticks.now += 1
        known.sync()
    ticks.now += 16 + chain_endpoint.LONGEST_PAUSE
    side.liar.fault = hiding(side.revoke(40))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    assert known.bit(40)


def test_another_node_stands_in_for_one_that_leaves_out_a_log(followed: Any, side: Side) -> None:
    known = followed(urls=[side.liar.url, side.network.url])
    known.sync()
    side.liar.fault = hiding(side.revoke(14))
    progress = known.sync()
    assert (known.bit(14), known.status().doubt) == (1, "")
    assert known.troubles == ["chain.proof", ""]
    before = len(side.liar.asked)
    assert known.sync().head == progress.head
    assert len(side.liar.asked) == before


@pytest.mark.usefixtures("no_pause")
def test_what_nobody_touches_is_proven_in_turn(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among four heads, one of them proven at each sync, a hidden revocation is found in four at most."""
    monkeypatch.setattr("clicid.adapters.vouching.AT_ONCE", 1)
    known = followed()
    known.sync()
    relied_on = relied(known.follower._branch)
    side.liar.fault = hiding(side.revoke(18))
    for _ in relied_on:
        with suppress(Undecided):
            known.sync()
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert known.bit(18)


def test_an_omission_in_a_list_nobody_touches_is_noticed_from_the_start(followed: Any, side: Side) -> None:
    block = side.revoke(16)
    side.mine()
    side.liar.fault = hiding(block)
    known = followed()
    known.fails("chain.proof")
    found = known.get(NeedKind.STATUS, URL, side.network.did("owner"))
    assert isinstance(found, Unavailable)


def test_an_invented_log_is_noticed_and_the_truth_taken_in_its_place(followed: Any, side: Side) -> None:
    """Another key in the place of the issuer's, under a true block's hash."""

    def invent(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [log | {"data": log["data"].replace("01" * 32, "66" * 32)} for log in logs]

    side.liar.fault = of("eth_getLogs", invent)
    known = followed()
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    found = known.get(NeedKind.DID, side.network.did("owner"))
    assert [key.value for key in EthrRecord.from_bytes(found.body).keys] == [b"\1" * 32]


def test_logs_of_another_block_are_not_taken(followed: Any, side: Side) -> None:
    wrong = of("eth_getLogs", lambda logs: [log | {"blockHash": "0x" + "66" * 32} for log in logs])
    side.liar.fault = wrong
    known = followed()
    known.fails("chain.reorganising")
    assert known.follower.head is None


def test_a_header_that_lies_about_its_root_or_time_proves_nothing(followed: Any, side: Side) -> None:
    for change in ({"stateRoot": "0x" + "66" * 32}, {"timestamp": "0x1"}):
        side.liar.fault = of("eth_getBlockByNumber", lambda block, change=change: block and block | change)
        known = followed()
        known.fails("chain.unproven")
        assert isinstance(known.get(NeedKind.DID, side.network.did("owner")), Unavailable)


def test_a_proof_that_does_not_hold_is_a_contradiction(followed: Any, side: Side) -> None:
    side.liar.fault = of("eth_getProof", lambda proof: proof | {"accountProof": proof["accountProof"][1:]})
    followed(LAX).fails("chain.proof")
    side.liar.fault = of(
        "eth_getProof",
        lambda proof: (
            proof | {"storageProof": [slot | {"proof": slot["proof"][:-1]} for slot in proof["storageProof"]]}
        ),
    )
    followed(LAX).fails("chain.proof")


def test_where_no_node_proves_anything_the_policy_decides(followed: Any, side: Side) -> None:
    side.liar.fault = lambda method, _params, result: (
        RpcError(code=-32601) if method == "eth_getProof" else result
    )
    known = followed()
    known.fails("chain.unproven")
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    allowed = followed(LAX)
    allowed.sync()
    assert allowed.status().notes == (UNPROVEN, UNWITNESSED)
    assert allowed.status().doubt == ""


def test_a_public_registry_without_heads_is_half_a_proof(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our registry read as if it kept its heads where nothing stands, as in the public one."""
    monkeypatch.setitem(__import__("clicid.ledger.proofs", fromlist=["_"]).HEAD_SLOTS, Contract.DID, 9)
    followed().fails("chain.unproven")
    known = followed(LAX)
    known.sync()
    assert (known.status().notes, known.status().doubt) == ((UNPROVEN, UNWITNESSED), "")
    known.sync()
    assert UNPROVEN in known.status().notes


def test_a_node_that_stands_still_is_left_for_one_that_goes_on(followed: Any, side: Side) -> None:
    known = followed(urls=[side.liar.url, side.network.url])
    head = known.sync().head

    def frozen(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and (params[0] == "latest" or int(params[0], 16) > head):
            return side.network.rpc_raw("eth_getBlockByNumber", [hex(head), False])
        return result

    side.liar.fault = frozen
    side.mine(3)
    assert known.sync().head == head  # not old enough to look further
    assert known.sync(later=120).head == head + 3
    assert known.troubles == ["behind", ""]
    # And one that is behind what is known changes nothing.
    alone = followed(urls=[side.network.url, side.liar.url])
    alone.sync()
    alone.follower._order.reverse()
    assert (alone.sync().behind, alone.troubles) == (False, ["", "behind"])


def cut(method: str, _params: list[Any], result: Any) -> Any:
    body = Raw(b'{"jsonrpc":"2.0","id":1,"resu')
    body.promised = 1_000
    return body


def renumbered(method: str, params: list[Any], result: Any) -> Any:
    asked = method == "eth_getBlockByNumber" and params[0] != "latest"
    return result | {"number": hex(int(params[0], 16) + 1)} if asked else result


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda *_: HANG_UP, "chain.unreachable"),
        (cut, "chain.unreachable"),
        (lambda *_: Raw(b"<html>busy</html>"), "chain.answer"),
        (lambda *_: Raw(b'{"jsonrpc":"2.0","id":0,"result":"0x1"}'), "chain.answer"),
        (lambda *_: Raw(b" " * ((1 << 25) + 1)), "chain.unreachable"),
        (lambda *_: RpcError(code=-32000), "chain.answer"),
        (of("eth_chainId", lambda _: "0x1"), "network.chain"),
        (of("eth_getCode", lambda _: "0x"), "network.code"),
        (of("eth_getCode", lambda code: code + "00"), "network.code"),
        (renumbered, "chain.answer"),
        (of("eth_getBlockByNumber", lambda _: None), "network.checkpoint"),
        (of("eth_getLogs", lambda logs: logs[::-1] + logs), "chain.answer"),
        (of("eth_getLogs", lambda logs: [log | {"topics": []} for log in logs]), "ledger.event"),
    ],
    ids=[
        "hangs up", "half an answer", "no JSON", "another's answer", "huge", "an error", "another chain",
        "no code", "other code", "another block", "no block", "disorder", "no event",
    ],
)  # fmt: skip
def test_a_broken_node_teaches_nothing_and_another_stands_in(
    followed: Any, side: Side, fault: Fault, code: str
) -> None:
    side.liar.fault = fault
    known = followed()
    known.fails(code)
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    helped = followed(urls=[side.liar.url, side.network.url])
    assert helped.sync().head > 0
    assert helped.troubles == [code, ""]


def test_a_node_that_never_answers_is_given_up(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TIMEOUTS", dict.fromkeys(("connect", "read", "write", "pool"), 0.2))
    waiting = __import__("threading").Event()

    def asleep(_method: str, _params: list[Any], _result: Any) -> Any:
        waiting.wait(60)
        return HANG_UP

    side.liar.fault = asleep
    known = followed()
    known.fails("chain.unreachable")
    waiting.set()
    side.liar.fault = honest
    monkeypatch.undo()
    known.sync()


def test_a_node_that_limits_ranges_is_read_in_small_pages(followed: Any, side: Side) -> None:
    def limited(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        span = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16)
        return result if span < 2 else RpcError(code=-32005)

    side.liar.fault = limited
    known = followed()
    known.sync()
    assert known.accredited("owner")
    assert known.status().doubt == ""


def test_a_clock_that_is_behind_decides_nothing_beyond_the_leeway(followed: Any) -> None:
    known = followed()
    known.sync()
    material = known.status()
    rules = Rules(
        issuers=None,
        max_age={NeedKind.STATUS: timedelta(hours=1)},
        leeway=timedelta(seconds=30),
        key_binding_max_age=timedelta(minutes=5),
    )
    for behind, code in ((20, None), (40, "clock.behind"), (-4_000, "status.too_old")):
        now = material.as_of - timedelta(seconds=behind)
        late = stale(material, NeedKind.STATUS, check=CheckName.STATUS, section="", rules=rules, now=now)
        assert (late and late.code) == code


# A witness ------------------------------------------------------------------------------------------


def test_a_witness_confirms(followed: Any, side: Side) -> None:
    del side.liar.asked[:]
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    head = known.sync().head
    assert (known.status().notes, known.follower.ground.number) == ((), head)
    assert side.liar.asked == ["eth_getBlockByNumber"]


def test_a_witness_that_lags_a_little_vouches_for_what_it_has(followed: Any, side: Side) -> None:
    side.mine(4)
    head = side.height

    def lagging(blocks: int) -> Fault:
        def fault(method: str, params: list[Any], result: Any) -> Any:
            return (
                side.network.rpc_raw(method, [hex(head - blocks), False]) if params[0] == "latest" else result
            )

        return fault

    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    side.liar.fault = lagging(1)
    known.sync()
    assert (known.follower.ground.number, known.status().notes) == (head - 1, ())
    side.liar.fault = lagging(CONFIRMATIONS + 1)
    known.fails("chain.unwitnessed")
    assert known.follower.ground.number == head - 1


def test_without_its_witness_bad_news_counts_and_good_news_waits(followed: Any, side: Side) -> None:
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    known.sync()
    vouched = known.follower.ground
    side.liar.fault = lambda *_: HANG_UP
    provider = side.network.address("waiting")
    side.network.govern("accredit", provider, TYPE_ID, b"\5" * 32, 0, UNTIL, False, "", bytes(32))
    side.revoke(20)
    side.mine()
    for _ in range(2):
        known.fails("chain.unwitnessed")
        assert known.bit(20)
        assert not known.accredited("waiting")
        assert known.follower.ground.number == vouched.number
        assert known.status().notes == (UNWITNESSED,)
    assert known.troubles == [""]  # it is not the node's fault
    side.liar.fault = honest
    known.sync()
    assert known.accredited("waiting")
    assert known.follower.ground.number > vouched.number


@pytest.mark.usefixtures("no_pause")
def test_what_was_contradicted_is_believed_again_only_with_its_witness(followed: Any, side: Side) -> None:
    known = followed(WITNESSED, [side.liar.url], witness=side.network.url)
    known.sync()
    side.liar.fault = hiding(side.revoke(22))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.asks_witness("http://127.0.0.1:9/")
    known.fails("chain.unwitnessed")
    assert known.status().doubt == "chain.proof"
    assert known.accredited("owner")
    known.asks_witness(side.network.url)
    known.sync()
    assert (known.bit(22), known.status().doubt) == (1, "")


def test_what_waits_too_long_for_a_witness_is_kept_in_doubt(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clicid.adapters.follower.MAX_WAITING", 3)
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    known.sync()
    side.liar.fault = lambda *_: HANG_UP
    side.mine(6)
    known.fails("chain.unwitnessed")
    assert known.status().doubt == "chain.unwitnessed"
    assert len(known.follower._branch.pending) == CONFIRMATIONS
    side.liar.fault = honest
    known.sync()
    assert known.status().doubt == ""


def test_who_first_catches_up_accepts_nothing_before_somebody_vouches(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clicid.adapters.chain_endpoint.FIRST_PAGE", 4)
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    side.liar.fault = lambda *_: HANG_UP
    known.fails("chain.unwitnessed")
    assert known.follower.ground.doubt == "chain.unwitnessed"
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    side.liar.fault = honest
    known.sync()
    assert known.status().doubt == ""


def test_on_two_sides_of_a_split_nothing_is_accepted(
    followed: Any, sides: tuple[Side, Side], side: Side
) -> None:
    """Last: from here on the second chain is another one."""
    other = sides[1]
    known = followed(WITNESSED, [side.network.url], witness=other.network.url)
    side.revoke(30)
    other.network.govern(
        "accredit", other.network.address("split"), TYPE_ID, b"\5" * 32, 0, UNTIL, False, "", bytes(32)
    )
    side.mine(4)
    other.mine(side.height - other.height + 4)
    known.fails("chain.witness")
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    # Where both may be asked, the side that the witness is on is the one that counts. Bad news stays.
    both = followed(WITNESSED, [side.network.url, other.liar.url])
    both.witness = side.network.url
    both.start()
    both.sync()
    assert both.bit(30)
    both.asks_witness(other.network.url)
    both.sync()
    assert both.troubles == ["chain.witness", ""]
    assert both.accredited("split")
    assert both.bit(30)
    assert both.status().doubt == ""
