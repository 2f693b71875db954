"""docs/chain.md explains a transaction that the contract takes, and gives gas that is measured."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.gas import figures
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


@pytest.fixture(scope="module")
def printed() -> dict[str, list[str]]:
    """What ``python -m benchmarks.gas`` prints by row: the whole commit's gas, and each revocation's."""
    return {
        row.id.removeprefix("gas."): [*re.findall(r": ([\d,]+) gas$", row.what), f"{row.value:,.0f}"]
        for row in figures()
    }


def test_the_page_gives_the_gas_that_is_printed(printed: dict[str, list[str]]) -> None:
    (costs,) = re.findall(r"^## What it costs$(.*?)^## ", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    shown = re.findall(r"^\| [^|]+ \| ([^|]*) \| (`[^|]*`) \|$", costs, re.MULTILINE)
    assert len(shown) == 11
    for figures_shown, names in shown:
        expected = [list(dict.fromkeys(printed[name])) for name in re.findall("`(.*?)`", names)]
        assert re.findall(r"[\d,]+", figures_shown) == list(chain.from_iterable(expected)), names


def test_a_deployment_takes_what_a_node_of_another_maker_said(printed: dict[str, list[str]]) -> None:
    """The guide to founding shows the receipts of Anvil."""
    founding = PAGE.with_name("founding.md").read_text("utf-8")
    said = re.findall(r"^(?:did|trust|status) +0x\w{40}  block \d+, ([\d,]+) gas$", founding, re.MULTILINE)
    assert said == [
        printed[f"deploy.{name}"][-1] for name in ("DidRegistry", "TrustRegistry", "StatusRegistry")
    ]


def test_the_page_reckons_with_that_gas(printed: dict[str, list[str]]) -> None:
    page = PAGE.read_text("utf-8")
    with_root, without, hourly, daily = (
        int(printed[f"commit_{name}"][0].replace(",", ""))
        for name in ("root_signed.1", "signed.1", "signed.32", "signed.200")
    )
    assert f"costs some {round(with_root - without, -1)}." in page
    for turns, commit in ((8_760, hourly), (365, daily)):
        assert f"({turns:,} x {commit:,} = {turns * commit / 1e6:.0f} million gas)" in page
    prices = re.findall(r"^\| ([\d.]+) gwei [^|]*\| (.*) \|$", page, re.MULTILINE)
    assert len(prices) == 3
    for gwei, shown in prices:
        ether = (turns * commit * float(gwei) * 1e-9 for turns, commit in ((8_760, hourly), (365, daily)))
        assert shown == " | ".join(f"{each:.2g} ether" for each in ether)


def _words(data: bytes) -> Iterable[str]:
    return (data[at : at + 32].hex() for at in range(0, len(data), 32))
