"""The events of the three contracts, from raw logs (contracts: ABI; ERC-1056).

Topics are constants: the kernel needs no Keccak. Times are block seconds as emitted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from clicid.errors import Refused
from clicid.ledger import abi

MAX_DATA: Final = 1 << 21
"""Most bytes of a log's data: at 8 gas a byte, what the most that a transaction may use (2^24) pays for.

Ours carry two sets of 32,768 bytes at most, but a public ERC-1056 registry puts no bound on a value.
"""


class Contract(StrEnum):
    """Which contract a log is from."""

    DID = "did"
    TRUST = "trust"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log as a node gives it."""

    contract: Contract
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class OwnerChanged:
    """DIDOwnerChanged."""

    identity: bytes
    owner: bytes
    previous_change: int


@dataclass(frozen=True, slots=True)
class DelegateChanged:
    """DIDDelegateChanged."""

    identity: bytes
    delegate_type: bytes
    delegate: bytes
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class AttributeChanged:
    """DIDAttributeChanged."""

    identity: bytes
    name: bytes
    value: bytes
    valid_to: int
    previous_change: int


@dataclass(frozen=True, slots=True)
class Accredited:
    """An issuer may issue a type; a second one replaces the first."""

    identity: bytes
    type_id: bytes
    schema_digest: bytes
    valid_from: int
    valid_until: int
    may_delegate: bool
    identifier: str
    ca_digest: bytes
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An accreditation ends."""

    identity: bytes
    type_id: bytes
    keeps_anchored: bool
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class Delegated:
    """An accredited issuer passes its right on."""

    identity: bytes
    type_id: bytes
    delegate: bytes
    valid_from: int
    valid_until: int
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class DelegationWithdrawn:
    """A right passed on ends."""

    identity: bytes
    type_id: bytes
    delegate: bytes
    keeps_anchored: bool
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ServiceProviderRegistered:
    """A service provider and the digest of its registration."""

    identity: bytes
    digest: bytes
    valid_from: int
    valid_until: int
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ServiceProviderWithdrawn:
    """A registration ends."""

    identity: bytes
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ListSignerRegistered:
    """Another account may sign the HTTP forms of an issuer's lists."""

    identity: bytes
    signer: bytes
    valid_from: int
    valid_until: int
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ListSignerWithdrawn:
    """It may no longer."""

    identity: bytes
    signer: bytes
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class GovernanceProposed:
    """Governance is offered to another account; counted under the zero identity."""

    governance: bytes
    proposed: bytes
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class GovernanceChanged:
    """Governance has passed; counted under the zero identity."""

    former: bytes
    governance: bytes
    version: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ListCreated:
    """A status list opens, all entries zero."""

    identity: bytes
    list_id: bytes
    url: str
    width: int
    size: int
    purposes: str


@dataclass(frozen=True, slots=True)
class CommitterChanged:
    """Another account may set bits of a list."""

    list_id: bytes
    committer: bytes
    previous: bytes


@dataclass(frozen=True, slots=True)
class Committed:
    """A version of a list: coded sets of positions, and the list's digest after it."""

    list_id: bytes
    version: int
    set: bytes
    cleared: bytes
    digest: bytes
    root: bytes
    previous: bytes


DidEvent: TypeAlias = OwnerChanged | DelegateChanged | AttributeChanged
TrustEvent: TypeAlias = (
    Accredited
    | Withdrawn
    | Delegated
    | DelegationWithdrawn
    | ServiceProviderRegistered
    | ServiceProviderWithdrawn
    | ListSignerRegistered
    | ListSignerWithdrawn
    | GovernanceProposed
    | GovernanceChanged
)
StatusEvent: TypeAlias = ListCreated | CommitterChanged | Committed
Event: TypeAlias = DidEvent | TrustEvent | StatusEvent


@dataclass(frozen=True, slots=True)
class _Layout:
    """Types of an event's parameters in order; the first `indexed` of them stand in topics."""

    kind: type[Event]
    indexed: int
    types: tuple[str, ...]


def _layout(kind: type[Event], indexed: int, types: str) -> _Layout:
    return _Layout(kind, indexed, tuple(types.split()))


