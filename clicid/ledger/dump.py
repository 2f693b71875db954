"""The folded state as records that a store can hold one by one, and back.

A key names a record (see `state`); its body is canonical JSON, except a list's, which is a line of
JSON and then its entries. Only the records a page of blocks touched have to be written, and of a list
its line and the pieces of its entries that were changed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, shape, strict_json
from clicid.did.ethr import EthrRecord
from clicid.errors import Refused
from clicid.ledger import state as kinds
from clicid.ledger.events import Contract, RawLog, decode
from clicid.ledger.facts import MAX_ENTRIES_BYTES
from clicid.ledger.heads import RUNNING_SIZE, Head
from clicid.ledger.hexes import octets
from clicid.ledger.records import (
    PIECE,
    AccreditationRecord,
    Commit,
    ListRecord,
    RegistrationRecord,
    Right,
    RootRecord,
    pieces_of,
)
from clicid.ledger.sticky import Orphan, Sticky, matter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.strict_json import Json
    from clicid.ledger.state import Key, State

MAX_BODY: Final = 1 << 30
_MAX_VALUES: Final = 1 << 24
_BIT: Final = struct.Struct(">QI")


def dump(state: State, key: Key) -> bytes:
    """The body of the record that `key` names."""
    kind, names = key[0], key[1:]
    if kind == kinds.HEAD:
        return _dump_head(state.heads[Contract(names[0]), bytes.fromhex(names[1])])
    parts = [bytes.fromhex(name) for name in names]
    match kind:
        case kinds.DID:
            return state.dids[parts[0]].to_bytes()
        case kinds.ACCREDITATION:
            return _dump_accreditation(state.accreditations[parts[0], parts[1]])
        case kinds.DELEGATION:
            return jcs.dumps(_right_out(state.delegations[parts[0], parts[1]][parts[2]]))
        case kinds.REGISTRATION:
            record = state.registrations[parts[0]]
            members: dict[str, Json] = _right_out(record.right) | {"digest": record.digest.hex()}
        case kinds.ROOT:
            root = state.roots[parts[0], parts[1]]
            members = {"block": root.block, "time": root.time}
        case _:
            return _dump_list(state.lists[parts[0]])
    return jcs.dumps(members)


def keys(state: State) -> list[Key]:
    """The keys of all records of a state."""
    found: list[Key] = [(kinds.HEAD, contract, name.hex()) for contract, name in state.heads]
    found += [(kinds.DID, identity.hex()) for identity in state.dids]
    found += [(kinds.ACCREDITATION, *(part.hex() for part in key)) for key in state.accreditations]
    found += [(kinds.REGISTRATION, identity.hex()) for identity in state.registrations]
    found += [(kinds.LIST, list_id.hex()) for list_id in state.lists]
    found += [(kinds.ROOT, *(part.hex() for part in key)) for key in state.roots]
    for (delegate, type_id), givers in state.delegations.items():
        found += [(kinds.DELEGATION, delegate.hex(), type_id.hex(), giver.hex()) for giver in givers]
    return found


def load(state: State, key: Key, body: bytes) -> None:
    """Put a record back into a state.

    Raises:
        Refused: `ledger.store` for a key or body that `dump` does not make.
    """
    try:
        _load(state, key[0], key[1:], body)
    except (LookupError, ValueError, Refused) as error:
        raise Refused("ledger.store", "/".join(key)[:200], type(error).__name__) from error


def _load(state: State, kind: str, names: Key, body: bytes) -> None:
    if kind == kinds.HEAD:
        state.heads[Contract(names[0]), bytes.fromhex(names[1])] = _load_head(_obj(body))
        return
    parts = [bytes.fromhex(name) for name in names]
    match kind:
        case kinds.DID:
            state.dids[parts[0]] = EthrRecord.from_bytes(body)
        case kinds.ACCREDITATION:
            state.accreditations[parts[0], parts[1]] = _load_accreditation(_obj(body))
        case kinds.DELEGATION:
            held = state.delegations.setdefault((parts[0], parts[1]), {})
            held[parts[2]] = _right_in(_obj(body))
        case kinds.REGISTRATION:
            obj = _obj(body)
            record = RegistrationRecord(octets(obj, "digest", 32), _right_in(obj))
            state.registrations[parts[0]] = record
        case kinds.LIST:
            state.lists[parts[0]] = _load_list(parts[0], body)
        case kinds.ROOT:
            obj = _obj(body)
            root = RootRecord(shape.integer(obj, "block"), shape.integer(obj, "time"))
            state.roots[parts[0], parts[1]] = root
        case _:
            raise LookupError(kind)


def _obj(body: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(body, max_bytes=MAX_BODY, max_values=_MAX_VALUES))


def _dump_head(head: Head) -> bytes:
    return jcs.dumps({"version": head.version, "running": head.running.hex(), "block": head.block})


def _load_head(obj: dict[str, Json]) -> Head:
    running = octets(obj, "running", RUNNING_SIZE)
    return Head(shape.integer(obj, "version"), running, shape.integer(obj, "block"))


def _right_out(right: Right) -> dict[str, Json]:
    members: dict[str, Json] = {"valid_from": right.valid_from, "valid_until": right.valid_until}
    if right.withdrawn_at is not None:
        members |= {"withdrawn_at": right.withdrawn_at, "keeps_anchored": right.keeps_anchored}
    return members


def _right_in(obj: dict[str, Json]) -> Right:
    return Right(
        shape.integer(obj, "valid_from"),
        shape.integer(obj, "valid_until"),
        shape.optional_integer(obj, "withdrawn_at"),
        shape.optional_boolean(obj, "keeps_anchored") or False,
    )


def _dump_accreditation(record: AccreditationRecord) -> bytes:
    members = _right_out(record.right) | {
        "schema_digest": record.schema_digest.hex(),
        "may_delegate": record.may_delegate,
        "ca_digest": record.ca_digest.hex(),
    }
    return jcs.dumps(members | ({"identifier": record.identifier} if record.identifier else {}))


def _load_accreditation(obj: dict[str, Json]) -> AccreditationRecord:
    return AccreditationRecord(
        octets(obj, "schema_digest", 32),
        shape.boolean(obj, "may_delegate"),
        shape.optional_text(obj, "identifier") or "",
        octets(obj, "ca_digest", 32),
        _right_in(obj),
    )


def _dump_list(record: ListRecord) -> bytes:
    return dump_list_head(record) + (record.entries or b"")


def dump_list_head(record: ListRecord) -> bytes:
    """The body of a list up to its entries, which are what follows."""
    members: dict[str, Json] = {
        "identity": record.identity.hex(),
        "url": record.url,
        "width": record.width,
        "size": record.size,
        "version": record.version,
        "asleep": record.entries is None,
        "waiting": [
            [commit.version, commit.set.hex(), commit.cleared.hex(), commit.digest.hex()]
            for commit in record.waiting
        ],
    }
    head = jcs.dumps(members | ({"trouble": record.trouble} if record.trouble else {}))
    return head + b"\n"


def dump_pieces(record: ListRecord) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each piece of a list's entries that was changed."""
    for number in sorted(record.changed & set(record.pieces)):
        yield number, bytes((record.entries or b"")[number * PIECE : (number + 1) * PIECE])


