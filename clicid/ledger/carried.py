"""What of a known chain a bundle carries, and the chain as known from it.

Records are carried as a follower's store has them, and what is not final beside them: so what is read
from a bundle is one-sided as it is at a follower (`view`). Bad news of blocks that are not final, and
of those that were lost, is carried whole, whatever the bundle is about.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, jcs, shape, strict_json
from clicid.did.ethr import METHOD, EthrDid
from clicid.errors import Refused
from clicid.ledger import dump
from clicid.ledger import state as kinds
from clicid.ledger.blocks import Block
from clicid.ledger.branch import Branch, Pending
from clicid.ledger.bundle import MAX_UNPACKED, BlockName, Scope
from clicid.ledger.events import Contract, RawLog, decode
from clicid.ledger.ground import Ground
from clicid.ledger.hexes import octets
from clicid.ledger.replaced import Recent
from clicid.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.ledger.bundle import Rows
    from clicid.ledger.lists import ListRules
    from clicid.ledger.state import Key

BLOCKS: Final = "blocks"
"""The part with what is not final, what was lost, and how far all of it is vouched for."""

RECORDS: Final = {
    kinds.DID: "issuers",
    kinds.ACCREDITATION: "accreditations",
    kinds.DELEGATION: "accreditations",
    kinds.REGISTRATION: "service_providers",
    kinds.LIST: "lists",
    kinds.ROOT: "issuance_roots",
}
"""The part in which a kind of record is carried. The heads of running hashes are a follower's alone."""

RECENT: Final = "recent"
"""The part with the last final blocks: what was known of a lost branch is settled by what they say."""

_ETHR: Final = f"did:{METHOD}:"
_FIRST: Final = "first"
_GROUND: Final = "ground"
_STICKY: Final = "sticky"
_PENDING: Final = "pending"
_FINAL: Final = "final"
_MAX_BLOCKS: Final = 1 << 20
_UNKNOWN: Final = instant.MAX_NUMERIC_DATE
"""A version that no event comes to: what is kept with it is not settled."""


def parts(branch: Branch, scope: Scope) -> dict[str, Rows]:
    """The rows of each part, in an order that depends on nothing but what they say.

    Args:
        branch: What is known.
        scope: What to carry of it; see `widened`.
    """
    found: dict[str, Rows] = {name: [] for name in (*dict.fromkeys(RECORDS.values()), BLOCKS)}
    for key in sorted(dump.keys(branch.state)):
        if key[0] in RECORDS and _carried(branch.state, key, scope):
            found[RECORDS[key[0]]].append(("/".join(key), dump.dump(branch.state, key)))
    found[BLOCKS] = [(_GROUND, branch.ground.to_bytes()), (_STICKY, dump.dump_sticky(branch.sticky))]
    found[BLOCKS] += [(_PENDING, jcs.dumps(block_out(pending))) for pending in branch.pending]
    return found


def recent_rows(recent: Recent) -> Rows:
    """The rows of `RECENT`, which are whole whatever the bundle is about, as all bad news is."""
    blocks = [(_FINAL, jcs.dumps(block_out(told))) for told in recent.blocks]
    return [(_FIRST, jcs.dumps({"number": recent.first})), *blocks]


def recent_of(found: Mapping[str, Rows], *, final: int) -> Recent:
    """The last final blocks from a bundle's parts; none of them where its maker knew no such part.

    Raises:
        Refused: `bundle.format` for rows that no bundle of ours has.
    """
    rows = found.get(RECENT)
    if rows is None:
        return Recent(final + 1)
    names = [name for name, _ in rows]
    if names != [_FIRST, *[_FINAL] * (len(rows) - 1)] or len(rows) > _MAX_BLOCKS:
        raise Refused("bundle.format", f"/parts/{RECENT}")
    first = shape.integer(shape.as_object(strict_json.loads(rows[0][1], max_bytes=64)), "number")
    blocks = tuple(block_in(_loaded(body)) for _, body in rows[1:])
    numbers = [first - 1, *(told.block.number for told in blocks), final + 1]
    if any(after <= before for before, after in pairwise(numbers)):
        raise Refused("bundle.format", f"/parts/{RECENT}", "blocks that do not rise")
    return Recent(first, blocks)


def widened(branch: Branch, scope: Scope) -> Scope:
    """A scope with those who passed a right on to its issuers: no issuer is decided about without them."""
    if scope.issuers is None:
        return scope
    chosen = {EthrDid.parse(did).address for did in scope.issuers if did.startswith(_ETHR)}
    givers = {
        giver
        for (delegate, _), held in branch.state.delegations.items()
        if delegate in chosen
        for giver in held
    }
    named = {str(EthrDid(branch.state.chain_id, identity)) for identity in givers}
    return Scope(scope.issuers | named, scope.types, scope.lists)


