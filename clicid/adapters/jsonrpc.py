"""Ethereum's JSON-RPC as a reader of the chain needs it: six calls, every answer checked.

A `JsonRpc` asks one node. Which of several is asked is the follower's to say: answers of two nodes make
no picture.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError, Refused, Undecided
from clicid.ledger import proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.adapters.fetch import Fetcher
    from clicid.codec.strict_json import Json

MAX_ANSWER_BYTES: Final = 1 << 25
"""Some 30,000 logs; a page with more is asked for in smaller ones."""
MAX_BLOCK_BYTES: Final = 1 << 27
"""Some 150,000 logs: a single block cannot be asked for in smaller pieces, and anyone may fill one."""
MAX_VALUES: Final = 1 << 23
MAX_TOPICS: Final = 4

_QUANTITY: Final = re.compile(r"0x(?:0|[1-9a-f][0-9a-f]{0,12})", re.ASCII | re.IGNORECASE)
_DATA: Final = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII | re.IGNORECASE)

_MEMBER: Final = re.compile(r"0x[0-9a-f]{0,1024}", re.ASCII | re.IGNORECASE)
_KEY: Final = re.compile(r"0x[0-9a-f]{1,64}", re.ASCII | re.IGNORECASE)

# A header's members in their order, and which of them are numbers (yellow paper 4.4.3; EIP-1559, 4895,
# 4844, 4788, 7685). Later forks add at the end.
_HEADER: Final = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)
_ROOT_AT: Final = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Header:
    """What is read of a block; time in seconds since 1970.

    `state_root` is None where the members given do not have the block's hash: then nothing can be
    proven from it.
    """

    number: int
    hash: bytes
    parent: bytes
    time: int
    state_root: bytes | None = None


@dataclass(frozen=True, slots=True)
class NodeProof:
    """An account's proof and, in the order asked for, those of its slots (EIP-1186); nothing verified."""

    account: tuple[bytes, ...]
    slots: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True, slots=True)
class NodeLog:
    """A log with its place in the chain."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    index: int


class JsonRpc:
    """A reader's connection to one node.

    Args:
        url: Where the node answers.
        fetcher: How it is reached.
    """

    def __init__(self, url: str, fetcher: Fetcher) -> None:
        self._url = url
        self._fetcher = fetcher
        self._ids = itertools.count(1)

    def chain_id(self) -> int:
        """eth_chainId. This and all calls raise Undecided `chain.unreachable`, `chain.answer`."""
        return self._call("eth_chainId", [], parse_quantity)

    def header(self, number: int | None) -> Header | None:
        """eth_getBlockByNumber: a block's header, the latest one's for None; None if there is none."""
        tag = "latest" if number is None else hex(number)
        header = self._call("eth_getBlockByNumber", [tag, False], parse_header)
        if header is not None and number not in (None, header.number):
            raise Undecided("chain.answer", "", "another block than the one asked for")
        return header

    def code(self, address: bytes) -> bytes:
        """eth_getCode at the latest block."""
        return self._call("eth_getCode", [_hex(address), "latest"], parse_data)

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[NodeLog]:
        """eth_getLogs of some contracts in blocks `first` to `last`, in the order of the chain."""
        wanted: Json = {
            "address": [_hex(address) for address in addresses],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        most = MAX_BLOCK_BYTES if first == last else MAX_ANSWER_BYTES
        found = self._call("eth_getLogs", [wanted], parse_logs, max_bytes=most)
        if any(log.address not in addresses or not first <= log.block <= last for log in found):
            raise Undecided("chain.answer", "", "a log that was not asked for")
        return found

    def proof(self, address: bytes, slots: Sequence[bytes], number: int) -> NodeProof:
        """eth_getProof (EIP-1186): an account and some of its storage as of a block."""
        asked: list[Json] = [_hex(address), [_hex(slot) for slot in slots], hex(number)]
        return self._call("eth_getProof", asked, lambda value: parse_proof(value, slots))

    def _call(
        self,
        method: str,
        params: list[Json],
        parse: Callable[[Json], T],
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> T:
        number = next(self._ids)
        request: Json = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            answer = self._fetcher.post_json(self._url, request, max_bytes=max_bytes)
            return parse(parse_answer(answer.body, number))
        except ClicidError as error:
            ours = error.code.startswith(("chain.", "codec."))
            raise Undecided(
                "chain.answer" if ours else "chain.unreachable", method, str(error)[:200]
            ) from error


def parse_answer(body: bytes, number: int) -> Json:
    """The result in an answer to request `number` (JSON-RPC 2.0, section 5).

    Raises:
        Refused: `chain.answer` for an error object or another request's answer; `codec.*`.
    """
    parsed = strict_json.loads(body, max_bytes=MAX_BLOCK_BYTES, max_depth=8, max_values=MAX_VALUES)
    obj = shape.as_object(parsed)
    if obj.get("error") is not None:
        error = shape.child(obj, "error")
        code = error.get("code")
        raise Refused("chain.answer", "/error", f"the node says {code}" if isinstance(code, int) else "")
    if obj.get("id") != number or "result" not in obj:
        raise Refused("chain.answer", "", "not an answer to the question")
    return obj["result"]


def parse_quantity(value: Json, where: str = "") -> int:
    """A number below 2^52, ``0x`` and no leading zeros. Raises Refused `chain.answer`."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise Refused("chain.answer", where, "a quantity is wanted")
    return int(value, 16)


