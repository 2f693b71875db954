"""Anyone may write to the contracts: nothing that they let a stranger write may stop those who follow."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from clicid.ledger import dump, events
from clicid.ledger.events import MAX_DATA, Contract, RawLog, decode
from clicid.ledger.records import MAX_WAITING, Commit, ListRecord
from clicid.ledger.state import State
from clicid.status.delta import RULES
from tests.support import contract_evm
from tests.support.chain_model import encode
from tests.support.contract_evm import Actor, ContractEvm
from tests.support.events import ID, ONE_OF_EACH, RUN, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_UTF8 = b"https://\xff\xfe\xed\xa0\x80\x00/1"
PLACEHOLDER = "x" * len(NOT_UTF8)


@pytest.fixture
def evm() -> Iterator[ContractEvm]:
    chain = ContractEvm()
    yield chain
    chain.close()


def test_a_list_under_an_address_that_is_no_text_is_a_list_like_any_other(evm: ContractEvm) -> None:
    did = contract_evm.Contract(evm, "DidRegistry")
    status = contract_evm.Contract(evm, "StatusRegistry", [did.address])
    stranger = Actor("stranger").address
    call = status.artifact.function("createList").encode([stranger, PLACEHOLDER, 2, 16, PLACEHOLDER])
    # The contract takes any bytes for a string.
    done = evm.send(stranger, status.address, call.replace(PLACEHOLDER.encode(), NOT_UTF8))
    assert done.error is None
    (log,) = [log for log in done.logs if len(log.topics) == 3 and len(log.data) > 96]
    logged = decode(RawLog(Contract.STATUS, log.topics, log.data))
    assert isinstance(logged.event, events.ListCreated)
    assert logged.event.list_id == hashlib.sha256(stranger + NOT_UTF8).digest()
    # What is shown for it is no address of anything, and never the address of another list.
    assert "\ufffd" in logged.event.url
    # The running hash is over the bytes as they stand in the log.
    assert hashlib.sha256(NOT_UTF8).digest() in logged.link


def test_a_value_as_long_as_a_transaction_can_pay_for_is_read() -> None:
    value = bytes(MAX_DATA - 5 * 32)
    event = events.AttributeChanged(ID, WORD, value, 2**256 - 1, 0)
    assert decode(encode(event)).event == event
    # 8 gas a byte, of the most that a transaction may use.
    assert MAX_DATA >= 16_777_216 // 8


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_the_link_is_over_the_bytes_of_the_log(event: events.Event) -> None:
    raw = encode(event)
    link = decode(raw).link
    assert link.startswith(b"".join(raw.topics))
    assert RUN not in link


def test_such_a_list_is_stored_and_read_back() -> None:
    url = NOT_UTF8.decode(errors="replace")
    made = State(1, RULES, lists={WORD: ListRecord(ID, WORD, url, 2, 16)})
    read = State(1, RULES)
    (key,) = dump.keys(made)
    dump.load(read, key, dump.dump(made, key))
    assert read.lists == made.lists


def test_nobody_can_make_us_hold_the_commits_of_a_list_that_means_nothing() -> None:
    record = ListRecord(ID, WORD, "https://a.example/1", 2, 1 << 20)
    code = bytes(MAX_WAITING // 32)
    for version in range(1, 33):
        record.commit(Commit(version, code, b"", WORD), RULES)
    assert (len(record.waiting), record.trouble) == (32, "")
    for version in range(33, 99):
        record.commit(Commit(version, b"x", b"", WORD), RULES)
    assert (record.waiting, record.trouble, record.version) == ([], "status.early", 98)
    # Should its issuer be accredited after all: the list is held, and leads to no acceptance for ever.
    record.wake(RULES)
    assert record.trouble == "status.early"