def _carried(state: State, key: Key, scope: Scope) -> bool:
    kind, names = key[0], [bytes.fromhex(name) for name in key[1:]]
    if kind == kinds.REGISTRATION:
        return True
    if kind == kinds.LIST:
        record = state.lists[names[0]]
        return _has_issuer(state, record.identity, scope) and (
            scope.lists is None or record.url in scope.lists
        )
    if not _has_issuer(state, names[0], scope):
        return False
    if kind in {kinds.DID, kinds.ROOT} or scope.types is None:
        return True
    return names[1] in {hashlib.sha256(uri.encode()).digest() for uri in scope.types}


def _has_issuer(state: State, identity: bytes, scope: Scope) -> bool:
    return scope.issuers is None or str(EthrDid(state.chain_id, identity)) in scope.issuers


def branch_of(
    found: Mapping[str, Rows], *, chain_id: int, final: BlockName, head: BlockName, rules: ListRules
) -> Branch:
    """What is known from a bundle's parts; never extended, for there is no node to follow.

    Args:
        found: The parts' rows.
        chain_id: The chain's number.
        final: The last block that was folded.
        head: The last block that was seen.
        rules: How status lists work.

    Raises:
        Refused: `bundle.format`, `ledger.store` for rows that no bundle of ours has.
    """
    branch = Branch(State(chain_id, rules), Block(final.number, final.hash, bytes(32), final.time))
    for part in dict.fromkeys(RECORDS.values()):
        for name, body in found.get(part, []):
            key = tuple(name.split("/"))
            if RECORDS.get(key[0]) != part:
                raise Refused("bundle.format", f"/parts/{part}", "a row of another part")
            dump.load(branch.state, key, body)
    for name, body in found.get(BLOCKS, []):
        _load_block(branch, name, body)
    if branch.head is None or (branch.head.number, branch.head.hash) != (head.number, head.hash):
        raise Refused("bundle.format", "/head", "not the last of its blocks")
    return branch


def _load_block(branch: Branch, name: str, body: bytes) -> None:
    if name == _GROUND:
        branch.ground = Ground.from_bytes(body)
        return
    if name == _STICKY:
        branch.sticky = dump.load_sticky(body)
        return
    if name != _PENDING or branch.head is None or len(branch.pending) >= _MAX_BLOCKS:
        raise Refused("bundle.format", f"/parts/{BLOCKS}")
    pending = block_in(_loaded(body))
    if pending.block.number <= branch.head.number:
        raise Refused("bundle.format", f"/parts/{BLOCKS}", "blocks that do not rise")
    branch.pending.append(pending)


def _loaded(body: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(body, max_bytes=MAX_UNPACKED, max_values=_MAX_BLOCKS * 8))


def block_out(told: Pending) -> dict[str, Json]:
    """A block with its logs, and the versions that these gave their subjects."""
    block = told.block
    logs: list[Json] = [
        {
            "contract": str(log.raw.contract),
            "topics": [topic.hex() for topic in log.raw.topics],
            "data": "x" + log.raw.data.hex(),
        }
        for log in block.logs
    ]
    return {
        "number": block.number,
        "time": block.time,
        "hash": block.hash.hex(),
        "parent": block.parent.hex(),
        "logs": logs,
        "versions": [*told.versions],
    }


def block_in(obj: dict[str, Json]) -> Pending:
    """What `block_out` gave.

    Raises:
        Refused: `bundle.format`, `codec.*`.
    """
    try:
        logs = tuple(
            decode(_log_in(shape.as_object(row))) for row in shape.items(obj, "logs", maximum=_MAX_BLOCKS)
        )
    except ValueError as error:
        raise Refused("bundle.format", f"/parts/{BLOCKS}", type(error).__name__) from error
    block = Block(
        number=shape.integer(obj, "number"),
        hash=octets(obj, "hash", 32),
        parent=octets(obj, "parent", 32),
        time=shape.integer(obj, "time"),
        logs=logs,
    )
    return Pending(block, {}, _versions(obj, block))


def _versions(obj: dict[str, Json], block: Block) -> tuple[int, ...]:
    if "versions" not in obj:  # Its maker knew no such member: what came when cannot be told.
        return tuple(getattr(logged.event, "version", _UNKNOWN) for logged in block.logs)
    found = tuple(shape.as_integer(item) for item in shape.items(obj, "versions", maximum=_MAX_BLOCKS))
    if len(found) != len(block.logs):
        raise Refused("bundle.format", f"/parts/{BLOCKS}", "a version for each log")
    return found


def _log_in(row: dict[str, Json]) -> RawLog:
    return RawLog(
        Contract(shape.text(row, "contract")),
        tuple(bytes.fromhex(topic) for topic in shape.texts(row, "topics")),
        bytes.fromhex(shape.text(row, "data", maximum=MAX_UNPACKED).removeprefix("x")),
    )