def parse_data(value: Json, where: str = "", *, size: int | None = None) -> bytes:
    """Bytes, of a given size if there is one. Raises Refused `chain.answer`."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise Refused("chain.answer", where, "hexadecimal data are wanted")
    data = bytes.fromhex(value[2:])
    if size is not None and len(data) != size:
        raise Refused("chain.answer", where, f"{size} bytes are wanted")
    return data


def parse_header(value: Json) -> Header | None:
    """A block object, or null. Raises Refused `chain.answer`, `codec.shape`."""
    if value is None:
        return None
    obj = shape.as_object(value)
    return Header(
        number=parse_quantity(obj.get("number"), "/number"),
        hash=parse_data(obj.get("hash"), "/hash", size=32),
        parent=parse_data(obj.get("parentHash"), "/parentHash", size=32),
        time=parse_quantity(obj.get("timestamp"), "/timestamp"),
        state_root=_state_root(obj),
    )


def _state_root(obj: Mapping[str, Json]) -> bytes | None:
    """The header's state root, if its members hash to its hash: all that the forks so far have added."""
    fields = []
    for name, is_number in _HEADER:
        value = obj.get(name)
        if value is None:
            break
        if not isinstance(value, str) or not _MEMBER.fullmatch(value):
            return None
        digits = value[2:].lstrip("0") if is_number else value[2:]
        fields.append(bytes.fromhex(digits.zfill((len(digits) + 1) // 2 * 2)))
    block_hash = parse_data(obj.get("hash"), "/hash", size=32)
    return proofs.state_root(fields, block_hash) if len(fields) > _ROOT_AT else None


def parse_proof(value: Json, slots: Sequence[bytes]) -> NodeProof:
    """An eth_getProof result with proofs of these slots, in any order.

    Raises:
        Refused: `chain.answer`, `codec.*`.
    """
    obj = shape.as_object(value)
    found = {}
    for at, item in enumerate(shape.items(obj, "storageProof", maximum=len(slots))):
        where = f"/storageProof/{at}"
        row = shape.as_object(item, where)
        key = parse_key(row.get("key"), f"{where}/key")
        found[key] = _nodes(row, "proof", where)
    if found.keys() != set(slots):
        raise Refused("chain.answer", "/storageProof", "other slots than those asked for")
    return NodeProof(_nodes(obj, "accountProof", ""), tuple(found[slot] for slot in slots))


def parse_key(value: Json, where: str = "") -> bytes:
    """A slot, which some nodes write as a number. Raises Refused `chain.answer`."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise Refused("chain.answer", where, "a slot is wanted")
    return bytes.fromhex(value[2:].zfill(64))


def _nodes(obj: Mapping[str, Json], name: str, where: str) -> tuple[bytes, ...]:
    items = shape.items(obj, name, where, maximum=proofs.MAX_NODES)
    return tuple(parse_data(item, f"{where}/{name}") for item in items)


def parse_logs(value: Json) -> list[NodeLog]:
    """A list of log objects in rising order of block and index, none of them withdrawn.

    Raises:
        Refused: `chain.answer`, `codec.*`.
    """
    found = [_parse_log(item, f"/{at}") for at, item in enumerate(shape.as_items(value, maximum=MAX_VALUES))]
    places = [(log.block, log.index) for log in found]
    if any(after <= before for before, after in itertools.pairwise(places)):
        raise Refused("chain.answer", "", "logs out of order")
    return found


def _parse_log(item: Json, where: str) -> NodeLog:
    obj = shape.as_object(item, where)
    topics = shape.items(obj, "topics", where, maximum=MAX_TOPICS)
    if obj.get("removed") not in (None, False):
        raise Refused("chain.answer", where, "a log that a reorganisation took away")
    return NodeLog(
        address=parse_data(obj.get("address"), f"{where}/address", size=20),
        topics=tuple(parse_data(topic, f"{where}/topics", size=32) for topic in topics),
        data=parse_data(obj.get("data"), f"{where}/data"),
        block=parse_quantity(obj.get("blockNumber"), f"{where}/blockNumber"),
        block_hash=parse_data(obj.get("blockHash"), f"{where}/blockHash", size=32),
        index=parse_quantity(obj.get("logIndex"), f"{where}/logIndex"),
    )


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
