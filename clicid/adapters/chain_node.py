"""A node's JSON-RPC as the writing side needs it: one address, answers narrowed to their types."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from clicid.adapters.chain_transactions import revert_reason
from clicid.codec import shape, strict_json
from clicid.errors import ClicidError, LocalError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clicid.codec.strict_json import Json

MAX_ANSWER_BYTES: Final = 1 << 22

_QUANTITY: Final = re.compile(r"0x[0-9a-f]{1,64}\Z")
_HEX: Final = re.compile(r"0x(?:[0-9a-f]{2})*\Z")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
# JSON-RPC has no codes for these. Geth's words, and those of nodes that say it otherwise (Besu, Anvil).
_KNOWN: Final = ("already known", "known transaction", "already imported")
_NONCE_TAKEN: Final = ("nonce too low", "replacement transaction underpriced")
_NO_FUNDS: Final = ("insufficient funds", "upfront cost exceeds")


class NodeError(LocalError):
    """The node answered with an error: `chain.rejected`, unless whoever asked can tell better."""

    def __init__(self, code: int, message: str, data: bytes) -> None:
        self._message = message[:200]
        self._data = data
        super().__init__("chain.rejected", detail=f"{code}: {self._message}")

    @property
    def known(self) -> bool:
        """Whether the node says that it has the transaction already."""
        return self._says(_KNOWN)

    @property
    def nonce_taken(self) -> bool:
        """Whether another transaction has the nonce."""
        return self._says(_NONCE_TAKEN)

    def refusal(self) -> ClicidError:
        """The error of a call that was tried: the contract's word, when it gave one."""
        if self._data or "revert" in self._message:
            return Refused("chain.reverted", detail=revert_reason(self._data) if self._data else "")
        return self.rejection()

    def rejection(self) -> ClicidError:
        """The error of a transaction that the node did not take."""
        if self._says(_NO_FUNDS):
            return Undecided("chain.funds")
        return self

    def _says(self, texts: Iterable[str]) -> bool:
        message = self._message.lower()
        return any(text in message for text in texts)


class ChainNode:
    """One node. Its methods raise `Undecided` (`chain.unreachable`), `Refused` (`chain.answer`), `NodeError`.

    Args:
        url: Where it listens.
        timeout: Seconds for one call.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._ids = itertools.count(1)
        # A proxy of the environment is for the world outside, not for this machine.
        inside = urlsplit(url).hostname in _LOOPBACK
        self._http = httpx.Client(timeout=timeout, trust_env=not inside, follow_redirects=False)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def request(self, method: str, params: Sequence[Json] = ()) -> Json:
        """One call."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        try:
            response = self._http.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise Undecided("chain.unreachable", method, type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            raise Undecided("chain.unreachable", method, f"HTTP {response.status_code}")
        try:
            answer = shape.as_object(strict_json.loads(response.content, max_bytes=MAX_ANSWER_BYTES))
        except Refused as error:
            raise Refused("chain.answer", method, error.code) from error
        if answer.get("error") is not None:
            raise _node_error(answer["error"])
        return answer.get("result")

    def quantity(self, method: str, params: Sequence[Json] = ()) -> int:
        """A call that answers with a number."""
        return int(_match(_QUANTITY, self.request(method, params), method), 16)

    def data(self, method: str, params: Sequence[Json] = ()) -> bytes:
        """A call that answers with bytes."""
        return bytes.fromhex(_match(_HEX, self.request(method, params), method)[2:])

    def object(self, method: str, params: Sequence[Json] = ()) -> dict[str, Json] | None:
        """A call that answers with an object or null."""
        found = self.request(method, params)
        if found is not None and not isinstance(found, dict):
            raise Refused("chain.answer", method, "not an object")
        return found

    def base_fee(self) -> int:
        """What a unit of gas cost at least in the last block, in wei."""
        block = self.object("eth_getBlockByNumber", ["latest", False])
        return self.number_of(block or {}, "baseFeePerGas")

    def send_raw(self, raw: bytes) -> bytes:
        """Give the node a transaction and return its hash."""
        return self.data("eth_sendRawTransaction", [f"0x{raw.hex()}"])

    @staticmethod
    def number_of(found: Mapping[str, Json], key: str) -> int:
        """A number that is a member of an answer."""
        return int(_match(_QUANTITY, found.get(key), key), 16)


def call_object(sender: bytes, to: bytes, data: bytes) -> dict[str, Json]:
    """A call as `eth_call` and `eth_estimateGas` take it; to nobody (empty) for a deployment."""
    message: dict[str, Json] = {"from": f"0x{sender.hex()}", "data": f"0x{data.hex()}"}
    return message | ({"to": f"0x{to.hex()}"} if to else {})


def _match(pattern: re.Pattern[str], value: Json, where: str) -> str:
    text = value.lower() if isinstance(value, str) else ""
    if not pattern.match(text):
        raise Refused("chain.answer", where, "not the hex that was asked for")
    return text


def _node_error(error: Json) -> NodeError:
    fields = error if isinstance(error, dict) else {}
    code, data = fields.get("code"), fields.get("data")
    text = data.lower() if isinstance(data, str) else ""
    return NodeError(
        code if isinstance(code, int) else 0,
        str(fields.get("message", "")),
        bytes.fromhex(text[2:]) if _HEX.match(text) else b"",
    )
