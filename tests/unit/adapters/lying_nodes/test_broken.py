"""Nodes that stand still, break, limit or never answer: another stands in, and they teach nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import fetch
from clicid.formats.base import CheckName, NeedKind, Rules, Unavailable
from clicid.formats.issuer import stale
from tests.support.lied_to import Side, of
from tests.support.lying_node import HANG_UP, Raw, RpcError, honest
from tests.support.real_chain import URL

if TYPE_CHECKING:
    from tests.support.lying_node import Fault


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