_HEAD: Final = "uint32 bytes28"
_TABLE: Final[dict[tuple[Contract, str], _Layout]] = {
    (Contract.DID, "38a5a6e68f30ed1ab45860a4afb34bcb2fc00f22ca462d249b8a8d40cda6f7a3"): _layout(
        OwnerChanged, 1, "address address uint256"
    ),
    (Contract.DID, "5a5084339536bcab65f20799fcc58724588145ca054bd2be626174b27ba156f7"): _layout(
        DelegateChanged, 1, "address bytes32 address uint256 uint256"
    ),
    (Contract.DID, "18ab6b2ae3d64306c00ce663125f2bd680e441a098de1635bd7ad8b0d44965e4"): _layout(
        AttributeChanged, 1, "address bytes32 bytes uint256 uint256"
    ),
    (Contract.TRUST, "4b8a2a62666d70f351bb95a9834ce088e753966c6329720b0ec4f2c80bec7255"): _layout(
        Accredited, 2, f"address bytes32 bytes32 uint64 uint64 bool string bytes32 {_HEAD}"
    ),
    (Contract.TRUST, "fb0ae66f0f7740ba461c308bff6978e68800d1433e894de25f6fdabcda968e0a"): _layout(
        Withdrawn, 2, f"address bytes32 bool {_HEAD}"
    ),
    (Contract.TRUST, "debf96e7264e2e2d67ea4fd82d8240e1ab536d78ec82ad2d843ff1f76e974aa7"): _layout(
        Delegated, 3, f"address bytes32 address uint64 uint64 {_HEAD}"
    ),
    (Contract.TRUST, "a0ecd144977c2f771cbd1af3eab216b78fd83bcb2c3daa190e804c27b7fad945"): _layout(
        DelegationWithdrawn, 3, f"address bytes32 address bool {_HEAD}"
    ),
    (Contract.TRUST, "55bc1b762221d5a9878aca58d41c457f3033d126e8ff0c8f62f94212103550b3"): _layout(
        ServiceProviderRegistered, 1, f"address bytes32 uint64 uint64 {_HEAD}"
    ),
    (Contract.TRUST, "74e918842c01b5418de58e109459fccb9781628635ea396bc90325899ceed0c2"): _layout(
        ServiceProviderWithdrawn, 1, f"address {_HEAD}"
    ),
    (Contract.TRUST, "094c0b62d75264913bd1da0d81ad3e9a72e8e7f68b4c2d31356830520d29fb04"): _layout(
        ListSignerRegistered, 2, f"address address uint64 uint64 {_HEAD}"
    ),
    (Contract.TRUST, "bb5c3801c701766013b70bdb382761c3af7a4f53d2ffdb57fa986f66cd4c4ac9"): _layout(
        ListSignerWithdrawn, 2, f"address address {_HEAD}"
    ),
    (Contract.TRUST, "61cfd2571b3f979980c9f041c7c64cf1458bed806868b64266a2e74bb510a277"): _layout(
        GovernanceProposed, 2, f"address address {_HEAD}"
    ),
    (Contract.TRUST, "919c7b887842e6626496b58179c33af669aa05a208a888cb6cbaf058ec60f326"): _layout(
        GovernanceChanged, 2, f"address address {_HEAD}"
    ),
    (Contract.STATUS, "42bd35a14f028c3de14c40afbe90439bf7a5145a988128468d71265bd55dfec5"): _layout(
        ListCreated, 2, "address bytes32 string uint8 uint64 string"
    ),
    (Contract.STATUS, "004196f5b39a726475cf513dd9852daea5a08ffcb8769b468940f5d7034474e7"): _layout(
        CommitterChanged, 2, "bytes32 address bytes28"
    ),
    (Contract.STATUS, "0f15e1b38852adbe55c6b9f020fa47b9be36bb5bf87bd2a1d450376f1d1bbb28"): _layout(
        Committed, 1, "bytes32 uint32 bytes bytes bytes32 bytes32 bytes28"
    ),
}
_LAYOUTS: Final = {(contract, bytes.fromhex(topic)): row for (contract, topic), row in _TABLE.items()}


@dataclass(frozen=True, slots=True)
class Logged:
    """A decoded log. `link` is what the contract hashes after its running hash (contracts: ABI)."""

    event: Event
    link: bytes
    raw: RawLog


def decode(raw: RawLog) -> Logged:
    """A raw log to its event.

    Raises:
        Refused: `ledger.event` for a topic that the contract does not have, or topics and data that
            are not as a compiler writes them.
    """
    if not raw.topics or len(raw.data) > MAX_DATA:
        raise Refused("ledger.event", "", "no topic, or too much data")
    layout = _LAYOUTS.get((raw.contract, raw.topics[0]))
    if layout is None:
        raise Refused("ledger.event", "", "not an event of the contract")
    if len(raw.topics) != 1 + layout.indexed or {len(topic) for topic in raw.topics} != {abi.WORD}:
        raise Refused("ledger.event", "", "number or size of topics")
    named, rest = layout.types[: layout.indexed], layout.types[layout.indexed :]
    indexed = [abi.word(topic, name) for topic, name in zip(raw.topics[1:], named, strict=True)]
    values = abi.unpack(raw.data, rest)
    shown = [_text(value) if name == "string" else value for name, value in zip(rest, values, strict=True)]
    event: Event = layout.kind(*indexed, *shown)  # type: ignore[arg-type]  # the table's order
    return Logged(event, _link(raw, rest, values), raw)


def _text(value: abi.Value) -> str:
    # Anyone may write a list's address. One that is no text must not stop those who follow the chain:
    # the list is known by the id that the contract made of the bytes, and no credential can name it.
    return bytes(value).decode("utf-8", errors="replace")


def _link(raw: RawLog, names: tuple[str, ...], values: list[abi.Value]) -> bytes:
    # `previous`, where there is one, is the last parameter, and is not hashed twice.
    pieces = list(raw.topics)
    count = len(names) - (names[-1] == "bytes28")
    for at, (name, value) in enumerate(zip(names[:count], values[:count], strict=True)):
        if abi.is_dynamic(name):
            pieces.append(hashlib.sha256(value).digest())  # type: ignore[arg-type]  # bytes, being dynamic
        else:
            pieces.append(raw.data[abi.WORD * at : abi.WORD * (at + 1)])
    return b"".join(pieces)