def pieces_after(head: bytes) -> int:
    """How many pieces follow what `dump_list_head` gave. Raises Refused for what it does not give."""
    _, length = _load_list_head(b"", head)
    return len(pieces_of(length or 0))


def _load_list(list_id: bytes, body: bytes) -> ListRecord:
    head, _, entries = body.partition(b"\n")
    record, length = _load_list_head(list_id, head)
    if len(entries) != (length or 0):
        raise ValueError("length of the entries")
    record.entries = None if length is None else bytearray(entries)
    return record


def _load_list_head(list_id: bytes, head: bytes) -> tuple[ListRecord, int | None]:
    """A list without its entries, and how many bytes they are; None while it sleeps."""
    obj = _obj(head)
    record = ListRecord(
        identity=octets(obj, "identity", 20),
        list_id=list_id,
        url=shape.text(obj, "url"),
        width=shape.integer(obj, "width", maximum=8),
        size=shape.integer(obj, "size", maximum=MAX_ENTRIES_BYTES * 8),
        version=shape.integer(obj, "version"),
        trouble=shape.optional_text(obj, "trouble") or "",
    )
    length = None if shape.boolean(obj, "asleep") else (record.size * record.width + 7) // 8
    for item in shape.items(obj, "waiting", maximum=_MAX_VALUES):
        version, *codes = shape.as_items(item, minimum=4, maximum=4)
        added, removed, digest = (bytes.fromhex(_hex_text(code)) for code in codes)
        record.waiting.append(Commit(shape.as_integer(version), added, removed, digest))
    return record, length


def _hex_text(value: Json) -> str:
    if not isinstance(value, str):
        raise Refused("codec.shape", "", "a string is wanted")
    return value


def dump_sticky(sticky: Sticky) -> bytes:
    """All lost bad news in one body."""
    orphans: list[Json] = [
        {
            "contract": str(orphan.logged.raw.contract),
            "topics": [topic.hex() for topic in orphan.logged.raw.topics],
            "data": "x" + orphan.logged.raw.data.hex(),
            "version": orphan.version,
            "block": orphan.block,
            "time": orphan.time,
        }
        for orphan in sticky.orphans.values()
    ]
    bits: dict[str, Json] = {
        list_id.hex(): b"".join(_BIT.pack(position, version) for position, version in kept.items()).hex()
        for list_id, kept in sticky.bits.items()
    }
    return jcs.dumps({"orphans": orphans, "bits": bits})


def load_sticky(body: bytes) -> Sticky:
    """What `dump_sticky` gave.

    Raises:
        Refused: `ledger.store`.
    """
    try:
        return _load_sticky(_obj(body))
    except (ValueError, struct.error, Refused) as error:
        raise Refused("ledger.store", "sticky", type(error).__name__) from error


def _load_sticky(obj: dict[str, Json]) -> Sticky:
    sticky = Sticky()
    for item in shape.items(obj, "orphans", maximum=_MAX_VALUES):
        row = shape.as_object(item)
        raw = RawLog(
            Contract(shape.text(row, "contract")),
            tuple(bytes.fromhex(topic) for topic in shape.texts(row, "topics")),
            bytes.fromhex(shape.text(row, "data", maximum=MAX_BODY).removeprefix("x")),
        )
        numbers = (shape.integer(row, name) for name in ("version", "block", "time"))
        orphan = Orphan(decode(raw), *numbers)
        sticky.orphans[matter(orphan.logged.event)] = orphan
    for list_id, packed in shape.child(obj, "bits").items():
        pairs = _BIT.iter_unpack(bytes.fromhex(shape.as_text(packed, maximum=MAX_BODY)))
        sticky.bits[bytes.fromhex(list_id)] = dict(pairs)
    return sticky
